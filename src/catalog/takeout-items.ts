import type { Album, AlbumId } from '../library/album.js';
import type { MediaId } from '../library/media-item.js';
import type { ItemRole, Shelf } from '../library/shelf.js';
import { sourceNamed } from '../library/source.js';
import type { Statements } from '../sqlite/statements.js';
import type { AlbumStore, PlacedMember } from './album-store.js';
import { kindOf, roleCode, shelfCode, usualDateText } from './codes.js';
import type { ItemFlags } from './item-flags.js';
import type { ItemOutcome, ItemStore, SourceItem, Standing } from './item-store.js';
import type { MovingParts } from './part-followers.js';
import type { PeopleStore } from './people-store.js';
import { pickedTwin } from './picked-items.js';
import { ROWS_A_TRANSACTION } from './transaction-size.js';

/** An item as Takeout's archives describe it. What is left out is as in an item that is shown and has no more to say. */
export interface TakeoutItem extends SourceItem {
  /** Default: `original`. */
  readonly role?: ItemRole | undefined;
  /** Id of a copy of the original (of an edited version) or of the still (of a moving part); of an item put before, or with it. */
  readonly belongsTo?: MediaId | undefined;
  /** Default: `shown`. */
  readonly shelf?: Shelf | undefined;
  readonly favorite?: boolean | undefined;
  /** Names of the people on it, as Takeout spells them. */
  readonly people?: readonly string[] | undefined;
  /** Degrees. */
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  /** Metres. */
  readonly altitude?: number | undefined;
}

/** What putting items did. */
export interface TakeoutOutcome {
  readonly added: number;
  readonly changed: number;
  /** Items that were gone and are back, with the name and row they had. */
  readonly returned: number;
  /** Row ids in the order of the items. */
  readonly rowIds: readonly number[];
}

/** Changes of an album's members that are not made yet. */
export interface AlbumChanges {
  readonly rowId: number;
  readonly placed: readonly PlacedMember[];
  readonly removed: readonly number[];
}

type Still = [
  ...[rowId: number, kind: number, creationTime: number, creationText: string | null],
  ...[shelf: number, favorite: number, make: string | null, model: string | null],
];

const TAKEOUT_BIT = sourceNamed('takeout').bit;
const MOVING = roleCode('moving');
const ORIGINAL = roleCode('original');

export interface TakeoutItemsDeps {
  readonly sql: Statements;
  readonly items: ItemStore;
  readonly albums: AlbumStore;
  readonly people: PeopleStore;
  readonly flags: ItemFlags;
  readonly parts: MovingParts;
}

/**
 * Writes what is read from Takeout's archives. Ids of copies and of albums begin with the prefix of the source (`takeout:`). Callers
 * hold the transaction, and keep it small.
 */
export class TakeoutItems {
  readonly #deps: TakeoutItemsDeps;

  constructor(deps: TakeoutItemsDeps) {
    this.#deps = deps;
  }

  /**
   * Adds items, or changes what is known of them to this. An item that Google lists as well keeps Google's shelf, star and facts; a
   * moving part takes date, kind, camera, shelf, star, albums and people from its still.
   */
  put(items: readonly TakeoutItem[]): TakeoutOutcome {
    const outcome = { added: 0, changed: 0, returned: 0 };
    const rowIds = new Array<number>(items.length).fill(0);
    const joins = this.#deps.items.hasOthers('takeout');
    const isOriginal = ({ role = 'original' }: TakeoutItem): boolean => role === 'original';
    for (const first of [true, false]) {
      items.forEach((item, index) => {
        if (isOriginal(item) !== first) return;
        const one = this.#put(item, joins);
        rowIds[index] = one.rowId;
        if (one.did !== 'nothing') outcome[one.did] += 1;
      });
    }
    return { ...outcome, rowIds };
  }

  /** Archives do not have these copies any more. Items that no other source has are gone, and come back when they are put again. */
  remove(ids: readonly MediaId[]): void {
    const { sql, items, people } = this.#deps;
    for (const id of ids) {
      const rowId = this.rowOf(id);
      if (rowId === undefined) continue;
      items.markGone([rowId], 'takeout');
      // Where the item stays, no other source says these.
      people.setRows(rowId, new Set());
      sql.run('DELETE FROM takeout_items WHERE item = ?', rowId);
    }
  }

  /**
   * Adds an album or changes it, and makes these copies its members of Takeout, in this order; moving parts come by themselves. It is
   * listed unless it holds trashed and locked items only. Copies that the catalog does not have are left out. Returns what is left to be
   * placed and taken out in later transactions, of a large album.
   */
  putAlbum(album: Album, members: readonly MediaId[]): AlbumChanges {
    const { sql, albums } = this.#deps;
    albums.put([album], 0, 'takeout');
    const rowId = sql.get<[number]>('SELECT id FROM albums WHERE album_id = ?', album.id)?.[0] ?? 0;
    const rows = members.map((id) => this.rowOf(id)).filter((row) => row !== undefined && !this.#isMovingPart(row));
    const { placed, removed } = albums.changesTo(rowId, [...new Set(rows as number[])], 'takeout');
    // With its first members: an empty album is listed, and its title may be that of a locked one.
    albums.place(rowId, placed.slice(0, ROWS_A_TRANSACTION), 'takeout');
    const room = Math.max(0, ROWS_A_TRANSACTION - placed.length);
    albums.takeOut(rowId, removed.slice(0, room), 'takeout');
    return { rowId, placed: placed.slice(ROWS_A_TRANSACTION), removed: removed.slice(room) };
  }

  /** Archives do not have these albums any more. Members of large ones are left for later: see {@link AlbumStore.goneWithMembers}. */
  removeAlbums(ids: readonly AlbumId[]): void {
    const { sql, albums } = this.#deps;
    const rowOf = 'SELECT id FROM albums WHERE album_id = ?';
    albums.markGone(
      ids.flatMap((id) => sql.get<[number]>(rowOf, id)?.[0] ?? []),
      'takeout',
    );
  }

  /** Row of the item that has this copy, gone or not. */
  rowOf(id: MediaId): number | undefined {
    return this.#deps.sql.get<[number]>('SELECT item FROM copies WHERE media_id = ?', id)?.[0];
  }

  #put(item: TakeoutItem, joins: boolean): ItemOutcome {
    const { items, parts } = this.#deps;
    const still = item.role === 'moving' ? this.#still(item.belongsTo) : undefined;
    const standing = this.#standing(item, still);
    const facts = still === undefined ? item : asStill(item, still);
    const [known, shelf, gone] = this.#place(item.id) ?? [undefined, 0, 0];
    // Whatever changes, the item comes to no folder on the way that it is not in afterwards: it leaves folders before the rest
    // changes, and comes to them after it.
    const hidesFirst = known !== undefined && (gone === 1 || standing.shelf > shelf);
    const isHidden = hidesFirst && this.#state(known, item, standing);
    const isNamed = gone === 1 && known !== undefined && this.#name(known, item, still);
    const isNew = known === undefined;
    const twin = isNew && joins ? pickedTwin(this.#deps.sql, item.id) : undefined;
    const { rowId, did } = items.putOne({ ...facts, standing, twin }, 'takeout', { joins, isNew });
    // A new row has its standing already.
    if (isNew && did === 'added' && still === undefined) {
      this.#note(rowId, item, standing);
      if ((item.people ?? []).length > 0) this.#name(rowId, item, still);
      return { rowId, did };
    }
    const isRenamed = this.#name(rowId, item, still);
    const isShown = !hidesFirst && this.#state(rowId, item, standing);
    if (still !== undefined) parts.followAll(still[0]);
    if (did === 'added' || did === 'returned') return { rowId, did };
    const isOther = did === 'changed' || isHidden || isNamed || isRenamed || isShown;
    return { rowId, did: isOther ? 'changed' : 'nothing' };
  }

  /** Row, shelf and whether it is gone, of the item that has this copy. */
  #place(id: MediaId): [rowId: number, shelf: number, gone: number] | undefined {
    const sql =
      'SELECT i.id, i.archived, i.gone FROM copies c CROSS JOIN media_items i ON i.id = c.item WHERE c.media_id = ?';
    return this.#deps.sql.get<[number, number, number]>(sql, id);
  }

  /** Names people on an item; a moving part has those of its still. True if any are other than they were. */
  #name(rowId: number, { people = [] }: TakeoutItem, still: Still | undefined): boolean {
    if (still !== undefined || !this.#deps.people.set(rowId, people)) return false;
    this.#deps.parts.followPeople(rowId);
    return true;
  }

  /** Writes down what Takeout says besides facts. Returns how many rows are other than they were. */
  #note(rowId: number, item: TakeoutItem, { shelf, favorite }: Standing): number {
    const place = [item.latitude ?? null, item.longitude ?? null, item.altitude ?? null];
    return this.#deps.sql.run(
      `INSERT INTO takeout_items VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET shelf = excluded.shelf,
         favorite = excluded.favorite, latitude = excluded.latitude, longitude = excluded.longitude, altitude = excluded.altitude
       WHERE (shelf, favorite, latitude, longitude, altitude)
         IS NOT (excluded.shelf, excluded.favorite, excluded.latitude, excluded.longitude, excluded.altitude)`,
      ...[rowId, shelf, favorite ? 1 : 0, ...place],
    );
  }

  /** Notes what Takeout says besides facts, and shows it as far as Google does not decide it. True if anything is other than it was. */
  #state(rowId: number, item: TakeoutItem, standing: Standing): boolean {
    const { sql, flags } = this.#deps;
    const { role, belongsTo } = standing;
    const noted = this.#note(rowId, item, standing);
    const sources = sql.get<[number]>('SELECT sources FROM media_items WHERE id = ?', rowId)?.[0] ?? 0;
    const alone = sources === 0 || sources === TAKEOUT_BIT;
    const linked = alone
      ? sql.run(
          'UPDATE media_items SET role = ?, belongs_to = ? WHERE id = ? AND (role <> ? OR belongs_to IS NOT ?)',
          ...[role, belongsTo, rowId, role, belongsTo],
        )
      : 0;
    flags.followTakeout(rowId, sources | TAKEOUT_BIT);
    return noted + linked > 0;
  }

  #standing({ role = 'original', belongsTo, shelf = 'shown', favorite = false }: TakeoutItem, still?: Still): Standing {
    return {
      role: roleCode(role),
      belongsTo: role === 'original' || belongsTo === undefined ? null : (this.rowOf(belongsTo) ?? null),
      shelf: still?.[4] ?? shelfCode(shelf),
      favorite: still === undefined ? favorite : still[5] === 1,
    };
  }

  #still(id: MediaId | undefined): Still | undefined {
    if (id === undefined) return undefined;
    return this.#deps.sql.get<Still>(
      `SELECT i.id, i.kind, i.creation_time, i.creation_text, i.archived, i.favorite, c.make, c.model
       FROM copies o CROSS JOIN media_items i ON i.id = o.item LEFT JOIN cameras c ON c.id = i.camera
       WHERE o.media_id = ? AND i.role = ?`,
      ...[id, ORIGINAL],
    );
  }

  #isMovingPart(rowId: number): boolean {
    return this.#deps.sql.get('SELECT 1 FROM media_items WHERE id = ? AND role = ?', rowId, MOVING) !== undefined;
  }
}

/** What a moving part has of its still, so that it comes to no other folders first. */
function asStill(item: TakeoutItem, [, kind, time, text, , , make, model]: Still): TakeoutItem {
  return {
    ...item,
    kind: kindOf(kind),
    creationTime: time,
    creationTimeText: text ?? usualDateText(time),
    ...(make === null || model === null ? {} : { cameraMake: make, cameraModel: model }),
  };
}
