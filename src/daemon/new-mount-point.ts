import { mkdirSync } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { folderFault } from '../support/disk-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';

/**
 * Whether nothing is at the path, and the folder above it is this user's own: then a mount point is made for who has none yet. Elsewhere
 * a folder that is missing is more likely a disk that is not mounted.
 */
export async function isMissingInOwnFolder(path: string, userId: number): Promise<boolean> {
  const isMissing = await lstat(path).then(
    () => false,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
  if (!isMissing) return false;
  const above = await stat(dirname(path)).catch(() => undefined);
  return above?.isDirectory() === true && above.uid === userId;
}

/** Makes the folder alone, not those above it. Throws UserError. */
export function makeMountPoint(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (cause) {
    const known = folderFault(cause, path);
    const code = String((cause as NodeJS.ErrnoException).code);
    throw new UserError(
      ExitCode.mount,
      known?.message ?? `${path} cannot be made (${code}).`,
      known?.hint ?? 'Name a folder of your own.',
      cause,
    );
  }
}
