import { Listing } from '../library/listing.js';
import type { MediaId, MediaItem } from '../library/media-item.js';
import { kindCode, usualDateText, usualProductUrl, videoStatusCode } from './codes.js';
import type { FolderTimes, ItemPlace } from './folder-times.js';
import type { NamePolicy } from './name-policy.js';
import type { Statements } from './statements.js';

/** What a page of items did to the catalog. */
export interface ItemsOutcome {
  readonly added: number;
  readonly changed: number;
  /** Items that were gone and are back, with the name and row they had. */
  readonly returned: number;
  /** Items that got this mark of the current pass for the first time. */
  readonly newlyMarked: number;
  /** Row ids in the order of the page. */
  readonly rowIds: readonly number[];
}

type StoredItem = [
  id: number,
  gone: number,
  kind: number,
  creationTime: number,
  creationText: string | null,
  mime: number,
  videoStatus: number | null,
  width: number | null,
  height: number | null,
  camera: number | null,
  description: string,
  productUrl: string | null,
  archived: number,
  favorite: number,
  albumCount: number,
];

/** What Google describes of an item, by its row and `gone`. */
type DescribedItem = StoredItem extends [...infer Described, number, number, number] ? Described : never;

const STORED = `id, gone, kind, creation_time, creation_text, mime, video_status, width, height, camera, description, product_url,
  archived, favorite, album_count`;

export interface ItemStoreDeps {
  readonly sql: Statements;
  readonly names: NamePolicy;
  /** Notified before items change folders. */
  readonly folders: FolderTimes;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Writes `media_items`. Rows are never deleted, only marked as gone. Callers hold the transaction. */
export class ItemStore {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  readonly #folders: FolderTimes;
  readonly #now: () => number;
  readonly #mimeTypes = new Map<string, number>();
  readonly #cameras = new Map<string, number>();

  constructor({ sql, names, folders, now }: ItemStoreDeps) {
    this.#sql = sql;
    this.#names = names;
    this.#folders = folders;
    this.#now = now;
  }

  /** Stores items as Google describes them. `mark` is set on each of them; 0 for none. */
  put(items: readonly MediaItem[], mark: number): ItemsOutcome {
    const outcome = { added: 0, changed: 0, returned: 0, newlyMarked: 0 };
    const rowIds = items.map((item) => {
      const stored = this.#sql.get<StoredItem>(`SELECT ${STORED} FROM media_items WHERE media_id = ?`, item.id);
      if (stored === undefined) outcome.added += 1;
      else if (stored[1] === 1) outcome.returned += 1;
      const rowId = stored === undefined ? this.#add(item) : stored[0];
      if (stored !== undefined && this.#update(item, stored) && stored[1] === 0) outcome.changed += 1;
      if (mark !== 0 && this.mark(rowId, mark)) outcome.newlyMarked += 1;
      return rowId;
    });
    return { ...outcome, rowIds };
  }

  /** Sets a mark of the current pass on an item. Returns true if it was not set before. */
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

  /** Removes a mark from the items of these rows, both ends included. */
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

  clearMarks(): void {
    this.#sql.run('DELETE FROM pass_marks');
  }

  /** Items that the pass did not mark and that are not gone. */
  unmarked(mark: number): { rowId: number; mediaId: MediaId; archived: boolean }[] {
    return this.#sql
      .all<[number, MediaId, number]>(
        `SELECT i.id, i.media_id, i.archived FROM media_items i LEFT JOIN pass_marks p ON p.item = i.id
         WHERE i.gone = 0 AND ifnull(p.marks, 0) & ? = 0 ORDER BY i.id`,
        mark,
      )
      .map(([rowId, mediaId, archived]) => ({ rowId, mediaId, archived: archived === 1 }));
  }

  /** Videos that have no bytes yet, newest first, among the newest items without a size. */
  unready(limit: number): MediaId[] {
    return this.#sql
      .all<[MediaId]>(
        `SELECT media_id FROM (
           SELECT media_id, kind, video_status FROM media_items INDEXED BY items_unmeasured
           WHERE gone = 0 AND size IS NULL ORDER BY creation_time DESC LIMIT 5000)
         WHERE kind = ? AND video_status IN (?, ?) LIMIT ?`,
        kindCode('video'),
        videoStatusCode('PROCESSING'),
        videoStatusCode('UNSPECIFIED'),
        limit,
      )
      .map(([mediaId]) => mediaId);
  }

  markGone(rowIds: readonly number[]): void {
    for (const rowId of rowIds) {
      this.#folders.itemMoves(this.#place(rowId), undefined);
      if (this.#sql.run('UPDATE media_items SET gone = 1 WHERE id = ? AND gone = 0', rowId) > 0)
        this.#albumsMove(rowId);
    }
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

  /** Live items marked with all of `marks` and none of `without`, whose flag is not `value` yet. */
  flagCandidates(flag: 'archived' | 'favorite', value: 0 | 1, marks: number, without: number): number[] {
    return this.#sql
      .all<[number]>(
        `SELECT i.id FROM pass_marks p JOIN media_items i ON i.id = p.item
         WHERE p.marks & ? = ? AND p.marks & ? = 0 AND i.gone = 0 AND i.${flag} <> ? ORDER BY i.id`,
        marks,
        marks,
        without,
        value,
      )
      .map(([id]) => id);
  }

  setFlag(flag: 'archived' | 'favorite', value: 0 | 1, rowIds: readonly number[]): void {
    for (const rowId of rowIds) {
      const place = this.#place(rowId);
      if (place !== undefined) this.#folders.itemMoves(place, { ...place, [flag]: value === 1 });
      this.#sql.run(`UPDATE media_items SET ${flag} = ? WHERE id = ? AND ${flag} <> ?`, value, rowId, value);
    }
  }

  /** Row ids of the favourites that are not gone, ascending. */
  favorites(): number[] {
    return this.#sql
      .all<[number]>(
        'SELECT i.id FROM media_items i INDEXED BY items_favorite WHERE i.gone = 0 AND i.favorite = 1 ORDER BY i.id',
      )
      .map(([id]) => id);
  }

  #add(item: MediaItem): number {
    const kind = kindCode(item.kind);
    const camera = this.#camera(item);
    const { creationTime } = item;
    const place = { creationTime, kind, camera, archived: false, favorite: false, inAlbums: false };
    this.#folders.itemMoves(undefined, place);
    const name = this.#names.itemName(item.filename, item.mimeType, item.id, (key) => this.#nameTaken(key));
    const rowId = this.#sql.insert(
      `INSERT INTO media_items (name, kind, creation_time, camera, mime, video_status, width, height, media_id, filename,
         creation_text, product_url, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      name,
      kind,
      creationTime,
      camera,
      this.#mimeType(item.mimeType),
      videoStatusCode(item.videoStatus),
      item.width ?? null,
      item.height ?? null,
      item.id,
      item.filename === name ? null : item.filename,
      unusual(item.creationTimeText, usualDateText(item.creationTime)),
      unusual(item.productUrl, usualProductUrl(item.id)),
      item.description,
    );
    this.#sql.run('INSERT INTO item_name_keys VALUES (?, ?)', this.#names.key(name), rowId);
    return rowId;
  }

  /** Returns true if anything about the item changed. */
  #update(item: MediaItem, stored: StoredItem): boolean {
    const [id, gone, oldKind, oldTime, , , oldStatus, oldWidth, oldHeight] = stored;
    const keepsKind = item.isKindGuessed === true;
    const next: DescribedItem = [
      id,
      0,
      keepsKind ? oldKind : kindCode(item.kind),
      item.creationTime,
      unusual(item.creationTimeText, usualDateText(item.creationTime)),
      this.#mimeType(item.mimeType),
      keepsKind ? oldStatus : videoStatusCode(item.videoStatus),
      item.width ?? oldWidth,
      item.height ?? oldHeight,
      this.#camera(item),
      item.description,
      unusual(item.productUrl, usualProductUrl(item.id)),
    ];
    if (next.every((value, index) => value === stored[index])) return false;
    const place = placeOf(stored);
    const after = { ...place, kind: next[2], creationTime: next[3], camera: next[9] };
    this.#folders.itemMoves(gone === 1 ? undefined : place, after);
    if (gone === 1) this.#albumsMove(id);
    this.#sql.run(
      `UPDATE media_items SET gone = ?, kind = ?, creation_time = ?, creation_text = ?, mime = ?, video_status = ?, width = ?,
         height = ?, camera = ?, description = ?, product_url = ? WHERE id = ?`,
      ...next.slice(1),
      id,
    );
    // Other dimensions or another kind mean other bytes: the stored size is no longer valid.
    const isResized = oldWidth !== null && oldHeight !== null && (next[7] !== oldWidth || next[8] !== oldHeight);
    const redrawn = isResized || next[2] !== oldKind;
    if (redrawn) {
      this.#sql.run('UPDATE media_items SET size = NULL, etag = NULL WHERE id = ?', id);
      this.#timesMove(id, 'mtime', 'ctime');
    } else if (next[3] !== oldTime) this.#timesMove(id, 'ctime');
    if (redrawn || next[6] !== oldStatus) this.#sql.run('DELETE FROM measure_failures WHERE item = ?', id);
    return true;
  }

  #timesMove(rowId: number, ...columns: ('mtime' | 'ctime')[]): void {
    const now = this.#now();
    for (const column of columns) {
      const moved = `iif(ifnull(${column}, creation_time) = ?, ?, ?)`;
      this.#sql.run(`UPDATE media_items SET ${column} = ${moved} WHERE id = ?`, now, now + 1, now, rowId);
    }
  }

  /** Undefined for an item that is gone. */
  #place(rowId: number): ItemPlace | undefined {
    const stored = this.#sql.get<StoredItem>(`SELECT ${STORED} FROM media_items WHERE id = ? AND gone = 0`, rowId);
    return stored && placeOf(stored);
  }

  /** The item appears in, or disappears from, the albums that hold it. */
  #albumsMove(rowId: number): void {
    for (const [album] of this.#sql.all<[number]>('SELECT album FROM album_items WHERE item = ?', rowId)) {
      this.#folders.move(Listing.album(album));
    }
  }

  #nameTaken(key: string): boolean {
    return this.#sql.get('SELECT 1 FROM item_name_keys WHERE name_key = ?', key) !== undefined;
  }

  #mimeType(text: string): number {
    const known = this.#mimeTypes.get(text);
    if (known !== undefined) return known;
    const id =
      this.#sql.get<[number]>('SELECT id FROM mime_types WHERE text = ?', text)?.[0] ??
      this.#sql.insert('INSERT INTO mime_types (text) VALUES (?)', text);
    this.#mimeTypes.set(text, id);
    return id;
  }

  #camera(item: MediaItem): number | null {
    const make = item.cameraMake ?? '';
    const model = item.cameraModel ?? '';
    if (make === '' && model === '') return null;
    const wanted = `${make}\0${model}`;
    const known = this.#cameras.get(wanted);
    if (known !== undefined) return known;
    const id =
      this.#sql.get<[number]>('SELECT id FROM cameras WHERE make = ? AND model = ?', make, model)?.[0] ??
      this.#addCamera(make, model);
    this.#cameras.set(wanted, id);
    return id;
  }

  #addCamera(make: string, model: string): number {
    const taken = (key: string): boolean =>
      this.#sql.get('SELECT 1 FROM cameras WHERE name_key = ?', key) !== undefined;
    const name = this.#names.cameraName(make, model, taken);
    return this.#sql.insert(
      'INSERT INTO cameras (make, model, name, name_key) VALUES (?, ?, ?, ?)',
      make,
      model,
      name,
      this.#names.key(name),
    );
  }

  /** Forgets the ids of a transaction that was rolled back. */
  forget(): void {
    this.#mimeTypes.clear();
    this.#cameras.clear();
  }
}

function placeOf(stored: StoredItem): ItemPlace {
  const [, , kind, creationTime, , , , , , camera, , , archived, favorite, albumCount] = stored;
  return {
    kind,
    creationTime,
    camera,
    archived: archived === 1,
    favorite: favorite === 1,
    inAlbums: albumCount > 0,
  };
}

function unusual(text: string, usual: string): string | null {
  return text === usual ? null : text;
}
