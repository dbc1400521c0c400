import { existsSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { shellQuoted } from './shell-quoted.js';
import { ExitCode, UserError } from './user-error.js';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL']);

/**
 * What an error code of the file system or of SQLite says of the disk that `path` is on: it is full, or it does not read or write.
 * SQLite tells some full disks as I/O errors (SQLITE_IOERR_SHMSIZE): there the free space decides.
 */
export function diskFailure(error: unknown, path: string): 'full' | 'broken' | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (FULL.has(code)) return 'full';
  if (code.startsWith('SQLITE_IOERR')) return freeBytes(path) < LEAST_FREE ? 'full' : 'broken';
  return code === 'EIO' ? 'broken' : undefined;
}

/** Less than SQLite needs beside a small catalog. */
const LEAST_FREE = 262_144;

/** Infinite where the system does not tell. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** `what` cannot be written because the disk that `path` is on is full, or will be there. Says which file system that is. */
export function fullDisk(what: string, path: string, cause: unknown): UserError {
  const { mountPoint, lacksInodes } = fileSystemOf(path);
  const place = mountPoint === undefined ? '' : ` (the file system at ${mountPoint})`;
  const isQuota = cause instanceof Error && 'code' in cause && cause.code === 'EDQUOT';
  return fault(
    isQuota
      ? `Your quota of disk space is used up: ${what} cannot be written${place}.`
      : `The disk is full: ${what} cannot be written${place}.`,
    `${lacksInodes ? 'It has no inode for another file: remove some files there' : 'Free some space there'}, ` +
      `or choose folders on another disk (${VARIABLES}).`,
    cause,
  );
}

const VARIABLES = 'GPHOTOS_CONFIG_DIR, GPHOTOS_DATA_DIR, GPHOTOS_CACHE_DIR, GPHOTOS_RUNTIME_DIR, --log-file';

/** The file system that holds a path, which need not exist yet. Undefined where the system does not tell. */
function fileSystemOf(path: string): { readonly mountPoint: string | undefined; readonly lacksInodes: boolean } {
  try {
    let existing = path;
    while (!existsSync(existing)) existing = dirname(existing);
    let mountPoint = realpathSync(existing);
    const { dev } = statSync(mountPoint);
    while (statSync(dirname(mountPoint)).dev === dev && dirname(mountPoint) !== mountPoint)
      mountPoint = dirname(mountPoint);
    const { files, ffree, bavail } = statfsSync(existing);
    return { mountPoint, lacksInodes: files > 0 && ffree === 0 && bavail > 0 };
  } catch {
    return { mountPoint: undefined, lacksInodes: false };
  }
}

/**
 * What an error of the file system means for a person: a full or read-only disk, or a file of another user, as `sudo` leaves them.
 * `path` is what was to be written; default: what the error names. Undefined for other errors.
 */
export function diskFault(error: unknown, path?: string): UserError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const place = path ?? ('path' in error && typeof error.path === 'string' ? error.path : undefined);
  const what = place ?? 'A file that is needed';
  if (FULL.has(error.code)) return fullDisk(place ?? 'a file that is needed', place ?? '', error);
  if (error.code === 'EROFS' || error.code.startsWith('SQLITE_READONLY'))
    return fault(
      `${what} cannot be written: its file system is read-only.`,
      `Choose folders that can be written: ${VARIABLES}.`,
      error,
    );
  if (error.code === 'EACCES' || error.code === 'EPERM')
    return fault(
      `${what} may not be written by you: it, or a folder above it, belongs to another user, as after a run with sudo.`,
      place === undefined ? 'Make the files yours with chown.' : makeItYours(place),
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

/** The command that makes a path writable for its user; above a path that does not exist it is a folder of root's that is meant. */
function makeItYours(path: string): string {
  if (existsSync(path)) return `Make it yours: sudo chown -R "$USER" ${shellQuoted(path)}`;
  let above = dirname(path);
  while (!existsSync(above)) above = dirname(above);
  // Below the home folder what root owns was left by sudo. Elsewhere (/srv, /var/log) it stays root's.
  if (isBelowHome(above)) return `Make it yours: sudo chown -R "$USER" ${shellQuoted(above)}`;
  return `Have ${shellQuoted(above)} made writable for you, or choose another folder (${VARIABLES}).`;
}

function isBelowHome(path: string): boolean {
  try {
    return path.startsWith(`${homedir()}/`);
  } catch {
    // The system knows no home of this user.
    return false;
  }
}

function fault(message: string, hint: string, cause: unknown): UserError {
  return new UserError(ExitCode.system, message, hint, cause);
}
