import { join } from 'node:path';
import { isLockHeldBy, readLockHolder } from '../catalog/profile-lock.js';
import type { MountOwners } from '../mount/mount-state.js';
import { profilesWithLock } from './find-daemons.js';

/** What the locks of all profiles in `data` say of mount points, read again for each question. No daemon is asked. */
export function mountOwners(data: string): MountOwners {
  const folders = (): string[] => profilesWithLock(data).map((profile) => join(data, profile));
  return {
    isOurPath: (mountpoint) => folders().some((folder) => readLockHolder(folder)?.mountpoint === mountpoint),
    isServed: (mountpoint) =>
      folders().some((folder) => {
        const holder = readLockHolder(folder);
        return holder?.mountpoint === mountpoint && isLockHeldBy(folder, holder.pid);
      }),
  };
}
