import type { MediaId, MediaKind } from '../library/media-item.js';
import { kindCode, kindOf, READY } from './codes.js';
import type { Statements } from './statements.js';

export interface MeasuredSize {
  readonly mediaId: MediaId;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly etag?: string | undefined;
}

export interface UnmeasuredItem {
  readonly rowId: number;
  readonly id: MediaId;
  readonly kind: MediaKind;
  /** How often measuring it has failed. */
  readonly failures: number;
}

/** Sizes of items, what is still to be measured, and what failed. Callers hold the transaction. */
export class SizeStore {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  put(sizes: readonly MeasuredSize[]): void {
    for (const { mediaId, size, etag } of sizes) {
      this.#sql.run(
        'UPDATE media_items SET size = ?, etag = ? WHERE media_id = ? AND (size IS NOT ? OR etag IS NOT ?)',
        size,
        etag ?? null,
        mediaId,
        size,
        etag ?? null,
      );
      this.#sql.run(
        'DELETE FROM measure_failures WHERE item = (SELECT id FROM media_items WHERE media_id = ?)',
        mediaId,
      );
    }
  }

  /**
   * Newest first; without videos that have no bytes yet and without items whose next try is later than `now`. One that is later by more
   * than `longestMs` was set before the clock went back, and is due.
   */
  worklist(limit: number, now: number, longestMs = Infinity): UnmeasuredItem[] {
    return this.#sql
      .all<[number, MediaId, number, number]>(
        `SELECT i.id, i.media_id, i.kind, ifnull(f.tries, 0)
         FROM media_items i INDEXED BY items_unmeasured LEFT JOIN measure_failures f ON f.item = i.id
         WHERE i.gone = 0 AND i.size IS NULL AND (i.kind <> ${kindCode('video')} OR i.video_status = ${READY})
           AND (f.retry_at IS NULL OR f.retry_at <= ? OR f.retry_at > ?)
         ORDER BY i.creation_time DESC LIMIT ?`,
        now,
        Number.isFinite(longestMs) ? now + longestMs : Number.MAX_SAFE_INTEGER,
        limit,
      )
      .map(([rowId, id, kind, failures]) => ({ rowId, id, kind: kindOf(kind), failures }));
  }

  /** When the first failed item may be tried again, milliseconds; undefined where none waits. */
  nextRetry(): number | undefined {
    return this.#sql.get<[number | null]>('SELECT min(retry_at) FROM measure_failures')?.[0] ?? undefined;
  }

  failed(rowId: number, retryAt: number, message: string): void {
    this.#sql.run(
      `INSERT INTO measure_failures VALUES (?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET tries = tries + 1, retry_at = excluded.retry_at, message = excluded.message`,
      rowId,
      retryAt,
      message,
    );
  }
}
