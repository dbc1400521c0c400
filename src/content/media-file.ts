import type { MediaRef } from '../library/media-item.js';
import type { MediaFacts, Priority } from '../library/media-source.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { BLOCK_SIZE, copyBlock } from './block-map.js';
import { blockSpan } from './cache-file.js';
import type { CacheSlot } from './cache-folder.js';
import { ContentError, toContentError } from './content-error.js';
import type { ContentContext } from './content-context.js';
import { Download, causeOf, type DownloadTarget } from './download.js';
import { PassingBlocks } from './passing-blocks.js';
import type { ReadingState } from './read-ahead.js';
import { requestEnd, shouldFinish, isWanted, type Wish } from './download-plan.js';
import { WaitingRead } from './waiting-read.js';

/** Blocks a download may be ahead of the disk. */
const WRITES_UNDER_WAY = 4;

/** One version of one media item while anybody has it open: its blocks on disk and in flight, its readers, its downloads. */
export class MediaFile implements DownloadTarget {
  handles = 0;
  readonly #context: ContentContext;
  readonly #downloads = new Set<Download>();
  readonly #reads = new Set<WaitingRead>();
  readonly #passing: PassingBlocks;
  readonly #work = new Set<Promise<void>>();
  readonly #headerWaiters = new Set<{ resolve: () => void; reject: (error: ContentError) => void }>();
  #slot: CacheSlot | undefined;
  #etag: string | undefined;
  #trusted: boolean;
  #ended: ContentError | undefined;
  #uncached = false;
  #making: Promise<void> | undefined;
  #noReadAheadBefore = -Infinity;

  constructor(
    readonly ref: MediaRef,
    readonly size: number,
    context: ContentContext,
    slot: CacheSlot | undefined,
  ) {
    this.#context = context;
    this.#slot = slot;
    this.#etag = slot?.file.version.etag;
    this.#trusted = size === 0 || (slot?.file.map.present ?? 0) > 0;
    this.#passing = new PassingBlocks(context.tuning.memoryBlocks);
  }

  get slot(): CacheSlot | undefined {
    return this.#slot;
  }

  /** Nothing of it is in use or under way. */
  get quiet(): boolean {
    return (
      this.handles === 0 && this.#downloads.size === 0 && this.#passing.writing === 0 && this.#making === undefined
    );
  }

  /** Resolves when it is known that Google has the version that the catalog promises. */
  admit(): MaybePromise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    const small = this.#isSmall();
    if (this.#trusted) {
      if (small) this.#fetchRest();
      return;
    }
    const headers = new Promise<void>((resolve, reject) => {
      this.#headerWaiters.add({ resolve, reject });
    });
    if (this.#downloads.size === 0) this.#want({ from: 0, needed: 1, ahead: small ? this.size : 0 }, 'foreground');
    return this.#inTime(headers, (error) => {
      for (const waiter of this.#headerWaiters) waiter.reject(error);
      this.#headerWaiters.clear();
    });
  }

  /** Fills `buffer` from `position`; see OpenContent. `state` is how the handle has been reading, this read included. */
  read(buffer: Uint8Array, position: number, state: ReadingState): MaybePromise<number> {
    if (this.#ended !== undefined) throw this.#ended;
    const length = Math.min(buffer.length, this.size - position);
    if (length <= 0) return 0;
    const { first, last } = blockSpan(position, length);
    const file = this.#slot?.file;
    if (file?.map.allVerified(first, last) === true) {
      if (state.window > 0 && !file.map.complete) this.#readAhead(last + 1, position + length + state.window);
      const target = length === buffer.length ? buffer : buffer.subarray(0, length);
      const done = this.#context.disk.read(file, target, position);
      if (done === true) return length;
      const again = (): Promise<number> => {
        for (let block = first; block <= last; block++) file.map.remove(block);
        return this.#readSlowly(target, position, first, last, state.window);
      };
      return done === false ? again() : done.then((good) => (good ? length : again()));
    }
    return this.#readSlowly(buffer.subarray(0, length), position, first, last, state.window);
  }

  /** A handle went: what nobody waits for any more ends soon. */
  released(): void {
    if (this.handles > 0 || this.#downloads.size === 0) return;
    const { clock, tuning } = this.#context;
    void clock.sleep(tuning.lingerMs).then(
      () => this.#reconsider(),
      () => undefined,
    );
  }

  /** Ends everything under way; readers get `error`. */
  end(error: ContentError): void {
    this.#ended ??= error;
    for (const waiter of this.#headerWaiters) waiter.reject(error);
    this.#headerWaiters.clear();
    for (const read of this.#reads) read.fail(error);
    this.#reads.clear();
    for (const download of this.#downloads) download.cancel();
  }

  /** Resolves when nothing is under way any more; for use after {@link end}. */
  async drained(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled([...this.#work]);
  }

  check(facts: MediaFacts): void {
    const sameLength = facts.length === undefined || facts.length === this.size;
    const sameTag = facts.etag === undefined || this.#etag === undefined || facts.etag === this.#etag;
    if (!sameLength || !sameTag) throw this.#change(facts);
    this.#etag ??= facts.etag;
    this.#trusted = true;
    for (const waiter of this.#headerWaiters) waiter.resolve();
    this.#headerWaiters.clear();
  }

  ended(length: number | undefined): void {
    throw this.#change({ length, etag: this.#etag });
  }

  has(block: number): boolean {
    return this.#slot?.file.map.has(block) === true || this.#passing.get(block) !== undefined;
  }

  learnRanges(honoured: boolean): void {
    this.#context.ranges.set(this.ref.kind, honoured);
    if (honoured) return;
    // Of two walks from the start, one is enough: the one that is ahead.
    const whole = [...this.#downloads].filter((download) => download.whole).sort((one, other) => other.at - one.at);
    for (const needless of whole.slice(1)) if (!this.#uncached) needless.cancel();
  }

  deliver(block: number, data: Uint8Array): void | Promise<void> {
    for (const read of this.#reads) {
      read.offer(block, data);
      if (read.needs.size === 0) this.#reads.delete(read);
    }
    this.#passing.hold(block, data);
    const kept = this.#track(this.#keep(block, data));
    return this.#passing.writing >= WRITES_UNDER_WAY || this.#uncached ? kept : undefined;
  }

  idle(download: Download): void {
    const free = download.whole && !this.#uncached && this.handles > 0;
    if (free || shouldFinish(download)) {
      download.raise(download.end);
      return;
    }
    const { clock, tuning } = this.#context;
    const at = download.at;
    void clock.sleep(tuning.idleMs).then(
      () => {
        if (download.paused && download.at === at) download.cancel();
      },
      () => undefined,
    );
  }

  #track(work: Promise<void>): Promise<void> {
    this.#work.add(work);
    const done = (): void => void this.#work.delete(work);
    work.then(done, done);
    return work;
  }

  async #keep(block: number, data: Uint8Array): Promise<void> {
    const { folder } = this.#context;
    if (this.#slot === undefined && this.#ended === undefined) await (this.#making ??= this.#makeSlot());
    const slot = this.#slot;
    let kept = false;
    if (slot !== undefined && this.#ended === undefined) {
      const cost = slot.file.cost(block);
      if (await folder.reserve(slot.entry, cost)) {
        try {
          await slot.file.write(block, data);
          kept = true;
          folder.accept();
        } catch (error) {
          folder.unreserve(slot.entry, cost);
          folder.refuse(error);
        }
      }
    }
    this.#uncached = !kept;
    if (kept) this.#passing.drop(block);
    else {
      this.#passing.keep(block, data);
      for (const download of this.#downloads) this.#restrain(download);
    }
    if (this.handles === 0) this.#context.settled(this);
  }

  async #makeSlot(): Promise<void> {
    const { folder, clock } = this.#context;
    if (await folder.reserve(undefined, 4096)) {
      const version = { size: this.size, etag: this.#etag, createdAt: clock.now() };
      this.#slot = this.#ended === undefined ? folder.create(this.ref.id, version) : undefined;
      if (this.#slot === undefined) folder.unreserve(undefined, 4096);
    }
    this.#making = undefined;
  }

  async #readSlowly(
    buffer: Uint8Array,
    position: number,
    first: number,
    last: number,
    window: number,
  ): Promise<number> {
    const missing = new Set<number>();
    for (let block = first; block <= last; block++) missing.add(block);
    while (missing.size > 0) {
      if (this.#ended !== undefined) throw this.#ended;
      const onDisk: number[] = [];
      for (const block of missing) {
        const data = this.#passing.get(block);
        if (data !== undefined) {
          copyBlock(block, data, buffer, position);
          missing.delete(block);
        } else if (this.#slot?.file.map.has(block) === true) onDisk.push(block);
      }
      if (onDisk.length > 0) {
        await this.#copyFromDisk(onDisk, missing, buffer, position);
        continue;
      }
      if (missing.size > 0)
        await this.#waitFor(new WaitingRead(buffer, position, missing), position + buffer.length, window);
    }
    if (window > 0 && this.#ended === undefined) this.#readAhead(last + 1, position + buffer.length + window);
    return buffer.length;
  }

  async #copyFromDisk(blocks: number[], missing: Set<number>, buffer: Uint8Array, position: number): Promise<void> {
    const file = this.#slot?.file;
    for (const block of blocks) {
      const data = await file?.readChecked(block);
      if (data === undefined) continue;
      copyBlock(block, data, buffer, position);
      missing.delete(block);
    }
  }

  async #waitFor(read: WaitingRead, end: number, window: number): Promise<void> {
    this.#reads.add(read);
    this.#plan(read, end, window);
    try {
      await this.#inTime(read.done, (error) => read.fail(error));
    } finally {
      this.#reads.delete(read);
    }
  }

  /** Lets a download read no further than somebody waits for it, plus what memory can keep. */
  #restrain(download: Download, slack = (this.#context.tuning.memoryBlocks / 2) * BLOCK_SIZE): void {
    let limit = download.at + slack;
    for (const read of this.#reads) {
      for (const block of read.needs) if (download.covers(block)) limit = Math.max(limit, (block + 1) * BLOCK_SIZE);
    }
    download.limit = Math.min(download.limit, limit);
  }

  #plan(read: WaitingRead, end: number, window: number): void {
    // A jump: what was read ahead for the old place is not wanted for now.
    if (window === 0 && !this.#isSmall()) {
      for (const download of this.#downloads) if (!download.whole) this.#restrain(download, 0);
    }
    for (const block of [...read.needs]) {
      if ([...this.#downloads].some((download) => this.#reaches(download, block, end + window))) continue;
      const needed = Math.max(...read.needs) + 1 - block;
      this.#want({ from: block, needed, ahead: window }, 'foreground');
    }
  }

  /** True where `download` brings `block` soon; it is then told to read on to `limit`. */
  #reaches(download: Download, block: number, limit: number): boolean {
    if (!download.covers(block)) return false;
    const distance = block * BLOCK_SIZE - download.at;
    if (!download.whole && !this.#isSmall() && distance > this.#context.tuning.joinBytes) return false;
    download.raise(Math.max(this.#bounded(limit, block), Math.min((block + 1) * BLOCK_SIZE, this.size)));
    return true;
  }

  #readAhead(from: number, limit: number): void {
    const { clock } = this.#context;
    if (clock.now() < this.#noReadAheadBefore) return;
    const to = Math.ceil(Math.min(this.#bounded(limit, from), this.size) / BLOCK_SIZE);
    let block = from;
    while (block < to && this.has(block)) block++;
    if (block >= to) return;
    for (const download of this.#downloads) if (this.#reaches(download, block, limit)) return;
    this.#want({ from: block, needed: to - block, ahead: limit - block * BLOCK_SIZE }, 'read-ahead');
  }

  #fetchRest(): void {
    const map = this.#slot?.file.map;
    if (map === undefined || map.complete || this.#downloads.size > 0) return;
    this.#want({ from: map.nextMissing(0, map.count), needed: 1, ahead: this.size }, 'foreground');
  }

  #isSmall(): boolean {
    const { tuning } = this.#context;
    return this.size <= (this.ref.kind === 'photo' ? tuning.wholePhotoBytes : tuning.wholeVideoBytes);
  }

  /** Where the disk takes nothing, reading ahead is bounded by what memory keeps. */
  #bounded(limit: number, block: number): number {
    const most = (block + this.#context.tuning.memoryBlocks / 2) * BLOCK_SIZE;
    return this.#uncached ? Math.min(limit, most) : limit;
  }

  #want(wish: Wish, priority: Priority): void {
    const { source, clock, ranges } = this.#context;
    const ignored = ranges.get(this.ref.kind) === false;
    const from = ignored ? 0 : wish.from;
    const end = ignored ? this.size : requestEnd(wish, this.size, (block, to) => this.#nextHeld(block, to));
    const limit = this.#bounded(
      Math.max((wish.from + wish.needed) * BLOCK_SIZE, wish.from * BLOCK_SIZE + wish.ahead),
      wish.from,
    );
    const download = new Download(this, { from, end, limit: Math.min(limit, this.size), priority }, source, clock);
    download.whole = ignored;
    this.#downloads.add(download);
    void this.#track(
      download.run().then(
        () => this.#finished(download, undefined),
        (error: unknown) => this.#finished(download, causeOf(error)),
      ),
    );
  }

  #nextHeld(from: number, to: number): number {
    let block = from;
    while (block < to && !this.has(block)) block++;
    return block;
  }

  #finished(download: Download, failure: unknown): void {
    this.#downloads.delete(download);
    if (failure !== undefined && !download.aborted) this.#fail(download, failure);
    else for (const read of [...this.#reads]) this.#plan(read, 0, 0);
    if (this.handles === 0) this.#context.settled(this);
  }

  #fail(download: Download, failure: unknown): void {
    const { source, clock } = this.#context;
    source.note(failure);
    const error = toContentError(failure);
    this.#noReadAheadBefore = clock.now() + this.#context.tuning.readAheadPauseMs;
    for (const waiter of this.#headerWaiters) waiter.reject(error);
    this.#headerWaiters.clear();
    for (const read of [...this.#reads]) {
      const lost = [...read.needs].some((block) => ![...this.#downloads].some((other) => other.covers(block)));
      if (!lost) continue;
      this.#reads.delete(read);
      read.fail(error);
    }
    if (download.priority === 'foreground') this.#context.failed(this.ref, error);
  }

  /** Google has another version: this one ends here, nothing of the two is ever mixed. */
  #change(facts: MediaFacts): ContentError {
    if (this.#ended !== undefined) return this.#ended;
    const message = 'The file changed at Google since it was listed; opening it again gives the new version.';
    const opening = new ContentError('EIO', message);
    for (const waiter of this.#headerWaiters) waiter.reject(opening);
    this.#headerWaiters.clear();
    const stale = new ContentError('ESTALE', message);
    this.#context.changed(this, facts);
    this.end(stale);
    return stale;
  }

  #reconsider(): void {
    for (const download of this.#downloads) {
      if (isWanted(download, this.handles, this.#reads) || download.aborted) continue;
      if (shouldFinish(download)) download.raise(download.end);
      else download.cancel();
    }
    if (this.handles === 0) this.#context.settled(this);
  }

  async #inTime<T>(work: Promise<T>, giveUp: (error: ContentError) => void): Promise<T> {
    const { clock, tuning } = this.#context;
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
