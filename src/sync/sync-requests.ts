import type { SyncTrouble } from './trouble.js';

/** A look that a person asked for. */
export interface SyncRequest {
  readonly full: boolean;
  /** The pass that answers it has begun. */
  begun: boolean;
}

interface Pending extends SyncRequest {
  readonly resolve: (trouble: SyncTrouble | undefined) => void;
}

/** Looks that were asked for and are not done yet. */
export class SyncRequests {
  #pending: Pending[] = [];

  add(full: boolean): Promise<SyncTrouble | undefined> {
    return new Promise((resolve) => this.#pending.push({ full, begun: false, resolve }));
  }

  /** What is still to begin. A full pass begins with the newest items as a small one does. */
  get wanted(): { readonly poll: boolean; readonly full: boolean } {
    const waiting = this.#pending.filter(({ begun }) => !begun);
    return { poll: waiting.some(({ full }) => !full), full: waiting.some(({ full }) => full) };
  }

  /** A small pass begins; true where somebody asked for it. */
  pollBegun(): boolean {
    return this.#begin(false);
  }

  fullBegun(): boolean {
    return this.#begin(true);
  }

  /** Tells those who fit that their look is over. */
  finish(fits: (request: SyncRequest) => boolean, trouble: SyncTrouble | undefined): void {
    const over = this.#pending.filter(fits);
    this.#pending = this.#pending.filter((request) => !over.includes(request));
    for (const { resolve } of over) resolve(trouble);
  }

  #begin(full: boolean): boolean {
    const asked = this.#pending.filter((request) => request.full === full && !request.begun);
    for (const request of asked) request.begun = true;
    return asked.length > 0;
  }
}
