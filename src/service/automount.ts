import { findMount, readMountTable } from '../mount/mount-table.js';

/** Whether automount waits on that folder: whatever enters it then waits for the mount to be there. Does not enter it. */
export async function isAutomount(path: string): Promise<boolean> {
  return findMount(await readMountTable(), path)?.type === 'autofs';
}
