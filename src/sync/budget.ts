import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';

/** The day's share of requests is spent. Interrupted work goes on after the next reset. */
export class BudgetSpentError extends Error {
  override readonly name = 'BudgetSpentError';
}

/** How Google's quota days are distinguished. */
export interface QuotaCalendar {
  /** Name of the quota day that a time (ms) lies in. */
  day(now: number): string;
  /** When that day ends, ms. */
  nextReset(now: number): number;
}

export interface BudgetDeps {
  readonly catalog: CatalogWriter;
  readonly calendar: QuotaCalendar;
  readonly now: () => number;
  /** Share of each daily limit that background work leaves to what a person asks for. */
  readonly reserve: number;
}

/**
 * Requests spent today by the whole program. Counts are kept in memory and written with {@link flush}; those that the
 * main thread made come into the catalog without it.
 */
export class Budget {
  readonly #deps: BudgetDeps;
  #pending = { api: 0, media: 0 };
  #day: string;

  constructor(deps: BudgetDeps) {
    this.#deps = deps;
    this.#day = deps.calendar.day(deps.now());
  }

  spend(kind: QuotaKind, count = 1): void {
    this.#turnDay();
    this.#pending[kind] += count;
  }

  used(): QuotaCounts {
    this.#turnDay();
    const stored = this.#deps.catalog.quota.used(this.#day);
    return { api: stored.api + this.#pending.api, media: stored.media + this.#pending.media };
  }

  /** Whether background work may still spend requests of this kind today. */
  allows(kind: QuotaKind): boolean {
    return this.used()[kind] < DAILY_LIMIT[kind] * (1 - this.#deps.reserve);
  }

  /**
   * Whether one more request may be made beside those under way, which are not counted yet. Background work stops at
   * the reserve, work that a person asked for at the day's limit.
   */
  hasRoom(kind: QuotaKind, underWay: number, isAsked: boolean): boolean {
    const share = isAsked ? 1 : 1 - this.#deps.reserve;
    return this.used()[kind] + underWay < DAILY_LIMIT[kind] * share;
  }

  nextReset(): number {
    return this.#deps.calendar.nextReset(this.#deps.now());
  }

  /** Adds the requests counted since the last call to the day's figures in the catalog. */
  flush(): void {
    const { catalog } = this.#deps;
    const pending = this.#pending;
    if (pending.api === 0 && pending.media === 0) return;
    catalog.transaction(() => catalog.quota.add(this.#day, pending));
    this.#pending = { api: 0, media: 0 };
  }

  #turnDay(): void {
    const day = this.#deps.calendar.day(this.#deps.now());
    if (day === this.#day) return;
    this.flush();
    this.#day = day;
  }
}
