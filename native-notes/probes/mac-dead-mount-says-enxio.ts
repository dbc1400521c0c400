import { once } from 'node:events';
import { runMacProbe } from './support/mac-probe.js';
import { entryOf, withMacMount } from './support/mac-mount.js';
import { run } from './support/with-server.js';

await runMacProbe('on a Mac a mount whose server was killed fails at once, or is gone', () =>
  withMacMount(async ({ path, process: server }) => {
    await entryOf(path);
    const gone = once(server, 'exit');
    server.kill('SIGKILL');
    await gone;
    const from = performance.now();
    const { code, output } = await run('/bin/ls', path);
    const ms = Math.round(performance.now() - from);
    if (code === -1) return { fault: `ls hangs for ${ms} ms` };
    return { measured: `ls ended with ${code} after ${ms} ms: ${output.trim()}` };
  }),
);
