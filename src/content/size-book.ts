import type { MediaId, MediaRef } from '../library/media-item.js';
import type { GatedMediaSource, MediaFacts, MediaRequestOptions, Priority } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { KnownVersion } from '../library/size-statement.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { isWithin } from '../support/is-within.js';
import { toContentError, type ContentError } from './content-error.js';
import { HostSizes, notInTime, SIZE_DEADLINE_MS } from './host-sizes.js';

/*
 * How it works
 * - `sizeOf` measures an item now. Callers for the same item share one request (`#running`); each
 *   has its own deadline. `measureSoon` queues items, and `#pump` measures 96 of them at a time.
 * - `#measure` asks the media host (HostSizes). A failure is the answer for 5 s, or for as long as
 *   Google asked to wait (`#failures`).
 * - A new size goes to `#known`, where `known` finds it, and to a batch. `flush` hands the batch
 *   to `onMeasured` after 100 ms or at 100 sizes. `committed` drops what the catalog now has.
 * - `confirm` asks for a statement when an answer leaves a doubt.
 * - `correct` (another version) and `distrust` (wrong bytes were handed out) give the item new
 *   times (`#bytesChanged`), so that the kernel and backups read it again.
 */

/** A size to be kept in the catalog. Bytes. */
export interface MeasuredSize {
  readonly id: MediaId;
  readonly size: number;
  readonly etag: string | undefined;
  /** When other bytes than the shown ones were noticed (ms since the epoch); undefined if they were not. */
  readonly changedAt: number | undefined;
}

export interface SizeBookDeps {
  readonly source: GatedMediaSource;
  readonly clock: Clock;
  /** Sizes to be committed; each is held until {@link SizeBook.committed} names it. */
  readonly onMeasured: (batch: readonly MeasuredSize[]) => void;
  readonly onFailure: (ref: MediaRef, error: ContentError) => void;
  /** Measure by requests for bytes. Default: items are measured without bytes. */
  readonly contacts?: () => Contacts;
  /** Measurements under way at once for `measureSoon`; default 96. */
  readonly parallel?: number;
  /** Most items waiting in the queue of `measureSoon`; default 2,000. */
  readonly queueLimit?: number;
  /** Milliseconds that a caller of `sizeOf` waits at most; default 25,000. */
  readonly deadlineMs?: number;
}

/** A person waits for a listing; the requests bring no bytes. Some slots of the host stay free for prefetching. */
const PARALLEL = 96;
const QUEUE_LIMIT = 2_000;
const BATCH_SIZE = 100;
const BATCH_MS = 100;
/** A failure is the answer for this long, so that a second `ls -l` does not wait for each bad item again. */
const FAILURE_MS = 5_000;
const FAILURES_KEPT = 5_000;

interface Known {
  readonly size: number;
  readonly etag: string | undefined;
  /** Commits asked for and not yet answered. */
  outstanding: number;
}

/** Measures by a request for bytes; undefined: ask without bytes. */
type Contact = (options: MediaRequestOptions) => Promise<KnownVersion | undefined> | undefined;

/** What this file needs of first looks; `FirstContacts` fits. */
interface Contacts {
  readonly isListing: boolean;
  isUnopened(id: MediaId): boolean;
  look(ref: MediaRef, options: MediaRequestOptions): Promise<KnownVersion | undefined> | undefined;
  bring(ref: MediaRef, options: MediaRequestOptions): Promise<KnownVersion | undefined>;
}

interface Running {
  readonly promise: Promise<number>;
  readonly urgent: AbortController;
  /** Drops it, so that the next caller begins a new one. */
  readonly stop: AbortController;
}

/** How often, and when last (ms since the epoch), an item had another version or other bytes than shown. */
export interface Correction {
  readonly count: number;
  readonly at: number;
}

/** Keeps sizes that the catalog does not have yet, and measures those that it lacks. */
export class SizeBook {
  readonly #deps: SizeBookDeps;
  readonly #host: HostSizes;
  readonly #known = new Map<MediaId, Known>();
  readonly #running = new Map<MediaId, Running>();
  readonly #corrections = new Map<MediaId, Correction>();
  /** When items were seen to have other bytes (ms since the epoch), until the catalog has it. */
  readonly #changes = new Map<MediaId, number>();
  readonly #queue = new Map<MediaId, MediaRef>();
  readonly #failures = new Map<MediaId, { error: ContentError; from: number; ms: number }>();
  #batch: MeasuredSize[] = [];
  #background = 0;

  constructor(deps: SizeBookDeps) {
    this.#deps = deps;
    this.#host = new HostSizes(deps);
  }

  /** A size that the catalog may not have yet. Bytes. */
  known(id: MediaId): number | undefined {
    return this.#known.get(id)?.size;
  }

  /** The ETag that goes with {@link known}. */
  knownEtag(id: MediaId): string | undefined {
    return this.#known.get(id)?.etag;
  }

  /** Set for an item whose attributes in the kernel may be out of date; undefined for nearly all. */
  correction(id: MediaId): Correction | undefined {
    return this.#corrections.get(id);
  }

  /** When other bytes than the shown ones were noticed (ms since the epoch); undefined once the catalog has it. */
  changedAt(id: MediaId): number | undefined {
    return this.#changes.get(id);
  }

  /** Measures an item now; callers share one measurement. Bytes. Rejects with ContentError. */
  sizeOf(ref: MediaRef): Promise<number> {
    const known = this.#known.get(ref.id);
    if (known !== undefined) return Promise.resolve(known.size);
    const failure = this.#failureOf(ref.id);
    if (failure !== undefined) return Promise.reject(failure);
    this.#queue.delete(ref.id);
    const running = this.#running.get(ref.id);
    running?.urgent.abort();
    const contacts = this.#deps.contacts?.();
    return this.#inTime(ref.id, running ?? this.#start(ref, 'foreground', (options) => contacts?.look(ref, options)));
  }

  /** Measures an item whose bytes are about to be fetched, by a request for them. Rejects with ContentError. */
  sizeForFetch(ref: MediaRef): Promise<number> {
    const known = this.#known.get(ref.id);
    if (known !== undefined) return Promise.resolve(known.size);
    const failure = this.#failureOf(ref.id);
    if (failure !== undefined) return Promise.reject(failure);
    this.#queue.delete(ref.id);
    const contacts = this.#deps.contacts?.();
    const running = this.#running.get(ref.id);
    return (running ?? this.#start(ref, 'read-ahead', (options) => contacts?.bring(ref, options))).promise;
  }

  /** Programs ask for sizes and open no files: more sizes will be asked for. */
  get isListing(): boolean {
    return this.#deps.contacts?.().isListing ?? true;
  }

  /** An item that {@link sizeOf} measured was not opened since. */
  isUnopened(id: MediaId): boolean {
    return this.#deps.contacts?.().isUnopened(id) ?? true;
  }

  /**
   * Queues items to be measured when there is time: siblings of an item in use. Leaves out what does not fit the queue.
   */
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

  /** As {@link HostSizes.confirm}. */
  confirm(ref: MediaRef, priority: Priority, isTagInDoubt: boolean): Promise<MediaFacts> {
    return this.#host.confirm(ref, priority, isTagInDoubt);
  }

  /** The media host has another version than the catalog. If `facts` have no length, the item is measured again. */
  correct(ref: MediaRef, facts: MediaFacts): void {
    this.#bytesChanged(ref.id);
    if (facts.length === undefined) {
      this.#known.delete(ref.id);
      this.#start(ref, 'foreground').promise.catch(() => undefined);
    } else this.#learn(ref.id, facts.length, facts.etag);
  }

  /**
   * Wrong bytes of the item were handed out. Gives it new times, so that the kernel drops its pages and backups read it
   * again. Its size and ETag stay.
   */
  distrust({ id }: MediaRef, { size, etag }: KnownVersion): void {
    this.#bytesChanged(id);
    this.#learn(id, size, etag);
  }

  /** The catalog has these sizes now. */
  committed(ids: readonly MediaId[]): void {
    for (const id of ids) {
      const known = this.#known.get(id);
      if (known === undefined || --known.outstanding > 0) continue;
      this.#known.delete(id);
      this.#changes.delete(id);
    }
  }

  /** Measurements under way or queued; 0 when all is quiet. */
  get pending(): number {
    return this.#running.size + this.#queue.size;
  }

  #bytesChanged(id: MediaId): void {
    const last = this.#corrections.get(id);
    const now = this.#deps.clock.now();
    // Each change needs a time of its own: the kernel and backups notice it by that.
    const at = last?.at === now ? now + 1 : now;
    this.#corrections.set(id, { count: (last?.count ?? 0) + 1, at });
    this.#changes.set(id, at);
  }

  #pump(): void {
    const parallel = this.#deps.parallel ?? PARALLEL;
    for (const [id, ref] of this.#queue) {
      if (this.#background >= parallel) return;
      this.#queue.delete(id);
      if (this.#deps.source.isOffline(ref)) continue;
      this.#background++;
      this.#start(ref, 'read-ahead')
        .promise.catch(() => undefined)
        .finally(() => {
          this.#background--;
          this.#pump();
        });
    }
  }

  #start(ref: MediaRef, priority: Priority, contact: Contact = () => undefined): Running {
    const urgent = new AbortController();
    const stop = new AbortController();
    const options = { priority, urgent: urgent.signal, signal: stop.signal };
    const promise = this.#measure(ref, options, contact).finally(() => this.#end(ref.id, running));
    const running: Running = { promise, urgent, stop };
    this.#running.set(ref.id, running);
    return running;
  }

  #end(id: MediaId, running: Running): void {
    if (this.#running.get(id) === running) this.#running.delete(id);
  }

  async #measure(ref: MediaRef, options: MediaRequestOptions, contact: Contact): Promise<number> {
    try {
      const { size, etag } = (await contact(options)) ?? (await this.#host.measure(ref, options));
      this.#failures.delete(ref.id);
      this.#learn(ref.id, size, etag);
      return size;
    } catch (cause) {
      const error = toContentError(cause);
      this.#remember(ref.id, error, cause);
      this.#deps.onFailure(ref, error);
      throw error;
    }
  }

  #learn(id: MediaId, size: number, etag: string | undefined): void {
    const before = this.#known.get(id);
    this.#known.set(id, { size, etag, outstanding: (before?.outstanding ?? 0) + 1 });
    this.#batch.push({ id, size, etag, changedAt: this.#changes.get(id) });
    if (this.#batch.length >= BATCH_SIZE) this.flush();
    else if (this.#batch.length === 1) {
      void this.#deps.clock.sleep(BATCH_MS).then(
        () => this.flush(),
        () => undefined,
      );
    }
  }

  /** Gives the measured sizes to `onMeasured` now, although the batch is not full. */
  flush(): void {
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
    // Offline: the gate fails fast by itself and knows when the host is back. Aborted: the caller was answered already.
    if (cause instanceof RemoteError && (cause.kind === 'offline' || cause.kind === 'aborted')) return;
    const wait = cause instanceof RemoteError ? (cause.retryAfterMs ?? 0) : 0;
    this.#failures.set(id, { error, from: this.#deps.clock.now(), ms: Math.max(FAILURE_MS, wait) });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= FAILURES_KEPT) break;
      this.#failures.delete(oldest);
    }
  }

  /**
   * A caller waits at most until the deadline. A stuck measurement is dropped, so that the next caller starts a new
   * one.
   */
  #inTime(id: MediaId, running: Running): Promise<number> {
    const { clock, deadlineMs = SIZE_DEADLINE_MS } = this.#deps;
    const drop = (): ContentError => {
      this.#end(id, running);
      running.stop.abort();
      return notInTime();
    };
    return withinDeadline(clock, deadlineMs, () => running.promise, drop);
  }
}
