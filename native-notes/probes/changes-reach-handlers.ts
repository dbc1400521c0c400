import { mkdir } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { codeOf, runProbe } from './support/run-probe.js';

await runProbe('on a mount without ro a change is asked of the program', async () => {
  return withServer('writable', async ({ path, counts }) => {
    const code = await codeOf(mkdir(`${path}/x`));
    return code === 'EROFS' && (await counts())['mkdir'] === 1 ? undefined : code;
  });
});
