import { setMaxListeners } from 'node:events';
import type { MediaRef } from '../library/media-item.js';
import type { MediaFacts, Priority } from '../library/media-source.js';
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

/** Blocks that the downloads of a file, and those of all files, may be ahead of the disk: enough that its pauses do not become theirs. */
const WRITES_UNDER_WAY = 48;
const ALL_WRITES_UNDER_WAY = 96;

const FAILURE_MS = 500;

const CHANGED = 'The file changed at Google since it was listed; opening it again gives the new version.';

interface Admission {
  resolve(): void;
  reject(error: ContentError): void;
}

interface Filler extends Admission {
  /** Blocks of the beginning that it is after; 0 for one who waits until nothing is under way. */
  readonly count: number;
}

/** One version of one media item while anybody has it open: its blocks, its readers, its downloads. */
export class MediaFile implements DownloadOwner {
  handles = 0;
  readonly blocks: BlockStore;
  readonly #downloads: MediaDownloads;
  readonly #reads = new Set<WaitingRead>();
  readonly #admissions = new Set<Admission>();
  readonly #fillers = new Set<Filler>();
  /** Google answered for this very version. */
  #trusted: boolean;
  #ended: ContentError | undefined;
  /** A failed wait is the answer for a moment longer: the kernel asks again at once for what its read-ahead did not get. */
  #failure: { readonly error: ContentError; readonly until: number } | undefined;

  constructor(
    readonly ref: MediaRef,
    readonly size: number,
    etag: string | undefined,
    private readonly context: ContentContext,
    slot: CacheSlot | undefined,
  ) {
    this.blocks = new BlockStore(ref.id, size, etag, context, slot);
    this.#downloads = new MediaDownloads(this, this.blocks, context);
    this.#trusted = size === 0 || this.blocks.present > 0;
  }

  /** True unless size or ETag tell that another version is meant. */
  is(size: number, etag: string | undefined): boolean {
    return size === this.size && (etag === undefined || (this.blocks.etag ?? etag) === etag);
  }

  /** Nothing of it is in use or under way. */
  get quiet(): boolean {
    return this.handles === 0 && this.#downloads.size === 0 && this.blocks.writing === 0;
  }

  /** Resolves when it is known that Google has the version that the catalog promises. */
  admit(): MaybePromise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    if (this.#trusted) {
      if (this.#downloads.small && !this.blocks.complete) this.#downloads.begin();
      return;
    }
    const admitted = new Promise<void>((resolve, reject) => {
      this.#admissions.add({ resolve, reject });
    });
    this.#downloads.begin();
    return this.#inTime(admitted, (error) => this.#refuse(error));
  }

  /** Fills `buffer` from `position`; see OpenContent. `state` is how the handle has been reading, this read included. */
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

  /** Fetches all that is missing. Rejects with ContentError where it cannot be had, or not be kept on disk. */
  async fill(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    // One signal ends the fills of many files: its many listeners are no leak to be warned of.
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

  /** Fetches the first `bytes`. Rejects with ContentError where they cannot be had. */
  async fillHead(bytes: number): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    const count = Math.ceil(Math.min(bytes, this.size) / BLOCK_SIZE);
    await new Promise<void>((resolve, reject) => {
      const filler = { resolve, reject, count };
      this.#fillers.add(filler);
      this.#downloads.head(count);
      if (this.blocks.next(false, 0, count) < count && this.#downloads.size > 0) return;
      this.#fillers.delete(filler);
      resolve();
    });
  }

  #isStuckAt(present: number): boolean {
    const { blocks } = this;
    return blocks.present === present && !blocks.complete && !blocks.uncached;
  }

  /** Resolves when no download is under way any more. */
  #step(priority: Exclude<Priority, 'foreground'>, signal: AbortSignal): Promise<void> {
    const step = new Promise<void>((resolve, reject) => {
      const filler = { resolve, reject, count: 0 };
      this.#fillers.add(filler);
      this.#downloads.ahead(0, this.size, priority);
      if (this.#downloads.size > 0) return;
      this.#fillers.delete(filler);
      resolve();
    });
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(new ContentError('EIO', 'The mount is going down.'));
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      step.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  /** A handle went: what nobody waits for any more ends soon. */
  released(): void {
    if (this.handles > 0 || this.#downloads.size === 0) return;
    this.#downloads.hold();
    const { clock, tuning } = this.context;
    void clock.sleep(tuning.lingerMs).then(
      () => {
        if (this.handles === 0) this.#downloads.abandon();
      },
      () => undefined,
    );
  }

  /** Ends everything under way; readers get `error`, now and later. What has come is still kept, unless it is `outdated`. */
  end(error: ContentError, outdated: boolean): void {
    this.#ended ??= error;
    if (outdated) this.blocks.seal();
    this.#refuse(error);
    this.#endFillers(error);
    for (const read of this.#reads) read.fail(error);
    this.#reads.clear();
    this.#downloads.cancelAll();
  }

  /** Resolves when nothing is under way any more; for use after {@link end}. */
  async drained(): Promise<void> {
    await this.#downloads.drained();
    await this.blocks.drained();
  }

  check(facts: MediaFacts): void {
    const { etag } = this.blocks;
    const sameLength = facts.length === undefined || facts.length === this.size;
    const sameTag = facts.etag === undefined || etag === undefined || facts.etag === etag;
    if (!sameLength || !sameTag) throw this.#change(facts);
    if (facts.etag !== undefined) this.blocks.learnEtag(facts.etag);
    this.#trusted = true;
    for (const admission of this.#admissions) admission.resolve();
    this.#admissions.clear();
  }

  ended(length: number | undefined): void {
    throw this.#change({ length, etag: this.blocks.etag });
  }

  deliver(block: number, data: Buffer): Promise<void> | undefined {
    for (const read of this.#reads) {
      read.offer(block, data);
      if (read.needs.size === 0) this.#reads.delete(read);
    }
    const kept = this.blocks.put(block, data).then(() => {
      if (this.blocks.uncached) this.#downloads.restrainAll();
      if (this.handles === 0) this.context.settled(this);
    });
    for (const filler of this.#fillers) {
      if (block >= filler.count || this.blocks.next(false, 0, filler.count) < filler.count) continue;
      this.#fillers.delete(filler);
      filler.resolve();
    }
    const isAhead = this.blocks.writing >= WRITES_UNDER_WAY || this.context.writing.blocks >= ALL_WRITES_UNDER_WAY;
    if (this.blocks.uncached) return kept;
    // Not until all are there: the network would stand still while the disk works, and the disk while the network does.
    return isAhead ? this.blocks.moved() : undefined;
  }

  *wanted(): Generator<number> {
    for (const read of this.#reads) yield* read.needs;
  }

  downloadEnded(_download: Download, failure: unknown): void {
    if (failure === undefined) {
      for (const read of [...this.#reads]) this.#downloads.demand(read.needs, 0, 0);
    } else this.#fail(toContentError(failure));
    if (failure !== undefined || this.#downloads.size === 0)
      this.#endFillers(failure === undefined ? undefined : toContentError(failure));
    if (this.handles === 0) this.context.settled(this);
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
    if (this.#failure !== undefined && this.context.clock.now() < this.#failure.until) throw this.#failure.error;
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

  /** A download broke: those who wait for what no other one brings get the error. */
  #fail(error: ContentError): void {
    let heard = this.#admissions.size > 0;
    if (this.#reads.size > 0) this.#rememberFailure(error);
    this.#refuse(error);
    for (const read of [...this.#reads]) {
      if ([...read.needs].every((block) => this.#downloads.covers(block))) continue;
      this.#reads.delete(read);
      read.fail(error);
      heard = true;
    }
    if (heard) this.context.failed(this.ref, error);
  }

  #rememberFailure(error: ContentError): void {
    this.#failure = { error, until: this.context.clock.now() + FAILURE_MS };
  }

  /** Google has another version: this one ends here, and nothing of the two is ever mixed. */
  #change(facts: MediaFacts): ContentError {
    if (this.#ended !== undefined) return this.#ended;
    this.#refuse(new ContentError('EIO', CHANGED));
    const stale = new ContentError('ESTALE', CHANGED);
    this.end(stale, true);
    this.context.changed(this, facts);
    return stale;
  }

  #endFillers(error: ContentError | undefined): void {
    for (const filler of this.#fillers) {
      if (error === undefined) filler.resolve();
      else filler.reject(error);
    }
    this.#fillers.clear();
  }

  #refuse(error: ContentError): void {
    for (const admission of this.#admissions) admission.reject(error);
    this.#admissions.clear();
  }

  async #inTime<T>(work: Promise<T>, giveUp: (error: ContentError) => void): Promise<T> {
    const { clock, tuning } = this.context;
    const timer = new AbortController();
    clock.sleep(tuning.deadlineMs, timer.signal).then(
      () => giveUp(new ContentError('EIO', 'Google did not send the bytes in time.')),
      () => undefined,
    );
    try {
      return await work;
    } finally {
      timer.abort();
    }
  }
}
