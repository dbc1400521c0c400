import type { MediaRef } from '../library/media-item.js';
import type {
  ByteRange,
  MediaBody,
  MediaFacts,
  MediaRequestOptions,
  MediaSource,
  MediaStream,
  TakePiece,
} from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { isWithin } from '../support/is-within.js';

/** What is under way when the network turns out to be gone may still succeed for this long. */
const PATIENCE_MS = 1_500;
/** Between probes: doubling from the first to the second. */
const PROBE_EVERY_MS = 1_000;
const PROBE_SELDOM_MS = 15_000;
/** A probe not answered by then counts as failed. */
const PROBE_MS = 5_000;
/** A body that brings nothing for this long makes the gate ask whether the network is there. */
const SILENCE_MS = 6_000;

type GiveUp = (error: RemoteError) => void;

/** One answer's body while somebody reads it. */
interface Listening {
  /** When the present wait began; undefined while nobody waits. */
  since: number | undefined;
  readonly ref: MediaRef;
}

/**
 * The requests to one host, which know when it is gone. After an `offline` failure what is under way ends within {@link PATIENCE_MS} and new
 * requests fail at once; a probe in the background, hurried by whoever asks, finds out when the host answers again.
 */
export class HostGate {
  #offline: RemoteError | undefined;
  #probe: Promise<void> | undefined;
  #lastProbe = -Infinity;
  #sleeping: AbortController | undefined;
  #watching = false;
  /** Last seen to be there. */
  #known: MediaRef | undefined;
  readonly #waiting = new Set<GiveUp>();
  readonly #listening = new Set<Listening>();

  /** `onGone` is called when the host turns out to be gone. */
  constructor(
    private readonly inner: MediaSource,
    private readonly clock: Clock,
    private readonly onGone: () => void,
  ) {}

  get offline(): boolean {
    return this.#offline !== undefined;
  }

  /** Finds out whether the host still answers: another one is gone. */
  check(): void {
    if (this.#known !== undefined && !this.offline) void this.#ask(this.#known);
  }

  async measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts> {
    this.#pass();
    const own = new AbortController();
    return this.#answered(ref, own, (signal) => this.inner.measure(ref, { ...options, signal }), options.signal);
  }

  async fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    this.#pass();
    const own = new AbortController();
    const ask = (signal: AbortSignal): Promise<MediaStream> => this.inner.fetch(ref, range, { ...options, signal });
    const stream = await this.#answered(ref, own, ask, options.signal);
    return { ...stream, body: this.#heard(ref, stream.body, own) };
  }

  /** Tells the gate of a failure met elsewhere. */
  note(error: unknown, ref: MediaRef): void {
    if (error instanceof RemoteError && error.kind === 'offline') this.#close(error, ref);
  }

  #pass(): void {
    if (this.#offline === undefined) return;
    if (!isWithin(this.clock.now(), this.#lastProbe, PROBE_EVERY_MS)) this.#sleeping?.abort();
    throw this.#offline;
  }

  async #answered<T>(
    ref: MediaRef,
    own: AbortController,
    ask: (signal: AbortSignal) => Promise<T>,
    given: AbortSignal | undefined,
  ): Promise<T> {
    const signal = given === undefined ? own.signal : AbortSignal.any([given, own.signal]);
    try {
      const value = await this.#orGivenUp(ask(signal), own);
      this.#offline = undefined;
      this.#known = ref;
      return value;
    } catch (error) {
      this.note(error, ref);
      throw error;
    }
  }

  /** The outcome of `work`, or of the discovery meanwhile that the network is gone; `own` then ends the work. */
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

  #heard(ref: MediaRef, body: MediaBody, own: AbortController): MediaBody {
    return { forEach: (take) => this.#hear(ref, body, own, take) };
  }

  async #hear(ref: MediaRef, body: MediaBody, own: AbortController, take: TakePiece): Promise<void> {
    const listening: Listening = { since: this.clock.now(), ref };
    let gone: RemoteError | undefined;
    const giveUp = (error: RemoteError): void => {
      gone = error;
      own.abort();
    };
    const waitsAgain = (): void => {
      listening.since = this.clock.now();
    };
    this.#listening.add(listening);
    this.#waiting.add(giveUp);
    this.#watch();
    try {
      await body.forEach((piece) => {
        listening.since = undefined;
        const taken = take(piece);
        if (taken !== undefined) return taken.then(waitsAgain);
        waitsAgain();
      });
    } catch (error) {
      throw gone ?? error;
    } finally {
      this.#listening.delete(listening);
      this.#waiting.delete(giveUp);
    }
  }

  /** Looks at the bodies being read now and then, as long as there are any. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const look = async (): Promise<void> => {
      while (this.#listening.size > 0) {
        await this.clock.sleep(SILENCE_MS / 3);
        const now = this.clock.now();
        const silent = [...this.#listening].find(
          ({ since }) => since !== undefined && !isWithin(now, since, SILENCE_MS),
        );
        if (silent !== undefined && !this.offline) await this.#ask(silent.ref);
      }
    };
    void look().finally(() => {
      this.#watching = false;
    });
  }

  /** Asks for an item's headers: any answer but silence proves that there is a network. */
  #ask(ref: MediaRef): Promise<void> {
    this.#probe ??= this.#question(ref).finally(() => {
      this.#probe = undefined;
    });
    return this.#probe;
  }

  async #question(ref: MediaRef): Promise<void> {
    this.#lastProbe = this.clock.now();
    const measure = (signal: AbortSignal): Promise<MediaFacts> =>
      this.inner.measure(ref, { priority: 'foreground', signal });
    try {
      await withinDeadline(this.clock, PROBE_MS, measure, silence);
      this.#offline = undefined;
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'offline') this.#close(error, ref);
      else this.#offline = undefined;
    }
  }

  #close(error: RemoteError, ref: MediaRef): void {
    const first = this.#offline === undefined;
    this.#offline = error;
    if (!first) return;
    this.#lastProbe = this.clock.now();
    this.onGone();
    void this.#askUntilBack(ref);
    void this.clock.sleep(PATIENCE_MS).then(
      () => {
        if (!this.offline) return;
        for (const giveUp of [...this.#waiting]) giveUp(error);
      },
      () => undefined,
    );
  }

  async #askUntilBack(ref: MediaRef): Promise<void> {
    if (this.#sleeping !== undefined) return;
    const isOut = (): boolean => this.offline;
    for (let wait = PROBE_EVERY_MS; isOut(); wait = Math.min(wait * 2, PROBE_SELDOM_MS)) {
      this.#sleeping = new AbortController();
      await this.clock.sleep(wait, this.#sleeping.signal).catch(() => undefined);
      // Rather for an item that came through before: one item that hangs must not keep the host shut for all others.
      if (isOut()) await this.#ask(this.#known ?? ref);
    }
    this.#sleeping = undefined;
  }
}

function silence(): RemoteError {
  return new RemoteError('offline', 'Google does not answer.', { hint: 'Check the network connection.' });
}
