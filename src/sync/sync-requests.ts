import type { SyncTrouble } from './trouble.js';

/** A look that a person asked for. */
export interface SyncRequest {
  readonly full: boolean;
  /** The look that answers it has begun. */
  begun: boolean;
}

interface Pending extends SyncRequest {
  readonly resolve: (trouble: SyncTrouble | undefined) => void;
}

/**
 * Looks that were asked for and are not done yet. A look answers those alone that were asked for before it began: what it has
 * read by then may have changed since.
 */
export class SyncRequests {
  #pending: Pending[] = [];
  /** A full look that was asked for and has not begun; who asked has been told why. */
  #isFullOwed = false;

  add(full: boolean): Promise<SyncTrouble | undefined> {
    return new Promise((resolve) => this.#pending.push({ full, begun: false, resolve }));
  }

  /** What is still to begin. */
  get wanted(): { readonly poll: boolean; readonly full: boolean } {
    const waiting = this.#pending.filter(({ begun }) => !begun);
    return { poll: waiting.some(({ full }) => !full), full: this.#isFullOwed || waiting.some(({ full }) => full) };
  }

  /** A person waits for the full pass under way. */
  get awaitsPass(): boolean {
    return this.#pending.some(({ full, begun }) => full && begun);
  }

  /** A poll begins; true where a person asked for it. */
  pollBegun(): boolean {
    return this.#begin(false);
  }

  /** A full pass begins; true where a person asked for it. */
  fullBegun(): boolean {
    const isOwed = this.#isFullOwed;
    this.#isFullOwed = false;
    return this.#begin(true) || isOwed;
  }

  /** The poll under way, or the full pass, is over: tells those whom it answers. */
  done(full: boolean, trouble: SyncTrouble | undefined): void {
    this.#tell((request) => request.full === full && request.begun, trouble);
  }

  /** Nothing goes on for now: tells everybody why. A full look that has not begun is still owed. */
  failed(trouble: SyncTrouble | undefined): void {
    this.#isFullOwed ||= this.#pending.some(({ full, begun }) => full && !begun);
    this.#tell(() => true, trouble);
  }

  #tell(fits: (request: SyncRequest) => boolean, trouble: SyncTrouble | undefined): void {
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
