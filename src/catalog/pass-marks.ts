import type { MediaId } from '../library/media-item.js';
import { APP_BIT } from '../library/source.js';
import type { Statements } from '../sqlite/statements.js';

/** What the full pass under way has seen, and what earlier ones missed. Callers hold the transaction. */
export class PassMarks {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Puts a mark of the pass under way on an item; true where it had not been there. */
  mark(rowId: number, mark: number): boolean {
    return (
      this.#sql.run(
        `INSERT INTO pass_marks VALUES (?, ?) ON CONFLICT DO UPDATE SET marks = marks | excluded.marks
         WHERE marks & excluded.marks <> excluded.marks`,
        rowId,
        mark,
      ) > 0
    );
  }

  /** Takes one mark off the items of these rows, both ends included. */
  unmark(mark: number, from: number, to: number): void {
    this.#sql.run(
      'UPDATE pass_marks SET marks = marks & ~? WHERE item BETWEEN ? AND ? AND marks & ? <> 0',
      mark,
      from,
      to,
      mark,
    );
  }

  /** Items that have a mark. */
  marked(mark: number): number[] {
    const sql = 'SELECT item FROM pass_marks WHERE marks & ? <> 0 ORDER BY item';
    return this.#sql.all<[number]>(sql, mark).map(([item]) => item);
  }

  /** The greatest row with any mark; 0 for none. */
  lastMarked(): number {
    return this.#sql.get<[number | null]>('SELECT max(item) FROM pass_marks')?.[0] ?? 0;
  }

  clear(): void {
    this.#sql.run('DELETE FROM pass_marks');
  }

  /** Items with a copy of Google's listing that is not gone, which the pass did not mark. */
  unmarked(mark: number): { rowId: number; mediaId: MediaId; archived: boolean }[] {
    return this.#sql
      .all<[number, MediaId, number]>(
        `SELECT i.id, c.media_id, i.archived
         FROM media_items i LEFT JOIN pass_marks p ON p.item = i.id CROSS JOIN copies c ON c.item = i.id
         WHERE i.sources & ${APP_BIT} AND ifnull(p.marks, 0) & ? = 0 AND c.source = ${APP_BIT} AND c.gone = 0 ORDER BY i.id`,
        mark,
      )
      .map(([rowId, mediaId, archived]) => ({ rowId, mediaId, archived: archived > 0 }));
  }

  /** Live items marked with all of `marks` and none of `without`, whose flag is not `value` yet. */
  flagCandidates(flag: 'archived' | 'favorite', value: 0 | 1, marks: number, without: number): number[] {
    return this.#sql
      .all<[number]>(
        `SELECT i.id FROM pass_marks p JOIN media_items i ON i.id = p.item
         WHERE p.marks & ? = ? AND p.marks & ? = 0 AND i.sources & ${APP_BIT} AND i.${flag} <> ? ORDER BY i.id`,
        marks,
        marks,
        without,
        value,
      )
      .map(([id]) => id);
  }

  /** Items that an earlier full pass missed although Google had them. */
  missedOnce(): number[] {
    return this.#sql.all<[number]>('SELECT item FROM missed_once').map(([item]) => item);
  }

  rememberMissed(rowIds: readonly number[]): void {
    for (const rowId of rowIds) this.#sql.run('INSERT OR IGNORE INTO missed_once VALUES (?)', rowId);
  }

  forgetMissed(rowIds: readonly number[]): void {
    for (const rowId of rowIds) this.#sql.run('DELETE FROM missed_once WHERE item = ?', rowId);
  }
}
