import { stat } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { codeOf, runProbe } from './support/run-probe.js';

await runProbe('the kernel asks about names of over 255 bytes', async () => {
  return withServer('plain', async ({ path, counts }) => {
    const code = await codeOf(stat(`${path}/${'n'.repeat(256)}`));
    return code === 'ENOENT' && (await counts())['long names'] === 1 ? undefined : code;
  });
});
