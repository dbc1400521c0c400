import { writeFile } from 'node:fs/promises';
import { findMount, isOurs, readMountTable, type MountEntry } from './mount-table.js';
import { systemUnmountDeps, type UnmountDeps } from './unmount-path.js';

export interface AbortDeps extends Pick<UnmountDeps, 'platform' | 'run'> {
  readonly userId: number;
  readonly readTable: () => Promise<MountEntry[]>;
  readonly write: (file: string, text: string) => Promise<void>;
}

export const SYSTEM: AbortDeps = {
  ...systemUnmountDeps,
  userId: process.geteuid?.() ?? 0,
  readTable: readMountTable,
  write: (file, text) => writeFile(file, text, { flag: 'r+' }),
};

/**
 * Ends the FUSE connection of this program's mount on `mountpoint` (a path as in the mount table). All calls that wait
 * in it fail at once, whatever the daemon does. Returns false if there is no such mount, or the system does not allow
 * it.
 *
 * Linux has a file for it, which belongs to the user who mounted. If /sys/fs/fuse/connections is not mounted
 * (containers), root can force an unmount, with the same effect.
 */
export async function abortConnection(mountpoint: string, deps: AbortDeps = SYSTEM): Promise<boolean> {
  if (deps.platform !== 'linux') return false;
  // Read from the mount table: stat(2) on the mount would wait for the daemon.
  const entry = findMount(await deps.readTable(), mountpoint);
  const connection = /^0:(\d+)$/.exec(entry?.device ?? '')?.[1];
  if (entry === undefined || !isOurs(entry) || connection === undefined) return false;
  try {
    await deps.write(`/sys/fs/fuse/connections/${connection}/abort`, '1');
    return true;
  } catch {
    if (deps.userId !== 0) return false;
    await deps.run('umount', ['-f', '-l', '-c', '--', mountpoint]);
    return findMount(await deps.readTable(), mountpoint)?.device !== entry.device;
  }
}
