/** Why the daemon ends. */
export type Ending =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'asked' }
  | { readonly kind: 'unmounted-outside' }
  | { readonly kind: 'crash'; readonly error: unknown };

/** The part of `process` that reports signals and faults. */
export interface EndingSource {
  on(event: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/**
 * Resolves with the first reason to end. A second signal calls `force`. Faults after the first reason go to
 * `onLateFault`; they must not stop the unmounting.
 */
export class EndingWatch {
  readonly first: Promise<Ending>;
  #settle: ((ending: Ending) => void) | undefined;
  #signals = 0;

  constructor(source: EndingSource, force: () => void, onLateFault: (error: unknown) => void) {
    this.first = new Promise((resolve) => {
      this.#settle = resolve;
    });
    for (const name of SIGNALS) {
      source.on(name, (signal) => {
        if (++this.#signals > 1) force();
        this.end({ kind: 'signal', signal });
      });
    }
    const onFault = (error: unknown): void => {
      if (this.#settle === undefined) onLateFault(error);
      else this.end({ kind: 'crash', error });
    };
    source.on('uncaughtException', onFault);
    source.on('unhandledRejection', onFault);
  }

  end(ending: Ending): void {
    this.#settle?.(ending);
    this.#settle = undefined;
  }
}
