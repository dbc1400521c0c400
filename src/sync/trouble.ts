import type { Problem } from '../library/problem.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import { messageOf } from '../support/message-of.js';
import { UserError } from '../support/user-error.js';
import { EndlessListingError } from './page-watch.js';

/**
 * A failure of syncing. The code is the kind of a RemoteError, or `catalog`, `endless-listing`, `removals-held`, `nothing-held`,
 * `budget`, `not-running`.
 */
export interface SyncTrouble extends Problem {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface Setback {
  readonly trouble: SyncTrouble;
  /** Milliseconds until the next try. */
  readonly waitMs: number;
}

export interface SetbackCircumstances {
  readonly now: number;
  /** Setbacks in a row, this one included. */
  readonly attempt: number;
  /** When the daily quota is reset, ms since the epoch. */
  readonly quotaReset: number;
  /** In [0, 1). */
  readonly random: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Longest wait before the next try, except for the reset of the daily quota. */
const LONGEST_WAIT = 60 * MINUTE;
/** From this length on, the message names the end of the wait. */
const LONG_WAIT = 2 * MINUTE;

/** How long to wait: doubling from `first` up to `most`. */
interface BackOff {
  readonly first: number;
  readonly most: number;
  readonly hint: string;
}

const BACK_OFF: Readonly<Partial<Record<RemoteErrorKind, BackOff>>> = {
  offline: { first: 5 * SECOND, most: MINUTE, hint: 'Check the network; syncing goes on by itself.' },
  server: { first: 2 * SECOND, most: 10 * MINUTE, hint: 'Google has a problem; syncing goes on by itself.' },
  'rate-limited': {
    first: 30 * SECOND,
    most: 10 * MINUTE,
    hint: 'Google asks for patience; syncing goes on by itself.',
  },
  'signed-out': { first: 5 * MINUTE, most: 5 * MINUTE, hint: 'Sign in again; what is known stays visible.' },
  unauthenticated: { first: 5 * MINUTE, most: 5 * MINUTE, hint: 'Sign in again; what is known stays visible.' },
  forbidden: { first: 5 * MINUTE, most: 5 * MINUTE, hint: 'Check that the Photos Library API is on and was granted.' },
  'quota-exhausted': {
    first: MINUTE,
    most: MINUTE,
    hint: 'The daily quota of the Google project is spent; syncing goes on after midnight Pacific time.',
  },
};

const USUAL: BackOff = {
  first: 10 * SECOND,
  most: 10 * MINUTE,
  hint: 'Nothing was removed; syncing tries again by itself.',
};
/** A listing without an end costs up to several hundred requests, so its wait is longer. */
const ENDLESS: BackOff = {
  first: MINUTE,
  most: 60 * MINUTE,
  hint: 'Nothing was removed; syncing tries again by itself, less and less often.',
};
const OWN_FAULT: BackOff = {
  first: 30 * SECOND,
  most: 10 * MINUTE,
  hint: 'Check the free space on the disk of the catalog; what is known stays visible.',
};

/** What a failure means for status and for the next try. */
export function setbackFrom(error: unknown, circumstances: SetbackCircumstances): Setback {
  const { now, attempt, quotaReset, random } = circumstances;
  const { code, backOff, hint, atLeast } = judge(error);
  const message = messageOf(error);
  const doubled = Math.min(backOff.most, backOff.first * 2 ** Math.min(attempt - 1, 20));
  // Jitter upwards only: a wait that Google asked for is never cut short.
  const usual = doubled * (1 + random / 4);
  const waitMs =
    code === 'quota-exhausted'
      ? Math.max(usual, atLeast, quotaReset - now)
      : Math.max(usual, Math.min(atLeast, LONGEST_WAIT));
  const until =
    code === 'rate-limited' && waitMs >= LONG_WAIT
      ? `Google asks to wait until ${timeOf(now + waitMs)}; gphotos-mount sync asks once before.`
      : undefined;
  return { trouble: { code, message, hint: until ?? hint ?? backOff.hint, at: now }, waitMs };
}

/** `2026-01-31 12:00 UTC`, rounded up to the minute. */
function timeOf(at: number): string {
  return `${new Date(Math.ceil(at / MINUTE) * MINUTE).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function judge(error: unknown): { code: string; backOff: BackOff; hint: string | undefined; atLeast: number } {
  if (error instanceof RemoteError) {
    const backOff = BACK_OFF[error.kind] ?? USUAL;
    return { code: error.kind, backOff, hint: error.hint, atLeast: error.retryAfterMs ?? 0 };
  }
  if (error instanceof EndlessListingError) {
    return { code: 'endless-listing', backOff: ENDLESS, hint: undefined, atLeast: 0 };
  }
  const hint = error instanceof UserError ? error.hint : undefined;
  return { code: 'catalog', backOff: OWN_FAULT, hint, atLeast: 0 };
}

/** One listing had no end; the others were read. */
export function endlessTrouble(message: string, now: number): SyncTrouble {
  return { code: 'endless-listing', message, hint: ENDLESS.hint, at: now };
}

/** The program ends before a requested sync is done. */
export function endedTrouble(now: number): SyncTrouble {
  return {
    code: 'not-running',
    message: 'Syncing ended before this was done.',
    hint: 'Mount again, then look into gphotos-mount status.',
    at: now,
  };
}

/** Background requests have reached the reserve, or requests of a person the day's limit. */
export function budgetTrouble(now: number, isLimit: boolean): SyncTrouble {
  return {
    code: 'budget',
    message: isLimit
      ? 'Today’s API requests are used up.'
      : 'Syncing has used its share of today’s API requests; the rest is kept for reading files.',
    hint: 'It goes on after midnight Pacific time.',
    at: now,
  };
}

/** The message for held removals; undefined if there are none. */
export function removalsHeldTrouble(
  held: { readonly heldItems: number; readonly heldAlbums: number; readonly heldArchived: number },
  now: number,
): SyncTrouble | undefined {
  const { heldItems, heldAlbums, heldArchived } = held;
  const parts = [
    heldItems > 0 ? `${heldItems} items` : '',
    heldAlbums > 0 ? `${heldAlbums} albums` : '',
    heldArchived > 0 ? `${heldArchived} items outside the archive` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return undefined;
  return {
    code: 'removals-held',
    message: `A full pass did not find ${parts.join(', ')} that were there before; they stay visible for now.`,
    hint: 'They go when the next full pass finds exactly the same, or with: gphotos-mount sync --accept-removals',
    at: now,
  };
}

export function nothingHeldTrouble(now: number): SyncTrouble {
  return {
    code: 'nothing-held',
    message: 'Nothing is held back: there is nothing to accept.',
    hint: 'See what syncing does with: gphotos-mount status',
    at: now,
  };
}
