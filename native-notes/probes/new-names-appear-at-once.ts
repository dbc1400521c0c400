import { stat } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { codeOf, differs, runProbe } from './support/run-probe.js';

await runProbe('a name that was missing is asked for again, whatever the timeouts', async () => {
  return withServer('plain', async ({ path, send, counts }) => {
    const before = await codeOf(stat(`${path}/new`));
    send('add');
    await counts();
    return differs('the answers', [before, await codeOf(stat(`${path}/new`))], ['ENOENT', 'ok']);
  });
});
