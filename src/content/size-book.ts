import type { MediaId, MediaRef } from '../library/media-item.js';
import type { MediaFacts, MediaRequestOptions, MediaSource, Priority } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { isWithin } from '../support/is-within.js';
import { ContentError, toContentError } from './content-error.js';
import { OfflineGate } from './offline-gate.js';

/** A size to be kept in the catalog. Bytes. */
export interface MeasuredSize {
  readonly id: MediaId;
  readonly size: number;
  readonly etag: string | undefined;
}

export interface SizeBookDeps {
  readonly source: MediaSource;
  readonly clock: Clock;
  /** Sizes to be committed; each is held until {@link SizeBook.committed} names it. */
  readonly onMeasured: (batch: readonly MeasuredSize[]) => void;
  readonly onFailure: (ref: MediaRef, error: ContentError) => void;
  /** Measurements under way at once for `measureSoon`; default 16. */
  readonly parallel?: number;
  /** Most items waiting in the queue of `measureSoon`; default 2,000. */
  readonly queueLimit?: number;
  /** Milliseconds that a caller of `sizeOf` waits at most; default 25,000. */
  readonly deadlineMs?: number;
}

const PARALLEL = 16;
const QUEUE_LIMIT = 2_000;
const DEADLINE_MS = 25_000;
const BATCH_SIZE = 100;
const BATCH_MS = 100;
/** A failure is the answer for this long, so that an `ls -l` over many bad items does not wait for each again and again. */
const FAILURE_MS = 5_000;
const FAILURES_KEPT = 5_000;

interface Known {
  readonly size: number;
  readonly etag: string | undefined;
  /** Commits asked for and not yet answered. */
  outstanding: number;
}

interface Running {
  readonly promise: Promise<number>;
  readonly urgent: AbortController;
  /** Drops it, so that the next caller begins a new one. */
  readonly stop: AbortController;
}

/** How often and when last an item turned out to be another than was shown. Milliseconds since the epoch. */
export interface Correction {
  readonly count: number;
  readonly at: number;
}

/** Sizes newer than the catalog's, and the measuring of those that it lacks. */
export class SizeBook {
  readonly #deps: SizeBookDeps;
  readonly #source: OfflineGate;
  readonly #known = new Map<MediaId, Known>();
  readonly #running = new Map<MediaId, Running>();
  readonly #corrections = new Map<MediaId, Correction>();
  readonly #queue = new Map<MediaId, MediaRef>();
  readonly #failures = new Map<MediaId, { error: ContentError; from: number; ms: number }>();
  #batch: MeasuredSize[] = [];
  #background = 0;

  constructor(deps: SizeBookDeps) {
    this.#deps = deps;
    this.#source = OfflineGate.around(deps.source, deps.clock);
  }

  /** A size that the catalog may not have yet. Bytes. */
  known(id: MediaId): number | undefined {
    return this.#known.get(id)?.size;
  }

  /** The ETag that goes with {@link known}. */
  knownEtag(id: MediaId): string | undefined {
    return this.#known.get(id)?.etag;
  }

  /** What the kernel was told of this item may be out of date; undefined for all but a few. */
  correction(id: MediaId): Correction | undefined {
    return this.#corrections.get(id);
  }

  /** Measures an item now, once however many wait. Rejects with ContentError. */
  sizeOf(ref: MediaRef): Promise<number> {
    const known = this.#known.get(ref.id);
    if (known !== undefined) return Promise.resolve(known.size);
    const failure = this.#failureOf(ref.id);
    if (failure !== undefined) return Promise.reject(failure);
    this.#queue.delete(ref.id);
    const running = this.#running.get(ref.id);
    running?.urgent.abort();
    return this.#inTime(ref.id, running ?? this.#start(ref, 'foreground'));
  }

  /** Measures items when there is time: siblings of what somebody looks at. What does not fit the queue is left out. */
  measureSoon(refs: readonly MediaRef[]): void {
    const limit = this.#deps.queueLimit ?? QUEUE_LIMIT;
    for (const ref of refs) {
      if (this.#queue.size >= limit) break;
      const { id } = ref;
      if (this.#known.has(id) || this.#running.has(id) || this.#failureOf(id) !== undefined) continue;
      this.#queue.set(id, ref);
    }
    this.#pump();
  }

  /** A download told another length than the catalog promises. Without a length the item is measured anew. */
  correct(ref: MediaRef, facts: MediaFacts): void {
    const count = (this.#corrections.get(ref.id)?.count ?? 0) + 1;
    this.#corrections.set(ref.id, { count, at: this.#deps.clock.now() });
    if (facts.length === undefined) {
      this.#known.delete(ref.id);
      this.#start(ref, 'foreground').promise.catch(() => undefined);
    } else this.#learn(ref.id, facts.length, facts.etag);
  }

  /** The catalog has these sizes now. */
  committed(ids: readonly MediaId[]): void {
    for (const id of ids) {
      const known = this.#known.get(id);
      if (known !== undefined && --known.outstanding <= 0) this.#known.delete(id);
    }
  }

  /** Measurements under way or queued; 0 when all is quiet. */
  get pending(): number {
    return this.#running.size + this.#queue.size;
  }

  #pump(): void {
    const parallel = this.#deps.parallel ?? PARALLEL;
    for (const [id, ref] of this.#queue) {
      if (this.#background >= parallel) return;
      this.#queue.delete(id);
      if (this.#source.isOffline(ref)) continue;
      this.#background++;
      this.#start(ref, 'read-ahead')
        .promise.catch(() => undefined)
        .finally(() => {
          this.#background--;
          this.#pump();
        });
    }
  }

  #start(ref: MediaRef, priority: Priority): Running {
    const urgent = new AbortController();
    const stop = new AbortController();
    const promise = this.#measure(ref, { priority, urgent: urgent.signal, signal: stop.signal }).finally(() =>
      this.#end(ref.id, running),
    );
    const running: Running = { promise, urgent, stop };
    this.#running.set(ref.id, running);
    return running;
  }

  #end(id: MediaId, running: Running): void {
    if (this.#running.get(id) === running) this.#running.delete(id);
  }

  async #measure(ref: MediaRef, options: MediaRequestOptions): Promise<number> {
    try {
      const facts = await this.#source.measure(ref, options);
      const size = facts.length ?? (await this.#measureByReading(ref, options));
      this.#failures.delete(ref.id);
      this.#learn(ref.id, size, facts.etag);
      return size;
    } catch (cause) {
      const error = toContentError(cause);
      this.#remember(ref.id, error, cause);
      this.#deps.onFailure(ref, error);
      throw error;
    }
  }

  /** Where no header tells the length, a part's Content-Range may; else the bytes are counted. */
  #measureByReading(ref: MediaRef, { priority, signal: given }: MediaRequestOptions): Promise<number> {
    const { clock, deadlineMs = DEADLINE_MS } = this.#deps;
    const enough = new AbortController();
    const read = async (late: AbortSignal): Promise<number> => {
      const signal = AbortSignal.any(given === undefined ? [enough.signal, late] : [enough.signal, late, given]);
      const { facts, body } = await this.#source.fetch(ref, { start: 0, end: 1 }, { priority, signal });
      if (facts.length !== undefined) {
        enough.abort();
        return facts.length;
      }
      let size = 0;
      await body.forEach((piece) => {
        size += piece.length;
      });
      return size;
    };
    return withinDeadline(clock, deadlineMs, read, notInTime);
  }

  #learn(id: MediaId, size: number, etag: string | undefined): void {
    const before = this.#known.get(id);
    this.#known.set(id, { size, etag, outstanding: (before?.outstanding ?? 0) + 1 });
    this.#batch.push({ id, size, etag });
    if (this.#batch.length >= BATCH_SIZE) this.#flush();
    else if (this.#batch.length === 1) {
      void this.#deps.clock.sleep(BATCH_MS).then(
        () => this.#flush(),
        () => undefined,
      );
    }
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#deps.onMeasured(batch);
  }

  #failureOf(id: MediaId): ContentError | undefined {
    const failure = this.#failures.get(id);
    if (failure === undefined) return undefined;
    if (isWithin(this.#deps.clock.now(), failure.from, failure.ms)) return failure.error;
    this.#failures.delete(id);
    return undefined;
  }

  #remember(id: MediaId, error: ContentError, cause: unknown): void {
    // The gate answers for a missing network, and knows first when it is back. One that was dropped was told in time.
    if (cause instanceof RemoteError && (cause.kind === 'offline' || cause.kind === 'aborted')) return;
    const wait = cause instanceof RemoteError ? (cause.retryAfterMs ?? 0) : 0;
    this.#failures.set(id, { error, from: this.#deps.clock.now(), ms: Math.max(FAILURE_MS, wait) });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= FAILURES_KEPT) break;
      this.#failures.delete(oldest);
    }
  }

  /** A caller waits no longer than the deadline; what is stuck is dropped, so that the next caller begins a new try. */
  #inTime(id: MediaId, running: Running): Promise<number> {
    const { clock, deadlineMs = DEADLINE_MS } = this.#deps;
    const drop = (): ContentError => {
      this.#end(id, running);
      running.stop.abort();
      return notInTime();
    };
    return withinDeadline(clock, deadlineMs, () => running.promise, drop);
  }
}

function notInTime(): ContentError {
  return new ContentError('EIO', 'Google did not tell the size in time.');
}
