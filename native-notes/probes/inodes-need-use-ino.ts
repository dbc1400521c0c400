import { stat } from 'node:fs/promises';
import { withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('inode numbers reach programs with use_ino only', async () => {
  const inode = async (scenario: string): Promise<number> => {
    let seen = 0;
    await withServer(scenario, async ({ path }) => {
      seen = (await stat(`${path}/a`)).ino;
      return undefined;
    });
    return seen;
  };
  const [plain, without] = [await inode('plain'), await inode('no-use-ino')];
  return plain === 4242 && without !== 4242 ? undefined : `with ${plain}, without ${without}`;
});
