import { dirname } from 'node:path';
import type { ProfileSignIn } from './profile-sign-in.js';
import type { ProfileLock } from '../catalog/profile-lock.js';
import { mountFileSystem, type Mount } from '../mount/mount-file-system.js';
import { fitsMountOption } from '../mount/mount-options.js';
import { isMountedPrivately } from '../mount/mount-visibility.js';
import { systemClock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import { giveMemoryBackAtRest } from '../support/memory-at-rest.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { ChangeWatch } from './change-watch.js';
import { answerRequest } from './control-requests.js';
import { ControlServer } from './control-server.js';
import type { DaemonConfig } from './daemon-config.js';
import { routeLookMs, systemDefaultRoute } from './default-route.js';
import type { EndingWatch } from './ending.js';
import { invisibleMount } from './invisible-mount.js';
import { openLibrary, type OpenLibrary } from './open-library.js';
import { READ_ONLY } from './open-view.js';
import { ensurePrivateFolder } from './private-folder.js';
import { lastingSocketFile } from './profile-paths.js';
import type { ServiceManager } from './service-manager.js';
import { SocketKeeper } from './socket-keeper.js';
import type { StatusBoard } from './status-board.js';
import type { Teardown } from './teardown.js';

export interface StartParts {
  readonly config: DaemonConfig;
  /** Those that bring items to the profile. */
  readonly signIn: ProfileSignIn;
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
  /** Called when all but the mount itself is there. */
  readonly beforeMount: () => void;
}

/** What commands ask for, as far as the start has come. */
interface Started {
  mount?: Mount;
  library?: OpenLibrary;
  /** An unmount command is under way. */
  isAsked: boolean;
}

/** Syncing begins this much later, in ms: loading its packages would slow down programs that list the mount at once. */
const FIRST_LISTING_MS = 300;

/** Listens, opens the library and mounts it; resolves when the kernel answers. Each step leaves its end to the teardown. */
export async function startMount(parts: StartParts): Promise<OpenLibrary> {
  const { config, signIn, env, pid, manager, onBusy, log, teardown, board, endings, progressed } = parts;
  const { mountpoint, source } = config;
  log.log('info', `gphotos-mount ${config.version} starts on ${mountpoint}, profile ${config.profile}, pid ${pid}`);
  const started: Started = { isAsked: false };
  // Torn down after the mount: the client that asked for the unmount is answered when all is done.
  await listen(parts, started);
  const library = await openLibrary({ config, signIn, env, log, board, teardown, onBusy });
  started.library = library;
  library.startWriter();
  parts.beforeMount();
  progressed.mounting = true;
  const mount = await mountFileSystem(library.fileSystem, {
    mountpoint,
    readOnly: READ_ONLY,
    allowOther: config.allowOther,
    attrTimeoutSeconds: config.attrTimeoutMs / 1000,
    ...(source !== undefined && fitsMountOption(source) ? { fsname: source } : {}),
    log,
  });
  started.mount = mount;
  teardown.add('unmounting', 15_000, () => mount.unmount());
  void mount.closed.then(() => endings.end({ kind: started.isAsked ? 'asked' : 'unmounted-outside' }));
  board.mounted = true;
  await warnIfInvisible({ mountpoint, manager, board, log });
  log.log('info', 'the mount is ready');
  setTimeout(() => library.startSync(), FIRST_LISTING_MS).unref();
  const changes = new ChangeWatch({
    clock: systemClock,
    readRoute: systemDefaultRoute(),
    lookMs: routeLookMs(),
    log,
    onChange: () => library.environmentChanged(),
  });
  await changes.run();
  teardown.add('the watch over network and clock', 1000, () => changes.stop());
  teardown.add('the watch over memory', 1000, giveMemoryBackAtRest());
  return library;
}

/** Opens the control socket, also where the session's runtime folder goes away. */
async function listen({ config, lock, log, teardown, board }: StartParts, started: Started): Promise<void> {
  const { paths, mountpoint } = config;
  const uid = process.getuid?.() ?? 0;
  const keeper = new SocketKeeper({
    server: controlServer(mountpoint, board, started),
    first: paths.socketFile,
    lasting: lastingSocketFile(paths.dataDir, uid),
    prepare: (file) => ensurePrivateFolder(dirname(file), uid),
    announce: (file) => lock.listensAt(file),
    clock: systemClock,
    log,
  });
  await keeper.run();
  teardown.add('closing the control socket', 2000, () => keeper.stop());
}

function controlServer(mountpoint: string, board: StatusBoard, started: Started): ControlServer {
  const unmount = async (how: { readonly lazy: boolean }): Promise<string> => {
    if (started.mount === undefined) throw onlyStarting();
    started.isAsked = true;
    await started.mount.unmount(how).finally(() => {
      started.isAsked = false;
    });
    return mountpoint;
  };
  const library = (): OpenLibrary => {
    if (started.library === undefined) throw onlyStarting();
    return started.library;
  };
  const parts = { status: () => board.document(), library, unmount };
  return new ControlServer((request, tell) => answerRequest(request, parts, tell));
}

function onlyStarting(): UserError {
  return new UserError(ExitCode.busy, 'The mount is only starting.', 'Try again in a moment.');
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
