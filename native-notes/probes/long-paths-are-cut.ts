import { withServer } from './support/with-server.js';
import { differs, runProbe } from './support/run-probe.js';

await runProbe('the binding cuts a mount point of 1,024 bytes or more', async () => {
  const parts = Array.from({ length: 6 }, () => 'd'.repeat(200)).join('/');
  return withServer(
    'plain',
    (_server, failed) => Promise.resolve(differs('the failure', failed, 'fuse failed')),
    parts,
  );
});
