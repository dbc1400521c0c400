import { run, withServer } from './support/with-server.js';
import { runProbe } from './support/run-probe.js';

await runProbe('ls -l asks for labels and access lists once, where it hears ENOTSUP', async () => {
  const asked = async (scenario: string): Promise<number> => {
    let calls = -1;
    await withServer(scenario, async ({ path, counts }) => {
      await run('ls', '-l', path);
      calls = (await counts())['getxattr'] ?? 0;
      return undefined;
    });
    return calls;
  };
  // The plain scenario of attributes gives every file some.
  const [without, answered] = [await asked('no-labels'), await asked('xattr')];
  return without <= 2 && answered >= 3 ? undefined : `${without} calls with ENOTSUP, ${answered} with values`;
});
