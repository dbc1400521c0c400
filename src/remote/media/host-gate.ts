import { LRUCache } from 'lru-cache';
import type { MediaId, MediaRef } from '../../library/media-item.js';
import type {
  ByteRange,
  MediaBody,
  MediaFacts,
  MediaRequestOptions,
  MediaSource,
  MediaStream,
  TakePiece,
} from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { Clock } from '../../support/clock.js';
import { outcomeWithin, withinDeadline } from '../../support/deadline.js';
import { isWithin } from '../../support/is-within.js';
import { LinkedAbort } from '../../support/linked-abort.js';
import { SilenceWatch } from './silence-watch.js';

/*
 * How it works
 * - While the host answers, `measure` and `fetch` go through to `inner`.
 * - A failure of kind `offline` closes the gate (`#close`): new requests fail at once with that
 *   error, those under way after 1.5 s, unless they succeed before.
 * - A timeout or a 407 may concern one item only. `#probeAnother` then probes another item that the host
 *   has answered for; the gate closes if there is no answer. If no such item is known, the gate
 *   closes for the failed item alone (`#closedBy`), and requests for other items decide.
 * - While the gate is closed, `#probeUntilBack` probes (`inner.measure`) after 1, 2, 4, 8, then every
 *   15 s, each time another item. A new request makes a waiting probe run now, once a second at
 *   most.
 * - A request that succeeds, or a probe with any answer, opens the gate.
 * - Bodies are read under a SilenceWatch: 6 s without a byte start a probe.
 */

/** Requests under way when the gate closes may still succeed for this long. */
const GRACE_MS = 1_500;
/** Pause between probes: doubles from the first value to the second. */
const PROBE_MIN_MS = 1_000;
const PROBE_MAX_MS = 15_000;
/** A probe without an answer after this long has failed. */
const PROBE_MS = 5_000;
/** Items remembered, so that another one can be probed when one fails. */
const REMEMBERED = 4;

type GiveUp = (error: RemoteError) => void;

/** Requests to one host: they fail fast while it cannot be reached, and probes detect when it answers again. */
export class HostGate {
  readonly #inner: MediaSource;
  readonly #clock: Clock;
  readonly #onGone: () => void;
  #offline: RemoteError | undefined;
  #probe: Promise<void> | undefined;
  #lastProbe = -Infinity;
  #sleeping: AbortController | undefined;
  #isHurried = false;
  /** The only item that the gate is closed for; undefined: closed for all items. */
  #closedBy: MediaId | undefined;
  /** The last items asked for, and the last ones that the host answered for. */
  readonly #asked = new LRUCache<MediaId, MediaRef>({ max: REMEMBERED });
  readonly #answeredFor = new LRUCache<MediaId, MediaRef>({ max: REMEMBERED });
  readonly #waiting = new Set<GiveUp>();
  readonly #silence: SilenceWatch;

  /** `onGone` is called when the host turns out to be gone. */
  constructor(inner: MediaSource, clock: Clock, onGone: () => void) {
    this.#inner = inner;
    this.#clock = clock;
    this.#onGone = onGone;
    this.#silence = new SilenceWatch(clock, async (ref) => {
      if (!this.offline) await this.#runProbe(this.#otherThan(ref) ?? ref);
    });
  }

  get offline(): boolean {
    return this.#offline !== undefined;
  }

  /** Probes this host, because another one is gone. */
  check(): void {
    const [known] = this.#answeredFor.values();
    if (known !== undefined && !this.offline) void this.#runProbe(known);
  }

  /** Probes at once whether an unreachable host is back, and then again at the shortest intervals. */
  hurry(): void {
    this.#isHurried = true;
    this.#sleeping?.abort();
  }

  /** A request for this item would fail at once. */
  isClosedFor({ id }: MediaRef): boolean {
    return this.offline && (this.#closedBy === undefined || this.#closedBy === id);
  }

  async measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts> {
    this.#beforeRequest(ref);
    const own = new LinkedAbort(options.signal);
    try {
      return await this.#answered(ref, own, this.#inner.measure(ref, { ...options, signal: own.signal }));
    } finally {
      own.release();
    }
  }

  async fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    this.#beforeRequest(ref);
    const own = new LinkedAbort(options.signal);
    try {
      const asking = this.#inner.fetch(ref, range, { ...options, signal: own.signal });
      const stream = await this.#answered(ref, own, asking);
      return { ...stream, body: this.#watched(ref, stream.body, own) };
    } catch (error) {
      own.release();
      throw error;
    }
  }

  /** Takes note of a failure that happened outside the gate. */
  note(error: unknown, ref: MediaRef): void {
    if (!(error instanceof RemoteError) || error.kind !== 'offline') return;
    if (this.offline) {
      if (this.#closedBy === undefined || this.#closedBy === ref.id) return;
      this.#closedBy = undefined;
      this.#giveUpLater(GRACE_MS);
    } else if (mayBeItemsFault(error)) void this.#probeAnother(error, ref);
    else this.#close(error, ref);
  }

  /** One item got no answer: closes the gate if another item gets none either within {@link GRACE_MS}. */
  async #probeAnother(error: RemoteError, ref: MediaRef): Promise<void> {
    const another = this.#otherThan(ref);
    if (another === undefined) {
      this.#close(error, ref, ref.id);
      return;
    }
    const probe = this.#runProbe(another).then(() => true);
    const isSilent = (await outcomeWithin(this.#clock, GRACE_MS, () => probe)) === undefined;
    if (isSilent && !this.offline) this.#close(error, ref, undefined, 0);
  }

  #otherThan({ id }: MediaRef): MediaRef | undefined {
    return [...this.#answeredFor.values()].find((other) => other.id !== id);
  }

  #beforeRequest(ref: MediaRef): void {
    this.#asked.set(ref.id, ref);
    if (this.#offline === undefined) return;
    if (!isWithin(this.#clock.now(), this.#lastProbe, PROBE_MIN_MS)) this.#sleeping?.abort();
    if (this.isClosedFor(ref)) throw this.#offline;
    // The gate is closed for another item only: this request decides.
    this.#giveUpLater(GRACE_MS);
  }

  #giveUpLater(graceMs: number): void {
    void this.#clock.sleep(graceMs).then(
      () => {
        if (this.#offline !== undefined) this.#giveUp(this.#offline);
      },
      () => undefined,
    );
  }

  #giveUp(error: RemoteError): void {
    this.#closedBy = undefined;
    for (const giveUp of [...this.#waiting]) giveUp(error);
  }

  async #answered<T>(ref: MediaRef, own: LinkedAbort, work: Promise<T>): Promise<T> {
    try {
      const value = await this.#orGivenUp(work, own);
      this.#offline = undefined;
      this.#answeredFor.set(ref.id, ref);
      return value;
    } catch (error) {
      this.note(error, ref);
      throw error;
    }
  }

  /** The outcome of `work`. If the gate gives up meanwhile, rejects and aborts the work through `own`. */
  #orGivenUp<T>(work: Promise<T>, own: LinkedAbort): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (error: RemoteError): void => {
        reject(error);
        own.abort();
      };
      this.#waiting.add(giveUp);
      work.then(resolve, reject).finally(() => this.#waiting.delete(giveUp));
    });
  }

  #watched(ref: MediaRef, body: MediaBody, own: LinkedAbort): MediaBody {
    return { forEach: (take) => this.#readWatched(ref, body, own, take) };
  }

  async #readWatched(ref: MediaRef, body: MediaBody, own: LinkedAbort, take: TakePiece): Promise<void> {
    let gone: RemoteError | undefined;
    const giveUp = (error: RemoteError): void => {
      gone = error;
      own.abort();
    };
    this.#waiting.add(giveUp);
    try {
      await this.#silence.read(ref, body, take);
    } catch (error) {
      throw gone ?? error;
    } finally {
      this.#waiting.delete(giveUp);
      own.release();
    }
  }

  /** Asks for an item's headers: any answer proves that the host can be reached. One probe at a time. */
  #runProbe(ref: MediaRef): Promise<void> {
    this.#probe ??= this.#sendProbe(ref).finally(() => {
      this.#probe = undefined;
    });
    return this.#probe;
  }

  async #sendProbe(ref: MediaRef): Promise<void> {
    this.#lastProbe = this.#clock.now();
    const measure = (signal: AbortSignal): Promise<MediaFacts> =>
      this.#inner.measure(ref, { priority: 'foreground', signal });
    try {
      await withinDeadline(this.#clock, PROBE_MS, measure, silence);
      this.#offline = undefined;
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'offline') this.#close(error, ref);
      // Any other failure is an answer.
      else this.#offline = undefined;
    }
  }

  #close(error: RemoteError, ref: MediaRef, closedBy?: MediaId, graceMs = GRACE_MS): void {
    const first = this.#offline === undefined;
    this.#offline = error;
    if (!first) return;
    this.#closedBy = closedBy;
    this.#lastProbe = this.#clock.now();
    this.#onGone();
    void this.#probeUntilBack(ref);
    // If it may be that item's fault, the requests under way for others decide.
    if (closedBy === undefined) this.#giveUpLater(graceMs);
  }

  async #probeUntilBack(ref: MediaRef): Promise<void> {
    if (this.#sleeping !== undefined) return;
    const isOut = (): boolean => this.offline;
    for (let wait = PROBE_MIN_MS, turn = 0; isOut(); wait = Math.min(wait * 2, PROBE_MAX_MS), turn++) {
      if (this.#isHurried) wait = PROBE_MIN_MS;
      this.#isHurried = false;
      this.#sleeping = new AbortController();
      await this.#clock.sleep(wait, this.#sleeping.signal).catch(() => undefined);
      // Each time another item, answered ones first: a single item may never be answered.
      const known = [...this.#answeredFor.values(), ...this.#asked.values()];
      if (isOut()) await this.#runProbe(known.at(turn % Math.max(1, known.length)) ?? ref);
    }
    this.#sleeping = undefined;
  }
}

/** No answer in time, or an HTTP status such as 407: both can also concern one item alone. */
function mayBeItemsFault({ reason, status }: RemoteError): boolean {
  return status !== undefined || reason === 'UND_ERR_HEADERS_TIMEOUT';
}

function silence(): RemoteError {
  return new RemoteError('offline', 'Google does not answer.', { hint: 'Check the network connection.' });
}
