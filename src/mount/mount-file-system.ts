import { basename } from 'node:path';
import type { FileSystem } from '../filesystem/file-system.js';
import { systemClock, type Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import type { UserError } from '../support/user-error.js';
import { awaitMountEntry } from './await-mount-entry.js';
import { handlerTable, type FuseBinding, type FuseRequest } from './fuse-binding.js';
import { fuseDescriptors, isFuseDescriptor } from './fuse-device.js';
import { fuseOperations } from './fuse-operations.js';
import { checkFuse } from './fuse-requirements.js';
import { withFusermount } from './fusermount-name.js';
import { loadFuseBinding } from './load-fuse-binding.js';
import { LiveMount, type Mount } from './live-mount.js';
import { chooseMacLibrary } from './mac-library.js';
import { macMountHint } from './mac-requirements.js';
import { systemMac } from './mac-system.js';
import { kernelOptions, SUBTYPE } from './mount-options.js';
import { prepareMountPoint, systemMountPointDeps } from './mount-point.js';
import { mountRefusal, notMounted } from './mount-refusal.js';
import { readMountTable, type MountEntry } from './mount-table.js';
import { OpenFiles } from './open-files.js';
import { RequestOrigins } from './request-origins.js';
import { unmountPath, type UnmountOptions } from './unmount-path.js';
import { hasFatalSignal, LATE_MS, WaitingRequests } from './waiting-requests.js';

export interface MountFileSystemOptions {
  readonly mountpoint: string;
  readonly readOnly: boolean;
  /** Admit other users. The kernel then checks the permission bits. */
  readonly allowOther: boolean;
  /** Seconds that the kernel may keep names and attributes; 0 asks each time. */
  readonly attrTimeoutSeconds: number;
  /** Source in the mount table. Default `gphotos-mount`. */
  readonly fsname?: string;
  readonly log: Logger;
}

export type { Mount } from './live-mount.js';

export interface MountDeps {
  readonly clock: Clock;
  /** How often to look whether the mount was taken away from outside, in milliseconds. */
  readonly watchIntervalMs: number;
  /** Default: this one. */
  readonly system?: MountSystem;
}

/** The parts of the system that mounting needs. Tests simulate a Mac. */
export interface MountSystem {
  readonly platform: NodeJS.Platform;
  readonly readTable: () => Promise<MountEntry[]>;
  /** Rejects with a UserError (`system`) where nothing can be mounted. */
  readonly checkFuse: (options: { readonly allowOther: boolean }) => Promise<void>;
  readonly loadBinding: () => FuseBinding;
  /** As `prepareMountPoint`. */
  readonly prepare: (mountpoint: string, log: Logger) => Promise<string>;
  readonly unmount: (mountpoint: string, options: UnmountOptions) => Promise<void>;
  /** The next step after a failure without a known reason. */
  readonly hint: () => string;
}

const THIS_SYSTEM: MountSystem = {
  platform: process.platform,
  readTable: readMountTable,
  checkFuse: (options) => checkFuse(options),
  loadBinding: () => loadFuseBinding(),
  prepare: (mountpoint, log) => prepareMountPoint(mountpoint, systemMountPointDeps(log)),
  unmount: (mountpoint, options) => unmountPath(mountpoint, options),
  hint: () =>
    process.platform === 'darwin'
      ? macMountHint(chooseMacLibrary(systemMac), systemMac)
      : 'Try another empty folder; in a container, see that it may use FUSE.',
};

const DEFAULT_DEPS: MountDeps = { clock: systemClock, watchIntervalMs: 1000 };
const INIT_DEADLINE_MS = 15_000;

/** Never released: threads of the native side may access a mount's memory after it is gone. */
const everMounted = new Set<object>();

/**
 * Mounts `fs`, and resolves when the kernel has sent its first request. Rejects with UserError: `mount` if the mount
 * point cannot be used, `system` if FUSE is missing.
 */
export async function mountFileSystem(
  fs: FileSystem,
  options: MountFileSystemOptions,
  deps: MountDeps = DEFAULT_DEPS,
): Promise<Mount> {
  const { log } = options;
  const { clock, system = THIS_SYSTEM } = deps;
  await system.checkFuse(options);
  const mountpoint = await system.prepare(options.mountpoint, log);
  const binding = system.loadBinding();
  const files = new OpenFiles();
  const descriptors = fuseDescriptors();
  const table = await system.readTable();
  const thread = await startMount(fs, { binding, files, mountpoint, options, clock, system });
  const connection = [...fuseDescriptors()].find((descriptor) => !descriptors.has(descriptor));
  const isConnected = (): boolean => connection === undefined || isFuseDescriptor(connection);
  const entry = await awaitMountEntry(mountpoint, table, { clock, readTable: system.readTable, isConnected });
  if (entry === undefined) {
    await system.unmount(mountpoint, { lazy: true }).catch(() => undefined);
    throw notMounted(mountpoint, 'it did not appear in the mount table', system.hint());
  }
  return new LiveMount({ entry, isConnected, binding, thread, files, log, clock, system }, deps.watchIntervalMs);
}

interface Start {
  readonly binding: FuseBinding;
  readonly files: OpenFiles;
  readonly mountpoint: string;
  readonly options: MountFileSystemOptions;
  readonly clock: Clock;
  readonly system: MountSystem;
}

async function startMount(
  fs: FileSystem,
  { binding, files, mountpoint, options, clock, system }: Start,
): Promise<Buffer> {
  const { platform } = system;
  const { readOnly, allowOther, attrTimeoutSeconds, fsname = SUBTYPE, log } = options;
  const thread = Buffer.alloc(binding.sizeof_fuse_thread_t);
  const kept: object[] = [thread];
  everMounted.add(kept);
  const arguments_ = kernelOptions({
    platform,
    readOnly,
    allowOther,
    attrTimeoutSeconds,
    fsname,
    volumeName: basename(mountpoint),
  });
  const origins = new RequestOrigins(thread);
  const processOf = (request: FuseRequest): number | undefined => origins.processOf(request);
  const waits = new WaitingRequests({
    clock,
    processOf,
    hasFatalSignal,
    onLate: () => log.log('warn', `a call has waited ${LATE_MS / 1000} seconds for its answer; please report this`),
  });
  let onInit = (): void => undefined;
  const initialised = new Promise<void>((resolve) => {
    onInit = resolve;
  });
  const handlers = fuseOperations(fs, { binding, files, readOnly, platform, log, waits, onInit: () => onInit() });
  const { table, implemented } = handlerTable(binding, handlers);
  const allocate = (size: number): Buffer => {
    const memory = Buffer.alloc(size);
    kept.push(memory);
    return memory;
  };
  try {
    const mount = (): void => {
      binding.fuse_native_mount(mountpoint, arguments_, thread, {}, allocate, table, implemented);
    };
    const words = platform === 'linux' ? await withFusermount(mount, { mountpoint, allowOther }) : withoutWords(mount);
    if (words !== '') log.log('warn', words);
  } catch (cause) {
    await system.unmount(mountpoint, { lazy: true }).catch(() => undefined);
    throw mountRefusal(mountpoint, system.hint(), cause);
  }
  const late = (): UserError =>
    notMounted(mountpoint, `the kernel did not answer within ${INIT_DEADLINE_MS / 1000} seconds`, system.hint());
  try {
    await withinDeadline(clock, INIT_DEADLINE_MS, () => initialised, late);
  } catch (error) {
    await system.unmount(mountpoint, { lazy: true }).catch(() => undefined);
    throw error;
  }
  return thread;
}

/** fusermount is used on Linux only. */
function withoutWords(mount: () => void): string {
  mount();
  return '';
}
