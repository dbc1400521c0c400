import { readFile } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { differs, runProbe } from './support/run-probe.js';

await runProbe('a read that waits keeps no other call waiting', async () => {
  return withServer('slow', async ({ path }) => {
    const slow = readFile(`${path}/a`).then(() => 'slow');
    const quick = readFile(`${path}/b`).then(() => 'quick');
    return differs('the first', await Promise.race([slow, quick]), 'quick');
  });
});
