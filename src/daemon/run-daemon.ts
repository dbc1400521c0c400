import { dirname } from 'node:path';
import { loadCredentials, usableSources } from '../auth/credentials.js';
import type { Source } from '../library/source.js';
import { checkedTokenUrl } from '../auth/token-endpoint.js';
import { prepareMountPoint, systemMountPointDeps } from '../mount/mount-point.js';
import { inspectMount } from '../mount/mount-state.js';
import { checkFuse } from '../mount/fuse-requirements.js';
import { detachPath, systemUnmountDeps } from '../mount/unmount-path.js';
import { GOOGLE_LIBRARY_URL, libraryRoot } from '../remote/http/endpoint-rules.js';
import { proxyToGoogle } from '../remote/http/proxy-settings.js';
import { systemClock } from '../support/clock.js';
import type { Hangups } from '../support/hangups.js';
import type { LogLevel } from '../support/log-level.js';
import { lineLogger, type Logger } from '../support/logger.js';
import { diskFault } from '../support/disk-fault.js';
import { traceOf } from '../support/message-of.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { claimProfile } from './claim-profile.js';
import type { DaemonConfig } from './daemon-config.js';
import { EndingWatch, type Ending, type EndingSource } from './ending.js';
import { openLogFile } from './log-file.js';
import { logRules } from './file-places.js';
import { watchForManager } from './manager-watch.js';
import { mountOwners } from './mount-owners.js';
import { followHangups } from './reload.js';
import { noManager, type ServiceManager } from './service-manager.js';
import { holdsItems } from './profile-ledger.js';
import { ProfileSignIn } from './profile-sign-in.js';
import { startMount } from './start-mount.js';
import { makeMountPoint } from './new-mount-point.js';
import { StartTraces } from './start-traces.js';
import { statusSentence } from './status-sentence.js';
import { StatusBoard } from './status-board.js';
import type { StatusDocument } from './status-document.js';
import { Teardown } from './teardown.js';

export interface DaemonHooks {
  /** The mount works. */
  readonly onReady: () => void;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy?: () => void;
  /** The sources that may bring items to the profile. */
  readonly sources: readonly Source[];
  /** SIGHUP since the process began. */
  readonly hangups: Hangups;
  /** Default: none. */
  readonly manager?: ServiceManager | undefined;
  /** Reads config.json again. Throws UserError where it is wrong. */
  readonly reread: (config: DaemonConfig) => DaemonConfig;
  /** Lines handed to `writeLog` go to the journal. */
  readonly isJournal?: boolean;
  /** Takes the log where there is no log file. */
  readonly writeLog?: (line: string) => void;
  /** Called now and then until the first sync is done. */
  readonly onProgress?: ((status: StatusDocument) => void) | undefined;
}

/** What of the process the daemon uses. */
export interface DaemonProcess extends EndingSource {
  readonly pid: number;
  readonly env: NodeJS.ProcessEnv;
  exit(code: number): never;
  kill(pid: number, signal: 'SIGKILL'): unknown;
}

const LOG_FILE_BYTES = 4 * 1024 ** 2;
const PROGRESS_MS = 250;
/** During a migration the start is prolonged by this much each time; it is asked for far more often. */
const EXTENSION_MS = 30_000;
/** When everything at the end hangs, this still ends the process. The steps' own deadlines are shorter. */
const SHUTDOWN_DEADLINE_MS = 25_000;
/** And this when a second signal has come. */
const FORCED_DEADLINE_MS = 5000;

/**
 * Runs the mount, from the checks to the unmounting. Resolves with the exit code. Rejects with UserError if the mount
 * cannot start; nothing is left behind then.
 */
export async function runDaemon(
  given: DaemonConfig,
  hooks: DaemonHooks,
  around: DaemonProcess = process,
): Promise<ExitCode> {
  const config = { ...given, mountpoint: await realMountPoint(given.mountpoint) };
  const clock = systemClock;
  const live = { config };
  const isJournal = hooks.isJournal === true && logPath(config) === undefined;
  const { log, beginWriting } = waitingLog(isJournal, () => live.config.logLevel);
  const manager = hooks.manager ?? noManager;
  const teardown = new Teardown(clock, log);
  const board = new StatusBoard(config, hooks.sources, around.pid, () => clock.now());
  const status = (): string => statusSentence(board.document());
  const progressed = { mounting: false };
  const traces = new StartTraces();
  const endings = new EndingWatch(
    around,
    () => {
      log.log('warn', 'a second signal: ending at once');
      void endNow(progressed.mounting ? config.mountpoint : undefined, around);
    },
    (error) => log.log('error', describe(error)),
  );
  try {
    const signIn = await checkSurroundings(config, { sources: hooks.sources, env: around.env, log });
    board.useSources(signIn.sources);
    const lock = claimProfile(config, { pid: around.pid, teardown, traces, log });
    beginWriting(openLog(config, hooks, teardown));
    const library = await startMount({
      config,
      signIn,
      env: around.env,
      pid: around.pid,
      manager,
      onBusy: () => {
        manager.extendStart(EXTENSION_MS);
        hooks.onBusy?.();
      },
      lock,
      log,
      teardown,
      board,
      endings,
      progressed,
      beforeMount: () => {
        if (config.makesMountpoint === true) makeIt(config, traces, log);
      },
    });
    hooks.onReady();
    manager.ready(status());
    const isWell = (ms: number): Promise<boolean> => library.isWell(ms);
    teardown.add('the watch of the service manager', 1000, watchForManager({ manager, board, clock, log, isWell }));
    followHangups(hooks.hangups, {
      library,
      manager,
      status,
      clock,
      log,
      reread: hooks.reread,
      current: () => live.config,
      use: (next) => {
        live.config = next;
      },
    });
    const progress = watchProgress(board, hooks);
    const ending = await endings.first;
    clearInterval(progress);
    manager.stopping();
    return await finish(ending, { log, teardown, around });
  } catch (thrown) {
    // Whatever is written at the start may meet a full disk: folders, lock, log, socket, catalog, cache.
    const error = thrown instanceof UserError ? thrown : (diskFault(thrown) ?? thrown);
    if (!(error instanceof UserError)) log.log('error', describe(error));
    traces.refused = error instanceof UserError;
    await teardown.run();
    throw error;
  }
}

/** Makes the mount point; a start that is refused takes it away again. */
function makeIt({ mountpoint }: DaemonConfig, traces: StartTraces, log: Logger): void {
  traces.watchFolder(mountpoint);
  makeMountPoint(mountpoint);
  log.log('info', `made the folder ${mountpoint}`);
}

/** The mount goes first, whatever still hangs on to it: without its daemon it would fail everyone who comes by. */
async function endNow(mountpoint: string | undefined, around: DaemonProcess): Promise<void> {
  setTimeout(() => around.exit(ExitCode.interrupted), FORCED_DEADLINE_MS);
  if (mountpoint !== undefined) await detachPath(mountpoint, { ...systemUnmountDeps, isOurPath: () => true });
  around.exit(ExitCode.interrupted);
}

/** As the mount table will spell it, so that status and unmount find it by whatever name it is given. */
async function realMountPoint(path: string): Promise<string> {
  const deps = { readTable: () => Promise.resolve([]), isAnswering: () => Promise.resolve(true) };
  return (await inspectMount(path, deps)).path;
}

/** What can be wrong before anything is made. Resolves with the sources and the sign-in that the profile has. */
async function checkSurroundings(
  config: DaemonConfig,
  { sources, env, log }: { readonly sources: readonly Source[]; readonly env: NodeJS.ProcessEnv; readonly log: Logger },
): Promise<ProfileSignIn> {
  libraryRoot(env['GPHOTOS_LIBRARY_URL'] ?? GOOGLE_LIBRARY_URL);
  if (env['GPHOTOS_TOKEN_URL'] !== undefined) checkedTokenUrl(env['GPHOTOS_TOKEN_URL']);
  proxyToGoogle(env);
  const owners = mountOwners(dirname(config.paths.dataDir));
  if (config.makesMountpoint !== true) await prepareMountPoint(config.mountpoint, systemMountPointDeps(log, owners));
  await checkFuse({ allowOther: config.allowOther });
  const places = { env, configDir: config.paths.configDir, profile: config.profile };
  const usable = await usableSources(
    sources,
    () => loadCredentials(places),
    (source) => holdsItems(source, config.paths.dataDir),
  );
  return new ProfileSignIn(usable, sources, places);
}

/** The file of the log; undefined where it goes to the standard error output. */
function logPath({ logFile, foreground, paths }: DaemonConfig): string | undefined {
  return logFile ?? (foreground ? undefined : paths.logFile);
}

/** A log whose lines wait until it is clear where they go. */
function waitingLog(
  isJournal: boolean,
  least: () => LogLevel,
): { readonly log: Logger; readonly beginWriting: (write: (line: string) => void) => void } {
  const early: string[] = [];
  let write = (line: string): void => void early.push(line);
  const format = isJournal ? 'journal' : 'timed';
  const log = lineLogger({ write: (line) => write(line), least, now: () => systemClock.now(), format });
  const beginWriting = (next: (line: string) => void): void => {
    write = next;
    for (const line of early) write(line);
  };
  return { log, beginWriting };
}

/** Where log lines go from now on. */
function openLog(config: DaemonConfig, hooks: DaemonHooks, teardown: Teardown): (line: string) => void {
  const file = logPath(config);
  if (file === undefined) return hooks.writeLog ?? (() => undefined);
  const logFile = openLogFile(file, LOG_FILE_BYTES, logRules(config));
  teardown.add('closing the log', 1000, () => logFile.close());
  return (line) => logFile.write(line);
}

function watchProgress(board: StatusBoard, { onProgress }: DaemonHooks): NodeJS.Timeout | undefined {
  if (onProgress === undefined) return undefined;
  const timer = setInterval(() => {
    const status = board.document();
    onProgress(status);
    if (status.sync.firstSyncDone) clearInterval(timer);
  }, PROGRESS_MS);
  return timer.unref();
}

async function finish(
  ending: Ending,
  { log, teardown, around }: { log: Logger; teardown: Teardown; around: DaemonProcess },
): Promise<ExitCode> {
  const code = ending.kind === 'crash' ? ExitCode.internal : ExitCode.ok;
  log.log(ending.kind === 'crash' ? 'error' : 'info', `ending: ${endingText(ending)}`);
  const deadline = setTimeout(() => {
    if (teardown.leavesThreads) around.kill(around.pid, 'SIGKILL');
    around.exit(ExitCode.internal);
  }, SHUTDOWN_DEADLINE_MS);
  await teardown.run();
  clearTimeout(deadline);
  // An archive's drive that does not answer holds a thread, and Node does not end before its threads.
  if (teardown.leavesThreads) around.kill(around.pid, 'SIGKILL');
  return code;
}

function endingText(ending: Ending): string {
  switch (ending.kind) {
    case 'signal':
      return ending.signal;
    case 'asked':
      return 'asked to unmount';
    case 'unmounted-outside':
      return 'unmounted by another program';
    case 'crash':
      return describe(ending.error);
  }
}

function describe(error: unknown): string {
  return traceOf(error);
}
