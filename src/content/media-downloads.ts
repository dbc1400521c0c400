import type { Priority } from '../library/media-source.js';
import { isWithin } from '../support/is-within.js';
import { BLOCK_SIZE } from './block-map.js';
import type { BlockStore } from './block-store.js';
import type { ContentContext } from './content-context.js';
import { HEAD_BYTES } from './head-habit.js';
import { ParallelRanges } from './parallel-ranges.js';
import { requestEnd, shouldFinish, type RangeRequest } from './download-plan.js';
import {
  Download,
  causeOf,
  type DownloadRequest,
  type DownloadSchedule,
  type DownloadTarget,
  type GivenStream,
} from './download.js';

/** A download that must not stop waits this long for the first read after an open; milliseconds. */
const FIRST_READ_MS = 50;

/** The downloads of one file. Each missing range is fetched once, however many reads wait for it. */
export class MediaDownloads implements DownloadSchedule {
  readonly #target: DownloadTarget;
  readonly #blocks: BlockStore;
  readonly #context: ContentContext;
  /** The file is fetched whole as soon as it is opened. */
  readonly small: boolean;
  readonly #downloads = new Set<Download>();
  readonly #work = new Set<Promise<void>>();
  readonly #ranges: ParallelRanges;
  /** Bytes that downloads brought which are over. */
  #received = 0;
  /** Nothing more is requested ahead. */
  #isOver = false;
  #failedAt = -Infinity;
  #isInOne = false;
  #isRead = false;

  constructor(target: DownloadTarget, blocks: BlockStore, context: ContentContext) {
    this.#target = target;
    this.#blocks = blocks;
    this.#context = context;
    const { ref, size } = target;
    const { wholePhotoBytes, wholeVideoBytes } = context.tuning;
    this.small = size <= (ref.kind === 'photo' ? wholePhotoBytes : wholeVideoBytes);
    this.#ranges = new ParallelRanges({
      size,
      clock: context.clock,
      count: context.streams,
      mayAdd: () => this.#mayAddStreams,
      received: () => [...this.#downloads].reduce((sum, { at, from: start }) => sum + at - start, this.#received),
      start: (from, end) => this.#startSegment(from, end),
    });
  }

  get size(): number {
    return this.#downloads.size;
  }

  covers(block: number): boolean {
    for (const download of this.#downloads) if (download.covers(block)) return true;
    return false;
  }

  /**
   * Starts a download at the first missing block: a small file is fetched whole, of a larger one only the beginning.
   */
  begin(): void {
    for (const download of this.#downloads) {
      download.hurry();
      if (this.small) download.raise(download.end);
    }
    if (this.#downloads.size > 0) return;
    const { ref, size } = this.#target;
    const { tuning, habit } = this.#context;
    const count = Math.ceil(size / BLOCK_SIZE);
    const from = this.#blocks.next(false, 0, count);
    if (from >= count) return;
    this.#isInOne = ref.kind === 'photo' && size <= tuning.oneRequestPhotoBytes && !habit.isHeadsOnly;
    this.#start({ from, needed: 1, ahead: this.small ? size : 0, inOne: this.#isInOne }, 'foreground');
  }

  /** Goes on with an answer that has come, whose body begins at the first byte. */
  adopt(given: GivenStream): void {
    const { ref, size } = this.#target;
    const { tuning } = this.#context;
    const end = Math.min(given.end, size);
    this.#isInOne = ref.kind === 'photo' && end === size && size <= tuning.oneRequestPhotoBytes;
    const soon = this.#isInOne ? HEAD_BYTES : BLOCK_SIZE;
    this.#run({ from: 0, end, limit: this.small ? end : Math.min(soon, end), priority: 'foreground', given }, false);
  }

  /** A read has come: downloads that waited for the first read go on. */
  reading(): void {
    if (this.#isRead) return;
    this.#isRead = true;
    for (const download of this.#downloads) if (download.paused) this.idle(download);
  }

  /**
   * Fetches the blocks that a read waits for. `end`: byte offset of its end; `window`: bytes to read ahead beyond it.
   */
  demand(needs: ReadonlySet<number>, end: number, window: number): void {
    // A jump: read-ahead for the old place pauses.
    if (window === 0 && !this.small) {
      this.#ranges.drop(needs);
      for (const download of this.#downloads) if (!download.whole) this.#lowerLimit(download, 0);
    }
    this.serve(needs, end, window);
    if (window > 0) this.#ranges.blocked(end, this.#leadAt(needs));
  }

  /** Fetches these blocks, by a download under way if one brings them soon. */
  serve(needs: ReadonlySet<number>, end: number, window: number): void {
    for (const block of needs) {
      if (this.#joinDownload(block, end + window, true)) continue;
      this.#start({ from: block, needed: Math.max(...needs) + 1 - block, ahead: window }, 'foreground');
    }
  }

  /** Fetches the blocks from `from` up to the byte offset `limit` ahead of the reader. */
  ahead(from: number, limit: number, priority: Priority = 'read-ahead'): void {
    if (this.#isResting) return;
    const to = Math.ceil(Math.min(this.#bounded(limit, from), this.#target.size) / BLOCK_SIZE);
    const block = this.#blocks.next(false, from, to);
    if (block >= to || this.#joinDownload(block, limit, false)) return;
    this.#start({ from: block, needed: to - block, ahead: limit - block * BLOCK_SIZE }, priority);
  }

  /** Fetches the first `count` blocks, and no others. */
  head(count: number): void {
    if (this.#isResting) return;
    const from = this.#blocks.next(false, 0, count);
    if (from >= count || this.#joinDownload(from, count * BLOCK_SIZE, false)) return;
    this.#start({ from, needed: count - from, ahead: 0 }, 'read-ahead');
  }

  /** Nothing is cached and memory holds few blocks: downloads stop shortly after the blocks that readers wait for. */
  lowerLimits(): void {
    this.#ranges.drop();
    for (const download of this.#downloads) this.#lowerLimit(download, this.#memoryBytes);
  }

  /** The last handle was closed: pauses downloads that are not nearly done, in case the file is opened again. */
  pauseAll(): void {
    this.#ranges.drop();
    for (const download of this.#downloads) if (!this.small && !shouldFinish(download)) this.#lowerLimit(download, 0);
  }

  /** The file stayed closed: cancels downloads that are not nearly done. */
  cancelUnfinished(): void {
    for (const download of this.#downloads) {
      if (shouldFinish(download)) download.raise(download.end);
      else download.cancel();
    }
  }

  cancelAll(): void {
    this.#isOver = true;
    this.#ranges.drop();
    for (const download of this.#downloads) download.cancel();
  }

  /** The next byte of each download. */
  positions(): ReadonlyMap<Download, number> {
    return new Map([...this.#downloads].map((download) => [download, download.at]));
  }

  /** Cancels the downloads that brought fewer than `leastBytes` since `before` and are not paused. */
  cancelStuck(before: ReadonlyMap<Download, number>, leastBytes: number): void {
    for (const download of this.#downloads) {
      const from = before.get(download);
      if (from !== undefined && !download.paused && download.at - from < leastBytes) download.cancel();
    }
  }

  get #isResting(): boolean {
    return isWithin(this.#context.clock.now(), this.#failedAt, this.#context.tuning.readAheadPauseMs);
  }

  async drained(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  get #memoryBytes(): number {
    return (this.#context.tuning.memoryBlocks / 2) * BLOCK_SIZE;
  }

  #start(wanted: RangeRequest, priority: Priority): void {
    const { ranges } = this.#context;
    const { size, ref } = this.#target;
    const ignored = ranges.get(ref.kind) === false;
    const from = ignored ? 0 : wanted.from;
    const end = ignored ? size : requestEnd(wanted, size, (block, to) => this.#nextComing(block, to));
    const start = wanted.from * BLOCK_SIZE;
    const soon = wanted.inOne === true ? HEAD_BYTES : 0;
    const limit = this.#bounded(start + Math.max(wanted.needed * BLOCK_SIZE, wanted.ahead, soon), wanted.from);
    const request = { from, end, limit: Math.min(limit, size), priority };
    this.#run(request, ignored);
  }

  /** The first block from `block` on, below `to`, that is held or that another download brings; else `to`. */
  #nextComing(block: number, to: number): number {
    let first = this.#blocks.next(true, block, to);
    for (const { at, end } of this.#downloads) {
      const coming = Math.floor(at / BLOCK_SIZE);
      if (at < end && coming >= block) first = Math.min(first, coming);
    }
    return first;
  }

  /** The next byte that a reader waits for, as far as a download has come. */
  #leadAt(needs: ReadonlySet<number>): number {
    const first = Math.min(...needs);
    for (const download of this.#downloads) if (download.covers(first)) return download.at;
    return first * BLOCK_SIZE;
  }

  get #mayAddStreams(): boolean {
    const { ranges } = this.#context;
    const isHonoured = ranges.get(this.#target.ref.kind) === true;
    return isHonoured && !this.#isOver && !this.#blocks.uncached && this.#target.handles > 0 && !this.#isResting;
  }

  /** Requests the missing bytes of a segment, up to the first block that is held. */
  #startSegment(from: number, end: number): Download | undefined {
    const to = Math.ceil(end / BLOCK_SIZE);
    const first = this.#blocks.next(false, from / BLOCK_SIZE, to);
    if (first >= to) return undefined;
    const until = Math.min(end, this.#blocks.next(true, first, to) * BLOCK_SIZE);
    return this.#run({ from: first, end: until, limit: until, priority: 'read-ahead' }, false);
  }

  boundary(download: Download): number {
    return this.#ranges.boundary(download, download.at);
  }

  #run(request: DownloadRequest, isWhole: boolean): Download {
    const download = new Download(this.#target, this, request, this.#context);
    download.whole = isWhole;
    this.#downloads.add(download);
    const work: Promise<void> = download.run().then(
      () => this.#over(download, work, undefined),
      (error: unknown) => this.#over(download, work, download.cancelled() ? undefined : causeOf(error)),
    );
    this.#work.add(work);
    return download;
  }

  #over(download: Download, work: Promise<void>, failure: unknown): void {
    const { source, clock } = this.#context;
    const isSegment = this.#ranges.isSegment(download);
    this.#downloads.delete(download);
    this.#received += download.at - download.from;
    this.#context.paused.delete(download);
    this.#work.delete(work);
    if (failure !== undefined) {
      source.note(failure, this.#target.ref);
      this.#failedAt = clock.now();
      this.#ranges.drop();
    }
    this.#ranges.ended(download);
    // A segment that fails fails no reader: who waits for its bytes asks for them anew.
    this.#target.downloadEnded(download, isSegment ? undefined : failure);
  }

  /** True if a download will soon deliver `block`; its limit is then raised to `limit`. */
  #joinDownload(block: number, limit: number, isAwaited: boolean): boolean {
    for (const download of this.#downloads) {
      if (!download.covers(block)) continue;
      const distance = block * BLOCK_SIZE - download.at;
      if (!download.whole && !this.small && distance > this.#context.tuning.joinBytes) continue;
      if (isAwaited) download.hurry();
      download.raise(Math.max(this.#bounded(limit, block), Math.min((block + 1) * BLOCK_SIZE, this.#target.size)));
      return true;
    }
    return false;
  }

  #lowerLimit(download: Download, slack: number): void {
    let limit = download.at + slack;
    for (const block of this.#target.wanted()) {
      if (download.covers(block)) limit = Math.max(limit, (block + 1) * BLOCK_SIZE);
    }
    download.limit = Math.min(download.limit, limit);
  }

  #bounded(limit: number, block: number): number {
    return this.#blocks.uncached ? Math.min(limit, block * BLOCK_SIZE + this.#memoryBytes) : limit;
  }

  /** Called with each answer: whether the host honoured Range. If not, only the download that is furthest goes on. */
  learnRanges(honoured: boolean): void {
    this.#context.ranges.set(this.#target.ref.kind, honoured);
    if (!honoured) this.#ranges.drop();
    if (honoured || this.#blocks.uncached) return;
    // Two downloads from offset 0 are redundant: keep the one that is further, cancel the others.
    const whole = [...this.#downloads].filter((download) => download.whole).sort((one, other) => other.at - one.at);
    for (const needless of whole.slice(1)) needless.cancel();
  }

  /**
   * Called when a download has delivered all bytes that readers want. If the host ignores Range, it continues: stopping
   * would restart it from byte 0. Otherwise it pauses, and is cancelled after `idleMs`.
   */
  idle(download: Download): void {
    this.#ranges.reachedLimit();
    const { clock, tuning, paused, ranges } = this.#context;
    // The single request for a photo has no Range. If Range is not known to work, a pause could cost the whole photo
    // again.
    const isWhole = download.whole || (this.#isInOne && ranges.get(this.#target.ref.kind) !== true);
    const mustGoOn = (): boolean => isWhole && !this.#blocks.uncached && this.#target.handles > 0;
    if ((mustGoOn() && this.#isRead) || shouldFinish(download)) {
      download.raise(download.end);
      return;
    }
    if (mustGoOn()) {
      // Not at once: the first read would have to wait behind the incoming bytes.
      void clock.sleep(FIRST_READ_MS).then(
        () => {
          if (mustGoOn()) download.raise(download.end);
        },
        () => undefined,
      );
      return;
    }
    paused.delete(download);
    paused.add(download);
    for (const longest of paused) {
      if (paused.size <= tuning.pausedMost) break;
      paused.delete(longest);
      if (longest.paused) longest.cancel();
    }
    const { at } = download;
    void clock.sleep(tuning.idleMs).then(
      () => {
        if (download.paused && download.at === at) download.cancel();
      },
      () => undefined,
    );
  }
}
