import { readdir } from 'node:fs/promises';
import { codeOf, differs, runProbe } from './support/run-probe.js';
import { withServer } from './support/with-server.js';

await runProbe('one name with a slash fails a whole listing, one of 256 bytes is listed', async () => {
  const codes: string[] = [];
  for (const scenario of ['slash-name', 'long-name']) {
    await withServer(scenario, async ({ path }) => {
      codes.push(await codeOf(readdir(path)));
      return undefined;
    });
  }
  return differs('the listings', codes, ['EIO', 'ok']);
});
