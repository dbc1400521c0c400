import type { MediaId, MediaKind } from '../library/media-item.js';
import { movedTimes, movedTo } from './change-markers.js';
import type { KnownVersion } from '../library/size-statement.js';
import { kindCode, kindOf, READY } from './codes.js';
import type { Statements } from '../sqlite/statements.js';

export interface MeasuredSize {
  readonly mediaId: MediaId;
  /** Bytes of the whole file. */
  readonly size: number;
  readonly etag?: string | undefined;
  /** When a reader had been shown other bytes than these (ms). Both times of the item are set to it. */
  readonly changedAt?: number | undefined;
}

export interface UnmeasuredItem {
  readonly rowId: number;
  readonly id: MediaId;
  readonly kind: MediaKind;
  /** How often measuring it has failed. */
  readonly failures: number;
}

type ShownRow = [
  id: number,
  size: number | null,
  etag: string | null,
  creationTime: number,
  mtime: number | null,
  ctime: number | null,
];
export interface MeasuredItem extends UnmeasuredItem {
  readonly known: KnownVersion;
}

/** Keys of `state`: the last row that was rechecked, and the last row to recheck. */
const RECHECKED = 'sizes.rechecked';
const RECHECK_TO = 'sizes.recheck-to';

/** No failed item waits longer; milliseconds. */
const LONGEST_WAIT_MS = 2 * 86_400_000;

/** Sizes of items, what is still to be measured, and what failed. Callers hold the transaction. */
export class SizeStore {
  readonly #sql: Statements;
  readonly #now: () => number;

  constructor(sql: Statements, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  /**
   * Stores measured sizes and forgets earlier failures to measure them. Items that the catalog does not have are left
   * out.
   */
  put(sizes: readonly MeasuredSize[]): void {
    for (const measured of sizes) {
      const { mediaId, size, etag = null } = measured;
      const copy = 'UPDATE copies SET size = ?, etag = ? WHERE media_id = ? AND (size IS NOT ? OR etag IS NOT ?)';
      this.#sql.run(copy, size, etag, mediaId, size, etag);
      // None where another copy of the item is shown.
      const row = this.#sql.get<ShownRow>(
        'SELECT id, size, etag, creation_time, mtime, ctime FROM media_items WHERE media_id = ?',
        mediaId,
      );
      if (row === undefined) continue;
      this.#show(row, measured);
      this.#sql.run('DELETE FROM measure_failures WHERE item = ?', row[0]);
    }
  }

  #show([rowId, size, etag, created, mtime, ctime]: ShownRow, measured: MeasuredSize): void {
    const id = measured.mediaId;
    const after = { id, size: measured.size, etag: measured.etag ?? null };
    const moved = measured.changedAt === undefined ? movedTimes({ id, size, etag }, after) : 'both';
    const isSame = after.size === size && after.etag === etag;
    if (isSame && moved === 'none') return;
    const at = measured.changedAt ?? movedTo(this.#now(), (moved === 'both' ? mtime : ctime) ?? created);
    this.#sql.run(
      'UPDATE media_items SET size = ?, etag = ?, mtime = ?, ctime = ? WHERE id = ?',
      after.size,
      after.etag,
      moved === 'both' ? at : mtime,
      moved === 'none' ? ctime : at,
      rowId,
    );
  }

  /**
   * Items that show Google's copy and have no size, newest first. Leaves out videos without bytes, and items whose next try
   * is later than `now`. A next try that is too far away was noted before the clock was set back, and is due.
   */
  worklist(limit: number, now: number): UnmeasuredItem[] {
    return this.#sql
      .all<[number, MediaId, number, number]>(
        `SELECT i.id, i.media_id, i.kind, ifnull(f.tries, 0)
         FROM media_items i INDEXED BY items_unmeasured LEFT JOIN measure_failures f ON f.item = i.id
         WHERE i.gone = 0 AND i.size IS NULL AND i.source = 'app' AND (i.kind <> ${kindCode('video')} OR i.video_status = ${READY})
           AND (f.retry_at IS NULL OR f.retry_at <= ? OR f.retry_at > ?)
         ORDER BY i.creation_time DESC LIMIT ?`,
        now,
        now + LONGEST_WAIT_MS,
        limit,
      )
      .map(([rowId, id, kind, failures]) => ({ rowId, id, kind: kindOf(kind), failures }));
  }

  /** Call before anything is measured: plans to ask once more for all sizes stored so far. */
  planRecheck(): void {
    if (this.#sql.get('SELECT 1 FROM state WHERE key = ?', RECHECKED) !== undefined) return;
    const old = this.#sql.get<[number | null]>('SELECT max(id) FROM media_items WHERE size IS NOT NULL')?.[0] ?? 0;
    this.#sql.run('INSERT INTO state VALUES (?, ?)', RECHECK_TO, String(old));
    this.rechecked(0);
  }

  /** Items whose stored size is still to be asked for again; empty when all are done. */
  toRecheck(limit: number): MeasuredItem[] {
    return this.#sql
      .all<[number, MediaId, number, number, string | null]>(
        `SELECT id, media_id, kind, size, etag FROM media_items
         WHERE id > (SELECT CAST(value AS INTEGER) FROM state WHERE key = ?)
           AND id <= (SELECT CAST(value AS INTEGER) FROM state WHERE key = ?)
           AND gone = 0 AND source = 'app' AND size IS NOT NULL ORDER BY id LIMIT ?`,
        RECHECKED,
        RECHECK_TO,
        limit,
      )
      .map(([rowId, id, kind, size, etag]) => ({
        rowId,
        id,
        kind: kindOf(kind),
        failures: 0,
        known: { size, etag: etag ?? undefined },
      }));
  }

  /** All sizes up to this row were asked for again. */
  rechecked(rowId: number): void {
    this.#sql.run(
      'INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      RECHECKED,
      String(rowId),
    );
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
