import { stat } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('a time before 1970 comes out far in the future', async () => {
  return withServer('old-date', async ({ path }) => {
    const { mtimeMs } = await stat(`${path}/a`);
    return mtimeMs > Date.UTC(3000, 0) ? undefined : `the date is ${mtimeMs} ms`;
  });
});
