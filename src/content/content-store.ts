import type { MediaId, MediaKind, MediaRef } from '../library/media-item.js';
import type { GatedMediaSource, MediaFacts, Priority } from '../library/media-source.js';
import type { Clock } from '../support/clock.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { Service } from '../support/service.js';
import { BlockBuffers } from './block-buffers.js';
import { CacheFolder } from './cache-folder.js';
import { CONTENT_TUNING, type ContentContext, type ContentTuning } from './content-context.js';
import type { ContentError, ReportContent } from './content-error.js';
import { wholeBytes } from './disk-space.js';
import { DiskReader } from './disk-reader.js';
import { FirstContacts } from './first-contacts.js';
import { HeadHabit } from './head-habit.js';
import type { MediaFile } from './media-file.js';
import { MediaFiles, type ContentItem } from './media-files.js';
import type { SizeBook } from './size-book.js';
import { UNREAD, afterRead } from './read-ahead.js';

/*
 * How it works
 * - `open` takes an item with the size that the catalog promises. MediaFiles finds its MediaFile, or
 *   makes a new one over what CacheFolder has on disk. `MediaFile.awaitVersion` then waits until the
 *   media host is known to have this version.
 * - `read` of a handle goes to the MediaFile, with the handle's ReadingState: how far to read
 *   ahead.
 * - `contacts` look at items without a size: FirstContacts asks for bytes, and the MediaFile goes on
 *   with the answer (`adopt`).
 * - `fill` and `fillHead` use the same MediaFile without a handle, for pins and read-ahead.
 * - The media host has another version (`changed`), or more bytes than the size (`corrupted`):
 *   MediaFiles discards the cached bytes and fails the readers; the SizeBook is informed.
 * - `#sweep` removes cache files that are too old. `stop` fails all readers with EIO, then waits
 *   until the bytes that have come are written.
 */

/** A file opened for reading. Methods throw or reject with {@link ContentError} only. */
export interface OpenContent {
  readonly size: number;
  /**
   * Fills `buffer` from byte `position`. Returns the bytes filled, fewer than asked for only at the end of the file.
   * Does not touch `buffer` afterwards.
   */
  read(buffer: Uint8Array, position: number): MaybePromise<number>;
  /** Ends a read into this buffer that waits for bytes to arrive: it rejects with EINTR. */
  interrupt(buffer: Uint8Array): void;
  /** Once. */
  close(): void;
}

export interface ContentStats {
  /** Bytes on disk, and how many are allowed. */
  readonly bytes: number;
  readonly limit: number;
  readonly openFiles: number;
}

export interface ContentStoreDeps {
  readonly source: GatedMediaSource;
  /** Informed of files that differ from the catalog. Asks the media host if an answer leaves a doubt. */
  readonly sizes: Pick<SizeBook, 'correct' | 'distrust' | 'confirm'>;
  readonly clock: Clock;
  /** The cache folder; made where it is missing. */
  readonly folder: string;
  readonly maxBytes: number;
  /** Milliseconds that cached bytes may stay; default 60 minutes. */
  readonly maxAgeMs?: number;
  /** Most cache files whose descriptors, two each, are open at once; default 512. */
  readonly openFiles?: number;
  readonly report: ReportContent;
  readonly tuning?: Partial<ContentTuning>;
}

const HOUR_MS = 3_600_000;
const OPEN_FILES = 512;

/** The bytes of media items, through a cache on disk. One per profile; nothing is read before `run`. */
export class ContentStore implements Service {
  #deps: ContentStoreDeps;
  readonly #context: ContentContext;
  readonly #folder: CacheFolder;
  readonly #files: MediaFiles;
  readonly #contacts: FirstContacts;
  readonly #stopping = new AbortController();

  constructor(deps: ContentStoreDeps) {
    this.#deps = deps;
    const { clock, folder, maxBytes, maxAgeMs = HOUR_MS, openFiles = OPEN_FILES, report } = deps;
    this.#folder = new CacheFolder({ folder, maxBytes, maxAgeMs, openFiles, clock, report });
    this.#context = {
      source: deps.source,
      clock,
      folder: this.#folder,
      disk: new DiskReader(clock),
      buffers: new BlockBuffers(),
      tuning: { ...CONTENT_TUNING, ...deps.tuning },
      paused: new Set(),
      ranges: new Map<MediaKind, boolean>(),
      streams: { segments: 0 },
      writing: { blocks: 0 },
      habit: new HeadHabit(),
      confirm: (...asked) => deps.sizes.confirm(...asked),
    };
    this.#files = new MediaFiles(this.#context, {
      changed: (file, facts) => this.#changed(file, facts),
      corrupted: (file) => deps.sizes.distrust(file.ref, file.version),
      failed: (error) => this.#failed(error),
    });
    this.#contacts = new FirstContacts(this.#context, (item, given) => this.#files.adopt(item, given));
  }

  /** Other limits from now on, in bytes and milliseconds. */
  setLimits(limits: { readonly maxBytes: number; readonly maxAgeMs: number }): void {
    this.#deps = { ...this.#deps, ...limits };
    this.#folder.setLimits(limits);
  }

  /** Ready at once: what the cache holds is counted in the background. */
  run(): Promise<void> {
    this.#folder.prepare();
    void this.#sweep();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#files.stop();
    await this.#folder.ready();
  }

  /**
   * Opens an item. Throws or rejects with ContentError: EIO where Google has another version than promised, among
   * others.
   */
  open(item: ContentItem): MaybePromise<OpenContent> {
    this.#contacts.opened(item.ref.id);
    const file = this.#files.use(item);
    const failed = (error: unknown): never => {
      this.#files.release(file);
      throw error;
    };
    try {
      const confirmed = file.awaitVersion();
      if (confirmed === undefined) return this.#handle(file);
      return confirmed.then(() => this.#handle(file), failed);
    } catch (error) {
      return failed(error);
    }
  }

  /** For items that have no size yet. */
  get contacts(): FirstContacts {
    return this.#contacts;
  }

  stats(): ContentStats {
    return { bytes: this.#folder.bytes, limit: this.#deps.maxBytes, openFiles: this.#files.inUse };
  }

  /** Empties the cache, except what is open or pinned; resolves to the bytes freed. */
  async clear(): Promise<number> {
    this.#files.closeIdle();
    return this.#folder.clear();
  }

  /** Pins these items and unpins all others. A pinned item is neither evicted nor too old, across restarts too. */
  setPins(ids: readonly MediaId[]): Promise<void> {
    this.#folder.setPins(ids);
    return Promise.resolve();
  }

  /** Whether all bytes of an item are on disk under this size, as the cache has counted them. */
  isCached({ id, size }: { readonly id: MediaId; readonly size: number }): boolean {
    const open = this.#files.find(id);
    if (open !== undefined) return open.size === size && open.blocks.complete;
    return this.#folder.bytesOf(id) >= wholeBytes(size);
  }

  /** Bytes of an item on disk so far, in whatever version. */
  bytesOf(id: MediaId): number {
    return this.#folder.bytesOf(id);
  }

  /** Announces items that will be fetched soon, in this order, so that their base URLs are asked for together. */
  prepare(refs: readonly MediaRef[]): void {
    this.#context.source.prepare?.(refs);
  }

  /** Fetches all bytes of an item to the disk. Rejects with ContentError if they cannot be fetched or kept. */
  fill(item: ContentItem, priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    return this.#holding(item, (file) => file.fill(priority, signal));
  }

  /** Fetches the first `bytes` of an item, and little more. Rejects with ContentError. */
  fillHead(item: ContentItem, bytes: number): Promise<void> {
    return this.#holding(item, (file) => file.fillHead(bytes));
  }

  async #holding(item: ContentItem, use: (file: MediaFile) => Promise<void>): Promise<void> {
    const file = this.#files.use(item);
    try {
      await use(file);
    } finally {
      this.#files.release(file);
    }
  }

  #handle(file: MediaFile): OpenContent {
    let state = UNREAD;
    let open = true;
    let furthest = 0;
    return {
      size: file.size,
      read: (buffer, position) => {
        const end = Math.min(position + buffer.length, file.size);
        furthest = Math.max(furthest, end);
        state = afterRead(state, position, end);
        return file.read(buffer, position, state);
      },
      interrupt: (buffer) => file.interrupt(buffer),
      close: () => {
        if (!open) return;
        open = false;
        if (file.ref.kind === 'photo') this.#context.habit.closed(furthest, file.size);
        this.#files.release(file);
      },
    };
  }

  #changed(file: MediaFile, facts: MediaFacts): void {
    this.#deps.sizes.correct(file.ref, facts);
    this.#deps.report({
      code: 'item-changed',
      message: 'A file had another length or version at Google than was listed; its size has been corrected.',
      hint: 'Open it again to read the new version.',
    });
  }

  #failed(error: ContentError): void {
    this.#deps.report({
      code: error.code === 'EAGAIN' ? 'content-later' : 'content-failed',
      message: error.message,
      hint: error.hint ?? 'Try again; if it goes on, see the log.',
    });
  }

  async #sweep(): Promise<void> {
    const { signal } = this.#stopping;
    const every = Math.min(60_000, Math.max(1_000, (this.#deps.maxAgeMs ?? HOUR_MS) / 4));
    await this.#folder.ready();
    while (!signal.aborted) {
      await this.#folder.expire();
      await this.#deps.clock.sleep(every, signal).catch(() => undefined);
    }
  }
}
