import { Listing } from '../library/listing.js';
import type { Statements } from '../sqlite/statements.js';
import type { FolderTimes } from './folder-times.js';
import type { NamePolicy } from './name-policy.js';

export interface FolderNamesDeps {
  readonly sql: Statements;
  readonly names: NamePolicy;
  /** Notified before names in folders change. */
  readonly folders: FolderTimes;
}

/** Both ways to a name: entries that have one of their own, and items that have theirs. What is gone takes no name. */
const TAKEN = `SELECT 1 FROM album_items m INDEXED BY album_items_name CROSS JOIN media_items i ON i.id = m.item
    WHERE m.album = ? AND m.name = ? AND m.item <> ? AND i.gone = 0
  UNION ALL SELECT 1 FROM media_items i INDEXED BY items_name CROSS JOIN album_items m ON m.item = i.id
    WHERE i.name = ? AND i.gone = 0 AND m.album = ? AND m.name IS NULL AND i.id <> ? LIMIT 1`;

/**
 * Names that entries of album folders have of their own. Of two entries the one that came first has the name, as it is spelt: a
 * name that a person gives is refused where it is taken, an item that comes where its name is taken gets a mark in that folder.
 * Callers hold the transaction.
 */
export class FolderNames {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  readonly #folders: FolderTimes;

  constructor({ sql, names, folders }: FolderNamesDeps) {
    this.#sql = sql;
    this.#names = names;
    this.#folders = folders;
  }

  /**
   * Gives the entry of an item in an album a name (one that a file can have). The item's own name takes the entry's away. False,
   * and nothing done, where another entry has it or the item is not in the album.
   */
  give(albumRowId: number, item: number, name: string): boolean {
    const entry = this.#entry(albumRowId, item);
    if (entry === undefined || this.#isTaken(albumRowId, item, name)) return false;
    this.#set(albumRowId, item, entry, name);
    return true;
  }

  /** Whether any entry of the album has a name of its own. Where none has, none can meet another. */
  hasAny(albumRowId: number): boolean {
    const sql = 'SELECT 1 FROM album_items INDEXED BY album_items_name WHERE album = ? AND name IS NOT NULL LIMIT 1';
    return this.#sql.get(sql, albumRowId) !== undefined;
  }

  /** Call after an item came to an album, and before it is no longer gone: it gets a mark there if its name is taken. */
  enters(albumRowId: number, item: number): void {
    const entry = this.#entry(albumRowId, item);
    if (entry === undefined) return;
    const name = entry.own ?? entry.itemName;
    if (!this.#isTaken(albumRowId, item, name)) return;
    // No two items have one name, so no two have one mark either.
    const isTaken = (wanted: string): boolean => this.#isTaken(albumRowId, item, wanted);
    this.#set(albumRowId, item, entry, this.#names.entryName(name, entry.itemName, isTaken));
  }

  #entry(albumRowId: number, item: number): { own: string | null; itemName: string } | undefined {
    const row = this.#sql.get<[string | null, string]>(
      'SELECT m.name, i.name FROM album_items m JOIN media_items i ON i.id = m.item WHERE m.item = ? AND m.album = ?',
      item,
      albumRowId,
    );
    return row && { own: row[0], itemName: row[1] };
  }

  #isTaken(albumRowId: number, item: number, name: string): boolean {
    return this.#sql.get(TAKEN, albumRowId, name, item, name, albumRowId, item) !== undefined;
  }

  #set(albumRowId: number, item: number, entry: { own: string | null; itemName: string }, name: string): void {
    const own = name === entry.itemName ? null : name;
    if (own === entry.own) return;
    this.#folders.move(Listing.album(albumRowId));
    this.#sql.run('UPDATE album_items SET name = ? WHERE item = ? AND album = ?', own, item, albumRowId);
  }
}
