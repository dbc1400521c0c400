import { Listing } from '../library/listing.js';
import { sourceNamed } from '../library/source.js';
import type { Statements } from '../sqlite/statements.js';
import type { FolderTimes } from './folder-times.js';

const TAKEOUT_ALONE = sourceNamed('takeout').bit;

const HOLDS = `SELECT 1 FROM album_items m INDEXED BY album_items_order CROSS JOIN media_items i ON i.id = m.item
  WHERE m.album = ? AND i.gone = 0`;

/**
 * Decides whether an album of Takeout alone is listed: one that holds trashed and locked items only is not, because its title would
 * tell of them; an empty one is. An album that is not listed for this is `gone` although a source lists it. The decision is made
 * once, at the end of a transaction, so that an album that is filled in the transaction it comes in is never listed in between.
 */
export class AlbumVisibility {
  readonly #sql: Statements;
  readonly #folders: FolderTimes;
  readonly #touched = new Set<number>();

  constructor(sql: Statements, folders: FolderTimes) {
    this.#sql = sql;
    this.#folders = folders;
  }

  /** The members of an album, or their shelves, change in this transaction. */
  touch(albumRowId: number): void {
    this.#touched.add(albumRowId);
  }

  /** Call at the end of a transaction, before the times of folders are written. */
  settle(): void {
    for (const rowId of this.#touched) this.#settle(rowId);
    this.#touched.clear();
  }

  /** Call after a transaction was rolled back. */
  forget(): void {
    this.#touched.clear();
  }

  #settle(rowId: number): void {
    const sql = 'SELECT name, gone, sources FROM albums WHERE id = ?';
    const [name, gone, sources] = this.#sql.get<[string, number, number]>(sql, rowId) ?? ['', 1, 0];
    if (sources === 0) return;
    const isListed = !(sources === TAKEOUT_ALONE && this.#holdsHiddenOnly(rowId));
    if (isListed === (gone === 0)) return;
    this.#folders.albumMoves(isListed ? undefined : name, isListed ? name : undefined);
    if (isListed) this.#folders.move(Listing.album(rowId));
    this.#sql.run('UPDATE albums SET gone = ? WHERE id = ?', isListed ? 0 : 1, rowId);
  }

  #holdsHiddenOnly(rowId: number): boolean {
    const isThere = (test: string): boolean => this.#sql.get(`${HOLDS}${test} LIMIT 1`, rowId) !== undefined;
    return !isThere(' AND i.archived <= 1') && isThere('');
  }
}
