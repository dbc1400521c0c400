import { findMount, readMountTable } from '../../src/mount/mount-table.js';
import { runMacProbe } from './support/mac-probe.js';
import { entryOf, withMacMount } from './support/mac-mount.js';
import { run } from './support/with-server.js';

await runMacProbe(
  'on a Mac /sbin/umount takes -- before the path, and its mount is out of the table when it ends',
  () =>
    withMacMount(async ({ path }) => {
      await entryOf(path);
      const { code, output } = await run('/sbin/umount', '--', path);
      if (code !== 0) return { fault: `umount ended with ${code}: ${output}` };
      return findMount(await readMountTable(), path) === undefined ? {} : { fault: 'the mount is still in the table' };
    }),
);
