import type { Database, Statement } from 'better-sqlite3';
import type { AlbumId } from '../library/album.js';
import { dayOf, startOfDay } from '../library/calendar.js';
import type { UserError } from '../support/user-error.js';
import type { MediaId } from '../library/media-item.js';
import { kindOf, usualDateText, usualProductUrl, videoStatusOf } from './codes.js';
import { FollowingItems } from './following-items.js';
import { openForReading } from './open-database.js';
import type {
  AlbumRecord,
  CachedItem,
  CameraRecord,
  CatalogCounts,
  CatalogView,
  ItemDetails,
  ItemRecord,
  ItemSelection,
  ListingOrder,
  NamedItem,
} from './records.js';
import { selectionParameters, selectionSql, type SelectionBy } from './selection-sql.js';

export interface CatalogViewOptions {
  readonly showArchived: boolean;
  /** Called once, when a query meets damage. The query then throws the same error. */
  readonly onDamage?: (damage: UserError) => void;
}

/**
 * Opens an existing catalog for reading. Throws UserError (ExitCode.catalog) where the file is unreadable, damaged or
 * newer.
 */
export function openCatalogView(file: string, options: CatalogViewOptions): CatalogView & { close(): void } {
  return new SqliteCatalogView(openForReading(file, options.onDamage), options.showArchived);
}

type ItemRow = [
  ...[id: number, mediaId: string, name: string, kind: number, mime: number, creationTime: number],
  ...[size: number | null, videoStatus: number | null, archived: number],
  ...[favorite: number, albumCount: number, camera: number | null, mtime: number | null, ctime: number | null],
];

const ITEM_COLUMNS =
  'i.id, i.media_id, i.name, i.kind, i.mime, i.creation_time, i.size, i.video_status, i.archived, ' +
  'i.favorite, i.album_count, i.camera, i.mtime, i.ctime';

/** With fewer unmeasured items it is faster to walk those than the selection. */
const FEW_UNMEASURED = 20_000;

interface SelectionStatements {
  readonly find: Statement;
  readonly list: Statement;
  /** Creation time of the first item listed. */
  readonly first: Statement;
  readonly unmeasured: Statement;
  readonly unmeasuredAmongFew: Statement;
}

class SqliteCatalogView implements CatalogView {
  readonly #db: Database;
  readonly showArchived: boolean;
  readonly #selections = new Map<SelectionBy, SelectionStatements>();
  readonly #statements = new Map<string, Statement>();
  readonly #mimeTypes = new Map<number, string>();
  readonly #following: FollowingItems;

  constructor(db: Database, showArchived: boolean) {
    this.#db = db;
    this.showArchived = showArchived;
    this.#following = new FollowingItems({
      rows: (sql, ...values) => this.#raw(sql).all(...values),
      columns: CACHED_COLUMNS,
      decode: cachedItem,
      showArchived,
    });
  }

  findItem(selection: ItemSelection, name: string): ItemRecord | undefined {
    const row = this.#selection(selection).find.get(name, ...selectionParameters(selection));
    return row === undefined ? undefined : this.#item(row as ItemRow);
  }

  listItems(selection: ItemSelection): NamedItem[] {
    return this.#selection(selection).list.all(...selectionParameters(selection)) as NamedItem[];
  }

  hasItems(selection: ItemSelection): boolean {
    return this.#firstTime(selection) !== undefined;
  }

  listedAt(listing: string): number | undefined {
    const column = this.showArchived ? 'with_archived' : 'without_archived';
    const row = this.#raw(`SELECT ${column} FROM folder_times WHERE listing = ?`).get(listing) as
      [number | null] | undefined;
    return row?.[0] ?? undefined;
  }

  details(rowId: number): ItemDetails | undefined {
    const row = this.#raw(
      `SELECT i.media_id, i.creation_time, i.creation_text, i.description, i.product_url, i.width, i.height, c.name, i.favorite
       FROM media_items i LEFT JOIN cameras c ON c.id = i.camera WHERE i.id = ? AND i.gone = 0`,
    ).get(rowId) as
      | [string, number, string | null, string, string | null, number | null, number | null, string | null, number]
      | undefined;
    if (row === undefined) return undefined;
    const [mediaId, creationTime, creationText, description, productUrl, width, height, camera, favorite] = row;
    return {
      creationTimeText: creationText ?? usualDateText(creationTime),
      description,
      productUrl: productUrl ?? usualProductUrl(mediaId),
      width,
      height,
      camera,
      favorite: favorite === 1,
    };
  }

  etag(rowId: number): string | null {
    const row = this.#raw('SELECT etag FROM media_items WHERE id = ?').get(rowId) as [string | null] | undefined;
    return row?.[0] ?? null;
  }

  unmeasured(selection: ItemSelection, limit: number): ItemRecord[] {
    const statements = this.#selection(selection);
    const few = selection.by !== 'album' && this.counts().unmeasured < FEW_UNMEASURED;
    const statement = few ? statements.unmeasuredAmongFew : statements.unmeasured;
    const rows = statement.all(...selectionParameters(selection), limit) as ItemRow[];
    return rows.map((row) => this.#item(row));
  }

  cachedItem(mediaId: MediaId): CachedItem | undefined {
    const row = this.#raw(`SELECT ${CACHED_COLUMNS} FROM media_items i WHERE i.media_id = ? AND i.gone = 0`).get(
      mediaId,
    );
    return row === undefined ? undefined : cachedItem(row);
  }

  cachedItems(selection: ItemSelection): CachedItem[] {
    const { from, where, order } = selectionSql(selection.by, this.showArchived);
    return this.#raw(`SELECT ${CACHED_COLUMNS} FROM ${from} WHERE ${where} ORDER BY ${order}`)
      .all(...selectionParameters(selection))
      .map(cachedItem);
  }

  following(selection: ItemSelection, mediaId: MediaId, order: ListingOrder, limit: number): CachedItem[] {
    return this.#following.after(selection, mediaId, order, limit);
  }

  neighbours(mediaId: MediaId, limit: number): MediaId[] {
    const at = this.#raw('SELECT id, creation_time, archived FROM media_items WHERE media_id = ? AND gone = 0').get(
      mediaId,
    ) as [number, number, number] | undefined;
    if (at === undefined) return [];
    const [rowId, time, archived] = at;
    const ids = (test: string, order: string, ...values: number[]): MediaId[] =>
      (
        this.#raw(
          `SELECT i.media_id FROM media_items i INDEXED BY items_created WHERE i.gone = 0 AND ${test} ORDER BY ${order} LIMIT ?`,
        ).all(...values, limit) as [MediaId][]
      ).map(([id]) => id);
    // All items of an import may have the same time: among those the next rows are the neighbours.
    const same = ids('i.creation_time = ? AND i.archived = ? AND i.id > ?', 'i.id', time, archived, rowId);
    const hidden = this.showArchived ? '' : ' AND i.archived = 0';
    const newer = ids(`i.creation_time > ?${hidden}`, 'i.creation_time', time);
    const older = ids(`i.creation_time < ?${hidden}`, 'i.creation_time DESC', time);
    const found: MediaId[] = [];
    for (let step = 0; found.length < limit && step < limit; step++) {
      for (const side of [same, newer, older]) {
        const id = side[step];
        if (id !== undefined && found.length < limit) found.push(id);
      }
    }
    return found;
  }

  years(): number[] {
    return this.#parts(-Infinity, Infinity, (newest) => {
      const { year } = dayOf(newest);
      return [year, startOfDay(year, 1, 1)];
    });
  }

  months(year: number): number[] {
    return this.#parts(startOfDay(year, 1, 1), startOfDay(year + 1, 1, 1), (newest) => {
      const { month } = dayOf(newest);
      return [month, startOfDay(year, month, 1)];
    });
  }

  days(year: number, month: number): number[] {
    return this.#parts(startOfDay(year, month, 1), startOfDay(year, month + 1, 1), (newest) => {
      const { day } = dayOf(newest);
      return [day, startOfDay(year, month, day)];
    });
  }

  albums(): AlbumRecord[] {
    return this.#raw(`SELECT ${ALBUM_COLUMNS} FROM albums WHERE gone = 0 ORDER BY name`).all().map(albumRecord);
  }

  albumByName(name: string): AlbumRecord | undefined {
    const row = this.#raw(`SELECT ${ALBUM_COLUMNS} FROM albums INDEXED BY albums_name WHERE name = ? AND gone = 0`).get(
      name,
    );
    return row === undefined ? undefined : albumRecord(row);
  }

  albumById(albumId: AlbumId): AlbumRecord | undefined {
    const row = this.#raw(`SELECT ${ALBUM_COLUMNS} FROM albums WHERE album_id = ? AND gone = 0`).get(albumId);
    return row === undefined ? undefined : albumRecord(row);
  }

  albumByRowId(rowId: number): AlbumRecord | undefined {
    const row = this.#raw(`SELECT ${ALBUM_COLUMNS} FROM albums WHERE id = ? AND gone = 0`).get(rowId);
    return row === undefined ? undefined : albumRecord(row);
  }

  cameras(): CameraRecord[] {
    const rows = this.#raw('SELECT id, name FROM cameras ORDER BY name').all() as [number, string][];
    return rows
      .map(([rowId, name]) => ({ rowId, name }))
      .filter(({ rowId }) => this.hasItems({ by: 'camera', cameraRowId: rowId }));
  }

  cameraByName(name: string): CameraRecord | undefined {
    const row = this.#raw('SELECT id, name FROM cameras WHERE name = ?').get(name) as [number, string] | undefined;
    if (row === undefined || !this.hasItems({ by: 'camera', cameraRowId: row[0] })) return undefined;
    return { rowId: row[0], name: row[1] };
  }

  albumsOf(itemRowId: number): number[] {
    const rows = this.#raw(
      'SELECT m.album FROM album_items m JOIN albums a ON a.id = m.album WHERE m.item = ? AND a.gone = 0',
    ).all(itemRowId) as [number][];
    return rows.map(([album]) => album);
  }

  counts(): CatalogCounts {
    const row = this.#raw('SELECT items, albums, unmeasured, bytes FROM totals').get() as [
      number,
      number,
      number,
      number,
    ];
    return { items: row[0], albums: row[1], unmeasured: row[2], bytes: row[3] };
  }

  revision(): number {
    return (this.#raw('PRAGMA data_version').get() as [number])[0];
  }

  close(): void {
    this.#db.close();
  }

  /** Creation time of the first item listed. That is the newest item, except in albums. */
  #firstTime(selection: ItemSelection): number | undefined {
    return this.#selection(selection).first.get(...selectionParameters(selection)) as number | undefined;
  }

  /** Years, months or days of `[from, to)` that hold items, newest first. One index seek for each. */
  #parts(from: number, to: number, partOf: (newest: number) => [part: number, start: number]): number[] {
    const parts: number[] = [];
    for (let before = to; ;) {
      const newest = this.#firstTime({ by: 'created', from, to: before });
      if (newest === undefined) return parts;
      const [part, start] = partOf(newest);
      parts.push(part);
      before = start;
    }
  }

  #item(row: ItemRow): ItemRecord {
    return {
      rowId: row[0],
      mediaId: row[1] as MediaId,
      name: row[2],
      kind: kindOf(row[3]),
      mimeType: this.#mimeType(row[4]),
      creationTime: row[5],
      size: row[6],
      videoStatus: videoStatusOf(row[7]),
      archived: row[8] === 1,
      favorite: row[9] === 1,
      albumCount: row[10],
      cameraRowId: row[11],
      mtime: row[12] ?? row[5],
      ctime: row[13] ?? row[5],
    };
  }

  #mimeType(id: number): string {
    const known = this.#mimeTypes.get(id);
    if (known !== undefined) return known;
    const row = this.#raw('SELECT text FROM mime_types WHERE id = ?').get(id) as [string] | undefined;
    const text = row?.[0] ?? 'application/octet-stream';
    this.#mimeTypes.set(id, text);
    return text;
  }

  #raw(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql).raw(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #selection({ by }: ItemSelection): SelectionStatements {
    const known = this.#selections.get(by);
    if (known !== undefined) return known;
    const { from, where, member, order } = selectionSql(by, this.showArchived);
    const db = this.#db;
    const unmeasured = (source: string, test: string): Statement =>
      db
        .prepare(
          `SELECT ${ITEM_COLUMNS} FROM ${source} WHERE ${test} AND i.size IS NULL ORDER BY i.creation_time DESC LIMIT ?`,
        )
        .raw(true);
    const statements: SelectionStatements = {
      find: db
        .prepare(`SELECT ${ITEM_COLUMNS} FROM media_items i INDEXED BY items_name WHERE i.name = ? AND ${member}`)
        .raw(true),
      list: db.prepare(`SELECT i.id AS rowId, i.name AS name FROM ${from} WHERE ${where} ORDER BY ${order}`),
      first: db.prepare(`SELECT i.creation_time FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT 1`).pluck(true),
      unmeasured: unmeasured(from, where),
      unmeasuredAmongFew: unmeasured('media_items i INDEXED BY items_unmeasured', member),
    };
    this.#selections.set(by, statements);
    return statements;
  }
}

const CACHED_COLUMNS = 'i.media_id, i.name, i.kind, i.size, i.etag, i.video_status';

function cachedItem(row: unknown): CachedItem {
  const [id, name, kind, size, etag, status] = row as [
    string,
    string,
    number,
    number | null,
    string | null,
    number | null,
  ];
  const videoStatus = videoStatusOf(status);
  const isReadable = videoStatus !== 'PROCESSING' && videoStatus !== 'FAILED';
  return { mediaId: id as MediaId, name, kind: kindOf(kind), size, etag, isReadable };
}

const ALBUM_COLUMNS = 'id, album_id, name, title';

function albumRecord(row: unknown): AlbumRecord {
  const [rowId, albumId, name, title] = row as [number, string, string, string];
  return { rowId, albumId: albumId as AlbumId, name, title };
}
