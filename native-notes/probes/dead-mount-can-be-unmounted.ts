import { once } from 'node:events';
import { run, withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('fusermount3 -u and umount -c take a dead mount away', async () => {
  const commands = [
    ['fusermount3', '-u', '--'],
    ['umount', '-c', '--'],
  ] as const;
  for (const [program, ...args] of commands) {
    const seen = await withServer('plain', async ({ path, process: server }) => {
      server.kill('SIGKILL');
      await once(server, 'exit');
      const { code, output } = await run(program, ...args, path);
      return code === 0 ? undefined : `${program}: ${output}`;
    });
    if (seen !== undefined) return seen;
  }
  return undefined;
});
