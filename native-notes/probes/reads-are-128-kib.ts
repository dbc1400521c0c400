import { readFile } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { differs, runProbe } from './support/run-probe.js';

await runProbe('the kernel asks for at most 128 KiB at once', async () => {
  return withServer('plain', async ({ path, counts }) => {
    await readFile(`${path}/a`);
    return differs('the longest read', (await counts())['longest read'], 131_072);
  });
});
