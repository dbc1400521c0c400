import type { Problem } from '../library/problem.js';
import { isWithin } from '../support/is-within.js';

/** One trouble as the status document shows it. */
export interface StatusError extends Problem {
  /** Of the last occurrence, RFC 3339. */
  readonly at: string;
  /** What it concerns: a path, a media id; empty for the mount as a whole. */
  readonly subject: string;
  readonly count: number;
  /** Since when it is over, RFC 3339; null while it is not known to be. */
  readonly resolvedAt: string | null;
}

export type Trouble = Problem & Pick<StatusError, 'subject'>;

/** Entries that are over stay in the list for this long. */
const RESOLVED_KEPT_MS = 3_600_000;
/** An entry that has not occurred again for this long is forgotten, because it may be over. */
const UNSEEN_KEPT_MS = 24 * 3_600_000;

/**
 * The recent troubles, one entry for each code and subject (or message, where there is no subject), bounded: the entry
 * that occurred longest ago goes first.
 */
export class ErrorList {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, StatusError>();

  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  add(trouble: Trouble): void {
    const key = `${trouble.code}\u0000${trouble.subject || trouble.message}`;
    const count = (this.#entries.get(key)?.count ?? 0) + 1;
    // Deleted first, so that the map's order is the order of last occurrence.
    this.#entries.delete(key);
    this.#entries.set(key, { ...trouble, count, at: new Date(this.#now()).toISOString(), resolvedAt: null });
    if (this.#entries.size > this.#limit) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
  }

  /** Marks entries as over; they stay in the list for an hour. */
  resolve(isOver: (entry: StatusError) => boolean): void {
    const resolvedAt = new Date(this.#now()).toISOString();
    for (const [key, entry] of this.#entries) {
      if (entry.resolvedAt === null && isOver(entry)) this.#entries.set(key, { ...entry, resolvedAt });
    }
  }

  /** Forgets at once, as if it had never been. */
  remove(isWrong: (entry: StatusError) => boolean): void {
    for (const [key, entry] of this.#entries) if (isWrong(entry)) this.#entries.delete(key);
  }

  /** Entries that are not over first, then the others; each latest first. */
  list(): StatusError[] {
    const now = this.#now();
    this.remove(({ at, resolvedAt }) =>
      resolvedAt === null
        ? !isWithin(now, Date.parse(at), UNSEEN_KEPT_MS + 1)
        : !isWithin(now, Date.parse(resolvedAt), RESOLVED_KEPT_MS + 1),
    );
    const all = [...this.#entries.values()].reverse();
    return [
      ...all.filter(({ resolvedAt }) => resolvedAt === null),
      ...all.filter(({ resolvedAt }) => resolvedAt !== null),
    ];
  }
}
