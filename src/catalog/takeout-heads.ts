import type { Statements } from '../sqlite/statements.js';
import { roleCode } from './codes.js';
import { placeOf, PLACE_COLUMNS, type PlaceRow, type TakeoutPlace } from './takeout-places.js';

/** A file whose head was not read yet. */
export interface UnreadHead {
  /** Of the file's row: files are read in this order. */
  readonly id: number;
  readonly item: string;
  readonly part: number;
  readonly place: TakeoutPlace;
}

export interface WhichHeads {
  /** Only of files of which no sidecar tells the time. */
  readonly timeless: boolean;
  /** Behind this row. */
  readonly after: number;
  readonly most: number;
}

const MOVING = roleCode('moving');

/** Rows of `takeout_heads`: what the beginnings of files say. Callers hold the transaction. */
export class TakeoutHeads {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Files of items without a head, in parts that can be read, in the order in which archives hold them. An item may come twice. */
  unread({ timeless, after, most }: WhichHeads): UnreadHead[] {
    return this.#sql
      .all<[id: number, item: string, part: number, ...PlaceRow]>(
        `SELECT f.id, f.item, f.part, ${PLACE_COLUMNS} FROM takeout_files f CROSS JOIN takeout_parts p ON p.id = f.part
         WHERE f.id > ? AND f.item IS NOT NULL AND f.role <> ${MOVING} AND p.state = 'ready'
           ${timeless ? 'AND NOT EXISTS (SELECT 1 FROM takeout_json j WHERE j.id = f.sidecar AND ifnull(j.taken, 0) <> 0)' : ''}
           AND NOT EXISTS (SELECT 1 FROM takeout_heads h WHERE h.item = f.item)
         ORDER BY f.id LIMIT ?`,
        after,
        most,
      )
      .map(([id, item, part, ...place]) => ({ id, item, part, place: placeOf(place) }));
  }

  set(item: string, value: string): void {
    this.#sql.run('INSERT OR REPLACE INTO takeout_heads (item, value) VALUES (?, ?)', item, value);
  }

  /** Drops at most so many heads of items without files; true while there may be more. */
  dropUnused(most: number): boolean {
    const dropped = this.#sql.run(
      `DELETE FROM takeout_heads WHERE item IN (
         SELECT h.item FROM takeout_heads h WHERE NOT EXISTS (SELECT 1 FROM takeout_files f WHERE f.item = h.item) LIMIT ?)`,
      most,
    );
    return dropped === most;
  }
}
