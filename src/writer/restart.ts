import type { Clock } from '../support/clock.js';

/** Before the first new start; doubled each time. */
const FIRST_WAIT_MS = 1000;
/** What ran for this long is started again quickly. */
const STEADY_MS = 10 * 60_000;

/** The waits of something that is started again whenever it fails. */
export class Restart {
  readonly #clock: Clock;
  readonly #longestMs: number;
  #failures = 0;
  #beganAt: number;
  /** Ends the wait; undefined outside of one. */
  #wake: AbortController | undefined;

  constructor(clock: Clock, longestMs: number) {
    this.#clock = clock;
    this.#longestMs = longestMs;
    this.#beganAt = clock.now();
  }

  get isWaiting(): boolean {
    return this.#wake !== undefined;
  }

  began(): void {
    this.#beganAt = this.#clock.now();
  }

  /** It failed. Resolves when it is time for the next start: after a wait, or when that is cut short. */
  async wait(): Promise<void> {
    if (this.#clock.now() - this.#beganAt > STEADY_MS) this.#failures = 0;
    const ms = Math.min(this.#longestMs, FIRST_WAIT_MS * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    const wake = new AbortController();
    this.#wake = wake;
    await this.#clock.sleep(ms, wake.signal).catch(() => undefined);
    this.#wake = undefined;
  }

  /** The next start comes at once. */
  hurry(): void {
    this.#wake?.abort();
  }
}
