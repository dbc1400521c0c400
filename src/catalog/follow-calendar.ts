import { boundsOf, calendarOf, UTC, type Calendar, type CalendarPeriod } from '../library/calendar.js';
import { Listing } from '../library/listing.js';
import type { Statements } from '../sqlite/statements.js';
import { WITH_ARCHIVED, WITHOUT_ARCHIVED, type FolderTimes } from './folder-times.js';
import { selectionSql } from './selection-sql.js';

/** Key of `state`: the time zone in which the times of date folders were last kept. */
const ZONE = 'calendar.zone';

/**
 * Moves the times of those date folders that list something else than in the calendar in which their times were kept so far. Two
 * index seeks a folder, however many items there are. To be called in a transaction; true where the calendar is another one.
 */
export function followCalendar(sql: Statements, calendar: Calendar, folders: FolderTimes): boolean {
  const kept = sql.get<[string]>('SELECT value FROM state WHERE key = ?', ZONE)?.[0] ?? UTC.zone;
  if (kept === calendar.zone) return false;
  for (const view of [WITHOUT_ARCHIVED, WITH_ARCHIVED]) {
    const before = dateFolders(sql, calendarOf(kept), view);
    const after = dateFolders(sql, calendar, view);
    for (const listing of new Set([...before.keys(), ...after.keys()]))
      if (before.get(listing) !== after.get(listing)) folders.move(listing, view);
  }
  noteCalendar(sql, calendar);
  return true;
}

/** Folders are dated by this calendar. */
export function noteCalendar(sql: Statements, { zone }: Calendar): void {
  sql.run('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', ZONE, zone);
}

/** What each date folder lists, by its listing: a text that is the same if and only if the folder lists the same. */
function dateFolders(sql: Statements, calendar: Calendar, view: number): ReadonlyMap<string, string> {
  const { from: table, where } = selectionSql('created', view === WITH_ARCHIVED);
  const edge = (order: 'max' | 'min', from: number, to: number): number | undefined =>
    sql.get<[number | null]>(`SELECT ${order}(i.creation_time) FROM ${table} WHERE ${where}`, from, to)?.[0] ??
    undefined;
  const folders = new Map<string, string>();
  const contain = (listing: string, child: string): void => {
    const children = folders.get(listing) ?? '';
    if (!children.endsWith(` ${child}`)) folders.set(listing, `${children} ${child}`);
  };
  /** Items follow each other in time: the first and the last one say which are in between. */
  const hold = (listing: string, period: CalendarPeriod): void => {
    if (folders.has(listing)) return;
    const { from, to } = boundsOf(calendar, period);
    folders.set(listing, `${edge('min', from, to) ?? ''} to ${edge('max', from, to) ?? ''}`);
  };
  for (let to = Infinity; ;) {
    const newest = edge('max', -Infinity, to);
    if (newest === undefined) return folders;
    const date = calendar.dayOf(newest);
    contain(Listing.years, String(date.year));
    contain(Listing.monthsOf(date), String(date.month));
    contain(Listing.daysOf(date), `${date.month}-${date.day}`);
    hold(Listing.year(date), { ...date, month: 0, day: 0 });
    hold(Listing.month(date), { ...date, day: 0 });
    hold(Listing.day(date), date);
    to = boundsOf(calendar, date).from;
  }
}
