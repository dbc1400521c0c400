import type { MediaRef } from '../library/media-item.js';
import type { MediaFacts, Priority } from '../library/media-source.js';
import type { KnownVersion } from '../library/size-statement.js';
import { withinDeadline } from '../support/deadline.js';
import { isWithin } from '../support/is-within.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { BlockStore } from './block-store.js';
import { blockSpan } from './block-map.js';
import type { CacheSlot } from './cache-folder.js';
import type { ContentContext } from './content-context.js';
import { ContentError, toContentError } from './content-error.js';
import type { Download, DownloadTarget, GivenStream } from './download.js';
import { FileFills } from './file-fills.js';
import { MediaDownloads } from './media-downloads.js';
import type { ReadingState } from './read-ahead.js';
import { VersionCheck } from './version-check.js';
import { WaitingRead } from './waiting-read.js';

/*
 * How it works. `awaitVersion` (an open) waits until an answer of the media host fits this size
 * (VersionCheck): the first answer of a download, or for cached bytes a request of its own. `read`
 * copies verified blocks at once; else `#readSlowly` waits (WaitingRead) for blocks that
 * `#downloads` fetches. `deliver` gives each block to waiting reads, then to `blocks`, and slows
 * downloads while the disk is behind. A failed download fails the reads that no other one serves.
 * `fill` and `fillHead` (FileFills) fetch without a reader. Another version ends the file: ESTALE
 * for all readers.
 */

/** Blocks that the downloads of a file, and of all files, may be ahead of the disk, so that its pauses do no harm. */
const WRITES_UNDER_WAY = 48;
const ALL_WRITES_UNDER_WAY = 96;

const FAILURE_MS = 500;

/** A download slower than this is stuck: the transport drops it as well, though later. */
const LEAST_BYTES_PER_SECOND = 1_024;

const CHANGED = 'The file changed at Google since it was listed; opening it again gives the new version.';

/** What the user of a file is informed of. */
export interface FileEvents {
  /** Google has another version than `file` is. */
  changed(file: MediaFile, facts: MediaFacts): void;
  /** The cached bytes of `file` are wrong; which version they belong to is unknown. */
  corrupted(file: MediaFile): void;
  /** A reader could not be served. */
  failed(error: ContentError): void;
  /** A use of `file` ended: it may be closed if no work is under way. */
  settled(file: MediaFile): void;
}

/** One version of one media item while it is in use: its blocks, its readers, its downloads. */
export class MediaFile implements DownloadTarget {
  readonly #context: ContentContext;
  readonly #events: FileEvents;
  handles = 0;
  readonly blocks: BlockStore;
  readonly #downloads: MediaDownloads;
  readonly #reads = new Set<WaitingRead>();
  readonly #check: VersionCheck;
  readonly #fills: FileFills;
  #ended: ContentError | undefined;
  /** Kept for FAILURE_MS: the kernel repeats at once the reads that its read-ahead did not get. */
  #failure: { readonly error: ContentError; readonly at: number } | undefined;

  constructor(
    readonly ref: MediaRef,
    readonly size: number,
    etag: string | undefined,
    context: ContentContext,
    events: FileEvents,
    slot: CacheSlot | undefined,
  ) {
    this.#context = context;
    this.#events = events;
    this.blocks = new BlockStore(ref.id, size, etag, context, slot);
    this.#downloads = new MediaDownloads(this, this.blocks, context);
    this.#check = new VersionCheck(this, this.blocks, context);
    this.#fills = new FileFills(this, this.blocks, this.#downloads);
  }

  /** False if size or ETag belong to another version. */
  is(size: number, etag: string | undefined): boolean {
    return size === this.size && (etag === undefined || (this.blocks.etag ?? etag) === etag);
  }

  /** No handle is open, no download and no write is under way. */
  get quiet(): boolean {
    return this.handles === 0 && this.#downloads.size === 0 && this.blocks.writing === 0;
  }

  /** Resolves when it is known that Google has the version that the catalog promises. */
  awaitVersion(): MaybePromise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#check.isTrusted) {
      if (this.#downloads.small && !this.blocks.complete) this.#downloads.begin();
      return;
    }
    const confirmed = this.#check.confirmed();
    if (this.blocks.present > 0) this.#check.confirmCached();
    else this.#downloads.begin();
    return this.#inTime(confirmed, (error) => this.#check.rejectOpens(error));
  }

  /** Goes on with an answer that has come for this version, if its beginning is not there yet. */
  adopt(given: GivenStream): void {
    if (this.#ended !== undefined || this.#downloads.size > 0 || this.blocks.present > 0) given.stop();
    else this.#downloads.adopt(given);
  }

  /** Fills `buffer` from `position`; see OpenContent. `state`: how the handle has read so far, this read included. */
  read(buffer: Uint8Array, position: number, state: ReadingState): MaybePromise<number> {
    if (this.#ended !== undefined) throw this.#ended;
    const length = Math.min(buffer.length, this.size - position);
    if (length <= 0) return 0;
    this.#downloads.reading();
    const target = length === buffer.length ? buffer : buffer.subarray(0, length);
    const { first, last } = blockSpan(position, length);
    const done = this.blocks.readVerified(target, position, first, last);
    if (done === false) return this.#readSlowly(target, position, first, last, state.window);
    this.#readAhead(last + 1, position + length, state.window);
    if (done === true) return length;
    return done.then((good) => (good ? length : this.#readSlowly(target, position, first, last, state.window)));
  }

  /** Ends reads into this buffer that wait for bytes to arrive. */
  interrupt(buffer: Uint8Array): void {
    for (const read of this.#reads)
      if (read.fills(buffer)) read.fail(new ContentError('EINTR', 'The reader was killed.'));
  }

  /** Fetches all missing blocks. Rejects with ContentError if they cannot be fetched or kept on disk. */
  fill(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    return this.#fills.fill(priority, signal);
  }

  /** Fetches the first `bytes`. Rejects with ContentError if they cannot be fetched. */
  fillHead(bytes: number): Promise<void> {
    return this.#fills.fillHead(bytes);
  }

  /** A handle was closed. After the last one, downloads pause, and end after `lingerMs`. */
  released(): void {
    if (this.handles > 0 || this.#downloads.size === 0) return;
    this.#downloads.pauseAll();
    const { clock, tuning } = this.#context;
    void clock.sleep(tuning.lingerMs).then(
      () => {
        if (this.handles === 0) this.#downloads.cancelUnfinished();
      },
      () => undefined,
    );
  }

  /** Ends all work; reads fail with `error` from now on. Blocks that have come are still written, unless `outdated`. */
  end(error: ContentError, outdated: boolean): void {
    this.#ended ??= error;
    if (outdated) this.blocks.seal();
    this.#check.rejectOpens(error);
    this.#fills.end(error);
    for (const read of this.#reads) read.fail(error);
    this.#reads.clear();
    this.#downloads.cancelAll();
  }

  /** Resolves when nothing is under way any more; for use after {@link end}. */
  async drained(): Promise<void> {
    await this.#downloads.drained();
    await this.blocks.drained();
  }

  check(facts: MediaFacts, priority: Priority): MaybePromise<void> {
    return this.#check.check(facts, priority);
  }

  /** Why no use of this file can go on; undefined while it is in order. */
  get ended(): ContentError | undefined {
    return this.#ended;
  }

  get version(): KnownVersion {
    return { size: this.size, etag: this.blocks.etag };
  }

  overran(): never {
    const error = new ContentError('EIO', `The media host sent more than the ${this.size} bytes of the file.`);
    this.end(error, true);
    this.#events.corrupted(this);
    throw error;
  }

  has(block: number): boolean {
    return this.blocks.has(block);
  }

  deliver(block: number, data: Buffer): Promise<void> | undefined {
    for (const read of this.#reads) {
      read.offer(block, data);
      if (read.needs.size === 0) this.#reads.delete(read);
    }
    const kept = this.blocks.put(block, data).then(() => {
      if (this.blocks.uncached) this.#downloads.lowerLimits();
      if (this.handles === 0) this.#events.settled(this);
    });
    this.#fills.delivered(block);
    const isAhead = this.blocks.writing >= WRITES_UNDER_WAY || this.#context.writing.blocks >= ALL_WRITES_UNDER_WAY;
    if (this.blocks.uncached) return kept;
    // Waits for some of the writes, not for all: otherwise network and disk would take turns.
    return isAhead ? this.blocks.someWritten() : undefined;
  }

  *wanted(): Generator<number> {
    for (const read of this.#reads) yield* read.needs;
  }

  downloadEnded(_download: Download, failure: unknown): void {
    if (failure === undefined) {
      for (const read of [...this.#reads]) this.#downloads.serve(read.needs, 0, 0);
    } else this.#fail(toContentError(failure));
    if (failure !== undefined || this.#downloads.size === 0)
      this.#fills.end(failure === undefined ? undefined : toContentError(failure));
    if (this.handles === 0) this.#events.settled(this);
  }

  async #readSlowly(
    target: Uint8Array,
    position: number,
    first: number,
    last: number,
    window: number,
  ): Promise<number> {
    const missing = new Set<number>();
    for (let block = first; block <= last; block++) missing.add(block);
    while (missing.size > 0) {
      if (this.#ended !== undefined) throw this.#ended;
      if (this.blocks.holdsAny(missing)) await this.blocks.copyHeld(missing, target, position);
      else await this.#waitFor(new WaitingRead(target, position, missing), position + target.length, window);
    }
    if (this.#ended === undefined) this.#readAhead(last + 1, position + target.length, window);
    return target.length;
  }

  async #waitFor(read: WaitingRead, end: number, window: number): Promise<void> {
    const { clock } = this.#context;
    if (this.#failure !== undefined && isWithin(clock.now(), this.#failure.at, FAILURE_MS)) throw this.#failure.error;
    this.#reads.add(read);
    this.#downloads.demand(read.needs, end, window);
    try {
      await this.#inTime(read.done, (error) => {
        this.#rememberFailure(error);
        read.fail(error);
      });
    } finally {
      this.#reads.delete(read);
    }
  }

  #readAhead(from: number, end: number, window: number): void {
    if (window > 0 && !this.blocks.complete) this.#downloads.ahead(from, end + window);
  }

  /** A download failed: reads fail if no other download covers the blocks that they wait for. */
  #fail(error: ContentError): void {
    let heard = this.#check.isAwaited;
    if (this.#reads.size > 0) this.#rememberFailure(error);
    this.#check.rejectOpens(error);
    for (const read of [...this.#reads]) {
      if ([...read.needs].every((block) => this.#downloads.covers(block))) continue;
      this.#reads.delete(read);
      read.fail(error);
      heard = true;
    }
    if (heard) this.#events.failed(error);
  }

  #rememberFailure(error: ContentError): void {
    this.#failure = { error, at: this.#context.clock.now() };
  }

  /** Google has another version: this file ends, so that bytes of two versions are never mixed. */
  change(facts: MediaFacts): ContentError {
    if (this.#ended !== undefined) return this.#ended;
    this.#check.rejectOpens(new ContentError('EIO', CHANGED));
    const stale = new ContentError('ESTALE', CHANGED);
    this.end(stale, true);
    this.#events.changed(this, facts);
    return stale;
  }

  /** Ends a wait at the deadline. Drops downloads that made no progress, so that the next read starts a new one. */
  #inTime<T>(work: Promise<T>, giveUp: (error: ContentError) => void): Promise<T> {
    const { clock, tuning } = this.#context;
    const before = this.#downloads.positions();
    const late = (): ContentError => {
      const error = new ContentError('EIO', 'Google did not send the bytes in time.');
      giveUp(error);
      this.#downloads.cancelStuck(before, (tuning.deadlineMs / 1_000) * LEAST_BYTES_PER_SECOND);
      return error;
    };
    return withinDeadline(clock, tuning.deadlineMs, () => work, late);
  }
}
