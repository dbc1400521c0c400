import { execFile } from 'node:child_process';
import { ExitCode, UserError } from '../support/user-error.js';
import { systemClock, type Clock } from '../support/clock.js';
import { inspectMount } from './mount-state.js';
import { findMount, isOnPath, isOurs, readMountTable, type IsOurPath, type MountEntry } from './mount-table.js';
import { shellQuoted } from '../support/shell-quoted.js';

export interface UnmountOptions {
  /** Detach the mount although files are open. They stay readable while the server lives. Default false. */
  readonly lazy?: boolean;
}

export interface UnmountDeps {
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly readTable: () => Promise<MountEntry[]>;
  /** Runs a program without a shell. Resolves to its error text, or undefined if it succeeded. Never rejects. */
  run(program: string, args: readonly string[]): Promise<string | undefined>;
  /** Identifies the mounts of FUSE-T that are this program's. */
  readonly isOurPath?: IsOurPath;
}

export const systemUnmountDeps: UnmountDeps = {
  platform: process.platform,
  clock: systemClock,
  readTable: readMountTable,
  run: runProgram,
};

type Command = readonly [program: string, ...args: string[]];

/** Time before a mount counts as busy. A program may be closing its file, or an indexer may be reading. */
const BUSY_GRACE_MS = 600;
const RETRY_MS = 150;
const TRIES = BUSY_GRACE_MS / RETRY_MS;
const COMMAND_DEADLINE_MS = 10_000;

/**
 * Unmounts `path`: normally first, and by force in the end if `lazy` allows it. Does nothing if nothing is mounted
 * there. Rejects with UserError (`busy`, `mount`); the mount then stays as it was.
 */
export async function unmountPath(
  path: string,
  options: UnmountOptions = {},
  deps: UnmountDeps = systemUnmountDeps,
): Promise<void> {
  const { path: mountpoint } = await inspectMount(path, {
    readTable: deps.readTable,
    isAnswering: () => Promise.resolve(true),
  });
  const before = countMounts(await deps.readTable(), mountpoint);
  if (before === 0) return;
  const isGone = async (): Promise<boolean> => countMounts(await deps.readTable(), mountpoint) < before;

  let words = '';
  const attempt = async (commands: readonly Command[]): Promise<boolean> => {
    for (const [program, ...args] of commands) {
      const failed = await deps.run(program, args);
      if (await isGone()) return true;
      if (failed !== undefined && failed !== '') words = failed;
    }
    return false;
  };

  for (let tries = 0; tries < TRIES; tries++) {
    if (await attempt(politeCommands(deps.platform, mountpoint))) return;
    if (options.lazy === true) break;
    await deps.clock.sleep(RETRY_MS);
  }
  if (options.lazy === true && (await attempt(forcefulCommands(deps.platform, mountpoint)))) return;

  throw new UserError(
    ExitCode.busy,
    `${mountpoint} cannot be unmounted${words === '' ? '' : ` (${words})`}.`,
    'Close the programs that use it and leave the folder in every shell, then try again; this lists them: ' +
      usersOf(deps.platform, mountpoint),
  );
}

/**
 * Detaches a mount of this program at once, whether files are open or not, for an exit that cannot wait. Never rejects.
 */
export async function detachPath(mountpoint: string, deps: UnmountDeps = systemUnmountDeps): Promise<void> {
  for (const [program, ...args] of forcefulCommands(deps.platform, mountpoint)) {
    const entry = findMount(await deps.readTable().catch(() => []), mountpoint);
    if (entry === undefined || !isOurs(entry, deps.isOurPath)) return;
    await deps.run(program, args);
  }
}

function usersOf(platform: NodeJS.Platform, path: string): string {
  return `${platform === 'darwin' ? 'lsof +f --' : 'fuser -vm'} ${shellQuoted(path)}`;
}

/** The path comes after `--`, so that one with a leading hyphen is not taken for an option. */
function politeCommands(platform: NodeJS.Platform, path: string): readonly Command[] {
  if (platform === 'darwin')
    return [
      ['/sbin/umount', '--', path],
      // Also makes the Finder and Spotlight close their files. Takes no `--` and needs none: the path is absolute.
      ['/usr/sbin/diskutil', 'unmount', path],
    ];
  return [
    ['fusermount3', '-u', '--', path],
    ['fusermount', '-u', '--', path],
    // -c: umount must not look at the path, which may not answer.
    ['umount', '-c', '--', path],
  ];
}

function forcefulCommands(platform: NodeJS.Platform, path: string): readonly Command[] {
  if (platform === 'darwin') {
    return [
      ['/usr/sbin/diskutil', 'unmount', 'force', path],
      ['/sbin/umount', '-f', '--', path],
    ];
  }
  return [
    ['fusermount3', '-u', '-z', '--', path],
    ['fusermount', '-u', '-z', '--', path],
    ['umount', '-c', '-l', '--', path],
  ];
}

function countMounts(table: readonly MountEntry[], mountpoint: string): number {
  return table.filter((entry) => isOnPath(entry, mountpoint)).length;
}

function runProgram(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const env = {
      ...process.env,
      LC_ALL: 'C',
      PATH: `${process.env['PATH'] ?? ''}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    };
    // A program that hangs in the kernel does not even end when it is killed: it is not waited for.
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      resolve(`${program} did not end`);
    }, COMMAND_DEADLINE_MS);
    const child = execFile(program, [...args], { env }, (error, _stdout, stderr) => {
      clearTimeout(timer);
      if (error === null) resolve(undefined);
      else if (error.code === 'ENOENT') resolve('');
      else resolve(stderr.trim().split('\n')[0] ?? '');
    });
  });
}
