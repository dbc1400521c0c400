import { readFile } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe(
  'with auto_cache a second open reads no bytes while the date stays, and all when it changed',
  async () => {
    return withServer('caching', async ({ path, send, counts }) => {
      const reads = async (): Promise<number> => {
        const before = (await counts())['read'] ?? 0;
        await readFile(`${path}/a`);
        return ((await counts())['read'] ?? 0) - before;
      };
      const [first, again] = [await reads(), await reads()];
      send('touch');
      const changed = await reads();
      return first > 0 && again === 0 && changed > 0 ? undefined : `${first}, ${again}, then ${changed} reads`;
    });
  },
);
