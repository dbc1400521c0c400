import type { MediaId } from '../library/media-item.js';
import { sourceNamed } from '../library/source.js';
import type { Statements } from '../sqlite/statements.js';
import type { AlbumStore } from './album-store.js';
import { kindCode, roleCode } from './codes.js';
import type { ItemStore, SourceItem } from './item-store.js';
import { localAlbumId } from './local-album-id.js';

/** A picked item whose bytes are on this machine. */
export interface PickedItem extends SourceItem {
  readonly size: number;
  readonly crc: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Milliseconds since the epoch. */
  readonly pickedAt: number;
}

/** Picked items that come into an album of this title, in this order. */
export interface PickedAlbum {
  readonly title: string;
  readonly members: readonly MediaId[];
}

const { bit: PICKER_BIT } = sourceNamed('picker');
const TAKEOUT_BIT = sourceNamed('takeout').bit;
const ORIGINAL = roleCode('original');
/** Positions of picked items in an album that another source lists: behind its own. */
const BEHIND = 1_000_000;

export interface PickedItemsDeps {
  readonly sql: Statements;
  readonly items: ItemStore;
  readonly albums: AlbumStore;
}

/** Writes what was picked. Ids of copies begin with the prefix of the source. Callers hold the transaction, and keep it small. */
export class PickedItems {
  readonly #deps: PickedItemsDeps;

  constructor(deps: PickedItemsDeps) {
    this.#deps = deps;
  }

  /** Adds items, or changes what is known of them. One whose bytes an item has already, or that is the same by its facts, joins it. */
  put(items: readonly PickedItem[]): void {
    const { sql, items: store } = this.#deps;
    const joins = store.hasOthers('picker');
    for (const item of items) {
      const { id, size, crc, sha256, pickedAt } = item;
      const twin = this.#withEqualBytes(item);
      sql.run('INSERT OR REPLACE INTO picked_bytes VALUES (?, ?, ?, ?, ?)', id, size, crc, sha256, pickedAt);
      const described: SourceItem = { ...item, etag: `picked:${sha256.slice(0, 32)}` };
      store.putOne(twin === undefined ? described : { ...described, twin }, 'picker', { joins, isNew: false });
    }
  }

  /** These copies are no more. Items that no other source has are gone, and come back when they are picked again. */
  remove(ids: readonly MediaId[]): void {
    const { sql, items } = this.#deps;
    for (const id of ids) {
      items.dropCopy(id);
      sql.run('DELETE FROM picked_bytes WHERE media_id = ?', id);
    }
  }

  /** Removes all copies but these. */
  removeOthers(ids: ReadonlySet<MediaId>): void {
    const all = this.#deps.sql.all<[MediaId]>('SELECT media_id FROM copies WHERE source = ? AND gone = 0', PICKER_BIT);
    this.remove(all.flatMap(([id]) => (ids.has(id) ? [] : [id])));
  }

  /** Makes these all the albums of picked items. One that has the title of an album of another source is that album. */
  setAlbums(albums: readonly PickedAlbum[]): void {
    const { sql, albums: store } = this.#deps;
    const kept = new Set(albums.map((album) => this.#setAlbum(album)));
    const before = sql.all<[number]>('SELECT id FROM albums WHERE sources & ?', PICKER_BIT);
    for (const [rowId] of before) {
      if (kept.has(rowId)) continue;
      store.takeOut(rowId, store.members(rowId, 'picker'), 'picker');
      store.markGone([rowId], 'picker');
    }
  }

  #setAlbum({ title, members }: PickedAlbum): number {
    const { sql, albums } = this.#deps;
    const rowId = this.#albumOf(title) ?? this.#newAlbum(title);
    albums.join(rowId, 'picker');
    const rows = members.flatMap(
      (id) => sql.get<[number]>('SELECT item FROM copies WHERE media_id = ?', id)?.[0] ?? [],
    );
    const stored = sql.all<[number, number, number]>(
      'SELECT item, position, sources FROM album_items WHERE album = ?',
      rowId,
    );
    const before = new Map(stored.map(([item, position, sources]) => [item, { position, sources }]));
    const wanted = new Set(rows);
    const placed = [...wanted].flatMap((item, index) => {
      const member = before.get(item);
      if (member === undefined) return { item, position: BEHIND + index, isNew: true };
      return (member.sources & PICKER_BIT) === 0 ? { item, position: member.position, isNew: false } : [];
    });
    albums.place(rowId, placed, 'picker');
    const left = stored.filter(([item, , sources]) => (sources & PICKER_BIT) !== 0 && !wanted.has(item));
    albums.takeOut(
      rowId,
      left.map(([item]) => item),
      'picker',
    );
    return rowId;
  }

  /** The album that picked items are in already, else one of Google's, else one of Takeout's. */
  #albumOf(title: string): number | undefined {
    const find = `SELECT id FROM albums WHERE title = ? AND sources <> 0 ORDER BY (sources & ?) <> 0 DESC, (sources & 1) <> 0 DESC,
      id LIMIT 1`;
    return this.#deps.sql.get<[number]>(find, title, PICKER_BIT)?.[0];
  }

  #newAlbum(title: string): number {
    const { sql, albums } = this.#deps;
    const id = localAlbumId(title);
    albums.put([{ id, title, productUrl: '', mediaItemsCount: 0, isWriteable: false }], 0, 'picker');
    return sql.get<[number]>('SELECT id FROM albums WHERE album_id = ?', id)?.[0] ?? 0;
  }

  /** The item that has these bytes as another copy: of another pick, or in a Takeout. */
  #withEqualBytes({ id, kind, size, crc, sha256 }: PickedItem): number | undefined {
    const { sql } = this.#deps;
    const isOriginal = 'i.gone = 0 AND i.role = ? AND i.kind = ?';
    const picked = `SELECT i.id FROM picked_bytes b CROSS JOIN copies c ON c.media_id = b.media_id AND c.gone = 0
      CROSS JOIN media_items i ON i.id = c.item
      WHERE b.size = ? AND b.crc = ? AND b.sha256 = ? AND b.media_id <> ? AND ${isOriginal} LIMIT 1`;
    const inTakeout = `SELECT i.id FROM takeout_files f CROSS JOIN copies c ON c.media_id = f.item AND c.gone = 0
      CROSS JOIN media_items i ON i.id = c.item WHERE f.size = ? AND f.crc = ? AND ${isOriginal} LIMIT 1`;
    const code = kindCode(kind);
    return (sql.get<[number]>(picked, size, crc, sha256, id, ORIGINAL, code) ??
      sql.get<[number]>(inTakeout, size, crc, ORIGINAL, code))?.[0];
  }
}

/** The item of which a Takeout's file is another copy, because both have the same bytes. */
export function pickedTwin(sql: Statements, takeoutId: MediaId): number | undefined {
  return sql.get<[number]>(
    `SELECT i.id FROM takeout_files f CROSS JOIN picked_bytes b ON b.size = f.size AND b.crc = f.crc
     CROSS JOIN copies c ON c.media_id = b.media_id AND c.gone = 0 CROSS JOIN media_items i ON i.id = c.item
     WHERE f.item = ? AND i.gone = 0 AND i.role = ? AND i.sources & ? = 0 LIMIT 1`,
    ...[takeoutId, ORIGINAL, TAKEOUT_BIT],
  )?.[0];
}

/** Copies of an item that were picked; `mediaId`: of any copy of it. */
export function pickedCopies(sql: Statements, mediaId: MediaId): MediaId[] {
  const find = `SELECT k.media_id FROM copies c JOIN copies k ON k.item = c.item
    WHERE c.media_id = ? AND k.source = ? AND k.gone = 0 ORDER BY k.media_id`;
  return sql.all<[MediaId]>(find, mediaId, PICKER_BIT).map(([id]) => id);
}
