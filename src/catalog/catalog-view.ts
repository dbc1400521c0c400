import type { Database, Statement } from '../sqlite/open-sqlite.js';
import { Statements } from '../sqlite/statements.js';
import type { AlbumId } from '../library/album.js';
import { boundsOf, UTC, type Calendar, type CalendarDay, type CalendarPeriod } from '../library/calendar.js';
import type { UserError } from '../support/user-error.js';
import type { MediaId } from '../library/media-item.js';
import type { SourceName } from '../library/source.js';
import { kindOf, shelfOf, videoStatusOf } from './codes.js';
import { COUNTS, countsOf } from './counts.js';
import { ALBUM_COLUMNS, albumRecord, cachedColumns, cachedItem } from './decode-rows.js';
import { FollowingItems } from './following-items.js';
import { itemDetails } from './item-details.js';
import { openForReading } from './open-database.js';
import type {
  AlbumRecord,
  CachedItem,
  CameraRecord,
  CatalogCounts,
  ItemDetails,
  ItemRecord,
  ListingOrder,
  NamedItem,
  OpenedCatalog,
  PersonRecord,
} from './records.js';
import { pickedCopies } from './picked-items.js';
import { readParts, type PartRecord } from './takeout-parts.js';
import { takeoutPlace, type TakeoutPlace } from './takeout-places.js';
import type { ItemSelection } from '../library/item-selection.js';
import {
  OWN_NAMED,
  resolved,
  selectionParameters,
  selectionSql,
  type CreatedWithin,
  type SelectionBy,
  type SqlSelection,
} from './selection-sql.js';

export interface CatalogViewOptions {
  readonly showArchived: boolean;
  readonly showTrashed?: boolean | undefined;
  readonly showLocked?: boolean | undefined;
  /** Of the profile: what dates mean. Default: UTC. */
  readonly calendar?: Calendar | undefined;
  /** Called once, when a look-up meets damage; the look-up then throws the same. */
  readonly onDamage?: (damage: UserError) => void;
}

/**
 * Opens an existing catalog for reading. Throws UserError (ExitCode.catalog) where the file is unreadable, damaged or
 * newer.
 */
export function openCatalogView(file: string, options: CatalogViewOptions): OpenedCatalog {
  return new SqliteCatalogView(openForReading(file, options.onDamage), options);
}

type ItemRow = [
  ...[id: number, mediaId: string, name: string, kind: number, mime: number, creationTime: number],
  ...[size: number | null, videoStatus: number | null, shelf: number],
  ...[favorite: number, albumCount: number, camera: number | null, mtime: number | null, ctime: number | null],
  ...[inode: number | null, source: SourceName, people: number],
];

/** `name`: as in {@link SelectionSql}. */
const itemColumns = (name: string): string =>
  `i.id, i.media_id, ${name}, i.kind, i.mime, i.creation_time, i.size, i.video_status, i.archived,
   i.favorite, i.album_count, i.camera, i.mtime, i.ctime, i.inode, i.source, i.people_count`;
const ITEM_COLUMNS = itemColumns('i.name');
const FIND_OWN_NAMED = `SELECT ${itemColumns('m.name')} FROM ${OWN_NAMED} AND m.name = ?`;

const OWN_INODES = 'SELECT id, inode FROM media_items INDEXED BY items_inode WHERE inode IS NOT NULL';

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

class SqliteCatalogView implements OpenedCatalog {
  readonly #db: Database;
  readonly #sql: Statements;
  readonly showArchived: boolean;
  readonly showTrashed: boolean;
  readonly showLocked: boolean;
  readonly #calendar: Calendar;
  /** By the selection itself: the tree gives the same one for the same folder. */
  readonly #resolved = new WeakMap<ItemSelection, SqlSelection>();
  readonly #selections = new Map<SelectionBy, SelectionStatements>();
  readonly #statements = new Map<string, Statement>();
  readonly #mimeTypes = new Map<number, string>();
  readonly #following: FollowingItems;

  constructor(db: Database, options: CatalogViewOptions) {
    const { showArchived, showTrashed = false, showLocked = false, calendar = UTC } = options;
    this.#db = db;
    this.#sql = new Statements(db);
    this.showArchived = showArchived;
    this.showTrashed = showTrashed;
    this.showLocked = showLocked;
    this.#calendar = calendar;
    this.#following = new FollowingItems({
      rows: (sql, ...values) => this.#raw(sql).all(...values),
      decode: cachedItem,
      showArchived,
    });
  }

  findItem(selection: ItemSelection, name: string): ItemRecord | undefined {
    const resolved = this.#resolve(selection);
    const row =
      this.#selection(resolved).find.get(name, ...selectionParameters(resolved)) ??
      (resolved.by === 'album' ? this.#raw(FIND_OWN_NAMED).get(resolved.albumRowId, name) : undefined);
    return row === undefined ? undefined : this.#item(row as ItemRow);
  }

  listItems(selection: ItemSelection): NamedItem[] {
    const resolved = this.#resolve(selection);
    const items = this.#selection(resolved).list.all(...selectionParameters(resolved)) as NamedItem[];
    // Few items have one, and a column more in each row would cost every listing a tenth.
    const own = new Map(this.#raw(OWN_INODES).all() as [rowId: number, inode: number][]);
    if (own.size === 0) return items;
    return items.map((item) => {
      const inode = own.get(item.rowId);
      return inode === undefined ? item : { ...item, inode };
    });
  }

  hasItems(selection: ItemSelection): boolean {
    return this.#firstTime(this.#resolve(selection)) !== undefined;
  }

  listedAt(listing: string): number | undefined {
    const column = this.showArchived ? 'with_archived' : 'without_archived';
    const row = this.#raw(`SELECT ${column} FROM folder_times WHERE listing = ?`).get(listing) as
      [number | null] | undefined;
    return row?.[0] ?? undefined;
  }

  details(rowId: number): ItemDetails | undefined {
    return itemDetails((sql, ...values) => this.#raw(sql).all(...values), rowId);
  }

  etag(rowId: number): string | null {
    const row = this.#raw('SELECT etag FROM media_items WHERE id = ?').get(rowId) as [string | null] | undefined;
    return row?.[0] ?? null;
  }

  unmeasured(selection: ItemSelection, limit: number): ItemRecord[] {
    const resolved = this.#resolve(selection);
    const statements = this.#selection(resolved);
    const few = resolved.by !== 'album' && this.counts().unmeasured < FEW_UNMEASURED;
    const statement = few ? statements.unmeasuredAmongFew : statements.unmeasured;
    const rows = statement.all(...selectionParameters(resolved), limit) as ItemRow[];
    return rows.map((row) => this.#item(row));
  }

  cachedItem(mediaId: MediaId): CachedItem | undefined {
    const row = this.#raw(
      `SELECT ${cachedColumns()} FROM copies c CROSS JOIN media_items i ON i.id = c.item WHERE c.media_id = ? AND i.gone = 0`,
    ).get(mediaId);
    return row === undefined ? undefined : cachedItem(row);
  }

  cachedItems(selection: ItemSelection): CachedItem[] {
    const resolved = this.#resolve(selection);
    const { from, where, order, name } = selectionSql(resolved.by, this.showArchived);
    return this.#raw(`SELECT ${cachedColumns(name)} FROM ${from} WHERE ${where} ORDER BY ${order}`)
      .all(...selectionParameters(resolved))
      .map(cachedItem);
  }

  following(selection: ItemSelection, mediaId: MediaId, order: ListingOrder, limit: number): CachedItem[] {
    return this.#following.after(this.#resolve(selection), mediaId, order, limit);
  }

  neighbours(mediaId: MediaId, limit: number): MediaId[] {
    const at = this.#raw(
      "SELECT id, creation_time, archived FROM media_items WHERE media_id = ? AND gone = 0 AND source = 'app'",
    ).get(mediaId) as [number, number, number] | undefined;
    if (at === undefined) return [];
    const [rowId, time, archived] = at;
    const ids = (test: string, order: string, ...values: number[]): MediaId[] =>
      (
        this.#raw(
          `SELECT i.media_id FROM media_items i INDEXED BY items_created
           WHERE i.gone = 0 AND i.source = 'app' AND ${test} ORDER BY ${order} LIMIT ?`,
        ).all(...values, limit) as [MediaId][]
      ).map(([id]) => id);
    // All items of an import may have the same time: among those the next rows are the neighbours.
    const same = ids('i.creation_time = ? AND i.archived = ? AND i.id > ?', 'i.id', time, archived, rowId);
    const hidden = this.showArchived ? ' AND i.archived <= 1' : ' AND i.archived = 0';
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
    return this.#parts({ from: -Infinity, to: Infinity }, ({ year }) => [year, { year, month: 0, day: 0 }]);
  }

  months(year: number): number[] {
    const within = boundsOf(this.#calendar, { year, month: 0, day: 0 });
    return this.#parts(within, ({ month }) => [month, { year, month, day: 0 }]);
  }

  days(year: number, month: number): number[] {
    const within = boundsOf(this.#calendar, { year, month, day: 0 });
    return this.#parts(within, ({ day }) => [day, { year, month, day }]);
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

  people(): PersonRecord[] {
    const rows = this.#raw('SELECT id, name FROM people ORDER BY name').all() as [number, string][];
    return rows
      .map(([rowId, name]) => ({ rowId, name }))
      .filter(({ rowId }) => this.hasItems({ by: 'person', personRowId: rowId }));
  }

  personByName(name: string): PersonRecord | undefined {
    const row = this.#raw('SELECT id, name FROM people WHERE name = ?').get(name) as [number, string] | undefined;
    if (row === undefined || !this.hasItems({ by: 'person', personRowId: row[0] })) return undefined;
    return { rowId: row[0], name: row[1] };
  }

  albumsOf(itemRowId: number): number[] {
    const rows = this.#raw(
      'SELECT m.album FROM album_items m JOIN albums a ON a.id = m.album WHERE m.item = ? AND a.gone = 0',
    ).all(itemRowId) as [number][];
    return rows.map(([album]) => album);
  }

  counts(): CatalogCounts {
    return countsOf(this.#raw(COUNTS).get());
  }

  revision(): number {
    return (this.#raw('PRAGMA data_version').get() as [number])[0];
  }

  takeoutPlace(id: MediaId): TakeoutPlace | undefined {
    return takeoutPlace(this.#sql, id);
  }

  takeoutParts(): PartRecord[] {
    return readParts(this.#sql);
  }

  pickedCopies(mediaId: MediaId): MediaId[] {
    return pickedCopies(this.#sql, mediaId);
  }

  close(): void {
    this.#db.close();
  }

  /** Creation time of the first item listed: the newest one but in albums. */
  #firstTime(selection: SqlSelection): number | undefined {
    return this.#selection(selection).first.get(...selectionParameters(selection)) as number | undefined;
  }

  /** Parts of the calendar that hold items, within bounds: from the newest item, one index seek a part. */
  #parts(
    { from, to }: Omit<CreatedWithin, 'by'>,
    partOf: (newest: CalendarDay) => [part: number, period: CalendarPeriod],
  ): number[] {
    const parts: number[] = [];
    for (let before = to; ;) {
      const newest = this.#firstTime({ by: 'created', from, to: before });
      if (newest === undefined) return parts;
      const [part, period] = partOf(this.#calendar.dayOf(newest));
      parts.push(part);
      before = boundsOf(this.#calendar, period).from;
    }
  }

  #resolve(selection: ItemSelection): SqlSelection {
    if (selection.by !== 'date') return selection;
    const known = this.#resolved.get(selection);
    if (known !== undefined) return known;
    const found = resolved(selection, this.#calendar);
    this.#resolved.set(selection, found);
    return found;
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
      shelf: shelfOf(row[8]),
      favorite: row[9] === 1,
      albumCount: row[10],
      cameraRowId: row[11],
      mtime: row[12] ?? row[5],
      ctime: row[13] ?? row[5],
      inode: row[14],
      source: row[15],
      peopleCount: row[16],
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

  #selection({ by }: SqlSelection): SelectionStatements {
    const known = this.#selections.get(by);
    if (known !== undefined) return known;
    const { from, where, member, order, name } = selectionSql(by, this.showArchived);
    const db = this.#db;
    const unmeasured = (source: string, test: string): Statement =>
      db
        .prepare(
          `SELECT ${ITEM_COLUMNS} FROM ${source} WHERE ${test} AND i.size IS NULL AND i.source = 'app'
           ORDER BY i.creation_time DESC LIMIT ?`,
        )
        .raw(true);
    const statements: SelectionStatements = {
      find: db
        .prepare(`SELECT ${ITEM_COLUMNS} FROM media_items i INDEXED BY items_name WHERE i.name = ? AND ${member}`)
        .raw(true),
      list: db.prepare(`SELECT i.id AS rowId, ${name} AS name FROM ${from} WHERE ${where} ORDER BY ${order}`),
      first: db.prepare(`SELECT i.creation_time FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT 1`).pluck(true),
      unmeasured: unmeasured(from, where),
      unmeasuredAmongFew: unmeasured('media_items i INDEXED BY items_unmeasured', member),
    };
    this.#selections.set(by, statements);
    return statements;
  }
}
