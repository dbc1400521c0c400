/** A wait before the next try. It is also over if the clock was set back to before it began. */
export class RetryWait {
  #from = -Infinity;
  #at = -Infinity;

  /** When it began (ms); -Infinity where there is none. */
  get from(): number {
    return this.#from;
  }

  /** When it ends (ms); -Infinity where there is none. */
  get at(): number {
    return this.#at;
  }

  begin(now: number, ms: number): void {
    this.#from = now;
    this.#at = now + ms;
  }

  cancel(): void {
    this.#at = -Infinity;
  }

  /** When it ends; undefined if it is over at `now`. */
  endAfter(now: number): number | undefined {
    return now < this.#at && now >= this.#from ? this.#at : undefined;
  }
}
