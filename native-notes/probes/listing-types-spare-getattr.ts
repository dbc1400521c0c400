import { run, withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('file types given in a listing reach find, which then asks about no file', async () => {
  return withServer('plain', async ({ path, counts }) => {
    const found = await run('find', path, '-type', 'f');
    const asked = (await counts())['getattr'] ?? 0;
    return found.output.trim().split('\n').length === 3 && asked <= 2 ? undefined : `${asked} calls: ${found.output}`;
  });
});
