import type { Database, Statement } from '../sqlite/open-sqlite.js';
import { boundsOf, UTC, type CalendarPeriod } from '../library/calendar.js';
import { Listing } from '../library/listing.js';
import { selectionParameters, selectionSql, type SqlSelection } from './selection-sql.js';

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
  const newestOf = (selection: SqlSelection) => (showArchived: boolean) => {
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
  newestOf: (selection: SqlSelection) => (showArchived: boolean) => number | undefined,
): void {
  for (let to = Infinity; ;) {
    const newest = newestOf({ by: 'created', from: -Infinity, to })(true);
    if (newest === undefined) return;
    // That version knew no other time zone.
    const date = UTC.dayOf(newest);
    const within = (period: CalendarPeriod) => newestOf({ by: 'created', ...boundsOf(UTC, period) });
    const ofYear = within({ ...date, month: 0, day: 0 });
    for (const listing of [Listing.year(date), Listing.monthsOf(date), Listing.daysOf(date)]) keep(listing, ofYear);
    keep(Listing.month(date), within({ ...date, day: 0 }));
    keep(Listing.day(date), within(date));
    to = boundsOf(UTC, date).from;
  }
}

function rowIds(db: Database, table: 'cameras' | 'albums'): number[] {
  return db.prepare(`SELECT id FROM ${table}`).pluck().all() as number[];
}
