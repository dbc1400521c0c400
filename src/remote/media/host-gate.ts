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
 * - `#readWatched` watches the bodies being read: 6 s without a byte start a probe.
 */

/** Requests under way when the gate closes may still succeed for this long. */
const GRACE_MS = 1_500;
/** Pause between probes: doubles from the first value to the second. */
const PROBE_MIN_MS = 1_000;
const PROBE_MAX_MS = 15_000;
/** A probe without an answer after this long has failed. */
const PROBE_MS = 5_000;
/** A body without a byte for this long starts a probe. */
const SILENCE_MS = 6_000;
/** Items remembered, so that another one can be probed when one fails. */
const REMEMBERED = 4;

type GiveUp = (error: RemoteError) => void;

/** A body that is being read. */
interface OpenBody {
  /** When the wait for the next bytes began; undefined while the reader has bytes to take. */
  since: number | undefined;
  readonly ref: MediaRef;
}

/** Requests to one host: they fail fast while it cannot be reached, and probes detect when it answers again. */
export class HostGate {
  readonly #inner: MediaSource;
  readonly #clock: Clock;
  readonly #onGone: () => void;
  #offline: RemoteError | undefined;
  #probe: Promise<void> | undefined;
  #lastProbe = -Infinity;
  #sleeping: AbortController | undefined;
  #watching = false;
  #isHurried = false;
  /** The only item that the gate is closed for; undefined: closed for all items. */
  #closedBy: MediaId | undefined;
  /** The last items asked for, and the last ones that the host answered for. */
  readonly #asked = new LRUCache<MediaId, MediaRef>({ max: REMEMBERED });
  readonly #answeredFor = new LRUCache<MediaId, MediaRef>({ max: REMEMBERED });
  readonly #waiting = new Set<GiveUp>();
  readonly #openBodies = new Set<OpenBody>();

  /** `onGone` is called when the host turns out to be gone. */
  constructor(inner: MediaSource, clock: Clock, onGone: () => void) {
    this.#inner = inner;
    this.#clock = clock;
    this.#onGone = onGone;
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
    const own = new AbortController();
    return this.#answered(ref, own, (signal) => this.#inner.measure(ref, { ...options, signal }), options.signal);
  }

  async fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    this.#beforeRequest(ref);
    const own = new AbortController();
    const ask = (signal: AbortSignal): Promise<MediaStream> => this.#inner.fetch(ref, range, { ...options, signal });
    const stream = await this.#answered(ref, own, ask, options.signal);
    return { ...stream, body: this.#watched(ref, stream.body, own) };
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

  async #answered<T>(
    ref: MediaRef,
    own: AbortController,
    ask: (signal: AbortSignal) => Promise<T>,
    callerSignal: AbortSignal | undefined,
  ): Promise<T> {
    const signal = callerSignal === undefined ? own.signal : AbortSignal.any([callerSignal, own.signal]);
    try {
      const value = await this.#orGivenUp(ask(signal), own);
      this.#offline = undefined;
      this.#answeredFor.set(ref.id, ref);
      return value;
    } catch (error) {
      this.note(error, ref);
      throw error;
    }
  }

  /** The outcome of `work`. If the gate gives up meanwhile, rejects and aborts the work through `own`. */
  #orGivenUp<T>(work: Promise<T>, own: AbortController): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = (error: RemoteError): void => {
        reject(error);
        own.abort();
      };
      this.#waiting.add(giveUp);
      work.then(resolve, reject).finally(() => this.#waiting.delete(giveUp));
    });
  }

  #watched(ref: MediaRef, body: MediaBody, own: AbortController): MediaBody {
    return { forEach: (take) => this.#readWatched(ref, body, own, take) };
  }

  async #readWatched(ref: MediaRef, body: MediaBody, own: AbortController, take: TakePiece): Promise<void> {
    const openBody: OpenBody = { since: this.#clock.now(), ref };
    let gone: RemoteError | undefined;
    const giveUp = (error: RemoteError): void => {
      gone = error;
      own.abort();
    };
    const waitsAgain = (): void => {
      openBody.since = this.#clock.now();
    };
    this.#openBodies.add(openBody);
    this.#waiting.add(giveUp);
    this.#watch();
    try {
      await body.forEach((piece) => {
        openBody.since = undefined;
        const taken = take(piece);
        if (taken !== undefined) return taken.then(waitsAgain);
        waitsAgain();
      });
    } catch (error) {
      throw gone ?? error;
    } finally {
      this.#openBodies.delete(openBody);
      this.#waiting.delete(giveUp);
    }
  }

  /** Checks the bodies being read every {@link SILENCE_MS} / 3, as long as there are any. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const look = async (): Promise<void> => {
      while (this.#openBodies.size > 0) {
        await this.#clock.sleep(SILENCE_MS / 3);
        const now = this.#clock.now();
        const silent = [...this.#openBodies].find(
          ({ since }) => since !== undefined && !isWithin(now, since, SILENCE_MS),
        );
        if (silent !== undefined && !this.offline) await this.#runProbe(this.#otherThan(silent.ref) ?? silent.ref);
      }
    };
    void look().finally(() => {
      this.#watching = false;
    });
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
