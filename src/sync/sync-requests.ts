import type { SyncTrouble } from './trouble.js';

/** A poll or full pass that a person asked for. */
export interface SyncRequest {
  readonly full: boolean;
  /** The poll or full pass that answers it has begun. */
  begun: boolean;
}

interface Pending extends SyncRequest {
  readonly resolve: (trouble: SyncTrouble | undefined) => void;
}

/**
 * Polls and full passes that people asked for and that are not done yet. One answers only requests from before it
 * began: what it had read before a request may have changed since.
 */
export class SyncRequests {
  #pending: Pending[] = [];
  /** A full pass was asked for and has not begun; its caller was answered with a failure. */
  #isFullOwed = false;

  add(full: boolean): Promise<SyncTrouble | undefined> {
    return new Promise((resolve) => this.#pending.push({ full, begun: false, resolve }));
  }

  /** What has been asked for and has not begun. */
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

  /** The poll or full pass is over: answers the requests from before it began. */
  done(full: boolean, trouble: SyncTrouble | undefined): void {
    this.#answer((request) => request.full === full && request.begun, trouble);
  }

  /** Syncing cannot go on: answers all requests with the reason. A full pass that has not begun is still to be done. */
  failed(trouble: SyncTrouble | undefined): void {
    this.#isFullOwed ||= this.#pending.some(({ full, begun }) => full && !begun);
    this.#answer(() => true, trouble);
  }

  #answer(fits: (request: SyncRequest) => boolean, trouble: SyncTrouble | undefined): void {
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
