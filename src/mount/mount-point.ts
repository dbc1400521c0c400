import { constants } from 'node:fs';
import { access, opendir, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type { Logger } from '../support/logger.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { inspectionWith, inspectMount, type MountInspection, type MountOwners } from './mount-state.js';
import { isOurs } from './mount-table.js';
import { unmountPath } from './unmount-path.js';

/** The binding keeps 1,023 bytes of the path. It would mount on the beginning of a longer one. */
const LONGEST_PATH = 1023;
/** Most names shown of a folder that is not empty. */
const SHOWN_NAMES = 3;

export interface MountPointDeps {
  readonly log: Logger;
  /** For the commands that are named to a person; default: this system. */
  readonly platform?: NodeJS.Platform;
  /** Effective user id. */
  readonly userId: number;
  inspect(path: string): Promise<MountInspection>;
  /** Removes a dead mount. */
  recover(path: string): Promise<void>;
}

export function systemMountPointDeps(log: Logger, owners?: MountOwners): MountPointDeps {
  return {
    log,
    platform: process.platform,
    userId: process.geteuid?.() ?? 0,
    inspect: (path) => (owners === undefined ? inspectMount(path) : inspectMount(path, inspectionWith(owners))),
    recover: (path) => unmountPath(path, { lazy: true }),
  };
}

/**
 * Checks that `path` is an empty folder that can be mounted on, and first removes a dead mount of this program from it.
 * Returns its absolute path without symbolic links. Rejects with UserError (`mount`), which names the next step;
 * nothing is changed then.
 */
export async function prepareMountPoint(path: string, deps: MountPointDeps): Promise<string> {
  const inspection = await deps.inspect(path);
  const mountpoint = inspection.path;
  if (Buffer.byteLength(mountpoint) > LONGEST_PATH) {
    throw refused(
      `The path of the mount point is longer than ${LONGEST_PATH} bytes.`,
      'Mount on a folder with a shorter path.',
    );
  }
  if (inspection.state === 'stale') await recoverStale(inspection, deps);
  else refuseMounted(inspection);

  const stats = await lookAt(mountpoint);
  if (!stats.isDirectory()) {
    throw refused(`${shown(mountpoint)} is not a folder.`, 'Name an empty folder to mount on.');
  }
  await checkPermission(mountpoint, stats, deps.userId);
  await checkEmpty(mountpoint);
  return mountpoint;
}

function refuseMounted({ state, path, entry }: MountInspection): void {
  if (state === 'mounted-by-us') {
    throw refused(
      `${shown(path)} is mounted already.`,
      `See \`gphotos-mount status ${quoted(path)}\`, or run \`gphotos-mount unmount ${quoted(path)}\` first.`,
    );
  }
  if (state === 'mounted') {
    throw refused(
      `${shown(path)} already holds another file system (${entry?.type ?? 'unknown'}).`,
      'Unmount that one first, or name another folder.',
    );
  }
}

async function recoverStale({ path, entry, isOwn }: MountInspection, deps: MountPointDeps): Promise<void> {
  const isMac = deps.platform === 'darwin';
  if (entry === undefined || !(isOwn ?? isOurs(entry))) {
    throw refused(
      `${shown(path)} holds a dead mount of another program (${entry?.type ?? 'unknown'}).`,
      `Run \`${isMac ? 'diskutil unmount force' : 'fusermount3 -u'} ${quoted(path)}\` first.`,
    );
  }
  try {
    await deps.recover(path);
  } catch (cause) {
    throw refused(
      `${shown(path)} holds the dead mount of an earlier run, which cannot be taken away.`,
      `Run \`${isMac ? 'sudo diskutil unmount force' : 'sudo umount -l'} ${quoted(path)}\`, then try again.`,
      cause,
    );
  }
  deps.log.log('warn', `took away the dead mount that an earlier run left on ${path}`);
}

async function lookAt(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    switch (errorCode(cause)) {
      case 'ENOENT':
        throw refused(`${shown(path)} does not exist.`, `Make it with \`mkdir -p ${quoted(path)}\`.`, cause);
      case 'ENOTDIR':
        throw refused(`A part of ${shown(path)} is not a folder.`, 'Name an empty folder to mount on.', cause);
      case 'EACCES':
        throw refused(`${shown(path)} is in a folder that you may not enter.`, 'Name a folder of your own.', cause);
      default:
        throw refused(
          `${shown(path)} cannot be looked at (${String(errorCode(cause))}).`,
          'Name an empty folder of your own to mount on.',
          cause,
        );
    }
  }
}

/** The rules of fusermount for ordinary users: the folder is writable and, if it is sticky, belongs to the user. */
async function checkPermission(path: string, stats: Stats, userId: number): Promise<void> {
  if (userId === 0) return;
  const sticky = (stats.mode & 0o1000) !== 0;
  const fault: unknown = await access(path, constants.W_OK).then(
    () => undefined,
    (error: unknown) => errorCode(error),
  );
  if (fault === 'EROFS')
    throw refused(
      `${shown(path)} is on a file system that is read-only.`,
      'Name a folder that you own and may write to.',
    );
  if (fault !== undefined || (sticky && stats.uid !== userId)) {
    throw refused(`${shown(path)} is not yours to mount on.`, 'Name a folder that you own and may write to.');
  }
}

async function checkEmpty(path: string): Promise<void> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(path)) {
      names.push(name);
      if (names.length > SHOWN_NAMES) break;
    }
  } catch (cause) {
    throw refused(`${shown(path)} cannot be read.`, 'Name an empty folder of your own to mount on.', cause);
  }
  if (names.length === 0) return;
  const some = names.slice(0, SHOWN_NAMES).map(shown).join(', ');
  throw refused(
    `${shown(path)} is not empty: it holds ${some}${names.length > SHOWN_NAMES ? ' and more' : ''}.`,
    'Name an empty folder: what is in this one would be hidden while the photos are mounted.',
  );
}

function refused(message: string, hint: string, cause?: unknown): UserError {
  return new UserError(ExitCode.mount, message, hint, cause);
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** A path for use in a sentence. Control characters are escaped. */
function shown(path: string): string {
  return /[\u0000-\u001f\u007f]/.test(path) ? JSON.stringify(path) : path;
}

/** A path that can be pasted into a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replace(/'/g, `'\\''`)}'`;
}
