import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askDaemon } from '../../src/daemon/control-client.js';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/start-emulator.js';
import { makePrivateFolders, type PrivateFolders } from './private-folders.js';
import { until } from './until.js';

export const repositoryRoot = resolve(fileURLToPath(import.meta.url), '../../../..');
/** The compiled program. */
export const program = join(repositoryRoot, 'build/src/main.js');

export interface MountOptions {
  /** A running emulator, or how to start one; default: empty library. An emulator handed in is left running. */
  readonly emulator?: Emulator | EmulatorOptions;
  /** Further arguments of gphotos-mount. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Most files and sockets that the program may have open at once (`ulimit -n`). */
  readonly openFiles?: number;
  /** Folders of an earlier mount, to go on with its catalog and cache; they are left in place. */
  readonly folders?: PrivateFolders;
  /** What to wait for before the body runs: `mounted`, the first sync (default), or also all sizes. */
  readonly until?: 'mounted' | 'synced' | 'measured';
}

/**
 * A running mount. Touch `path` with asynchronous calls or from child processes only: the emulator answers in this process,
 * so a synchronous call would wait for itself.
 */
export interface Mounted {
  readonly path: string;
  readonly emulator: Emulator;
  readonly folders: PrivateFolders;
  readonly pid: number;
  /** Everything that the daemon wrote to stderr so far. */
  readonly log: () => string;
  readonly status: () => Promise<StatusDocument>;
  /** Waits for a status that fulfils the condition. */
  readonly untilStatus: (
    what: string,
    condition: (status: StatusDocument) => boolean,
    deadlineMs?: number,
  ) => Promise<StatusDocument>;
  /** Resolves with the exit code of a daemon that ends by itself. */
  readonly exited: () => Promise<number | null>;
  /** Ends the daemon with a signal and resolves with its exit code (null: it died of a signal). */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const READY_MS = 20_000;
const END_MS = 20_000;

/** Mounts in a child process, runs the body, and unmounts whatever happened. */
export async function withMount<T>(options: MountOptions, body: (mounted: Mounted) => Promise<T>): Promise<T> {
  const given = options.emulator;
  const emulator = given !== undefined && 'url' in given ? given : await startEmulator(given);
  const folders = options.folders ?? makePrivateFolders();
  try {
    return await withDaemon({ ...options, folders, env: { ...emulator.env, ...options.env } }, async (daemon) => {
      const goal = options.until ?? 'synced';
      if (goal !== 'mounted')
        await daemon.untilStatus('the first sync is done', ({ sync }) => sync.firstSyncDone, 60_000);
      if (goal === 'measured') {
        await daemon.untilStatus('all sizes are measured', ({ catalog }) => catalog.unmeasured === 0, 60_000);
      }
      return body({ ...daemon, emulator });
    });
  } finally {
    if (given !== emulator) await emulator.close();
    if (options.folders === undefined) folders.remove();
  }
}

/** A mount of which this process is no part: no emulated Google answers here. */
export type MountedDaemon = Omit<Mounted, 'emulator'>;

export type DaemonOptions = Pick<MountOptions, 'args' | 'env' | 'openFiles'> & { readonly folders: PrivateFolders };

/** As {@link withMount}, with nothing of Google in its environment but what the options add; the body runs as soon as it is mounted. */
export async function withDaemon<T>(options: DaemonOptions, body: (mounted: MountedDaemon) => Promise<T>): Promise<T> {
  const { folders } = options;
  const command = [
    process.execPath,
    '--enable-source-maps',
    program,
    '-f',
    folders.mountpoint,
    ...(options.args ?? []),
  ];
  const limited = ['-c', 'ulimit -n "$0" && exec "$@"', String(options.openFiles), ...command];
  const [file, ...args] = options.openFiles === undefined ? command : ['sh', ...limited];
  const child = spawn(file ?? '', args, {
    env: { ...folders.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const mounted = watch(child, folders);
    await until(
      'the mount is ready',
      () => {
        if (child.exitCode !== null) throw new Error(`gphotos-mount ended (${child.exitCode}):\n${mounted.log()}`);
        return mounted.log().includes('mounted at ');
      },
      READY_MS,
    );
    return await body(mounted).catch((error: unknown) => {
      // A program that failed says why in its log; the folder alone shows ENOTCONN or the like.
      if (error instanceof Error) error.message += `\nThe log of the mount:\n${mounted.log()}`;
      throw error;
    });
  } finally {
    await endMount(child, folders.mountpoint);
  }
}

function watch(child: ChildProcess, folders: PrivateFolders): MountedDaemon {
  let text = '';
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (chunk: string) => (text += chunk));
  const socketFile = join(folders.runtime, 'default.sock');
  const status = async (): Promise<StatusDocument> => {
    const reply = await askDaemon(socketFile, { command: 'status' }, 5000);
    if (reply?.ok === true && 'status' in reply) return reply.status;
    throw new Error(`no status: ${JSON.stringify(reply)}\n${text}`);
  };
  return {
    path: folders.mountpoint,
    folders,
    pid: child.pid ?? 0,
    log: () => text,
    status,
    untilStatus: async (what, condition, deadlineMs) => {
      let last: StatusDocument | undefined;
      try {
        return await until(
          what,
          async () => {
            last = await status();
            return condition(last) && last;
          },
          deadlineMs,
        );
      } catch (error) {
        throw new Error(`${what}: ${JSON.stringify(last)}\n${text}`, { cause: error });
      }
    },
    exited: () => exitOf(child),
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exitOf(child);
    },
  };
}

export function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode);
    else child.once('exit', (code) => done(code));
  });
}

/** Ends the child, by force where it hangs: a test must never leave a mount behind that the next one trips over. */
async function endMount(child: ChildProcess, mountpoint: string): Promise<void> {
  const device = deviceOf(mountpoint);
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    const timer = setTimeout(() => {
      if (device !== undefined) abortConnection(device);
      child.kill('SIGKILL');
    }, END_MS);
    await exitOf(child);
    clearTimeout(timer);
  }
  if (deviceOf(mountpoint) !== undefined) freeMountPoint(mountpoint);
}

/** Takes away whatever is mounted there, dead or alive. */
export function freeMountPoint(mountpoint: string): void {
  const tried = spawnSync('fusermount3', ['-u', '-z', '--', mountpoint]);
  if (tried.error !== undefined) spawnSync('fusermount', ['-u', '-z', '--', mountpoint]);
}

/** Minor device number of the mount, which names its FUSE connection; undefined where nothing is mounted. Asks no mount. */
export function deviceOf(mountpoint: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((entry) => entry.split(' ')[4] === mountpoint.replaceAll(' ', '\\040'));
  return line?.split(' ')[2]?.split(':')[1];
}

function abortConnection(device: string): void {
  try {
    writeFileSync(`/sys/fs/fuse/connections/${device}/abort`, '1');
  } catch {
    // fusectl is not mounted here; unmounting has to do.
  }
}
