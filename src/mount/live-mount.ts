import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import type { FuseBinding } from './fuse-binding.js';
import { inspectMount } from './mount-state.js';
import { isSameMount, type MountEntry } from './mount-table.js';
import type { OpenFiles } from './open-files.js';
import type { UnmountOptions } from './unmount-path.js';

export interface Mount {
  /** Absolute path, as the mount table has it. */
  readonly mountpoint: string;
  /** Number of files open in it. */
  readonly openFiles: number;
  /**
   * Unmounts, and resolves when the mount is gone. `lazy`, the default, works also while files are open: they answer
   * EBADF from then on. Otherwise rejects with UserError (`busy`), and the mount stays.
   */
  unmount(options?: { readonly lazy?: boolean }): Promise<void>;
  /** Resolves when the mount is gone, by {@link unmount} or by another program, and every open file is released. */
  readonly closed: Promise<void>;
}

export interface LiveParts {
  /** Its line in the mount table. */
  readonly entry: MountEntry;
  /** False once the kernel has ended the connection; true if that is unknown. */
  readonly isConnected: () => boolean;
  readonly binding: FuseBinding;
  readonly thread: Buffer;
  readonly files: OpenFiles;
  readonly log: Logger;
  readonly clock: Clock;
  readonly system: {
    readonly readTable: () => Promise<MountEntry[]>;
    readonly unmount: (mountpoint: string, options: UnmountOptions) => Promise<void>;
  };
}

/** A mount that works, watched until it is gone. */
export class LiveMount implements Mount {
  readonly closed: Promise<void>;
  readonly #stopWatching = new AbortController();
  #resolveClosed = (): void => undefined;
  #isClosed = false;
  #isUnmounting = false;

  readonly #parts: LiveParts;
  readonly #watchIntervalMs: number;

  constructor(parts: LiveParts, watchIntervalMs: number) {
    this.#parts = parts;
    this.#watchIntervalMs = watchIntervalMs;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    void this.#watch();
  }

  get mountpoint(): string {
    return this.#parts.entry.mountpoint;
  }

  get openFiles(): number {
    return this.#parts.files.size;
  }

  async unmount({ lazy = true }: { readonly lazy?: boolean } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isUnmounting = true;
    try {
      if (await this.#isMounted()) await this.#parts.system.unmount(this.mountpoint, { lazy });
    } finally {
      this.#isUnmounting = false;
    }
    this.#close();
  }

  async #watch(): Promise<void> {
    const { clock, isConnected, log } = this.#parts;
    const { signal } = this.#stopWatching;
    while (!signal.aborted) {
      try {
        await clock.sleep(this.#watchIntervalMs, signal);
      } catch {
        return;
      }
      if (this.#isUnmounting) continue;
      const isMounted = await this.#isMounted();
      // An unmount of our own may have begun meanwhile: it ends the watch itself.
      if ((isMounted && isConnected()) || this.#isBusyOrClosed()) continue;
      if (isMounted) await this.#removeDead();
      log.log('info', `${this.mountpoint} was unmounted from outside`);
      this.#close();
    }
  }

  /** The connection was aborted: the entry left in the mount table answers no call. */
  async #removeDead(): Promise<void> {
    const { system } = this.#parts;
    const { state } = await inspectMount(this.mountpoint).catch(() => ({ state: 'free' as const }));
    // Another mount may have taken the place, even under the same device number.
    if (state === 'stale') await system.unmount(this.mountpoint, { lazy: true }).catch(() => undefined);
  }

  /** The mount counts as present while the mount table cannot be read. */
  async #isMounted(): Promise<boolean> {
    const { entry, system } = this.#parts;
    const table = await system.readTable().catch(() => undefined);
    return table === undefined || table.some((line) => isSameMount(line, entry));
  }

  #isBusyOrClosed(): boolean {
    return this.#isUnmounting || this.#isClosed;
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWatching.abort();
    const { binding, files, log, thread } = this.#parts;
    for (const file of files.close()) {
      try {
        file.release();
      } catch (error) {
        log.log('error', `closing a file of ${this.mountpoint} failed: ${String(error)}`);
      }
    }
    // Lets the event loop end. The serving thread ends when the kernel closes the connection.
    binding.fuse_native_unmount(this.mountpoint, thread);
    this.#resolveClosed();
  }
}
