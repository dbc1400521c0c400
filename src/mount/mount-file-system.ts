import { basename } from 'node:path';
import type { FileSystem } from '../filesystem/file-system.js';
import { systemClock, type Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import type { UserError } from '../support/user-error.js';
import { handlerTable, type FuseBinding, type FuseRequest } from './fuse-binding.js';
import { fuseDescriptors, isFuseDescriptor } from './fuse-device.js';
import { fuseOperations } from './fuse-operations.js';
import { checkFuse } from './fuse-requirements.js';
import { withFusermount } from './fusermount-name.js';
import { loadFuseBinding } from './load-fuse-binding.js';
import { kernelOptions, SUBTYPE } from './mount-options.js';
import { prepareMountPoint, systemMountPointDeps } from './mount-point.js';
import { mountRefusal, notMounted } from './mount-refusal.js';
import { inspectMount } from './mount-state.js';
import { findMount, readMountTable, type MountEntry } from './mount-table.js';
import { OpenFiles } from './open-files.js';
import { RequestOrigins } from './request-origins.js';
import { unmountPath } from './unmount-path.js';
import { isDoomed, WaitingRequests } from './waiting-requests.js';

export interface MountFileSystemOptions {
  readonly mountpoint: string;
  readonly readOnly: boolean;
  /** Let other users in; the kernel then judges by the permission bits. */
  readonly allowOther: boolean;
  /** Seconds that the kernel may keep names and attributes; 0 asks each time. */
  readonly attrTimeoutSeconds: number;
  /** Source in the mount table. Default `gphotos-mount`. */
  readonly fsname?: string;
  readonly log: Logger;
}

export interface Mount {
  /** Absolute path, as the mount table has it. */
  readonly mountpoint: string;
  /** Number of files open in it. */
  readonly openFiles: number;
  /**
   * Takes the mount away and resolves when it is gone. `lazy`, the default, does so although files are open: they answer EBADF
   * from then on. Otherwise rejects with a UserError (`busy`), and the mount stays.
   */
  unmount(options?: { readonly lazy?: boolean }): Promise<void>;
  /** Resolves when the mount is gone, by {@link unmount} or by another program's doing, and every open file is released. */
  readonly closed: Promise<void>;
}

export interface MountDeps {
  readonly clock: Clock;
  /** How often to look whether the mount was taken away from outside, in milliseconds. */
  readonly watchIntervalMs: number;
}

const DEFAULT_DEPS: MountDeps = { clock: systemClock, watchIntervalMs: 1000 };
const INIT_DEADLINE_MS = 15_000;

/** Kept for as long as the process lives: threads of the native side may look at a mount after it is gone. */
const everMounted = new Set<object>();

/**
 * Mounts `fs` and resolves when the kernel talks to it. Rejects with a UserError: `mount` where the mount point will
 * not do, `system` where FUSE is missing.
 */
export async function mountFileSystem(
  fs: FileSystem,
  options: MountFileSystemOptions,
  deps: MountDeps = DEFAULT_DEPS,
): Promise<Mount> {
  const { log } = options;
  await checkFuse(options);
  const mountpoint = await prepareMountPoint(options.mountpoint, systemMountPointDeps(log));
  const binding = loadFuseBinding();
  const files = new OpenFiles();
  const before = fuseDescriptors();
  const thread = await startMount(fs, binding, files, mountpoint, options, deps.clock);
  const connection = [...fuseDescriptors()].find((descriptor) => !before.has(descriptor));
  const entry = findMount(await readMountTable(), mountpoint);
  return new LiveMount(mountpoint, entry, connection, binding, thread, files, log, deps);
}

async function startMount(
  fs: FileSystem,
  binding: FuseBinding,
  files: OpenFiles,
  mountpoint: string,
  options: MountFileSystemOptions,
  clock: Clock,
): Promise<Buffer> {
  const { readOnly, allowOther, attrTimeoutSeconds, fsname = SUBTYPE, log } = options;
  const thread = Buffer.alloc(binding.sizeof_fuse_thread_t);
  const kept: object[] = [thread];
  everMounted.add(kept);
  const arguments_ = kernelOptions({
    platform: process.platform,
    readOnly,
    allowOther,
    attrTimeoutSeconds,
    fsname,
    volumeName: basename(mountpoint),
  });
  const origins = new RequestOrigins(thread);
  const processOf = (request: FuseRequest): number | undefined => origins.processOf(request);
  const waits = new WaitingRequests({ clock, processOf, isDoomed });
  let onInit = (): void => undefined;
  const initialised = new Promise<void>((resolve) => {
    onInit = resolve;
  });
  const handlers = fuseOperations(fs, { binding, files, readOnly, log, waits, onInit });
  const { table, implemented } = handlerTable(binding, handlers);
  const allocate = (size: number): Buffer => {
    const memory = Buffer.alloc(size);
    kept.push(memory);
    return memory;
  };
  try {
    const words = await withFusermount(() => {
      binding.fuse_native_mount(mountpoint, arguments_, thread, {}, allocate, table, implemented);
    });
    if (words !== '') log.log('warn', words);
  } catch (cause) {
    await unmountPath(mountpoint, { lazy: true }).catch(() => undefined);
    throw mountRefusal(mountpoint, cause);
  }
  const late = (): UserError =>
    notMounted(mountpoint, `the kernel did not answer within ${INIT_DEADLINE_MS / 1000} seconds`);
  try {
    await withinDeadline(clock, INIT_DEADLINE_MS, () => initialised, late);
  } catch (error) {
    await unmountPath(mountpoint, { lazy: true }).catch(() => undefined);
    throw error;
  }
  return thread;
}

class LiveMount implements Mount {
  readonly closed: Promise<void>;
  readonly #stopWatching = new AbortController();
  #resolveClosed = (): void => undefined;
  #isClosed = false;
  #isUnmounting = false;

  constructor(
    readonly mountpoint: string,
    private readonly entry: MountEntry | undefined,
    /** Descriptor of the connection to the kernel; undefined where it is not known. */
    private readonly connection: string | undefined,
    private readonly binding: FuseBinding,
    private readonly thread: Buffer,
    private readonly files: OpenFiles,
    private readonly log: Logger,
    private readonly deps: MountDeps,
  ) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    void this.#watch();
  }

  get openFiles(): number {
    return this.files.size;
  }

  async unmount({ lazy = true }: { readonly lazy?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isUnmounting = true;
    try {
      if (await this.#isMounted()) await unmountPath(this.mountpoint, { lazy });
    } finally {
      this.#isUnmounting = false;
    }
    this.#close();
  }

  async #watch(): Promise<void> {
    const { clock, watchIntervalMs } = this.deps;
    const { signal } = this.#stopWatching;
    while (!signal.aborted) {
      try {
        await clock.sleep(watchIntervalMs, signal);
      } catch {
        return;
      }
      if (this.#isUnmounting) continue;
      const isMounted = await this.#isMounted();
      const isConnected = this.connection === undefined || isFuseDescriptor(this.connection);
      // An unmount of our own may have begun meanwhile: it ends the watch itself.
      if ((isMounted && isConnected) || this.#isBusyOrClosed()) continue;
      if (isMounted) await this.#removeDead();
      this.log.log('info', `${this.mountpoint} was unmounted from outside`);
      this.#close();
    }
  }

  /** The connection was aborted: what is left in the mount table answers nobody. */
  async #removeDead(): Promise<void> {
    const { state } = await inspectMount(this.mountpoint).catch(() => ({ state: 'free' as const }));
    // Another mount may have taken the place, even under the same device number.
    if (state === 'stale') await unmountPath(this.mountpoint, { lazy: true }).catch(() => undefined);
  }

  /** A mount table that cannot be read says nothing: the mount then counts as there. */
  async #isMounted(): Promise<boolean> {
    const table = await readMountTable().catch(() => undefined);
    if (table === undefined) return true;
    return table.some(
      (entry) =>
        entry.mountpoint === this.mountpoint && (this.entry === undefined || entry.device === this.entry.device),
    );
  }

  #isBusyOrClosed(): boolean {
    return this.#isUnmounting || this.#isClosed;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWatching.abort();
    for (const file of this.files.close()) {
      try {
        file.release();
      } catch (error) {
        this.log.log('error', `closing a file of ${this.mountpoint} failed: ${String(error)}`);
      }
    }
    // Lets the event loop end; the serving thread ends by itself when the kernel lets go.
    this.binding.fuse_native_unmount(this.mountpoint, this.thread);
    this.#resolveClosed();
  }
}
