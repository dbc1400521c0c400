import type { MediaRef } from '../library/media-item.js';
import type { ByteRange, MediaFacts, MediaSource, MediaStream, Priority } from '../library/media-source.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { BlockBuffers } from './block-buffers.js';
import { BLOCK_SIZE } from './block-map.js';

/*
 * How it works
 * - A Download fetches the bytes `[from, end)` of one file in order. `at` is the next byte needed.
 * - `run` repeats `#attempt` until `at` reaches `end`. A body that breaks off is resumed at `at`
 *   after a pause. It gives up after 3 tries in a row without a byte, after 8 in all, or if a
 *   request is refused.
 * - `#transfer` sends one request. `target.check` compares the headers with the promised version.
 *   `#noticeIgnoredRange` notices a host that ignores Range: the whole file then comes from byte 0 (`whole`).
 * - `#take` copies the pieces of the body into blocks. Each whole block goes to `target.deliver`;
 *   if that returns a promise, the download reads on when it resolves.
 * - Where another request brings the bytes from the next block on (`schedule.boundary`), it ends there.
 * - At `limit` it stops reading and calls `schedule.idle`, until `raise` moves the limit or `cancel`
 *   ends it.
 * - `#held` is the last block of a body of unknown length. It is delivered when the body ends; if
 *   more bytes follow, the size is wrong (`target.overran`).
 */

/** The file that downloads work for. */
export interface DownloadTarget {
  readonly ref: MediaRef;
  readonly size: number;
  readonly handles: number;
  /** Numbers of the blocks that readers wait for. */
  wanted(): Iterable<number>;
  /** True if the block is held already. */
  has(block: number): boolean;
  /**
   * Checks the headers of an answer. Throws or rejects if they are, or may be, of another version: with a RemoteError
   * if another try may help, else with the error that ends the download.
   */
  check(facts: MediaFacts, priority: Priority): MaybePromise<void>;
  /** Takes a whole block and its buffer. The download waits for a returned promise before it reads on. */
  deliver(block: number, data: Buffer): Promise<void> | undefined;
  /**
   * The body is longer than the size, so the bytes before may be wrong too. Throws the error that ends the download.
   */
  overran(): never;
  /** A download is over. `failure` is the error that ended it; undefined if it finished or was cancelled. */
  downloadEnded(download: Download, failure: unknown): void;
}

/** What decides how far the downloads of a file go. */
export interface DownloadSchedule {
  /** Whether the host honours Range; false: it sent the file from its start although a part was asked for. */
  learnRanges(honoured: boolean): void;
  /** Byte offset (exclusive) at which the download has to end, because another one brings what follows; Infinity: nowhere. */
  boundary(download: Download): number;
  /** The download has reached its limit and waits. */
  idle(download: Download): void;
}

export interface DownloadDeps {
  readonly source: MediaSource;
  readonly clock: Clock;
  readonly buffers: BlockBuffers;
}

/** An answer whose headers were read and whose body was not, for the download that goes on with it. */
export interface GivenStream {
  readonly stream: MediaStream;
  /** Offset (exclusive) up to which the bytes were asked for. */
  readonly end: number;
  /** Ends the body. */
  stop(): void;
}

export interface DownloadRequest {
  /** First block. */
  readonly from: number;
  /** Byte offset (exclusive) at which the request ends: a block boundary or the size. */
  readonly end: number;
  /** Byte offset up to which to read at once. */
  readonly limit: number;
  readonly priority: Priority;
  /** The answer to the first request, which was sent already. */
  readonly given?: GivenStream;
}

const RETRIED: ReadonlySet<RemoteErrorKind> = new Set(['server', 'offline', 'protocol']);
/** Tries in a row that bring no byte, and tries in all. */
const FRUITLESS_TRIES = 3;
const ALL_TRIES = 8;
const FIRST_PAUSE_MS = 200;

/** Fetches one range of a file, block by block, and resumes where a broken body stopped. */
export class Download {
  readonly #target: DownloadTarget;
  readonly #schedule: DownloadSchedule;
  readonly #deps: DownloadDeps;
  readonly priority: Priority;
  /** Offset of the next byte needed. */
  at: number;
  end: number;
  limit: number;
  /** The host ignores Range and sends the file from its start: stopping means starting again at byte 0. */
  whole = false;
  readonly from: number;
  #isCancelled = false;
  /** Aborts when a reader in the foreground waits; none is needed by a request that is urgent from its beginning. */
  readonly #urgent: AbortController | undefined;
  #block: Buffer | undefined;
  /** The last block of a body of unknown length: good only if no byte follows it. */
  #held: { number: number; data: Buffer } | undefined;
  #resume: (() => void) | undefined;
  #given: GivenStream | undefined;
  /** Ends the request under way, or the pause before the next one. */
  #endRequest: (() => void) | undefined;

  constructor(target: DownloadTarget, schedule: DownloadSchedule, request: DownloadRequest, deps: DownloadDeps) {
    this.#target = target;
    this.#schedule = schedule;
    this.#deps = deps;
    this.priority = request.priority;
    this.#urgent = request.priority === 'foreground' ? undefined : new AbortController();
    this.from = request.from * BLOCK_SIZE;
    this.at = this.from;
    this.end = request.end;
    this.limit = request.limit;
    this.#given = request.given;
  }

  cancelled(): boolean {
    return this.#isCancelled;
  }

  /** Reading has stopped at the limit. */
  get paused(): boolean {
    return this.#resume !== undefined;
  }

  /** True where `block` is still to come from this download. */
  covers(block: number): boolean {
    return !this.cancelled() && block * BLOCK_SIZE < this.end && block >= Math.floor(this.at / BLOCK_SIZE);
  }

  raise(limit: number): void {
    if (limit <= this.limit) return;
    this.limit = limit;
    this.wake();
  }

  /** A reader in the foreground waits for it now. */
  hurry(): void {
    this.#urgent?.abort();
  }

  wake(): void {
    this.#resume?.();
    this.#resume = undefined;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#endRequest?.();
    this.#given?.stop();
    this.wake();
  }

  /** Resolves when the range is delivered or the download was cancelled; rejects with what ended it. */
  async run(): Promise<void> {
    let tries = 0;
    let fruitless = 0;
    while (this.at < this.end && !this.cancelled()) {
      const before = this.at;
      try {
        await this.#attempt();
        if (this.at === before) throw new RemoteError('protocol', 'Google sent fewer bytes than it announced.');
      } catch (error) {
        if (this.cancelled() || this.at >= this.end) return;
        this.#dropHeld();
        tries++;
        fruitless = this.at > before ? 0 : fruitless + 1;
        if (!isWorthRetry(error) || tries >= ALL_TRIES || fruitless >= FRUITLESS_TRIES) throw error;
        await this.#pause(FIRST_PAUSE_MS * 2 ** fruitless);
      }
    }
  }

  async #attempt(): Promise<void> {
    const over = new AbortController();
    this.#endRequest = () => over.abort();
    try {
      await this.#transfer(over.signal);
    } catch (error) {
      // A body that is not read to its end holds a connection.
      over.abort();
      throw error;
    }
  }

  async #pause(ms: number): Promise<void> {
    const over = new AbortController();
    this.#endRequest = () => over.abort();
    await this.#deps.clock.sleep(ms, over.signal).catch(() => undefined);
  }

  async #transfer(signal: AbortSignal): Promise<void> {
    const whole = this.at === 0 && this.end === this.#target.size;
    const given = this.#given;
    this.#given = undefined;
    if (given !== undefined) signal.addEventListener('abort', () => given.stop(), { once: true });
    const stream = given?.stream ?? (await this.#fetch(whole ? undefined : { start: this.at, end: this.end }, signal));
    const checked = this.#target.check(stream.facts, this.priority);
    if (checked !== undefined) await checked;
    if (given === undefined) this.#noticeIgnoredRange(stream, whole);
    else this.#learnFromGiven(stream);
    let position = stream.start;
    await stream.body.forEach((piece) => {
      const start = position;
      position += piece.length;
      return this.#take(piece, start, stream.bodyLength === undefined);
    });
    if (this.cancelled()) return;
    // Without a length in the headers, a body that was cut off looks like a whole one. The size is known, and stays.
    if (stream.bodyLength === undefined && position < this.end) throw brokenOff(position, this.#target.size);
    const last = this.#held;
    this.#held = undefined;
    if (last !== undefined) await this.#target.deliver(last.number, last.data);
  }

  #fetch(range: ByteRange | undefined, signal: AbortSignal): Promise<MediaStream> {
    const { priority } = this;
    return this.#deps.source
      .fetch(this.#target.ref, range, { priority, signal, urgent: this.#urgent?.signal })
      .catch((error: unknown) => {
        // The source retries by itself. A request that it gave up is not tried again here.
        throw new Refused(error);
      });
  }

  /** A part was asked for, whose end was not known to be that of the file. */
  #learnFromGiven({ facts }: MediaStream): void {
    const honoured = facts.basis === 'content-range';
    this.#schedule.learnRanges(honoured);
    if (honoured) return;
    this.whole = true;
    this.end = this.#target.size;
  }

  #noticeIgnoredRange(stream: MediaStream, whole: boolean): void {
    if (stream.start !== this.at && stream.start !== 0) {
      throw new RemoteError('protocol', 'Google sent another part of the file than was asked for.');
    }
    if (whole) return;
    const { size } = this.#target;
    // A part always has its length, in Content-Range; a whole file may not.
    const all = stream.start === 0 && (stream.bodyLength === undefined || stream.bodyLength === size);
    const ignored = stream.start !== this.at || (this.end < size && all);
    this.#schedule.learnRanges(!ignored);
    if (!ignored) return;
    this.whole = true;
    this.at = 0;
    this.end = size;
    this.#block = undefined;
  }

  #take(piece: Uint8Array, position: number, endless: boolean): MaybePromise<void> {
    let from = Math.max(0, this.at - position);
    while (from < piece.length && !this.cancelled()) {
      if (this.at >= this.#target.size) this.#target.overran();
      if (this.at >= this.end) return this.#endRequest?.();
      const inBlock = this.at % BLOCK_SIZE;
      const number = (this.at - inBlock) / BLOCK_SIZE;
      const length = Math.min(BLOCK_SIZE, this.#target.size - number * BLOCK_SIZE);
      this.#block ??= this.#deps.buffers.take(length);
      const part = piece.subarray(from, from + length - inBlock);
      this.#block.set(part, inBlock);
      this.at += part.length;
      from += part.length;
      if (inBlock + part.length < length) continue;
      const pause = this.#blockIsWhole(number, this.#block, endless);
      if (pause !== undefined || this.#mustWait) return this.#takeRest(pause, piece, position, endless);
    }
  }

  async #takeRest(
    pause: Promise<void> | undefined,
    piece: Uint8Array,
    position: number,
    endless: boolean,
  ): Promise<void> {
    await pause;
    while (this.#mustWait) await this.#raised();
    await this.#take(piece, position, endless);
  }

  #blockIsWhole(number: number, data: Buffer, endless: boolean): Promise<void> | undefined {
    this.#block = undefined;
    if (!this.whole && this.at < this.end)
      this.end = Math.min(this.end, Math.max(this.at, this.#schedule.boundary(this)));
    if (endless && this.at === this.#target.size) this.#held = { number, data };
    else if (this.#target.has(number)) this.#deps.buffers.give(data);
    else return this.#target.deliver(number, data);
    return undefined;
  }

  #dropHeld(): void {
    if (this.#held === undefined) return;
    this.at = this.#held.number * BLOCK_SIZE;
    this.#held = undefined;
  }

  get #mustWait(): boolean {
    return this.at >= this.limit && this.at < this.end && !this.cancelled();
  }

  #raised(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.#schedule.idle(this);
    });
  }
}

function brokenOff(length: number, size: number): RemoteError {
  return new RemoteError('server', `The media host ended after ${length} of ${size} bytes.`, { reason: 'TOO_SHORT' });
}

/** Marks the failure of a request, as opposed to that of a body. */
class Refused extends Error {
  constructor(override readonly cause: unknown) {
    super('refused');
  }
}

/** The failure without the mark {@link Refused}. */
export function causeOf(error: unknown): unknown {
  return error instanceof Refused ? error.cause : error;
}

function isWorthRetry(error: unknown): boolean {
  return error instanceof RemoteError && RETRIED.has(error.kind);
}
