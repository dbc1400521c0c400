import type { Database, Statement } from 'better-sqlite3';
import { dayOf, startOfDay } from '../library/calendar.js';
import { Listing } from '../library/listing.js';
import { selectionParameters, selectionSql } from './selection-sql.js';
import type { ItemSelection } from './records.js';

/**
 * Migrates from version 1. Gives each folder the time that it has shown so far, which is that of its newest item, or
 * `now` if it is empty. One index seek for each folder, however many items there are.
 */
export function keepFolderTimes(db: Database, now: number): void {
  const insert = db.prepare('INSERT INTO folder_times VALUES (?, ?, ?)');
  const kept = new Set<string>();
  const keep = (listing: string, newest: (showArchived: boolean) => number | undefined): void => {
    if (kept.has(listing)) return;
    kept.add(listing);
    insert.run(listing, newest(false) ?? now, newest(true) ?? now);
  };
  const statements = new Map<string, Statement>();
  const newestOf = (selection: ItemSelection) => (showArchived: boolean) => {
    const { from, where, order } = selectionSql(selection.by, showArchived);
    const sql = `SELECT i.creation_time FROM ${from} WHERE ${where} ORDER BY ${order} LIMIT 1`;
    const statement = statements.get(sql) ?? db.prepare(sql).pluck();
    statements.set(sql, statement);
    return statement.get(...selectionParameters(selection)) as number | undefined;
  };
  const ofAll = newestOf({ by: 'all' });
  const { fixed, all, years, cameras, albums } = Listing;
  for (const listing of [fixed, all, years, cameras, albums, Listing.nested('')]) {
    keep(listing, ofAll);
  }
  for (const listing of [Listing.feature, Listing.favorites]) keep(listing, newestOf({ by: 'favorite' }));
  keep(Listing.kind(0), newestOf({ by: 'kind', kind: 'photo' }));
  keep(Listing.kind(1), newestOf({ by: 'kind', kind: 'video' }));
  keep(Listing.loose, newestOf({ by: 'not-in-album' }));
  for (const rowId of rowIds(db, 'cameras'))
    keep(Listing.camera(rowId), newestOf({ by: 'camera', cameraRowId: rowId }));
  const newestIn = db.prepare('SELECT newest FROM albums WHERE id = ?').pluck();
  for (const rowId of rowIds(db, 'albums')) {
    keep(Listing.album(rowId), () => (newestIn.get(rowId) as number | null) ?? undefined);
  }
  keepDates(keep, newestOf);
}

/** Days that hold items, the newest first; archived ones are among them, so both views are looked up for each. */
function keepDates(
  keep: (listing: string, newest: (showArchived: boolean) => number | undefined) => void,
  newestOf: (selection: ItemSelection) => (showArchived: boolean) => number | undefined,
): void {
  for (let to = Infinity; ;) {
    const newest = newestOf({ by: 'created', from: -Infinity, to })(true);
    if (newest === undefined) return;
    const date = dayOf(newest);
    const { year, month, day } = date;
    const ofYear = newestOf({ by: 'created', from: startOfDay(year, 1, 1), to: startOfDay(year + 1, 1, 1) });
    for (const listing of [Listing.year(date), Listing.monthsOf(date), Listing.daysOf(date)]) keep(listing, ofYear);
    keep(
      Listing.month(date),
      newestOf({ by: 'created', from: startOfDay(year, month, 1), to: startOfDay(year, month + 1, 1) }),
    );
    const from = startOfDay(year, month, day);
    keep(Listing.day(date), newestOf({ by: 'created', from, to: startOfDay(year, month, day + 1) }));
    to = from;
  }
}

function rowIds(db: Database, table: 'cameras' | 'albums'): number[] {
  return db.prepare(`SELECT id FROM ${table}`).pluck().all() as number[];
}
