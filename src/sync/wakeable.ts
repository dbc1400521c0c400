import type { Clock } from '../support/clock.js';

/** A wait that can be ended early. */
export class Wakeable {
  readonly #clock: Clock;
  #wake: AbortController | undefined;
  #called = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the wait under way, or the next one before it begins. */
  wake(): void {
    this.#called = true;
    this.#wake?.abort();
  }

  /** Resolves after `ms`, when woken, or when the signal aborts. Never rejects. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#called && !signal.aborted) {
      const wake = new AbortController();
      this.#wake = wake;
      // Not AbortSignal.any: each call would leave memory behind on a signal that lives as long as the program.
      const onAbort = (): void => wake.abort();
      signal.addEventListener('abort', onAbort);
      await this.#clock.sleep(ms, wake.signal).catch(() => undefined);
      signal.removeEventListener('abort', onAbort);
      this.#wake = undefined;
    }
    this.#called = false;
  }
}
