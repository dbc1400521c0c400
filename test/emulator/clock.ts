/** The emulator's time: real time plus an offset that tests move. Only lifetimes depend on it, never network delays. */
export class SimulatedClock {
  #offset = 0;

  /** Milliseconds since the Unix epoch. */
  readonly now = (): number => Date.now() + this.#offset;

  /** Moves time by `ms` milliseconds (forward or, if negative, back). */
  advance(ms: number): void {
    this.#offset += ms;
  }

  /** Makes the present `time` (milliseconds since the Unix epoch); it runs on from there. */
  set(time: number): void {
    this.#offset = time - Date.now();
  }
}
