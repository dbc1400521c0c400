import type { Album, AlbumId } from '../library/album.js';
import { Listing } from '../library/listing.js';
import { viewsOf, type FolderTimes } from './folder-times.js';
import type { NamePolicy } from './name-policy.js';
import type { Statements } from './statements.js';
import { ROWS_A_TRANSACTION } from './transaction-size.js';

/** An album whose membership is to be read. */
export interface AlbumToList {
  readonly rowId: number;
  readonly albumId: AlbumId;
  readonly title: string;
  /** Items that Google announced in it. */
  readonly remoteCount: number;
}

export interface AlbumStoreDeps {
  readonly sql: Statements;
  readonly names: NamePolicy;
  /** Notified before names in folders change. */
  readonly folders: FolderTimes;
}

/** An item at its place in an album, from 0. */
export interface PlacedMember {
  readonly item: number;
  readonly position: number;
  /** It was not in the album before. */
  readonly isNew: boolean;
}

/** Writes `albums` and `album_items`. Albums are never deleted, only marked as gone. Callers hold the transaction. */
export class AlbumStore {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  readonly #folders: FolderTimes;

  constructor({ sql, names, folders }: AlbumStoreDeps) {
    this.#sql = sql;
    this.#names = names;
    this.#folders = folders;
  }

  /**
   * Stores albums as Google describes them. `pass`: the full pass that has seen them, 0 for none. Returns how many were
   * new or changed.
   */
  put(albums: readonly Album[], pass: number): number {
    let news = 0;
    for (const album of albums) {
      const stored = this.#sql.get<[number, string, number, number, string | null, number, string]>(
        'SELECT id, title, gone, remote_count, cover, writeable, name FROM albums WHERE album_id = ?',
        album.id,
      );
      const cover = album.coverPhotoMediaItemId ?? null;
      const writeable = album.isWriteable ? 1 : 0;
      if (stored === undefined) {
        this.#add(album, cover, writeable);
        news += 1;
      } else {
        const [rowId, title, gone, count, oldCover, oldWriteable, oldName] = stored;
        const name = title === album.title ? oldName : this.#newName(rowId, album);
        if (gone === 1) this.#appears(rowId, name);
        else if (name !== oldName) this.#folders.albumMoves(oldName, name);
        if (title !== album.title) this.#rename(rowId, album.title, name);
        if (
          title !== album.title ||
          gone === 1 ||
          count !== album.mediaItemsCount ||
          oldCover !== cover ||
          oldWriteable !== writeable
        ) {
          this.#sql.run(
            'UPDATE albums SET gone = 0, remote_count = ?, cover = ?, writeable = ?, product_url = ? WHERE id = ?',
            album.mediaItemsCount,
            cover,
            writeable,
            unusualUrl(album),
            rowId,
          );
          // Its stored membership is out of date.
          if (gone === 1) this.#sql.run('UPDATE albums SET listed_count = NULL WHERE id = ?', rowId);
          news += 1;
        }
      }
      if (pass !== 0) this.#sql.run('UPDATE albums SET seen_pass = ? WHERE album_id = ?', pass, album.id);
    }
    return news;
  }

  /** Albums whose membership was never read, or whose count or cover at Google has changed since. */
  changed(): AlbumToList[] {
    return this.#list('AND (listed_count IS NOT remote_count OR listed_cover IS NOT cover)');
  }

  all(): AlbumToList[] {
    return this.#list('');
  }

  byRow(rowId: number): AlbumToList | undefined {
    return this.#list(`AND id = ${Math.trunc(rowId)}`)[0];
  }

  unseen(pass: number): { rowId: number; albumId: AlbumId }[] {
    return this.#sql
      .all<[number, AlbumId]>('SELECT id, album_id FROM albums WHERE gone = 0 AND seen_pass <> ? ORDER BY id', pass)
      .map(([rowId, albumId]) => ({ rowId, albumId }));
  }

  /**
   * Marks albums as gone and removes their members. Members of large albums are left for later transactions, see {@link
   * goneWithMembers}.
   */
  markGone(rowIds: readonly number[]): void {
    let rows = 0;
    for (const rowId of rowIds) {
      const members = this.members(rowId);
      rows += members.length;
      if (rows <= ROWS_A_TRANSACTION) this.takeOut(rowId, members);
      const live = this.#sql.get<[string]>('SELECT name FROM albums WHERE id = ? AND gone = 0', rowId);
      if (live !== undefined) this.#folders.albumMoves(live[0], undefined);
      this.#sql.run('UPDATE albums SET gone = 1, listed_count = NULL WHERE id = ?', rowId);
    }
  }

  /** Albums that are gone and still have members. */
  goneWithMembers(): number[] {
    return this.#sql
      .all<[number]>(
        'SELECT id FROM albums WHERE gone = 1 AND EXISTS (SELECT 1 FROM album_items WHERE album = albums.id)',
      )
      .map(([rowId]) => rowId);
  }

  /** Row ids in album order; those of gone items too. */
  members(rowId: number): number[] {
    return this.#sql
      .all<[number]>('SELECT item FROM album_items WHERE album = ? ORDER BY position', rowId)
      .map(([item]) => item);
  }

  /** Makes the album hold exactly these items in this order (none if it is gone). Returns whether anything changed. */
  setMembers(rowId: number, items: readonly number[]): boolean {
    const { placed, removed } = this.changesTo(rowId, items);
    this.place(rowId, placed);
    this.takeOut(rowId, removed);
    return placed.length + removed.length > 0;
  }

  /**
   * The changes that make the album hold exactly these items in this order (none if it is gone), for {@link place} and
   * {@link takeOut}.
   */
  changesTo(rowId: number, members: readonly number[]): { placed: PlacedMember[]; removed: number[] } {
    // An album that went while it was read is shown nowhere, and counts in no item's `album_count`.
    const isGone = this.#sql.get<[number]>('SELECT gone FROM albums WHERE id = ?', rowId)?.[0] === 1;
    const items = isGone ? [] : members;
    const rows = this.#sql.all<[number, number]>('SELECT item, position FROM album_items WHERE album = ?', rowId);
    const before = new Map(rows);
    const placed = items
      .map((item, position) => ({ item, position, isNew: !before.has(item) }))
      .filter(({ item, position }) => before.get(item) !== position);
    const now = new Set(items);
    return { placed, removed: [...before.keys()].filter((item) => !now.has(item)) };
  }

  place(rowId: number, members: readonly PlacedMember[]): void {
    for (const { item, position, isNew } of members) {
      if (isNew) {
        this.#sql.run('INSERT INTO album_items VALUES (?, ?, ?)', item, rowId, position);
        this.#memberMoved(rowId, item, 1);
      } else this.#sql.run('UPDATE album_items SET position = ? WHERE item = ? AND album = ?', position, item, rowId);
    }
  }

  takeOut(rowId: number, items: readonly number[]): void {
    for (const item of items) {
      this.#sql.run('DELETE FROM album_items WHERE item = ? AND album = ?', item, rowId);
      this.#memberMoved(rowId, item, -1);
    }
  }

  /** The stored membership may be half of a change, so it is read again. */
  membersUncertain(rowId: number): void {
    this.#sql.run('UPDATE albums SET listed_count = NULL WHERE id = ?', rowId);
  }

  /** Remembers that the membership now stands as Google announced it. */
  membersListed(album: AlbumToList): void {
    this.#sql.run(
      'UPDATE albums SET listed_count = ?, listed_cover = cover, held = NULL WHERE id = ?',
      album.remoteCount,
      album.rowId,
    );
  }

  /** Digest of a membership that looked too small to be believed at once; null for none. */
  held(rowId: number): string | null {
    return this.#sql.get<[string | null]>('SELECT held FROM albums WHERE id = ?', rowId)?.[0] ?? null;
  }

  hold(rowId: number, digest: string): void {
    this.#sql.run('UPDATE albums SET held = ? WHERE id = ?', digest, rowId);
  }

  /** An item came to an album (1) or left it (-1). */
  #memberMoved(rowId: number, item: number, step: 1 | -1): void {
    const row = this.#sql.get<[number, number, number]>(
      'UPDATE media_items SET album_count = album_count + ? WHERE id = ? RETURNING album_count, gone, archived',
      step,
      item,
    );
    if (row?.[1] !== 0) return;
    const [count, , archived] = row;
    this.#folders.move(Listing.album(rowId));
    const isOnly = count === (step === 1 ? 1 : 0);
    if (isOnly) this.#folders.move(Listing.loose, viewsOf(archived === 1));
  }

  #appears(rowId: number, name: string): void {
    this.#folders.albumMoves(undefined, name);
    this.#folders.move(Listing.album(rowId));
  }

  #list(condition: string): AlbumToList[] {
    return this.#sql
      .all<[number, AlbumId, string, number]>(
        `SELECT id, album_id, title, remote_count FROM albums WHERE gone = 0 ${condition} ORDER BY id`,
      )
      .map(([rowId, albumId, title, remoteCount]) => ({ rowId, albumId, title, remoteCount }));
  }

  #add(album: Album, cover: string | null, writeable: number): void {
    const name = this.#names.albumName(album.title, album.id, (key) => this.#nameTaken(key, 0));
    this.#folders.albumMoves(undefined, name);
    const rowId = this.#sql.insert(
      `INSERT INTO albums (album_id, title, name, name_key, writeable, remote_count, cover, product_url)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      album.id,
      album.title,
      name,
      this.#names.key(name),
      writeable,
      album.mediaItemsCount,
      cover,
      unusualUrl(album),
    );
    this.#folders.move(Listing.album(rowId));
  }

  #newName(rowId: number, album: Album): string {
    return this.#names.albumName(album.title, album.id, (key) => this.#nameTaken(key, rowId));
  }

  #rename(rowId: number, title: string, name: string): void {
    this.#sql.run(
      'UPDATE albums SET title = ?, name = ?, name_key = ? WHERE id = ?',
      title,
      name,
      this.#names.key(name),
      rowId,
    );
  }

  #nameTaken(key: string, exceptRowId: number): boolean {
    return this.#sql.get('SELECT 1 FROM albums WHERE name_key = ? AND id <> ?', key, exceptRowId) !== undefined;
  }
}

function unusualUrl(album: Album): string | null {
  return album.productUrl === `https://photos.google.com/lr/album/${album.id}` ? null : album.productUrl;
}
