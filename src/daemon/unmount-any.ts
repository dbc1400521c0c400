import { shellQuoted } from '../support/shell-quoted.js';
import { commandClock, type Clock } from '../support/clock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { askDaemon } from './control-client.js';
import { findDaemons, type SilentDaemon } from './find-daemons.js';
import type { BaseFolders } from './profile-paths.js';

/** The mount room's view of a path, handed in by the composition root. */
export interface MountTools {
  /** As the mount table spells the path: absolute, without symbolic links. Never enters a mount. */
  readonly locate: (path: string) => Promise<string>;
  readonly state: (path: string) => Promise<'mounted-by-us' | 'mounted' | 'stale' | 'free'>;
  /** Ends the connection of this program's mount there; false where that was not possible. */
  readonly abort: (path: string) => Promise<boolean>;
  readonly unmount: (path: string, options: { readonly lazy: boolean }) => Promise<void>;
}

export interface UnmountOptions {
  /** Absolute. */
  readonly mountpoint: string;
  readonly folders: BaseFolders;
  readonly tools: () => Promise<MountTools>;
  readonly timeoutMs: number;
  /** Although files are open. */
  readonly lazy: boolean;
  /** That nothing is mounted there is no error. */
  readonly ifMounted?: boolean;
  /** Says a line to the person. */
  readonly say: (line: string) => void;
  readonly clock?: Clock;
}

/** A daemon that has said nothing for this long hangs. */
const SILENCE_MS = 5000;
/** A stopped daemon that was continued has this long to end. */
const ENDING_MS = 5000;
const LOOK_MS = 50;

/**
 * Unmounts through the daemon where one answers, else by hand: a killed daemon leaves a dead mount, a stuck one its
 * readers.
 */
export async function unmountAny(options: UnmountOptions): Promise<void> {
  const { folders, tools, timeoutMs, lazy } = options;
  const { locate, state, unmount } = await tools();
  const mountpoint = await locate(options.mountpoint);
  const { running, silent } = await findDaemons({ folders, timeoutMs: SILENCE_MS });
  const owner = running.find(({ status }) => status.mountpoint === mountpoint);
  const mute = silent.find((daemon) => daemon.mountpoint === mountpoint);
  if (owner !== undefined) {
    const reply = await askDaemon(owner.socketFile, { command: 'unmount', lazy }, timeoutMs).catch(() => undefined);
    if (reply?.ok === true) return;
    if (reply?.ok === false) throw new UserError(reply.exitCode, reply.message, reply.hint);
  } else if (mute !== undefined) return freeFrom(mute, mountpoint, options);
  switch (await state(mountpoint)) {
    case 'free':
      // The daemon may have finished without an answer.
      if (owner !== undefined || options.ifMounted === true) return;
      throw new UserError(
        ExitCode.notRunning,
        `Nothing is mounted on ${mountpoint}.`,
        'See what is mounted: gphotos-mount status',
      );
    case 'mounted':
      throw new UserError(
        ExitCode.mount,
        `${mountpoint} is a mount, but not one of gphotos-mount.`,
        `Use the program that mounted it, or: umount ${shellQuoted(mountpoint)}`,
      );
    case 'stale':
      // A dead mount is busy while a program has its current folder in it; nothing is lost by removing it.
      return unmount(mountpoint, { lazy: true });
    case 'mounted-by-us':
      // Its daemon does not answer, and no lock says who it is.
      return freeFrom({ profile: '', pid: undefined, mountpoint }, mountpoint, options);
  }
}

/**
 * Removes the mount of a daemon that hangs. Readers that wait in it get an error at once. The daemon is asked to end
 * (SIGTERM, and SIGCONT if it is stopped), but it is not killed.
 */
async function freeFrom(
  { pid }: SilentDaemon,
  mountpoint: string,
  { tools, say, clock = commandClock }: UnmountOptions,
): Promise<void> {
  const { abort, unmount } = await tools();
  if (!(await abort(mountpoint)))
    say(
      `The connection of ${mountpoint} could not be ended here; if programs in it go on waiting: kill -9 ${pid ?? 'PID'}`,
    );
  await unmount(mountpoint, { lazy: true });
  if (pid === undefined || !signalled(pid, 'SIGTERM')) return;
  signalled(pid, 'SIGCONT');
  const giveUpAt = clock.now() + ENDING_MS;
  while (signalled(pid, 0)) {
    if (clock.now() >= giveUpAt) {
      say(`${mountpoint} is unmounted. Its process ${pid} did not end: kill -9 ${pid}`);
      return;
    }
    await clock.sleep(LOOK_MS);
  }
}

/** False where there is no such process. */
function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
