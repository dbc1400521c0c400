import type { MediaRef } from '../library/media-item.js';
import type { ByteRange, MediaFacts, MediaRequestOptions, MediaSource, MediaStream } from '../library/media-source.js';
import type { Clock } from '../support/clock.js';
import { HostGate } from './host-gate.js';

/** A media source that knows which of its hosts are gone: each has a gate of its own, and one that closes makes the others look. */
export class OfflineGate implements MediaSource {
  readonly #gates = new Map<string, HostGate>();

  private constructor(
    readonly inner: MediaSource,
    private readonly clock: Clock,
  ) {}

  /** The source behind gates; a source that has them already is given back as it is, so that users of it share what they learn. */
  static around(source: MediaSource, clock: Clock): OfflineGate {
    return source instanceof OfflineGate ? source : new OfflineGate(source, clock);
  }

  /** No host that was asked is there. */
  get offline(): boolean {
    return this.#gates.size > 0 && [...this.#gates.values()].every(({ offline }) => offline);
  }

  /** A request for this item would fail at once. */
  isOffline(ref: MediaRef): boolean {
    return this.#gateOf(ref).isClosedFor(ref);
  }

  measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts> {
    return this.#gateOf(ref).measure(ref, options);
  }

  fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream> {
    return this.#gateOf(ref).fetch(ref, range, options);
  }

  prepare(refs: readonly MediaRef[]): void {
    const [first] = refs;
    if (first !== undefined && !this.isOffline(first)) this.inner.prepare?.(refs);
  }

  /** Tells of a failure met elsewhere. */
  note(error: unknown, ref: MediaRef): void {
    this.#gateOf(ref).note(error, ref);
  }

  /** The network changed: hosts that were gone are asked at once. */
  networkChanged(): void {
    for (const gate of this.#gates.values()) gate.hurry();
  }

  #gateOf(ref: MediaRef): HostGate {
    // Not known before the API was asked: photos and videos come from different hosts all the same.
    const host = this.inner.hostOf?.(ref) ?? `unknown ${ref.kind}`;
    const known = this.#gates.get(host);
    if (known !== undefined) return known;
    const gate = new HostGate(this.inner, this.clock, () => {
      for (const other of this.#gates.values()) if (other !== gate) other.check();
    });
    this.#gates.set(host, gate);
    return gate;
  }
}
