import type { SyncStateStore } from '../catalog/sync-state-store.js';

const DAY = 86_400_000;
/** Requests a day for polls and full passes of an idle library together: under 5 % of Google's 10,000. */
const ROUTINE_A_DAY = 420;
/** Requests a day that full passes get even if polls use up all the others. */
const LEAST_A_DAY = 40;
/** Most unused requests that a full pass may save up, as a share of its requests a day. */
const SAVINGS = 0.25;

/** The albums, and the favourites, are read every so many polls for each page that they have. */
export const ALBUMS_EVERY = 3;
export const FAVORITES_EVERY = 6;

/** Requests a day that full passes may cost beside polls at this interval. */
export function passRate(pollIntervalMs: number): number {
  const small = (DAY / pollIntervalMs) * (1 + 1 / ALBUMS_EVERY + 1 / FAVORITES_EVERY);
  return Math.max(LEAST_A_DAY, (ROUTINE_A_DAY - small) / (1 + SAVINGS));
}

/**
 * Milliseconds between two reads of the albums or favourites: more pages, longer pause, so that a day costs the same.
 */
export function readInterval(pollIntervalMs: number, every: number, pages: number): number {
  const rest = pollIntervalMs * every * Math.max(1, pages);
  return Math.max(pollIntervalMs, Math.min(rest, DAY));
}

const KEY = 'pass.allowance';

/**
 * Requests that a stretched full pass may still spend; refills over some hours. Kept in the catalog, across restarts.
 */
export class PassAllowance {
  readonly #state: SyncStateStore;
  #left: number | undefined;
  #at = 0;

  constructor(state: SyncStateStore) {
    this.#state = state;
    const [left, at] = (state.get(KEY) ?? '').split(' ').map(Number);
    if (left === undefined || at === undefined) return;
    this.#left = left;
    this.#at = at;
  }

  left(now: number, ratePerDay: number): number {
    // If the clock went back, refilling starts from now, not when the old time is reached again.
    if (now < this.#at) this.#at = now;
    const filled = (this.#left ?? Infinity) + (Math.max(0, now - this.#at) / DAY) * ratePerDay;
    return Math.min(ratePerDay * SAVINGS, filled);
  }

  /** The caller holds the transaction. */
  spend(requests: number, now: number, ratePerDay: number): void {
    this.#left = this.left(now, ratePerDay) - requests;
    this.#at = now;
    this.#state.set(KEY, `${this.#left.toFixed(2)} ${now}`);
  }

  /** When the next request may be made. */
  nextAt(now: number, ratePerDay: number): number {
    const missing = 1 - this.left(now, ratePerDay);
    return missing <= 0 ? now : now + Math.ceil((missing / ratePerDay) * DAY);
  }
}
