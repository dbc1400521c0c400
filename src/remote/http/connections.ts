import type { Dispatcher } from 'undici';

/** The kept connections that new requests use, and earlier ones with requests under way. */
export class Connections {
  readonly #make: (() => Dispatcher) | undefined;
  readonly #replaced = new Set<Dispatcher>();
  #dispatcher: Dispatcher;

  /** A function makes a dispatcher without connections. With a dispatcher instead, {@link renew} does nothing. */
  constructor(dispatcher: Dispatcher | (() => Dispatcher)) {
    this.#make = typeof dispatcher === 'function' ? dispatcher : undefined;
    this.#dispatcher = typeof dispatcher === 'function' ? dispatcher() : dispatcher;
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher;
  }

  /** New requests use new connections. Requests under way keep theirs, or fail at once with `breakOff`. */
  renew({ breakOff }: { readonly breakOff: boolean }): void {
    if (this.#make === undefined) return;
    const old = this.#dispatcher;
    this.#dispatcher = this.#make();
    this.#replaced.add(old);
    const ended = breakOff ? old.destroy() : old.close();
    void ended.catch(() => undefined).finally(() => this.#replaced.delete(old));
  }

  async close(): Promise<void> {
    await Promise.all([this.#dispatcher, ...this.#replaced].map((one) => one.destroy()));
  }
}
