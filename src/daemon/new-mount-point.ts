import { mkdirSync } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { folderFault } from '../support/disk-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';

/**
 * Whether nothing is at the path, and the folder above it is this user's own: then a mount point is made for who has none yet. Elsewhere
 * a folder that is missing is more likely a disk that is not mounted.
 */
export async function isMissingInOwnFolder(path: string, userId = process.geteuid?.() ?? 0): Promise<boolean> {
  // A mount of a daemon that is stopped would not answer a look at the path itself.
  const names = await readdir(dirname(path)).catch(() => undefined);
  if (names === undefined || names.includes(basename(path))) return false;
  const isMissing = await lstat(path).then(
    () => false,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
  if (!isMissing) return false;
  return (await stat(dirname(path)).catch(() => undefined))?.uid === userId;
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
