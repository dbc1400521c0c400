import { cachedColumns } from './decode-rows.js';
import { OWN_NAMED, selectionParameters, selectionSql, type SqlSelection } from './selection-sql.js';
import type { CachedItem, ListingOrder } from './records.js';
import type { MediaId } from '../library/media-item.js';

/**
 * Names examined for members of a selection. In a small selection of a large library the next member may be far away.
 */
const NAMES_LOOKED_AT = 300;

/** Rows of a prepared statement, as arrays of the columns of `columns`. */
export type RowsOf = (sql: string, ...values: readonly (string | number)[]) => unknown[];

export interface FollowingDeps {
  readonly rows: RowsOf;
  readonly decode: (row: unknown) => CachedItem;
  readonly showArchived: boolean;
}

/** The items of a selection that follow one of them. One index seek, however large the selection is. */
export class FollowingItems {
  readonly #deps: FollowingDeps;

  constructor(deps: FollowingDeps) {
    this.#deps = deps;
  }

  after(selection: SqlSelection, mediaId: MediaId, order: ListingOrder, limit: number): CachedItem[] {
    const at = this.#deps.rows(
      'SELECT id, name, creation_time, archived FROM media_items WHERE media_id = ? AND gone = 0',
      mediaId,
    )[0] as [number, string, number, number] | undefined;
    if (at === undefined || limit < 1) return [];
    const [rowId, name, time, archived] = at;
    if (order === 'name') {
      return selection.by === 'album'
        ? this.#byNameIn(selection, rowId, name, limit)
        : this.#byName(selection, name, limit);
    }
    if (selection.by === 'album') return this.#byPosition(selection.albumRowId, rowId, limit);
    // All items of an import may have the same time. The index orders those by row.
    const { time: created } = selectionSql(selection.by, this.#deps.showArchived);
    const same = this.#select(selection, `${created} = ? AND i.archived = ? AND i.id > ?`, limit, [
      time,
      archived,
      rowId,
    ]);
    if (same.length >= limit) return same;
    return [...same, ...this.#select(selection, `${created} < ?`, limit - same.length, [time])];
  }

  #select(selection: SqlSelection, test: string, limit: number, values: readonly number[]): CachedItem[] {
    const { from, where, order } = selectionSql(selection.by, this.#deps.showArchived);
    const sql = `SELECT ${cachedColumns()} FROM ${from} WHERE ${where} AND ${test} ORDER BY ${order} LIMIT ?`;
    return this.#deps.rows(sql, ...selectionParameters(selection), ...values, limit).map(this.#deps.decode);
  }

  #byPosition(albumRowId: number, rowId: number, limit: number): CachedItem[] {
    const { from, where, order } = selectionSql('album', this.#deps.showArchived);
    const sql = `SELECT ${cachedColumns()} FROM ${from} WHERE ${where}
      AND m.position > (SELECT position FROM album_items WHERE item = ? AND album = ?) ORDER BY ${order} LIMIT ?`;
    return this.#deps.rows(sql, albumRowId, rowId, albumRowId, limit).map(this.#deps.decode);
  }

  #byName(selection: SqlSelection, name: string, limit: number): CachedItem[] {
    const sql = `${this.#named(selection)} ORDER BY i.name LIMIT ?`;
    return this.#deps.rows(sql, name, ...selectionParameters(selection), limit).map(this.#deps.decode);
  }

  /** By the names in the album's folder, of which some may be other than the items'. */
  #byNameIn(selection: SqlSelection & { by: 'album' }, rowId: number, itemName: string, limit: number): CachedItem[] {
    const { albumRowId } = selection;
    const entry = this.#deps.rows('SELECT name FROM album_items WHERE item = ? AND album = ?', rowId, albumRowId)[0] as
      [string | null] | undefined;
    const name = entry?.[0] ?? itemName;
    const sql = `${this.#named(selection)}
      UNION ALL SELECT ${cachedColumns('m.name')} FROM ${OWN_NAMED} AND m.name > ? ORDER BY name LIMIT ?`;
    return this.#deps.rows(sql, name, albumRowId, albumRowId, name, limit).map(this.#deps.decode);
  }

  /** Items that have their own name in the selection: those whose name is greater. */
  #named(selection: SqlSelection): string {
    const { member } = selectionSql(selection.by, this.#deps.showArchived);
    return `SELECT ${cachedColumns()} FROM
      (SELECT * FROM media_items INDEXED BY items_name WHERE name > ? ORDER BY name LIMIT ${NAMES_LOOKED_AT}) i
      WHERE ${member}`;
  }
}
