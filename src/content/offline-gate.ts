import type { MediaRef } from '../library/media-item.js';
import type { ByteRange, MediaFacts, MediaRequestOptions, MediaSource, MediaStream } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';

/** How long a request waits, at most, for the news that the network is back; after that it fails. */
const PATIENCE_MS = 1_500;
/** Probes do not follow each other faster than this. */
const PROBE_EVERY_MS = 1_000;

/**
 * A media source that knows when the network is gone. After an `offline` failure requests fail within {@link PATIENCE_MS}, except
 * that the next one asks first, by a probe of its own item, whether Google answers again. Nothing is asked while nobody wants anything.
 */
export class OfflineGate implements MediaSource {
  #offline: RemoteError | undefined;
  #probe: Promise<void> | undefined;
  #lastProbe = -Infinity;
  readonly #waiting = new Set<(error: RemoteError) => void>();

  private constructor(
    readonly inner: MediaSource,
    private readonly clock: Clock,
  ) {}

  /** The source behind a gate; a source that has one already is given back as it is, so that users of it share what they learn. */
  static around(source: MediaSource, clock: Clock): OfflineGate {
    return source instanceof OfflineGate ? source : new OfflineGate(source, clock);
  }

  get offline(): boolean {
    return this.#offline !== undefined;
  }

  async measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts> {
    await this.#pass(ref);
    return this.#watch(options, (guarded) => this.inner.measure(ref, guarded));
  }

  async fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    await this.#pass(ref);
    return this.#watch(options, (guarded) => this.inner.fetch(ref, range, guarded));
  }

  /** Tells the gate of a failure met while a body was read. */
  note(error: unknown): void {
    if (error instanceof RemoteError && error.kind === 'offline') this.#close(error);
  }

  async #pass(ref: MediaRef): Promise<void> {
    const offline = this.#offline;
    if (offline === undefined) return;
    if (this.#probe === undefined && this.clock.now() - this.#lastProbe >= PROBE_EVERY_MS) {
      this.#lastProbe = this.clock.now();
      this.#probe = this.#ask(ref).finally(() => {
        this.#probe = undefined;
      });
    }
    if (this.#probe !== undefined) {
      const timer = new AbortController();
      await Promise.race([this.#probe, this.clock.sleep(PATIENCE_MS, timer.signal).catch(() => undefined)]);
      timer.abort();
    }
    if (this.offline) throw offline;
  }

  async #ask(ref: MediaRef): Promise<void> {
    try {
      await this.inner.measure(ref, { priority: 'foreground' });
      this.#offline = undefined;
    } catch (error) {
      // Any other answer proves that there is a network.
      if (!(error instanceof RemoteError) || error.kind !== 'offline') this.#offline = undefined;
    }
  }

  /** Passes an answer on. When the network turns out to be gone meanwhile, what is under way gets {@link PATIENCE_MS} more. */
  #watch<T>(options: MediaRequestOptions, ask: (options: MediaRequestOptions) => Promise<T>): Promise<T> {
    const own = new AbortController();
    const signal = options.signal === undefined ? own.signal : AbortSignal.any([options.signal, own.signal]);
    return new Promise((resolve, reject) => {
      const giveUp = (error: RemoteError): void => {
        reject(error);
        own.abort();
      };
      this.#waiting.add(giveUp);
      ask({ ...options, signal }).then(
        (value) => {
          this.#waiting.delete(giveUp);
          this.#offline = undefined;
          resolve(value);
        },
        (error: unknown) => {
          this.#waiting.delete(giveUp);
          this.note(error);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  #close(error: RemoteError): void {
    const first = this.#offline === undefined;
    this.#offline = error;
    if (!first) return;
    this.#lastProbe = this.clock.now();
    void this.clock.sleep(PATIENCE_MS).then(
      () => {
        if (!this.offline) return;
        for (const giveUp of this.#waiting) giveUp(error);
        this.#waiting.clear();
      },
      () => undefined,
    );
  }
}
