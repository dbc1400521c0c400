import { setMaxListeners } from 'node:events';
import type { Priority } from '../library/media-source.js';
import { BLOCK_SIZE } from './block-map.js';
import type { BlockStore } from './block-store.js';
import { ContentError } from './content-error.js';
import type { MediaDownloads } from './media-downloads.js';

/** The file that is filled. */
export interface FilledFile {
  readonly size: number;
  /** Why no use of the file can go on. */
  readonly ended: ContentError | undefined;
}

interface PendingFill {
  /** Waits for this many blocks from the start; 0: waits until no download is under way. */
  readonly count: number;
  resolve(): void;
  reject(error: ContentError): void;
}

/** Fetches a file, or its head, to the disk without a reader: for pins and prefetching. */
export class FileFills {
  readonly #file: FilledFile;
  readonly #blocks: BlockStore;
  readonly #downloads: MediaDownloads;
  readonly #pending = new Set<PendingFill>();

  constructor(file: FilledFile, blocks: BlockStore, downloads: MediaDownloads) {
    this.#file = file;
    this.#blocks = blocks;
    this.#downloads = downloads;
  }

  /** As `MediaFile.fill`. */
  async fill(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    // One signal ends the fills of many files: Node would take its many listeners for a leak.
    setMaxListeners(0, signal);
    while (!this.#blocks.complete) {
      if (this.#file.ended !== undefined) throw this.#file.ended;
      if (this.#blocks.uncached) throw new ContentError('EIO', 'The cache has no room for it.');
      const before = this.#blocks.present;
      await this.#step(priority, signal);
      await this.#blocks.drained();
      if (this.#isStuckAt(before)) throw new ContentError('EIO', 'Fetching it made no progress.');
    }
  }

  /** As `MediaFile.fillHead`. */
  async fillHead(bytes: number): Promise<void> {
    if (this.#file.ended !== undefined) throw this.#file.ended;
    const count = Math.ceil(Math.min(bytes, this.#file.size) / BLOCK_SIZE);
    await this.#filled(count, () => this.#downloads.head(count));
  }

  /** A block has come: fills that waited for it are done. */
  delivered(block: number): void {
    for (const pending of this.#pending) {
      if (block >= pending.count || this.#blocks.next(false, 0, pending.count) < pending.count) continue;
      this.#pending.delete(pending);
      pending.resolve();
    }
  }

  /** Nothing more comes for now: with an error, fills fail. */
  end(error: ContentError | undefined): void {
    for (const pending of this.#pending) {
      if (error === undefined) pending.resolve();
      else pending.reject(error);
    }
    this.#pending.clear();
  }

  /** Starts downloads by `begin`. Resolves when the first `count` blocks are held, or when no download is under way. */
  #filled(count: number, begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = { resolve, reject, count };
      this.#pending.add(pending);
      begin();
      const isHeld = count > 0 && this.#blocks.next(false, 0, count) >= count;
      if (!isHeld && this.#downloads.size > 0) return;
      this.#pending.delete(pending);
      resolve();
    });
  }

  #isStuckAt(present: number): boolean {
    return this.#blocks.present === present && !this.#blocks.complete && !this.#blocks.uncached;
  }

  /** Resolves when no download is under way any more. */
  #step(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    const step = this.#filled(0, () => this.#downloads.ahead(0, this.#file.size, priority));
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new ContentError('EIO', 'The mount is going down.'));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      step.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }
}
