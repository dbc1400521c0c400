import { setMaxListeners } from 'node:events';
import type { MediaRef } from '../library/media-item.js';
import type { MediaFacts, Priority } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import { judge, type KnownVersion } from '../library/size-statement.js';
import { withinDeadline } from '../support/deadline.js';
import { isWithin } from '../support/is-within.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { BLOCK_SIZE } from './block-map.js';
import { BlockStore } from './block-store.js';
import { blockSpan } from './cache-file.js';
import type { CacheSlot } from './cache-folder.js';
import type { ContentContext } from './content-context.js';
import { ContentError, toContentError } from './content-error.js';
import type { Download } from './download.js';
import { MediaDownloads, type DownloadOwner } from './media-downloads.js';
import type { ReadingState } from './read-ahead.js';
import { WaitingRead } from './waiting-read.js';

/*
 * How it works. `awaitVersion` (an open) waits until an answer of the media host fits this size: the first
 * answer of a download (`check`), or for cached bytes `#confirmCached`. `read` copies verified
 * blocks at once; else `#readSlowly` waits (WaitingRead) for blocks that `#downloads` fetches.
 * `deliver` gives each block to waiting reads, then to `blocks`, and slows downloads while the disk
 * is behind. A failed download fails the reads that no other one serves. Another version ends the
 * file: ESTALE for all readers.
 */

/** Blocks that the downloads of a file, and of all files, may be ahead of the disk, so that its pauses do no harm. */
const WRITES_UNDER_WAY = 48;
const ALL_WRITES_UNDER_WAY = 96;

const FAILURE_MS = 500;

/** A download slower than this is stuck: the transport drops it as well, though later. */
const LEAST_BYTES_PER_SECOND = 1_024;

const CHANGED = 'The file changed at Google since it was listed; opening it again gives the new version.';

interface PendingOpen {
  resolve(): void;
  reject(error: ContentError): void;
}

interface PendingFill extends PendingOpen {
  /** Waits for this many blocks from the start; 0: waits until no download is under way. */
  readonly count: number;
}

/** One version of one media item while it is in use: its blocks, its readers, its downloads. */
export class MediaFile implements DownloadOwner {
  readonly #context: ContentContext;
  handles = 0;
  readonly blocks: BlockStore;
  readonly #downloads: MediaDownloads;
  readonly #reads = new Set<WaitingRead>();
  readonly #pendingOpens = new Set<PendingOpen>();
  readonly #pendingFills = new Set<PendingFill>();
  /** An answer of the media host fits this version. */
  #trusted: boolean;
  /** The media host gives no length, however it is asked. */
  #hasNoLength = false;
  #ended: ContentError | undefined;
  /** Kept for FAILURE_MS: the kernel repeats at once the reads that its read-ahead did not get. */
  #failure: { readonly error: ContentError; readonly at: number } | undefined;

  constructor(
    readonly ref: MediaRef,
    readonly size: number,
    etag: string | undefined,
    context: ContentContext,
    slot: CacheSlot | undefined,
  ) {
    this.#context = context;
    this.blocks = new BlockStore(ref.id, size, etag, context, slot);
    this.#downloads = new MediaDownloads(this, this.blocks, context);
    this.#trusted = size === 0 || (this.blocks.present > 0 && this.blocks.isStated);
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
    if (this.#trusted) {
      if (this.#downloads.small && !this.blocks.complete) this.#downloads.begin();
      return;
    }
    const confirmed = new Promise<void>((resolve, reject) => {
      this.#pendingOpens.add({ resolve, reject });
    });
    if (this.blocks.present > 0) this.#confirmCached();
    else this.#downloads.begin();
    return this.#inTime(confirmed, (error) => this.#rejectOpens(error));
  }

  /**
   * The cached bytes have a size that the media host never stated: they may be a file cut short in transit. An open
   * waits for a statement, at most `cachedDoubtMs`. Without one (no network) the cached bytes are served.
   */
  #confirmCached(): void {
    const over = new AbortController();
    const goOn = (): void => {
      over.abort();
      this.#resolveOpens();
    };
    this.#context.clock.sleep(this.#context.tuning.cachedDoubtMs, over.signal).then(goOn, () => undefined);
    this.#statedBy(undefined, 'foreground').then(goOn, goOn);
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
  async fill(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    // One signal ends the fills of many files: Node would take its many listeners for a leak.
    setMaxListeners(0, signal);
    while (!this.blocks.complete) {
      if (this.#ended !== undefined) throw this.#ended;
      if (this.blocks.uncached) throw new ContentError('EIO', 'The cache has no room for it.');
      const before = this.blocks.present;
      await this.#step(priority, signal);
      await this.blocks.drained();
      if (this.#isStuckAt(before)) throw new ContentError('EIO', 'Fetching it made no progress.');
    }
  }

  /** Fetches the first `bytes`. Rejects with ContentError if they cannot be fetched. */
  async fillHead(bytes: number): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    const count = Math.ceil(Math.min(bytes, this.size) / BLOCK_SIZE);
    await this.#filled(count, () => this.#downloads.head(count));
  }

  /** Starts downloads by `begin`. Resolves when the first `count` blocks are held, or when no download is under way. */
  #filled(count: number, begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const pending = { resolve, reject, count };
      this.#pendingFills.add(pending);
      begin();
      const isHeld = count > 0 && this.blocks.next(false, 0, count) >= count;
      if (!isHeld && this.#downloads.size > 0) return;
      this.#pendingFills.delete(pending);
      resolve();
    });
  }

  #isStuckAt(present: number): boolean {
    return this.blocks.present === present && !this.blocks.complete && !this.blocks.uncached;
  }

  /** Resolves when no download is under way any more. */
  #step(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    const step = this.#filled(0, () => this.#downloads.ahead(0, this.size, priority));
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new ContentError('EIO', 'The mount is going down.'));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      step.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
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
    this.#rejectOpens(error);
    this.#endFills(error);
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
    switch (judge(this.version, facts)) {
      case 'changed':
        throw this.#change(facts);
      case 'same':
        this.#trust(facts.etag, true);
        return;
      case 'silent':
        if (!this.blocks.isStated && !this.#hasNoLength) return this.#statedBy(facts, priority);
        this.#trust(facts.etag, false);
        return;
      case 'doubtful':
        return this.#statedBy(facts, priority);
    }
  }

  /** Asks for a statement when `facts` (if any) leave a doubt. Throws if it contradicts this version, or `facts`. */
  async #statedBy(facts: MediaFacts | undefined, priority: Priority): Promise<void> {
    const { etag } = this.blocks;
    const isTagInDoubt = etag !== undefined && (facts?.etag ?? etag) !== etag;
    const stated = await this.#context.confirm(this.ref, priority, isTagInDoubt);
    if (this.#ended !== undefined) throw this.#ended;
    const verdict = judge(this.version, stated);
    if (verdict === 'changed') throw this.#change(stated);
    if (facts !== undefined && judge(this.version, facts) === 'doubtful') throw contradicted();
    this.#hasNoLength = verdict !== 'same';
    this.#trust(facts?.etag ?? stated.etag, verdict === 'same');
  }

  get version(): KnownVersion {
    return { size: this.size, etag: this.blocks.etag };
  }

  #trust(etag: string | undefined, isStated: boolean): void {
    this.blocks.learn({ etag, isStated });
    this.#resolveOpens();
  }

  #resolveOpens(): void {
    this.#trusted = true;
    for (const pending of this.#pendingOpens) pending.resolve();
    this.#pendingOpens.clear();
  }

  overran(): never {
    const error = new ContentError('EIO', `The media host sent more than the ${this.size} bytes of the file.`);
    this.end(error, true);
    this.#context.corrupted(this);
    throw error;
  }

  deliver(block: number, data: Buffer): Promise<void> | undefined {
    for (const read of this.#reads) {
      read.offer(block, data);
      if (read.needs.size === 0) this.#reads.delete(read);
    }
    const kept = this.blocks.put(block, data).then(() => {
      if (this.blocks.uncached) this.#downloads.lowerLimits();
      if (this.handles === 0) this.#context.settled(this);
    });
    for (const pending of this.#pendingFills) {
      if (block >= pending.count || this.blocks.next(false, 0, pending.count) < pending.count) continue;
      this.#pendingFills.delete(pending);
      pending.resolve();
    }
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
      for (const read of [...this.#reads]) this.#downloads.demand(read.needs, 0, 0);
    } else this.#fail(toContentError(failure));
    if (failure !== undefined || this.#downloads.size === 0)
      this.#endFills(failure === undefined ? undefined : toContentError(failure));
    if (this.handles === 0) this.#context.settled(this);
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
    let heard = this.#pendingOpens.size > 0;
    if (this.#reads.size > 0) this.#rememberFailure(error);
    this.#rejectOpens(error);
    for (const read of [...this.#reads]) {
      if ([...read.needs].every((block) => this.#downloads.covers(block))) continue;
      this.#reads.delete(read);
      read.fail(error);
      heard = true;
    }
    if (heard) this.#context.failed(this.ref, error);
  }

  #rememberFailure(error: ContentError): void {
    this.#failure = { error, at: this.#context.clock.now() };
  }

  /** Google has another version: this file ends, so that bytes of two versions are never mixed. */
  #change(facts: MediaFacts): ContentError {
    if (this.#ended !== undefined) return this.#ended;
    this.#rejectOpens(new ContentError('EIO', CHANGED));
    const stale = new ContentError('ESTALE', CHANGED);
    this.end(stale, true);
    this.#context.changed(this, facts);
    return stale;
  }

  #endFills(error: ContentError | undefined): void {
    for (const pending of this.#pendingFills) {
      if (error === undefined) pending.resolve();
      else pending.reject(error);
    }
    this.#pendingFills.clear();
  }

  #rejectOpens(error: ContentError): void {
    for (const pending of this.#pendingOpens) pending.reject(error);
    this.#pendingOpens.clear();
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

function contradicted(): RemoteError {
  return new RemoteError('protocol', 'The media host announced other bytes than it states for this file.', {
    reason: 'CONTRADICTION',
  });
}
