/** A wait before something that failed is tried again. It is over, too, where the clock was set back to before it began. */
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

  /** When it ends, undefined where nothing is waited for at `now`. */
  endAfter(now: number): number | undefined {
    return now < this.#at && now >= this.#from ? this.#at : undefined;
  }
}
