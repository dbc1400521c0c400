import { readlink, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { withServer } from './support/with-server.js';
import { codeOf, differs, runProbe } from './support/run-probe.js';

await runProbe('a mount whose server was killed answers ENOTCONN, and readlink of it sends no request', async () => {
  return withServer('plain', async ({ path, process: server }) => {
    server.kill('SIGKILL');
    await once(server, 'exit');
    return differs('the answers', [await codeOf(stat(path)), await codeOf(readlink(path))], ['ENOTCONN', 'EINVAL']);
  });
});
