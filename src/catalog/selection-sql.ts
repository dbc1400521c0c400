import type { ItemSelection } from '../library/item-selection.js';
import { boundsOf, type Calendar } from '../library/calendar.js';
import { kindCode, shelfCode } from './codes.js';

/** A selection with its dates resolved: `[from, to)` in milliseconds. */
export type SqlSelection = Exclude<ItemSelection, { by: 'date' }> | CreatedWithin;

export interface CreatedWithin {
  readonly by: 'created';
  readonly from: number;
  readonly to: number;
}

export type SelectionBy = SqlSelection['by'];

/** What a date means in a calendar. */
export function resolved(selection: ItemSelection | CreatedWithin, calendar: Calendar): SqlSelection {
  return selection.by === 'date' ? { by: 'created', ...boundsOf(calendar, selection) } : selection;
}

/**
 * SQL for one kind of selection; `i` is the item. All texts but `order` go into one SELECT, with {@link
 * selectionParameters}.
 */
export interface SelectionSql {
  /** Walks the selection by its own index. */
  readonly from: string;
  /** True for rows of the selection, for use with `from`. */
  readonly where: string;
  /** The same test for a row found by another way: one that has its own name there, not another one as in {@link OWN_NAMED}. */
  readonly member: string;
  readonly order: string;
  /** The creation time, by which `order` may be cut; of an album's folder it has another order. */
  readonly time: string;
  /** The name that the item has there. */
  readonly name: string;
}

/** Entries of an album that have a name of their own, found by that: `album_items m` with its items. */
export const OWN_NAMED = `album_items m INDEXED BY album_items_name CROSS JOIN media_items i ON i.id = m.item
  WHERE m.album = ? AND i.gone = 0 AND i.archived <= 1`;

const TIME = 'i.creation_time';
const NEWEST_FIRST = `${TIME} DESC`;

/** Walks `media_items` newest first through a partial index, with one more condition. */
function indexed(index: string, test: string): SelectionSql {
  const where = `i.gone = 0${test}`;
  return {
    from: `media_items i INDEXED BY ${index}`,
    where,
    member: where,
    order: NEWEST_FIRST,
    time: TIME,
    name: 'i.name',
  };
}

const SELECTIONS: Readonly<Record<SelectionBy, SelectionSql>> = {
  all: indexed('items_created', ''),
  created: indexed('items_created', ' AND i.creation_time >= ? AND i.creation_time < ?'),
  kind: indexed('items_kind', ' AND i.kind = ?'),
  camera: indexed('items_camera', ' AND i.camera = ?'),
  favorite: indexed('items_favorite', ' AND i.favorite = 1'),
  // The first test is that of the index.
  shelf: indexed('items_shelved', ' AND i.archived > 0 AND i.archived = ?'),
  'in-people': indexed('items_in_people', ' AND i.people_count > 0'),
  person: {
    from: 'item_people p INDEXED BY item_people_order CROSS JOIN media_items i ON i.id = p.item',
    where: 'p.person = ? AND i.gone = 0',
    member: 'i.gone = 0 AND EXISTS (SELECT 1 FROM item_people p WHERE p.item = i.id AND p.person = ?)',
    order: 'p.creation_time DESC',
    time: 'p.creation_time',
    name: 'i.name',
  },
  'not-in-album': indexed('items_loose', ' AND i.album_count = 0'),
  album: {
    from: 'album_items m INDEXED BY album_items_order CROSS JOIN media_items i ON i.id = m.item',
    where: 'm.album = ? AND i.gone = 0 AND i.archived <= 1',
    member:
      'i.gone = 0 AND i.archived <= 1 AND EXISTS (SELECT 1 FROM album_items m WHERE m.item = i.id AND m.album = ? AND m.name IS NULL)',
    order: 'm.position',
    time: TIME,
    name: 'ifnull(m.name, i.name)',
  },
};

/**
 * Archived items are left out of every selection but albums, unless they are to be shown. Trashed and locked items are in that of
 * their shelf alone.
 */
export function selectionSql(by: SelectionBy, showArchived: boolean): SelectionSql {
  const sql = SELECTIONS[by];
  if (by === 'album' || by === 'shelf') return sql;
  const shown = showArchived ? ' AND i.archived <= 1' : ' AND i.archived = 0';
  return { ...sql, where: sql.where + shown, member: sql.member + shown };
}

/** Values for the question marks of `where` and `member`, in order. */
export function selectionParameters(selection: SqlSelection): number[] {
  switch (selection.by) {
    case 'created':
      return [selection.from, selection.to];
    case 'kind':
      return [kindCode(selection.kind)];
    case 'camera':
      return [selection.cameraRowId];
    case 'album':
      return [selection.albumRowId];
    case 'person':
      return [selection.personRowId];
    case 'shelf':
      return [shelfCode(selection.shelf)];
    case 'all':
    case 'in-people':
    case 'favorite':
    case 'not-in-album':
      return [];
  }
}
