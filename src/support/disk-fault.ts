import { mkdirSync } from 'node:fs';
import { shellQuoted } from './shell-quoted.js';
import { ExitCode, UserError } from './user-error.js';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/**
 * The UserError for an error of the file system: a full or read-only disk, or a file of another user (as left by
 * `sudo`). `path` is what was to be written; default: the path in the error. Undefined for other errors.
 */
export function diskFault(error: unknown, path?: string): UserError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const place = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined);
  const what = place ?? 'A file that is needed';
  if (FULL.has(error.code))
    return fault(
      `The disk is full: ${what} cannot be written.`,
      'Free some space there, or choose folders on another disk (GPHOTOS_DATA_DIR, GPHOTOS_CACHE_DIR, --log-file).',
      error,
    );
  if (error.code === 'EROFS' || error.code.startsWith('SQLITE_READONLY'))
    return fault(
      `${what} cannot be written: its file system is read-only.`,
      'Choose folders that can be written: GPHOTOS_CONFIG_DIR, GPHOTOS_DATA_DIR, GPHOTOS_CACHE_DIR, GPHOTOS_RUNTIME_DIR.',
      error,
    );
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return fault(
      `${what} may not be written by you: it, or a folder above it, belongs to another user, as after a run with sudo.`,
      place === undefined
        ? 'Make the files yours with chown.'
        : `Make it yours: sudo chown -R "$USER" ${shellQuoted(place)}`,
      error,
    );
  return undefined;
}

/**
 * As {@link diskFault}, for a recursive `mkdir`. On a read-only disk that reports ENOENT, so the folder is tried alone
 * to get the real error. `path` is what the folder is for; default: the folder itself.
 */
export function folderFault(error: unknown, folder: string, path = folder): UserError | undefined {
  const known = diskFault(error, path);
  if (known !== undefined || (error as NodeJS.ErrnoException).code !== 'ENOENT') return known;
  try {
    mkdirSync(folder, { mode: 0o700 });
    return undefined;
  } catch (plain) {
    return diskFault(plain, path);
  }
}

function fault(message: string, hint: string, cause: unknown): UserError {
  return new UserError(ExitCode.system, message, hint, cause);
}
