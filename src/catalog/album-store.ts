import type { Album, AlbumId } from '../library/album.js';
import { Listing } from '../library/listing.js';
import { APP_BIT, sourceNamed, type SourceName } from '../library/source.js';
import type { FolderNames } from './folder-names.js';
import type { AlbumEntries } from './album-entries.js';
import type { AlbumVisibility } from './album-visibility.js';
import { roleCode } from './codes.js';
import type { FolderTimes } from './folder-times.js';
import { localAlbumId } from './local-album-id.js';
import type { MovingParts } from './part-followers.js';
import type { NamePolicy } from './name-policy.js';
import type { Statements } from '../sqlite/statements.js';
import { ROWS_A_TRANSACTION } from './transaction-size.js';

/** An album whose membership is to be read. */
export interface AlbumToList {
  readonly rowId: number;
  readonly albumId: AlbumId;
  /** Items that Google announced in it. */
  readonly remoteCount: number;
}

export interface AlbumStoreDeps {
  readonly sql: Statements;
  readonly names: NamePolicy;
  /** Notified before names in folders change. */
  readonly folders: FolderTimes;
  readonly folderNames: FolderNames;
  readonly visibility: AlbumVisibility;
  readonly entries: AlbumEntries;
  readonly parts: MovingParts;
}

const TAKEOUT_BIT = sourceNamed('takeout').bit;

/** Moving parts are in the albums of their stills, by themselves: they are no members that a source lists. */
const NO_MOVING_PART = `i.role <> ${roleCode('moving')}`;

/** An item at its place in an album, from 0. */
export interface PlacedMember {
  readonly item: number;
  readonly position: number;
  /** It was not in the album before. */
  readonly isNew: boolean;
}

/**
 * Rows of `albums` and `album_items`. Each says which sources list it, and is gone when none does; albums too are only marked gone.
 * Callers hold the transaction.
 */
export class AlbumStore {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  readonly #folders: FolderTimes;
  readonly #deps: AlbumStoreDeps;

  constructor(deps: AlbumStoreDeps) {
    const { sql, names, folders } = deps;
    this.#deps = deps;
    this.#sql = sql;
    this.#names = names;
    this.#folders = folders;
  }

  /**
   * Stores albums as a source describes them. `pass`: the full pass that has seen them, 0 for none. Returns how many were
   * new or changed.
   */
  put(albums: readonly Album[], pass: number, source: SourceName = 'app'): number {
    const { bit } = sourceNamed(source);
    let news = 0;
    for (const album of albums) {
      if (source !== 'picker') this.#takeOver(album);
      const stored = this.#sql.get<[number, string, number, number, string | null, number, string, number]>(
        'SELECT id, title, gone, remote_count, cover, writeable, name, sources FROM albums WHERE album_id = ?',
        album.id,
      );
      const cover = album.coverPhotoMediaItemId ?? null;
      const writeable = album.isWriteable ? 1 : 0;
      if (stored === undefined) {
        this.#add(album, cover, writeable, bit);
        news += 1;
      } else {
        const [rowId, title, gone, count, oldCover, oldWriteable, oldName, sources] = stored;
        const name = title === album.title ? oldName : this.#newName(rowId, album);
        // Gone although a source lists it: `AlbumVisibility` hides it.
        const isBack = gone === 1 && sources === 0;
        if (isBack) this.#appears(rowId, name);
        else if (name !== oldName && gone === 0) this.#folders.albumMoves(oldName, name);
        this.#deps.visibility.touch(rowId);
        if (title !== album.title) this.#rename(rowId, album.title, name);
        if (
          title !== album.title ||
          (sources & bit) === 0 ||
          count !== album.mediaItemsCount ||
          oldCover !== cover ||
          oldWriteable !== writeable
        ) {
          this.#sql.run(
            `UPDATE albums SET gone = iif(sources = 0, 0, gone), sources = sources | ?, remote_count = ?, cover = ?, writeable = ?,
               product_url = ?
             WHERE id = ?`,
            bit,
            album.mediaItemsCount,
            cover,
            writeable,
            unusualUrl(album),
            rowId,
          );
          // Its stored membership is out of date.
          if (isBack) this.#sql.run('UPDATE albums SET listed_count = NULL WHERE id = ?', rowId);
          news += 1;
        }
      }
      if (pass !== 0) this.#sql.run('UPDATE albums SET seen_pass = ? WHERE album_id = ?', pass, album.id);
    }
    return news;
  }

  /** One source more lists an album. */
  join(rowId: number, source: SourceName): void {
    const { bit } = sourceNamed(source);
    const joined = this.#sql.run(
      'UPDATE albums SET sources = sources | ? WHERE id = ? AND sources & ? = 0',
      bit,
      rowId,
      bit,
    );
    if (joined > 0) this.#deps.visibility.touch(rowId);
  }

  /** Albums at Google whose membership was never read, or differs by Google's count or cover from when it was. */
  changed(): AlbumToList[] {
    return this.#list('AND (listed_count IS NOT remote_count OR listed_cover IS NOT cover)');
  }

  all(): AlbumToList[] {
    return this.#list('');
  }

  byRow(rowId: number): AlbumToList | undefined {
    return this.#list(`AND id = ${Math.trunc(rowId)}`)[0];
  }

  /** Albums of Google's listing that a full pass did not see. */
  unseen(pass: number): { rowId: number; albumId: AlbumId }[] {
    return this.#sql
      .all<[number, AlbumId]>(
        `SELECT id, album_id FROM albums WHERE sources & ${APP_BIT} AND seen_pass <> ? ORDER BY id`,
        pass,
      )
      .map(([rowId, albumId]) => ({ rowId, albumId }));
  }

  /**
   * A source does not list these albums any more; those that no other lists are gone. Takes the members of that source out too;
   * those of large albums are left for later transactions: see {@link goneWithMembers}.
   */
  markGone(rowIds: readonly number[], source: SourceName = 'app'): void {
    const { bit } = sourceNamed(source);
    let rows = 0;
    for (const rowId of rowIds) {
      const members = this.members(rowId, source);
      rows += members.length;
      if (rows <= ROWS_A_TRANSACTION) this.takeOut(rowId, members, source);
      const live = this.#sql.get<[string, number, number]>(
        'SELECT name, gone, sources & ~? FROM albums WHERE id = ? AND sources <> 0',
        bit,
        rowId,
      );
      if (live === undefined) continue;
      const [name, gone, others] = live;
      if (others === 0 && gone === 0) this.#folders.albumMoves(name, undefined);
      this.#deps.visibility.touch(rowId);
      this.#sql.run(
        'UPDATE albums SET gone = ?, sources = ?, listed_count = NULL WHERE id = ?',
        others === 0 ? 1 : gone,
        others,
        rowId,
      );
    }
  }

  /** Albums that a source does not list any more, and that still have members of its. */
  goneWithMembers(source: SourceName = 'app'): number[] {
    const { bit } = sourceNamed(source);
    return this.#sql
      .all<[number]>(
        `SELECT id FROM albums WHERE sources & ? = 0
           AND EXISTS (SELECT 1 FROM album_items WHERE album = albums.id AND sources & ?)`,
        bit,
        bit,
      )
      .map(([rowId]) => rowId);
  }

  /** Row ids in album order, of what a source lists; those of gone items too. */
  members(rowId: number, source: SourceName = 'app'): number[] {
    return this.#sql
      .all<[number]>(
        `SELECT m.item FROM album_items m JOIN media_items i ON i.id = m.item
         WHERE m.album = ? AND m.sources & ? AND ${NO_MOVING_PART} ORDER BY m.position, m.item`,
        rowId,
        sourceNamed(source).bit,
      )
      .map(([item]) => item);
  }

  /**
   * What makes the album hold exactly these items of a source in this order, none if the source lists it no more: by {@link place}
   * and {@link takeOut}. Members that other sources list stay.
   */
  changesTo(
    rowId: number,
    members: readonly number[],
    source: SourceName = 'app',
  ): { placed: PlacedMember[]; removed: number[] } {
    const { bit } = sourceNamed(source);
    // An album that went while it was read is shown nowhere, and counts in no item's `album_count`.
    const listedBy = this.#sql.get<[number]>('SELECT sources FROM albums WHERE id = ?', rowId)?.[0] ?? 0;
    const items = (listedBy & bit) === 0 ? [] : members;
    const rows = this.#sql.all<[number, number, number]>(
      `SELECT m.item, m.position, m.sources FROM album_items m JOIN media_items i ON i.id = m.item
       WHERE m.album = ? AND ${NO_MOVING_PART}`,
      rowId,
    );
    const before = new Map(rows.map(([item, position, sources]) => [item, { position, sources }]));
    const placed = items
      .map((item, position) => ({ item, position, isNew: !before.has(item) }))
      .filter(({ item, position }) => {
        const member = before.get(item);
        return member === undefined || (member.sources & bit) === 0 || member.position !== position;
      });
    const now = new Set(items);
    const removed = rows.filter(([item, , sources]) => (sources & bit) !== 0 && !now.has(item));
    return { placed, removed: removed.map(([item]) => item) };
  }

  place(rowId: number, members: readonly PlacedMember[], source: SourceName = 'app'): void {
    const { bit } = sourceNamed(source);
    const { entries, folderNames, parts } = this.#deps;
    const mayMeet = members.some(({ isNew }) => isNew) && folderNames.hasAny(rowId);
    for (const { item, position, isNew } of members) {
      if (isNew) entries.add(rowId, item, position, bit, mayMeet);
      else {
        this.#sql.run(
          'UPDATE album_items SET position = ?, sources = sources | ? WHERE item = ? AND album = ?',
          position,
          bit,
          item,
          rowId,
        );
      }
      parts.followAlbums(item);
    }
  }

  /** Items that another source lists in the album stay in it. */
  takeOut(rowId: number, items: readonly number[], source: SourceName = 'app'): void {
    const { bit } = sourceNamed(source);
    for (const item of items) {
      this.#deps.entries.remove(rowId, item, bit);
      this.#deps.parts.followAlbums(item);
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

  /** An album of picked items with this title is that album from now on: it keeps its name and its inode. */
  #takeOver({ id, title }: Album): void {
    const local = localAlbumId(title);
    const isNew = this.#sql.get('SELECT 1 FROM albums WHERE album_id = ?', id) === undefined;
    if (isNew) this.#sql.run('UPDATE albums SET album_id = ? WHERE album_id = ? AND gone = 0', id, local);
  }

  #appears(rowId: number, name: string): void {
    this.#folders.albumMoves(undefined, name);
    this.#folders.move(Listing.album(rowId));
  }

  #list(condition: string): AlbumToList[] {
    return this.#sql
      .all<[number, AlbumId, number]>(
        `SELECT id, album_id, remote_count FROM albums WHERE sources & ${APP_BIT} ${condition} ORDER BY id`,
      )
      .map(([rowId, albumId, remoteCount]) => ({ rowId, albumId, remoteCount }));
  }

  #add(album: Album, cover: string | null, writeable: number, sources: number): void {
    const name = this.#names.albumName(album.title, album.id, (key) => this.#nameTaken(key, 0));
    // One of Takeout is listed at the end of the transaction, if its members allow it.
    const isHeld = sources === TAKEOUT_BIT;
    if (!isHeld) this.#folders.albumMoves(undefined, name);
    const rowId = this.#sql.insert(
      `INSERT INTO albums (album_id, title, name, name_key, gone, writeable, remote_count, cover, product_url, sources)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      album.id,
      album.title,
      name,
      this.#names.key(name),
      isHeld ? 1 : 0,
      writeable,
      album.mediaItemsCount,
      cover,
      unusualUrl(album),
      sources,
    );
    if (isHeld) this.#deps.visibility.touch(rowId);
    else this.#folders.move(Listing.album(rowId));
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
