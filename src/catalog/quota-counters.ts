import type { QuotaKind } from '../library/quota.js';
import type { Statements } from '../sqlite/statements.js';

/** Requests spent, per kind. */
export type QuotaCounts = Readonly<Record<QuotaKind, number>>;

const DAYS_KEPT = 31;

/** Requests counted per quota day, across restarts. A day is named `2026-01-31` and sorts by its name. */
export class QuotaCounters {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  add(day: string, counts: QuotaCounts): void {
    for (const kind of ['api', 'media'] as const) {
      if (counts[kind] === 0) continue;
      this.#sql.run(
        'INSERT INTO quota_used VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET used = used + excluded.used',
        day,
        kind,
        counts[kind],
      );
    }
    this.#sql.run(
      'DELETE FROM quota_used WHERE day NOT IN (SELECT DISTINCT day FROM quota_used ORDER BY day DESC LIMIT ?)',
      DAYS_KEPT,
    );
  }

  used(day: string): QuotaCounts {
    const rows = this.#sql.all<[QuotaKind, number]>('SELECT kind, used FROM quota_used WHERE day = ?', day);
    return { api: 0, media: 0, ...Object.fromEntries(rows) };
  }
}
