import type { MediaId, MediaItem } from '../library/media-item.js';
import { APP_BIT, sourceNamed, sourcesIn, type SourceName } from '../library/source.js';
import { kindCode, usualDateText, usualProductUrl, videoStatusCode } from './codes.js';
import { CopyStore, type CopyBytes, type CopyStoreDeps } from './copy-store.js';
import { findTwin } from './find-twin.js';
import { placeOf } from './placed-item.js';
import type { FolderTimes } from './folder-times.js';
import type { MovingParts } from './part-followers.js';
import { ItemVocabulary } from './item-vocabulary.js';
import type { NamePolicy } from './name-policy.js';
import type { PassMarks } from './pass-marks.js';

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

/** What putting one item did; `returned`: it was gone. */
export interface ItemOutcome {
  readonly rowId: number;
  readonly did: 'added' | 'changed' | 'returned' | 'nothing';
}

/** An item as a source describes it; sources that read files know its size at once. */
export interface SourceItem extends MediaItem {
  /** Bytes. */
  readonly size?: number | undefined;
  readonly etag?: string | undefined;
  /** Row of the item that it is another copy of, where that is known by its bytes. */
  readonly twin?: number | undefined;
  /** How an item enters the catalog that no source has yet; by default as one that is shown. */
  readonly standing?: Standing | undefined;
}

/** What Takeout knows of an item besides its facts, in the numbers of the catalog. */
export interface Standing {
  readonly role: number;
  /** Row of the original of an edited version, or of the still of a moving part. */
  readonly belongsTo: number | null;
  readonly shelf: number;
  readonly favorite: boolean;
}

const SHOWN: Standing = { role: 0, belongsTo: null, shelf: 0, favorite: false };

/** What a source describes of an item. */
type Facts = [
  kind: number,
  creationTime: number,
  creationText: string | null,
  mime: number,
  width: number | null,
  height: number | null,
  camera: number | null,
  description: string,
  productUrl: string | null,
];

type StoredItem = [...Facts, ...[id: number, gone: number, sources: number]];

const STORED = `i.kind, i.creation_time, i.creation_text, i.mime, i.width, i.height, i.camera, i.description, i.product_url,
  i.id, i.gone, i.sources`;

type CopyColumns = [copyGone: number | null, size: number | null, etag: string | null, videoStatus: number | null];

const TAKEOUT_AND_PICKER = sourceNamed('takeout').bit | sourceNamed('picker').bit;

type StoredRow = [...StoredItem, ...CopyColumns];

const WITH_COPY = `SELECT ${STORED}, c.gone, c.size, c.etag, c.video_status
  FROM copies c CROSS JOIN media_items i ON i.id = c.item WHERE c.media_id = ?`;
const WITHOUT_COPY = `SELECT ${STORED}, NULL, NULL, NULL, NULL FROM media_items i WHERE i.id = ?`;

export interface ItemStoreDeps extends CopyStoreDeps {
  readonly names: NamePolicy;
  readonly marks: PassMarks;
  /** Notified before names in folders change. */
  readonly folders: FolderTimes;
  readonly parts: MovingParts;
}

/** Writes `media_items`. Rows are never deleted, only marked as gone. Callers hold the transaction. */
export class ItemStore {
  readonly #deps: ItemStoreDeps;
  readonly #copies: CopyStore;
  readonly #vocabulary: ItemVocabulary;

  constructor(deps: ItemStoreDeps) {
    this.#deps = deps;
    this.#copies = new CopyStore(deps);
    this.#vocabulary = new ItemVocabulary(deps.sql, deps.names);
  }

  /**
   * Takes in items as a source describes them; `mark` goes on each of them (0: none). An item that another source has already gets
   * one copy more; that is found out before a name is given.
   */
  put(items: readonly SourceItem[], mark: number, source: SourceName = 'app'): ItemsOutcome {
    const outcome = { added: 0, changed: 0, returned: 0, newlyMarked: 0 };
    const joins = this.hasOthers(source);
    const rowIds = items.map((item) => {
      const { rowId, did } = this.putOne(item, source, { joins, isNew: false });
      if (did !== 'nothing') outcome[did] += 1;
      if (mark !== 0 && this.#deps.marks.mark(rowId, mark)) outcome.newlyMarked += 1;
      return rowId;
    });
    return { ...outcome, rowIds };
  }

  /** As {@link put}, of one item. `joins`: {@link hasOthers} of its source; `isNew`: no copy of it has this id. */
  putOne(
    item: SourceItem,
    source: SourceName,
    { joins, isNew }: { readonly joins: boolean; readonly isNew: boolean },
  ): ItemOutcome {
    const stored = this.#find(item, joins ? source : undefined, isNew);
    if (stored === undefined) return { rowId: this.#add(item, source), did: 'added' };
    const isChanged = this.#update(item, source, stored);
    return { rowId: stored[9], did: stored[10] === 1 ? 'returned' : isChanged ? 'changed' : 'nothing' };
  }

  /** Whether any item has a copy of another source: mostly none has, and nothing needs to be compared. */
  hasOthers(source: SourceName): boolean {
    const bit = sourceNamed(source).bit;
    const totals = this.#deps.sql.get<[number, number, number, number]>(
      'SELECT app, upload, picker, takeout FROM totals',
    );
    return (totals ?? []).some((count, index) => 1 << index !== bit && count > 0);
  }

  /** Videos that have no bytes yet, newest first, among the newest items without a size. */
  unready(limit: number): MediaId[] {
    return this.#deps.sql
      .all<[MediaId]>(
        `SELECT media_id FROM (
           SELECT media_id, kind, video_status FROM media_items INDEXED BY items_unmeasured
           WHERE gone = 0 AND size IS NULL AND source = 'app' ORDER BY creation_time DESC LIMIT 5000)
         WHERE kind = ? AND video_status IN (?, ?) LIMIT ?`,
        kindCode('video'),
        videoStatusCode('PROCESSING'),
        videoStatusCode('UNSPECIFIED'),
        limit,
      )
      .map(([mediaId]) => mediaId);
  }

  /** This one copy is gone; so is its item, if it has no other. */
  dropCopy(id: MediaId): void {
    this.#copies.drop(id);
  }

  /** One source does not have these items any more. Those that no other has are gone. */
  markGone(rowIds: readonly number[], source: SourceName = 'app'): void {
    this.#copies.markGone(rowIds, source);
  }

  setFlag(flag: 'archived' | 'favorite', value: 0 | 1, rowIds: readonly number[]): void {
    this.#deps.flags.set(flag, value, rowIds);
  }

  /** Favourites that Google lists. */
  favorites(): number[] {
    return this.#deps.sql
      .all<[number]>(
        `SELECT i.id FROM media_items i INDEXED BY items_favorite
         WHERE i.gone = 0 AND i.favorite = 1 AND i.sources & ? ORDER BY i.id`,
        APP_BIT,
      )
      .map(([id]) => id);
  }

  /** Ids learnt inside a transaction that was rolled back are forgotten. */
  forget(): void {
    this.#vocabulary.forget();
  }

  /** By the id of its copy, else, where another source is given, the item that it joins. */
  #find(item: SourceItem, joins: SourceName | undefined, isNew: boolean): StoredRow | undefined {
    const { sql } = this.#deps;
    const known = isNew ? undefined : sql.get<StoredRow>(WITH_COPY, item.id);
    const isPart = (item.standing ?? SHOWN).role !== SHOWN.role;
    if (known !== undefined || isPart) return known;
    const twin = item.twin ?? (joins === undefined ? undefined : findTwin(sql, item, joins));
    return twin === undefined ? undefined : sql.get<StoredRow>(WITHOUT_COPY, twin);
  }

  #add(item: SourceItem, source: SourceName): number {
    const { sql, names, folders } = this.#deps;
    const facts = this.#facts(item);
    const [kind, creationTime, , , , , camera] = facts;
    const { role, belongsTo, shelf, favorite } = item.standing ?? SHOWN;
    folders.itemMoves(undefined, {
      ...{ rowId: 0, creationTime, kind, camera },
      ...{ shelf, favorite, inAlbums: false, inPeople: false },
    });
    const isTaken = (key: string): boolean =>
      sql.get('SELECT 1 FROM item_name_keys WHERE name_key = ?', key) !== undefined;
    const name = names.itemName(item.filename, item.mimeType, item.id, isTaken);
    const bytes = bytesOf(item);
    const rowId = sql.insert(
      // Callers roll back whatever fails: with FAIL, SQLite need not be able to undo this statement alone.
      `INSERT OR FAIL INTO media_items (kind, creation_time, creation_text, mime, width, height, camera, description, product_url,
         role, belongs_to, archived, favorite, name, filename, media_id, source, sources, size, etag, video_status)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...facts,
      role,
      belongsTo,
      shelf,
      favorite ? 1 : 0,
      name,
      item.filename === name ? null : item.filename,
      item.id,
      source,
      sourceNamed(source).bit,
      bytes.size,
      bytes.etag,
      bytes.videoStatus,
    );
    sql.run('INSERT INTO item_name_keys VALUES (?, ?)', names.key(name), rowId);
    this.#copies.add(item.id, rowId, source, bytes);
    return rowId;
  }

  /** True where something about the item, or about this copy of it, is not as it was. */
  #update(item: SourceItem, source: SourceName, stored: StoredRow): boolean {
    const rowId = stored[9];
    const next = this.#nextFacts(item, source, stored);
    const isDescribed = next?.some((value, index) => value !== stored[index]) ?? false;
    if (next !== undefined && isDescribed) this.#describe(next, stored);

    const [copyGone, size, etag, oldStatus] = stored.slice(12) as CopyColumns;
    // Other pixels are other bytes, and so is the other kind's download: the size on record would be a lie.
    const isRedrawn = source === 'app' && next !== undefined && isOtherDrawing(stored, next);
    const videoStatus = item.isKindGuessed === true ? oldStatus : videoStatusCode(item.videoStatus);
    const after: CopyBytes = {
      size: item.size ?? (isRedrawn ? null : size),
      etag: item.etag ?? (isRedrawn ? null : etag),
      videoStatus,
    };
    const isSame = after.size === size && after.etag === etag && videoStatus === oldStatus;
    if (copyGone === 0 && isSame && !isRedrawn) return isDescribed;
    if (copyGone === null) this.#copies.add(item.id, rowId, source, after);
    else this.#copies.set(item.id, after);
    this.#copies.settle(rowId, isRedrawn ? item.id : undefined);
    if (isRedrawn || videoStatus !== oldStatus) {
      this.#deps.sql.run('DELETE FROM measure_failures WHERE item = ?', rowId);
    }
    return true;
  }

  /** What is shown of an item from now on; undefined where that stays. */
  #nextFacts(item: SourceItem, source: SourceName, stored: StoredRow): Facts | undefined {
    const before = stored.slice(0, 9) as Facts;
    if (this.#describes(source, stored[11])) {
      const facts = this.#facts(item, stored);
      // Google's picking page tells no description.
      return source === 'picker' ? withDescription(facts, before[7]) : facts;
    }
    const isPickersAlone = (stored[11] & ~TAKEOUT_AND_PICKER) === 0;
    return source === 'takeout' && isPickersAlone ? withDescription(before, item.description) : undefined;
  }

  /** Whether an item with copies of these sources is described by this one. */
  #describes(source: SourceName, sources: number): boolean {
    const { factsRank } = sourceNamed(source);
    return sourcesIn(sources).every((other) => factsRank >= other.factsRank);
  }

  #describe(next: Facts, stored: StoredRow): void {
    const { sql, folders, parts, now } = this.#deps;
    const [kind, creationTime, , , , , camera] = next;
    const place = placeOf(sql, stored[9]);
    if (place !== undefined) folders.itemMoves(place, { ...place, kind, creationTime, camera });
    sql.run(
      `UPDATE media_items SET kind = ?, creation_time = ?, creation_text = ?, mime = ?, width = ?, height = ?, camera = ?,
         description = ?, product_url = ? WHERE id = ?`,
      ...next,
      stored[9],
    );
    parts.followPlace(stored[9]);
    if (creationTime === stored[1]) return;
    const at = now();
    const moved = 'iif(ifnull(ctime, creation_time) = ?, ?, ?)';
    sql.run(`UPDATE media_items SET ctime = ${moved} WHERE id = ?`, at, at + 1, at, stored[9]);
  }

  /** `stored` says what the source leaves open. */
  #facts(item: SourceItem, stored?: StoredRow): Facts {
    return [
      stored !== undefined && item.isKindGuessed === true ? stored[0] : kindCode(item.kind),
      item.creationTime,
      unusual(item.creationTimeText, usualDateText(item.creationTime)),
      this.#vocabulary.mimeType(item.mimeType),
      item.width ?? stored?.[4] ?? null,
      item.height ?? stored?.[5] ?? null,
      this.#vocabulary.camera(item),
      item.description,
      unusual(item.productUrl, usualProductUrl(item.id)),
    ];
  }
}

function withDescription(facts: Facts, description: string): Facts {
  return [...facts.slice(0, 7), description, facts[8]] as Facts;
}

function bytesOf({ size, etag, videoStatus }: SourceItem): CopyBytes {
  return { size: size ?? null, etag: etag ?? null, videoStatus: videoStatusCode(videoStatus) };
}

function isOtherDrawing([oldKind, , , , oldWidth, oldHeight]: readonly unknown[], next: Facts): boolean {
  const [kind, , , , width, height] = next;
  const isResized = oldWidth !== null && oldHeight !== null && (width !== oldWidth || height !== oldHeight);
  return isResized || kind !== oldKind;
}

function unusual(text: string, usual: string): string | null {
  return text === usual ? null : text;
}
