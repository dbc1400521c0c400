import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLockHeldBy, readLockHolder } from '../catalog/profile-lock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { commandClock, type Clock } from '../support/clock.js';
import { askDaemon } from './control-client.js';
import type { ControlReply, ControlRequest } from './control-requests.js';
import { profilePaths, type BaseFolders } from './profile-paths.js';
import { mayConnect } from './socket-place.js';
import type { StatusDocument } from './status-document.js';

/** A daemon that answers. */
export interface RunningDaemon {
  readonly socketFile: string;
  readonly status: StatusDocument;
}

/** A daemon that runs but does not answer: stopped, stuck, or far too busy. */
export interface SilentDaemon {
  readonly profile: string;
  /** Undefined where no lock says it. */
  readonly pid: number | undefined;
  readonly mountpoint: string | undefined;
}

export interface FoundDaemons {
  readonly running: readonly RunningDaemon[];
  readonly silent: readonly SilentDaemon[];
  /** Sockets that were not asked, because others may have put something there. */
  readonly refused: readonly UserError[];
}

export interface Search {
  readonly folders: Pick<BaseFolders, 'data' | 'runtime' | 'config' | 'cache'>;
  /** Milliseconds that each daemon may take. */
  readonly timeoutMs: number;
  readonly clock?: Clock;
}

/** A daemon whose socket was just removed needs this long to notice and to listen elsewhere. */
const MOVING_MS = 3000;
const LOOK_MS = 100;

/** Every daemon of this user, whichever session started it: the locks of the profiles say where each listens. */
export async function findDaemons(search: Search): Promise<FoundDaemons> {
  const profiles = new Set([...profilesWithLock(search.folders.data), ...profilesWithSocket(search.folders.runtime)]);
  const found = await Promise.all(
    [...profiles].sort().map(async (profile) => askProfile(search, profile, { command: 'status' })),
  );
  const running: RunningDaemon[] = [];
  for (const answer of found) {
    if (answer.kind !== 'reply' || !answer.reply.ok || !('status' in answer.reply)) continue;
    const { socketFile, reply } = answer;
    if (!running.some((other) => other.socketFile === socketFile)) running.push({ socketFile, status: reply.status });
  }
  return {
    running,
    silent: found.flatMap((answer) => (answer.kind === 'silent' ? [answer.daemon] : [])),
    refused: found.flatMap((answer) => (answer.kind === 'refused' ? [answer.error] : [])),
  };
}

export type ProfileAnswer =
  | { readonly kind: 'reply'; readonly socketFile: string; readonly reply: ControlReply }
  | { readonly kind: 'silent'; readonly daemon: SilentDaemon }
  | { readonly kind: 'refused'; readonly error: UserError }
  | { readonly kind: 'none' };

/** Asks the daemon of a profile, wherever it listens. Never rejects. */
export async function askProfile(
  { folders, timeoutMs, clock = commandClock }: Search,
  profile: string,
  request: ControlRequest,
): Promise<ProfileAnswer> {
  const { dataDir, socketFile: usual } = profilePaths(folders, profile);
  const uid = process.getuid?.() ?? 0;
  const giveUpAt = clock.now() + MOVING_MS;
  for (;;) {
    const holder = readLockHolder(dataDir);
    const holds = holder !== undefined && isLockHeldBy(dataDir, holder.pid);
    const daemon = { profile, pid: holds ? holder.pid : undefined, mountpoint: holds ? holder.mountpoint : undefined };
    // A note of an older version does not name the socket.
    const socketFile = (holds ? holder.socketFile : undefined) ?? usual;
    try {
      if (mayConnect(socketFile, uid)) {
        const reply = await askDaemon(socketFile, request, timeoutMs);
        if (reply !== undefined) return { kind: 'reply', socketFile, reply };
      }
    } catch (error) {
      if (error instanceof UserError) return { kind: 'refused', error };
      return { kind: 'silent', daemon };
    }
    if (!holds) return { kind: 'none' };
    if (clock.now() >= giveUpAt) return { kind: 'silent', daemon };
    await clock.sleep(LOOK_MS);
  }
}

/** The error for a daemon that does not answer. */
export function notAnswering({ pid, mountpoint, profile }: SilentDaemon): UserError {
  // A command that works without a mount holds the profile's lock, and names no mount point.
  if (mountpoint === '') return busyWithCommand(profile, pid);
  const what = mountpoint === undefined ? `gphotos-mount (profile ${profile})` : `gphotos-mount on ${mountpoint}`;
  const free = mountpoint === undefined ? '' : `gphotos-mount unmount ${shellQuoted(mountpoint)}`;
  const number = pid === undefined ? '' : `; pid ${pid}`;
  const isStopped = pid !== undefined && isProcessStopped(pid);
  return new UserError(
    ExitCode.notRunning,
    `${what} does not answer${number}${isStopped ? ', which is stopped' : ''}.`,
    isStopped
      ? `Let it go on with: kill -CONT ${pid}. Or free the folder and all who wait in it: ${free}`
      : `Try again in a moment. Or free the folder and all who wait in it: ${free}`,
  );
}

function busyWithCommand(profile: string, pid: number | undefined): UserError {
  return new UserError(
    ExitCode.busy,
    `Another gphotos-mount command works on profile ${profile}${pid === undefined ? '' : ` (pid ${pid})`}.`,
    'Wait for it to end. With the folder mounted, commands work side by side.',
  );
}

/** Stopped by a signal or a debugger. Where the system does not say, it counts as not stopped. */
export function isProcessStopped(pid: number): boolean {
  try {
    return /^State:\s*[Tt]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Profiles of which a daemon runs, or ran until it was killed. */
export function profilesWithLock(data: string): string[] {
  return namesIn(data).filter((profile) => readLockHolder(join(data, profile)) !== undefined);
}

/** Daemons of older versions, and of other data folders. */
function profilesWithSocket(runtime: string): string[] {
  return namesIn(runtime).flatMap((name) => (name.endsWith('.sock') ? [name.slice(0, -'.sock'.length)] : []));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
