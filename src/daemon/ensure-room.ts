import { closeSync, constants, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { diskFailure, diskFault, fullDisk } from '../support/disk-fault.js';
import type { UserError } from '../support/user-error.js';
import type { ProfilePaths } from './profile-paths.js';

/** A block of the usual file systems. */
const BLOCK = Buffer.alloc(4096, 1);
const CACHE_PART = /^[0-9a-f]{2}$/;

/**
 * Writes one block into each folder of a profile and takes it away again: a disk that is full is told at the start, not by files
 * that fail later. Throws UserError (system) where there is no room.
 *
 * A cache folder without room that already holds files is no reason to refuse: they can be read, also without a network. What is
 * wrong is returned.
 */
export function ensureRoom({ dataDir, cacheDir, runtimeDir }: ProfilePaths): UserError | undefined {
  tryBlock('the data folder', dataDir);
  tryBlock('the runtime folder', runtimeDir);
  try {
    tryBlock('the cache folder', cacheDir);
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (diskFailure(cause, cacheDir) !== 'full' || !readdirSync(cacheDir).some((name) => CACHE_PART.test(name)))
      throw error;
    return error as UserError;
  }
}

function tryBlock(what: string, folder: string): void {
  const file = join(folder, `.room-${process.pid}`);
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  try {
    // Left by a process of that number that was killed.
    rmSync(file, { force: true });
    const descriptor = openSync(file, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600);
    try {
      writeSync(descriptor, BLOCK);
    } finally {
      rmSync(file, { force: true });
      // Some network file systems tell only now.
      closeSync(descriptor);
    }
  } catch (error) {
    if (diskFailure(error, folder) === 'full') throw fullDisk(`${what} ${folder}`, folder, error);
    throw diskFault(error, folder) ?? error;
  }
}
