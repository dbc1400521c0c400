import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small disk of its own in the place of an empty folder of a test. */
export interface SmallDisk {
  /** Leaves so many bytes free, about. */
  readonly fill: (left: number) => void;
  /** Takes the filling away. */
  readonly empty: () => void;
  /** Lets nobody write to it, or writes again. */
  readonly setReadOnly: (isReadOnly: boolean) => void;
  /** Takes the disk away, also where a program still uses it. */
  readonly remove: () => void;
}

/** Undefined where this user may not mount. */
export function smallDisk(folder: string, megabytes: number): SmallDisk | undefined {
  const options = `size=${megabytes}m,mode=700`;
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'gphotos-test', folder]).status !== 0) return undefined;
  const filler = join(folder, 'filler');
  return {
    fill: (left) => {
      const { bavail, bsize } = statfsSync(folder);
      try {
        writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - left), 1));
      } catch (error) {
        // What is there is taken, as far as it goes.
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    empty: () => rmSync(filler, { force: true }),
    setReadOnly: (isReadOnly) => {
      const done = spawnSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, folder]);
      if (done.status !== 0) throw new Error(String(done.stderr));
    },
    remove: () => void spawnSync('umount', ['-l', folder]),
  };
}
