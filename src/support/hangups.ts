/** The part of `process` that delivers SIGHUP. */
export interface HangupSource {
  readonly pid: number;
  on(event: 'SIGHUP', listener: () => void): unknown;
  removeListener(event: 'SIGHUP', listener: () => void): unknown;
  kill(pid: number, signal: 'SIGHUP'): unknown;
}

/**
 * Catches SIGHUP from the first moment of a process. Without a listener the signal ends the process, also one that is
 * about to become a daemon that reloads on it.
 */
export class Hangups {
  readonly #source: HangupSource;
  readonly #listener = (): void => this.#arrived();
  #handler: (() => void) | undefined;
  #isPending = false;

  constructor(source: HangupSource) {
    this.#source = source;
    source.on('SIGHUP', this.#listener);
  }

  /** Calls `handler` for each SIGHUP from now on; at once where one came earlier. */
  handle(handler: () => void): void {
    this.#handler = handler;
    if (!this.#isPending) return;
    this.#isPending = false;
    handler();
  }

  /** For a command that ends by itself: SIGHUP ends it as usual, also one that came earlier. */
  release(): void {
    this.#source.removeListener('SIGHUP', this.#listener);
    if (this.#isPending) this.#source.kill(this.#source.pid, 'SIGHUP');
    this.#isPending = false;
  }

  #arrived(): void {
    if (this.#handler === undefined) this.#isPending = true;
    else this.#handler();
  }
}
