import type { Clock } from './clock.js';
import { isWithin } from './is-within.js';

/** A reader that paused for less than this, in milliseconds, is about to ask again. */
const QUIET_MS = 30;
/** The longest that work in the background waits for its turn. So it makes progress while programs read without a pause. */
const LONGEST_MS = 240;

/** Lets programs that read go first: work in the background asks for its turn before each step. */
export class GiveWay {
  readonly #clock: Clock;
  #waiting = 0;
  #lastMs = -Infinity;
  #turn: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A program begins to wait for something. Call what this returns when its wait is over, once. */
  enter(): () => void {
    this.#waiting += 1;
    return () => {
      this.#waiting -= 1;
      this.#lastMs = this.#clock.now();
    };
  }

  /** Undefined where no program reads; else resolves when all readers pause, after {@link LONGEST_MS} at the latest. Never rejects. */
  turn(): Promise<void> | undefined {
    if (this.#isQuiet()) return undefined;
    this.#turn ??= this.#nextTurn().finally(() => {
      this.#turn = undefined;
    });
    return this.#turn;
  }

  #isQuiet(): boolean {
    return this.#waiting === 0 && !isWithin(this.#clock.now(), this.#lastMs, QUIET_MS);
  }

  async #nextTurn(): Promise<void> {
    for (let waited = 0; waited < LONGEST_MS && !this.#isQuiet(); waited += QUIET_MS) await this.#clock.sleep(QUIET_MS);
  }
}
