import { once } from 'node:events';
import { withServer } from './support/with-server.js';
import { codeOf, runProbe } from './support/run-probe.js';

await runProbe('a synchronous look at its own mount hangs the server until the connection is aborted', async () => {
  return withServer('plain', async ({ ask, send, process: server, abort }) => {
    send('look synchronously');
    const silent = await codeOf(ask('counts', 'counts'));
    if (silent === 'ok') return 'it answers';
    server.kill('SIGKILL');
    const gone = once(server, 'exit');
    await abort();
    await gone;
    return undefined;
  });
});
