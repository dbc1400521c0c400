import { open, opendir } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { codeOf, differs, runProbe } from './support/run-probe.js';

await runProbe('fsync, flush and opendir succeed where nothing handles them', async () => {
  return withServer('plain', async ({ path }) => {
    const file = await open(`${path}/a`);
    const codes = [
      await codeOf(file.sync()),
      await codeOf(file.close()),
      await codeOf(opendir(path).then((d) => d.close())),
    ];
    return differs('the answers', codes, ['ok', 'ok', 'ok']);
  });
});
