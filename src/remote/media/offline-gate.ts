import type { MediaRef } from '../../library/media-item.js';
import type {
  ByteRange,
  GatedMediaSource,
  MediaFacts,
  MediaRequestOptions,
  MediaSource,
  MediaStream,
} from '../../library/media-source.js';
import type { Clock } from '../../support/clock.js';
import { HostGate } from './host-gate.js';

/**
 * A MediaSource that fails fast for unreachable hosts. Each host has its own {@link HostGate}. When one gate closes,
 * the other hosts are probed too, because usually the whole network is down.
 */
export class OfflineGate implements GatedMediaSource {
  readonly #inner: MediaSource;
  readonly #clock: Clock;
  readonly #gates = new Map<string, HostGate>();

  constructor(inner: MediaSource, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  /** Every host asked so far is unreachable. */
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
    if (first !== undefined && !this.isOffline(first)) this.#inner.prepare?.(refs);
  }

  note(error: unknown, ref: MediaRef): void {
    this.#gateOf(ref).note(error, ref);
  }

  /** The network changed: hosts that are unreachable are probed at once. */
  networkChanged(): void {
    for (const gate of this.#gates.values()) gate.hurry();
  }

  #gateOf(ref: MediaRef): HostGate {
    // The host is unknown until the base URL is. Photos and videos come from different hosts in any case.
    const host = this.#inner.hostOf?.(ref) ?? `unknown ${ref.kind}`;
    const known = this.#gates.get(host);
    if (known !== undefined) return known;
    const gate = new HostGate(this.#inner, this.#clock, () => {
      for (const other of this.#gates.values()) if (other !== gate) other.check();
    });
    this.#gates.set(host, gate);
    return gate;
  }
}
