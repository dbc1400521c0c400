import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import { BLOCK_SIZE } from './block-map.js';

/*
 * How it works
 * - A sequential reader of a large file has one request to its end, the leading one. While the reader
 *   waits for the network, `blocked` samples how many bytes all requests of the file bring.
 * - After each sample the number of streams grows (1, 3, 6) if the last growth was worth it: `#grow`
 *   adds requests for segments of 8 MiB ahead of the leading one. If the next sample brings too
 *   little more, they are taken back (`#shrink`), and nothing is tried for 10 s.
 * - A request ends where a segment begins (`boundary`). `refill` starts the next segment when one is
 *   done.
 * - A jump, a failure, the last close and a host that ignores Range drop the segments (`drop`).
 */

/** A request for a part of the file, as far as it matters here. */
export interface Segment {
  /** Byte offsets: where it began, the next byte, and the end (exclusive). */
  readonly from: number;
  readonly at: number;
  readonly end: number;
  cancel(): void;
}

/** Requests for segments of all files together. */
export interface StreamCount {
  segments: number;
}

export interface RangesHost {
  readonly size: number;
  readonly clock: Clock;
  readonly count: StreamCount;
  /** More requests are allowed: the host honours Range, bytes can be kept, somebody reads. */
  mayAdd(): boolean;
  /** Bytes that all requests of the file brought so far. */
  received(): number;
  /** Starts a request for the missing bytes of `[from, end)`; undefined where none is missing at `from`. */
  start(from: number, end: number): Segment | undefined;
}

const MIB = 1_048_576;
/** Few requests, and little that is useless after a jump. */
const SEGMENT = 8 * MIB;
/** Segments lie at most this far beyond the reader. */
const AHEAD_MOST = 64 * MIB;
const STREAMS = [1, 3, 6] as const;
/** Segments of all files at once: the host has to answer others too. */
const SEGMENTS_MOST = 10;
const SAMPLE_MS = 150;
/** A sample begins when all streams bring bytes, at the latest this long after they were added. */
const BEGIN_MS = 1_500;
/** Share of the growth in streams by which the rate must grow. */
const WORTH = 0.4;
/** Bytes a millisecond of one stream from which more streams help nobody: 48 MiB a second. */
const FAST = (48 * MIB) / 1_000;
const REST_MS = 10_000;

/** Adds and takes back requests that read a large file ahead, side by side. */
export class ParallelRanges {
  readonly #host: RangesHost;
  readonly #segments = new Set<Segment>();
  #level = 0;
  /** First byte that no segment was asked for. */
  #frontier = 0;
  #readerAt = 0;
  #sample: { readonly at: number; readonly received: number } | undefined;
  /** The rate before streams were added, bytes a millisecond, until their worth is known. */
  #before: { readonly rate: number; readonly streams: number; readonly addedAt: number } | undefined;
  #restingSince = -Infinity;

  constructor(host: RangesHost) {
    this.#host = host;
  }

  /** A sequential reader, now at byte `position`, waits for bytes; the request that brings them is at `leadAt`. */
  blocked(position: number, leadAt: number): void {
    const { clock, size } = this.#host;
    const now = clock.now();
    this.#readerAt = position;
    if (this.#level === 0 && size - leadAt < 2 * SEGMENT) return;
    if (isWithin(now, this.#restingSince, REST_MS) || !this.#host.mayAdd()) return;
    this.refill();
    const received = this.#host.received();
    if (this.#sample === undefined || this.#isBeginning(now)) {
      this.#sample = { at: now, received };
      return;
    }
    const elapsed = now - this.#sample.at;
    if (elapsed < SAMPLE_MS) return;
    const rate = (received - this.#sample.received) / elapsed;
    this.#sample = { at: now, received };
    this.#judge(rate, leadAt, now);
  }

  /** A request has brought all that a reader wants for now: the network is not what the reader waits for. */
  reachedLimit(): void {
    this.#sample = undefined;
  }

  /** Where the request at `at` has to end, because a segment brings the bytes from there on; Infinity: nowhere. */
  boundary(own: object, at: number): number {
    let nearest = Infinity;
    for (const segment of this.#segments)
      if (segment !== own && segment.from >= at && segment.from < nearest) nearest = segment.from;
    return nearest;
  }

  isSegment(request: object): boolean {
    return this.#segments.has(request as Segment);
  }

  /** A request is over; a segment may follow. */
  ended(request: object): void {
    if (this.#segments.delete(request as Segment)) this.#host.count.segments--;
    this.refill();
  }

  /** Starts segments until there are as many streams as wanted. */
  refill(): void {
    const host = this.#host;
    const level = this.#level;
    if (level === 0) return;
    while (this.#segments.size < (STREAMS[level] ?? 1) - 1 && host.count.segments < SEGMENTS_MOST && host.mayAdd()) {
      const from = this.#frontier;
      const end = host.size - from < SEGMENT * 1.5 ? host.size : from + SEGMENT;
      if (from >= host.size || end > this.#readerAt + AHEAD_MOST) return;
      this.#frontier = end;
      const segment = host.start(from, end);
      if (segment === undefined) continue;
      this.#segments.add(segment);
      host.count.segments++;
    }
  }

  /** Ends all segments but those that hold one of these blocks, and begins again with one stream. */
  drop(wanted: ReadonlySet<number> = new Set()): void {
    this.#level = 0;
    this.#sample = undefined;
    this.#before = undefined;
    for (const segment of this.#segments) if (!holdsAny(segment, wanted)) segment.cancel();
  }

  #judge(rate: number, leadAt: number, now: number): void {
    const streams = STREAMS[this.#level] ?? 1;
    const { rate: rateBefore, streams: streamsBefore } = this.#before ?? { rate: 0, streams };
    this.#before = undefined;
    if (rate < rateBefore * (1 + (WORTH * (streams - streamsBefore)) / streamsBefore)) {
      this.#shrink(now);
      return;
    }
    const more = STREAMS[this.#level + 1];
    if (more === undefined || rate / streams >= FAST) return;
    if (this.#level === 0) this.#frontier = Math.ceil(leadAt / BLOCK_SIZE) * BLOCK_SIZE + SEGMENT;
    this.#level++;
    this.#before = { rate, streams, addedAt: now };
    this.refill();
  }

  /** The streams that were added last bring too little: ends those furthest ahead. */
  #shrink(now: number): void {
    this.#level--;
    this.#sample = undefined;
    this.#restingSince = now;
    const most = (STREAMS[this.#level] ?? 1) - 1;
    const surplus = [...this.#segments].sort((one, other) => one.from - other.from).slice(most);
    for (const segment of surplus) segment.cancel();
    const [first] = surplus;
    if (first !== undefined) this.#frontier = first.from;
  }

  #isBeginning(now: number): boolean {
    if (this.#before === undefined || !isWithin(now, this.#before.addedAt, BEGIN_MS)) return false;
    for (const { at, from } of this.#segments) if (at === from) return true;
    return false;
  }
}

function holdsAny({ at, end }: Segment, blocks: ReadonlySet<number>): boolean {
  for (const block of blocks) if (block * BLOCK_SIZE < end && (block + 1) * BLOCK_SIZE > at) return true;
  return false;
}
