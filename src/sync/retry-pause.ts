/**
 * A pause after a failure, in milliseconds since the epoch. It is over if the clock is set back to before its
 * beginning.
 */
export class RetryPause {
  #from = -Infinity;
  #until = -Infinity;

  begin(now: number, ms: number): void {
    this.#from = now;
    this.#until = now + ms;
  }

  end(): void {
    this.#until = -Infinity;
  }

  get from(): number {
    return this.#from;
  }

  get until(): number {
    return this.#until;
  }

  /** When it ends; undefined where it is over, or never began. */
  endOf(now: number): number | undefined {
    return now < this.#until && now >= this.#from ? this.#until : undefined;
  }
}
