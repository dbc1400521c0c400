import { dirname } from 'node:path';
import { loadCredentials, type Credentials } from '../auth/credentials.js';
import { checkedTokenUrl } from '../auth/token-endpoint.js';
import { mountFileSystem, type Mount } from '../mount/mount-file-system.js';
import { prepareMountPoint, systemMountPointDeps } from '../mount/mount-point.js';
import { inspectMount } from '../mount/mount-state.js';
import { isMountedPrivately } from '../mount/mount-visibility.js';
import { checkFuse } from '../mount/fuse-requirements.js';
import { detachPath, systemUnmountDeps } from '../mount/unmount-path.js';
import type { ProfileLock } from '../catalog/profile-lock.js';
import { GOOGLE_LIBRARY_URL, libraryRoot } from '../remote/endpoint-rules.js';
import { proxyToGoogle } from '../remote/proxy-settings.js';
import { systemClock } from '../support/clock.js';
import type { Hangups } from '../support/hangups.js';
import type { Logger } from '../support/logger.js';
import { lineLogger } from '../support/logger.js';
import { diskFault } from '../support/disk-fault.js';
import { giveMemoryBackAtRest } from '../support/memory-at-rest.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { ControlReply } from './control-protocol.js';
import { ChangeWatch } from './change-watch.js';
import { claimProfile } from './claim-profile.js';
import { ControlServer } from './control-server.js';
import type { DaemonConfig } from './daemon-config.js';
import { routeLookMs, systemDefaultRoute } from './default-route.js';
import { EndingWatch, type Ending, type EndingSource } from './ending.js';
import { invisibleMount } from './invisible-mount.js';
import { openLogFile } from './log-file.js';
import { logRules } from './file-places.js';
import { answerSync } from './answer-sync.js';
import { cacheCommand } from './cache-commands.js';
import { watchForManager } from './manager-watch.js';
import { mountOwners } from './mount-owners.js';
import { openLibrary, type OpenLibrary } from './open-library.js';
import { ensurePrivateFolder } from './private-folder.js';
import { reload } from './reload.js';
import { noManager, type ServiceManager } from './service-manager.js';
import { StartTraces } from './start-traces.js';
import { statusSentence } from './status-sentence.js';
import { lastingSocketFile } from './profile-paths.js';
import { SocketKeeper } from './socket-keeper.js';
import { StatusBoard } from './status-board.js';
import type { StatusDocument } from './status-document.js';
import { Teardown } from './teardown.js';

export interface DaemonHooks {
  /** The mount works. */
  readonly onReady: () => void;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy?: () => void;
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
}

const LOG_FILE_BYTES = 4 * 1024 ** 2;
const PROGRESS_MS = 250;
/** During a migration the start is prolonged by this much each time; it is asked for far more often. */
const EXTENSION_MS = 30_000;
/** Syncing begins this much later: its packages would take the processor from whoever lists the mount right away. */
const FIRST_LISTING_MS = 300;
/** When everything at the end hangs, this still ends the process. The steps' own deadlines are shorter. */
const SHUTDOWN_DEADLINE_MS = 25_000;
/** And this when a second signal has come. */
const FORCED_DEADLINE_MS = 5000;

/**
 * Runs the mount from the checks to the unmounting, and resolves with the exit code. Rejects with a UserError where the
 * mount cannot start; nothing is left behind then.
 */
export async function runDaemon(
  given: DaemonConfig,
  hooks: DaemonHooks,
  around: DaemonProcess = process,
): Promise<ExitCode> {
  const config = { ...given, mountpoint: await realMountPoint(given.mountpoint) };
  const early: string[] = [];
  let write = (line: string): void => void early.push(line);
  const clock = systemClock;
  const live = { config };
  const log = lineLogger({
    write: (line) => write(line),
    least: () => live.config.logLevel,
    now: () => clock.now(),
    format: hooks.isJournal === true && logPath(config) === undefined ? 'journal' : 'timed',
  });
  const manager = hooks.manager ?? noManager;
  const teardown = new Teardown(clock, log);
  const board = new StatusBoard(config, around.pid, () => clock.now());
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
    const credentials = await checkSurroundings(config, around.env, log);
    const lock = claimProfile(config, { pid: around.pid, teardown, traces, log });
    write = openLog(config, hooks, teardown);
    for (const line of early) write(line);
    const library = await start({
      config,
      credentials,
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
    });
    hooks.onReady();
    manager.ready(statusSentence(board.document()));
    const isWell = (ms: number): Promise<boolean> => library.isWell(ms);
    teardown.add('the watch of the service manager', 1000, watchForManager({ manager, board, clock, log, isWell }));
    followHangups(hooks, { library, manager, board, log, live });
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

/** Each SIGHUP reloads, one after the other; several during one reload are one more. */
function followHangups(
  { hangups, reread }: DaemonHooks,
  parts: Pick<StartParts, 'board' | 'log' | 'manager'> & { library: OpenLibrary; live: { config: DaemonConfig } },
): void {
  const { library, manager, board, log, live } = parts;
  let running: Promise<void> | undefined;
  let again = false;
  const begin = (): void => {
    again = running !== undefined;
    running ??= reload({
      library,
      manager,
      status: () => statusSentence(board.document()),
      clock: systemClock,
      log,
      current: () => live.config,
      use: (next) => {
        live.config = next;
      },
      reread,
    }).finally(() => {
      running = undefined;
      if (again) begin();
    });
  };
  hangups.handle(begin);
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

/** What can be wrong before anything is made. */
async function checkSurroundings(config: DaemonConfig, env: NodeJS.ProcessEnv, log: Logger): Promise<Credentials> {
  libraryRoot(env['GPHOTOS_LIBRARY_URL'] ?? GOOGLE_LIBRARY_URL);
  if (env['GPHOTOS_TOKEN_URL'] !== undefined) checkedTokenUrl(env['GPHOTOS_TOKEN_URL']);
  proxyToGoogle(env);
  const owners = mountOwners(dirname(config.paths.dataDir));
  await prepareMountPoint(config.mountpoint, systemMountPointDeps(log, owners));
  await checkFuse({ allowOther: config.allowOther });
  return loadCredentials({ env, configDir: config.paths.configDir, profile: config.profile });
}

/** The file of the log; undefined where it goes to the standard error output. */
function logPath({ logFile, foreground, paths }: DaemonConfig): string | undefined {
  return logFile ?? (foreground ? undefined : paths.logFile);
}

/** Where log lines go from now on. */
function openLog(config: DaemonConfig, hooks: DaemonHooks, teardown: Teardown): (line: string) => void {
  const file = logPath(config);
  if (file === undefined) return hooks.writeLog ?? (() => undefined);
  const logFile = openLogFile(file, LOG_FILE_BYTES, logRules(config));
  teardown.add('closing the log', 1000, () => logFile.close());
  return (line) => logFile.write(line);
}

interface StartParts {
  readonly config: DaemonConfig;
  readonly credentials: Credentials;
  readonly env: NodeJS.ProcessEnv;
  readonly pid: number;
  readonly manager: ServiceManager;
  readonly onBusy: () => void;
  readonly lock: ProfileLock;
  readonly log: Logger;
  readonly teardown: Teardown;
  readonly board: StatusBoard;
  readonly endings: EndingWatch;
  /** Whether the mount point may be ours already. */
  readonly progressed: { mounting: boolean };
}

async function start({
  config,
  credentials,
  env,
  pid,
  manager,
  onBusy,
  lock,
  log,
  teardown,
  board,
  endings,
  progressed,
}: StartParts): Promise<OpenLibrary> {
  const { mountpoint, paths } = config;
  log.log('info', `gphotos-mount ${config.version} starts on ${mountpoint}, profile ${config.profile}, pid ${pid}`);
  // Torn down after the mount: whoever asked for the unmounting gets the answer when all is done.
  const live: { mount?: Mount; library?: OpenLibrary } = {};
  const opened = (): OpenLibrary => {
    if (live.library !== undefined) return live.library;
    throw new UserError(ExitCode.busy, 'The mount is only starting.', 'Try again in a moment.');
  };
  let asked = false;
  const unmount = async (lazy: boolean): Promise<ControlReply> => {
    if (live.mount === undefined)
      throw new UserError(ExitCode.busy, 'The mount is only starting.', 'Try again in a moment.');
    asked = true;
    await live.mount.unmount({ lazy }).finally(() => {
      asked = false;
    });
    return { ok: true, unmounted: mountpoint };
  };
  const server = new ControlServer(async (request, tell) => {
    switch (request.command) {
      case 'unmount':
        return unmount(request.lazy === true);
      case 'sync':
        return answerSync(request, live.library);
      case 'cache':
        return cacheCommand(opened(), request, tell);
      case 'reload-sign-in':
        // That Google refuses the new sign-in is part of the status.
        await live.library?.reloadSignIn().catch(() => undefined);
        return { ok: true, status: board.document() };
      case 'status':
        return { ok: true, status: board.document() };
    }
  });
  const uid = process.getuid?.() ?? 0;
  const keeper = new SocketKeeper({
    server,
    first: paths.socketFile,
    lasting: lastingSocketFile(paths.dataDir, uid),
    prepare: (file) => ensurePrivateFolder(dirname(file), uid),
    announce: (file) => lock.listensAt(file),
    clock: systemClock,
    log,
  });
  await keeper.run();
  teardown.add('closing the control socket', 2000, () => keeper.stop());

  const library = await openLibrary({ config, credentials, env, log, board, teardown, onBusy });
  live.library = library;
  progressed.mounting = true;
  const mount = await mountFileSystem(library.fileSystem, {
    mountpoint,
    readOnly: true,
    allowOther: config.allowOther,
    attrTimeoutSeconds: config.attrTimeoutMs / 1000,
    log,
  });
  live.mount = mount;
  teardown.add('unmounting', 15_000, () => mount.unmount());
  void mount.closed.then(() => endings.end({ kind: asked ? 'asked' : 'unmounted-outside' }));
  board.mounted = true;
  await warnIfInvisible({ mountpoint, manager, board, log });
  log.log('info', 'the mount is ready');
  setTimeout(() => library.startSync(), FIRST_LISTING_MS).unref();
  const changes = new ChangeWatch({
    clock: systemClock,
    readRoute: systemDefaultRoute(),
    lookMs: routeLookMs(),
    log,
    onChange: () => library.surroundingsChanged(),
  });
  await changes.run();
  teardown.add('the watch over network and clock', 1000, () => changes.stop());
  teardown.add('the watch over memory', 1000, giveMemoryBackAtRest());
  return library;
}

/** A mount that only this process sees looks ready and is of no use. */
async function warnIfInvisible(
  parts: Pick<StartParts, 'manager' | 'board' | 'log'> & { mountpoint: string },
): Promise<void> {
  const { mountpoint, manager, board, log } = parts;
  if (!(await isMountedPrivately(mountpoint))) return;
  const { message, hint } = invisibleMount(mountpoint, await manager.privateSettings());
  log.log('warn', `${message} ${hint}`);
  board.add({ code: 'invisible-mount', message, hint, subject: '' });
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
  const deadline = setTimeout(() => around.exit(ExitCode.internal), SHUTDOWN_DEADLINE_MS);
  await teardown.run();
  clearTimeout(deadline);
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
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
