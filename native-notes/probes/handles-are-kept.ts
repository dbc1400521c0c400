import { readFile } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { differs, runProbe } from './support/run-probe.js';

await runProbe('a positive handle comes back with each read, 0 counts as none', async () => {
  return withServer('plain', async ({ path, counts }) => {
    await readFile(`${path}/a`);
    return differs('the handle', (await counts())['handle'], 77);
  });
});
