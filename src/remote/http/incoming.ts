import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { TakePiece } from '../../library/media-source.js';
import type { Watched } from './exchange-watch.js';

/** Most pieces that wait for the reader before the sender is paused. */
const WAITING_MOST = 2;

export interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Receives one answer: its head, then the pieces of its body, each handed to the reader. No stream in between: it would
 * cost more time than everything else that is done with the bytes of a video.
 */
export class Incoming implements Dispatcher.DispatchHandler, Watched {
  readonly #signal: AbortSignal | undefined;
  readonly #over: (incoming: Incoming) => void;
  readonly #done: (piece: Uint8Array) => void;
  /** Rejects with the error that ended the request before the head came. */
  readonly head: Promise<Head>;
  #begin!: (head: Head) => void;
  #refuse!: (error: unknown) => void;
  #hasBegun = false;
  #isAnnounced = false;
  #received = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #take: TakePiece | undefined;
  /** The reader still uses the last piece. */
  #isTaking = false;
  readonly #waiting: Uint8Array[] = [];
  #end: { readonly failure: unknown } | undefined;
  #settle: ((failure: unknown) => void) | undefined;
  #giveUp: ((reason: unknown) => void) | undefined;

  /** `over` is called when nothing more comes in; `done` for each piece that is no longer used. */
  constructor(signal: AbortSignal | undefined, over: (incoming: Incoming) => void, done: (piece: Uint8Array) => void) {
    this.#signal = signal;
    this.#over = over;
    this.#done = done;
    this.head = new Promise((resolve, reject) => {
      this.#begin = resolve;
      this.#refuse = reject;
    });
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted === true) this.#abort();
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  get isAwaited(): boolean {
    return this.#take !== undefined && !this.#isTaking && this.#end === undefined;
  }

  get received(): number {
    return this.#received;
  }

  /**
   * Call once. Resolves at the end of the body. Rejects with the error that `take` threw; any other error goes through
   * `explain`.
   */
  forEach(take: TakePiece, explain: (failure: unknown) => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (failure) => {
        if (failure === undefined) resolve();
        else reject(explain(failure));
      };
      this.#giveUp = reject;
      this.#take = take;
      this.#goOn();
    });
  }

  /** The rest is not needed: closes the connection if the body has not ended. */
  stop(reason: Error): void {
    if (this.#end !== undefined) return;
    this.#controller?.abort(reason);
    this.#finish(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#end !== undefined) controller.abort(this.#end.failure as Error);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // An answer of 100 to 199 comes before the real one.
    if (status < 200) {
      this.#isAnnounced = true;
      return;
    }
    this.#hasBegun = true;
    this.#begin({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    // At the end of a connection that is paused.
    if (piece.length === 0) return;
    this.#received += piece.length;
    if (this.#take !== undefined && !this.#isTaking && this.#waiting.length === 0) this.#pass(piece);
    else if (this.#waiting.push(piece) >= WAITING_MOST) controller.pause();
  }

  onResponseEnd(): void {
    this.#finish(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish(error);
  }

  readonly #abort = (): void => {
    this.stop(this.#signal?.reason as Error);
  };

  #finish(failure: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { failure };
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#refuse(failure);
    this.#over(this);
    this.#goOn();
  }

  #pass(piece: Uint8Array): void {
    try {
      const taken = this.#take?.(piece);
      if (taken === undefined) this.#done(piece);
      else this.#await(taken, piece);
    } catch (error) {
      this.#fail(error);
    }
  }

  #await(taken: Promise<void>, piece: Uint8Array): void {
    this.#isTaking = true;
    this.#controller?.pause();
    taken.then(
      () => {
        this.#isTaking = false;
        this.#done(piece);
        this.#goOn();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#waiting.length = 0;
    this.#giveUp?.(error);
    this.stop(error as Error);
  }

  /** Pieces that came before the end are still handed to the reader. */
  #goOn(): void {
    while (this.#take !== undefined && !this.#isTaking) {
      const piece = this.#waiting.shift();
      if (piece !== undefined) this.#pass(piece);
      else if (this.#end === undefined) return this.#controller?.resume();
      else return this.#settle?.(this.#end.failure);
    }
  }
}
