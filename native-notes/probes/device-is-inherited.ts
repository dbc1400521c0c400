import { run, withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('children of the server inherit the FUSE device, and keep a dead mount half alive', async () => {
  return withServer('plain', async ({ process: server }) => {
    const script =
      'for f in /proc/$1/fd/*; do if [ "$(readlink "$f")" = /dev/fuse ]; then sed -n "s/^flags:[^0-9]*//p" "/proc/$1/fdinfo/${f##*/}"; fi; done';
    const { output } = await run('sh', '-c', script, 'sh', String(server.pid));
    const flags = parseInt(output.trim(), 8);
    return (flags & 0o2000000) === 0 ? undefined : `flags are ${output}`;
  });
});
