import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { run } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('the libfuse of the npm package serves where the system has none', async () => {
  const server = fileURLToPath(new URL('../../src/mount/load-fuse-binding.js', import.meta.url));
  const program = `import(${JSON.stringify(server)}).then((m) => { m.loadFuseBinding(); console.log(require('fs').readFileSync('/proc/self/maps', 'utf8').match(/\\S*libfuse\\S*/)[0]); })`;
  const hide =
    'for l in /lib/*/libfuse.so.2 /usr/lib/*/libfuse.so.2 /usr/lib64/libfuse.so.2; do [ -e "$l" ] && mount --bind /dev/null "$(readlink -f "$l")"; done 2>/dev/null; exec "$@"';
  const { output } = await run('unshare', '-m', 'sh', '-c', hide, 'sh', process.execPath, '-e', program);
  const shipped = createRequire(import.meta.url)
    .resolve('fuse-native')
    .replace('index.js', 'prebuilds');
  return output.includes(shipped) ? undefined : output;
});
