import { run, withServer } from './support/with-server.js';
import { differs, runProbe } from './support/run-probe.js';

await runProbe('df leaves out a file system that has no blocks', async () => {
  return withServer('statfs', async ({ path }) => {
    const { output } = await run('sh', '-c', 'df | grep -F "$1" || echo left out', 'sh', path);
    return differs('the line', output.trim(), 'left out');
  });
});
