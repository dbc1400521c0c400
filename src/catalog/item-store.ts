import type { MediaId, MediaItem } from '../library/media-item.js';
import { kindCode, usualDateText, usualProductUrl, videoStatusCode } from './codes.js';
import type { NamePolicy } from './name-policy.js';
import type { Statements } from './statements.js';

/** What a page of items did to the catalog. */
export interface ItemsOutcome {
  readonly added: number;
  readonly changed: number;
  /** Items that were gone and are back, with the name and row they had. */
  readonly returned: number;
  /** Items that the pass under way had not marked with this mark yet. */
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
];

const STORED =
  'id, gone, kind, creation_time, creation_text, mime, video_status, width, height, camera, description, product_url';

/** Rows of `media_items`: they come and change and are marked gone, but never leave. Callers hold the transaction. */
export class ItemStore {
  readonly #sql: Statements;
  readonly #names: NamePolicy;
  readonly #mimeTypes = new Map<string, number>();
  readonly #cameras = new Map<string, number>();

  constructor(sql: Statements, names: NamePolicy) {
    this.#sql = sql;
    this.#names = names;
  }

  /** Takes in items as Google describes them; `mark` goes on each of them (0: none). */
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

  /** Puts a mark of the pass under way on an item; true where it had not been there. */
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

  /** Takes one mark off every item. */
  unmark(mark: number): void {
    this.#sql.run('UPDATE pass_marks SET marks = marks & ~? WHERE marks & ? <> 0', mark, mark);
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
      this.#sql.run('UPDATE media_items SET gone = 1 WHERE id = ?', rowId);
      this.#refreshAlbums(rowId);
    }
  }

  /** Of these, the ones that an earlier full pass missed too; remembers exactly `rowIds` for the next one. */
  missedBefore(rowIds: readonly number[]): ReadonlySet<number> {
    const before = new Set(this.#sql.all<[number]>('SELECT item FROM missed_once').map(([item]) => item));
    this.#sql.run('DELETE FROM missed_once');
    for (const rowId of rowIds) this.#sql.run('INSERT INTO missed_once VALUES (?)', rowId);
    return new Set(rowIds.filter((rowId) => before.has(rowId)));
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
      this.#sql.run(`UPDATE media_items SET ${flag} = ? WHERE id = ? AND ${flag} <> ?`, value, rowId, value);
    }
  }

  favorites(): number[] {
    return this.#sql
      .all<[number]>(
        'SELECT i.id FROM media_items i INDEXED BY items_favorite WHERE i.gone = 0 AND i.favorite = 1 ORDER BY i.id',
      )
      .map(([id]) => id);
  }

  #add(item: MediaItem): number {
    const name = this.#names.itemName(item.filename, item.mimeType, item.id, (key) => this.#nameTaken(key));
    const rowId = this.#sql.insert(
      `INSERT INTO media_items (name, kind, creation_time, camera, mime, video_status, width, height, media_id, filename,
         creation_text, product_url, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      name,
      kindCode(item.kind),
      item.creationTime,
      this.#camera(item),
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

  /** True where something about the item is not as it was. */
  #update(item: MediaItem, stored: StoredItem): boolean {
    const [id, gone, oldKind, oldTime, , , oldStatus, oldWidth, oldHeight] = stored;
    const keepsKind = item.isKindGuessed === true;
    const next: StoredItem = [
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
    this.#sql.run(
      `UPDATE media_items SET gone = ?, kind = ?, creation_time = ?, creation_text = ?, mime = ?, video_status = ?, width = ?,
         height = ?, camera = ?, description = ?, product_url = ? WHERE id = ?`,
      ...next.slice(1),
      id,
    );
    // Other pixels are other bytes, and so is the other kind's download: the size on record would be a lie.
    const isResized = oldWidth !== null && oldHeight !== null && (next[7] !== oldWidth || next[8] !== oldHeight);
    const redrawn = isResized || next[2] !== oldKind;
    if (redrawn) this.#sql.run('UPDATE media_items SET size = NULL, etag = NULL WHERE id = ?', id);
    if (redrawn || next[6] !== oldStatus) this.#sql.run('DELETE FROM measure_failures WHERE item = ?', id);
    if (gone === 1 || next[3] !== oldTime) this.#refreshAlbums(id);
    return true;
  }

  #refreshAlbums(rowId: number): void {
    this.#sql.run(`${REFRESH_NEWEST} WHERE id IN (SELECT album FROM album_items WHERE item = ?)`, rowId);
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

  /** Ids learnt inside a transaction that was rolled back are forgotten. */
  forget(): void {
    this.#mimeTypes.clear();
    this.#cameras.clear();
  }
}

/** Sets the newest date of albums; a WHERE for `albums` follows. */
export const REFRESH_NEWEST = `UPDATE albums SET newest = (
  SELECT max(i.creation_time) FROM album_items m JOIN media_items i ON i.id = m.item
  WHERE m.album = albums.id AND i.gone = 0)`;

function unusual(text: string, usual: string): string | null {
  return text === usual ? null : text;
}
