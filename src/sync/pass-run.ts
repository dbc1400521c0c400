import type { SweepOutcome } from './sweep.js';

export interface RunOptions {
  /** Most listings read side by side. */
  readonly parallel: number;
  readonly now: number;
  /** Asked before each step after the first; false: start no more steps. */
  readonly goOn: () => boolean;
  readonly signal: AbortSignal;
}

export interface PassStart {
  readonly archive: boolean;
  /** Given where a person waits: the searches are read in ranges side by side, as in the first pass. */
  readonly now?: number | undefined;
}

export interface PassOutcome extends SweepOutcome {
  /** Why favourites or an album could not be read to the end; undefined if all could. */
  readonly endless: string | undefined;
}

export type RunResult = { readonly done: false } | { readonly done: true; readonly outcome: PassOutcome };
