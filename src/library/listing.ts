import type { CalendarDay } from './calendar.js';
import type { Shelf } from './shelf.js';

/**
 * Keys of the time when a folder last changed. A key names what the folder lists, not its path: folders that list the
 * same share one. The texts are part of the catalog's format.
 */
export const Listing = {
  /** `media` and `.gphotos`: their entries are fixed by the version of the program. */
  fixed: 'fixed',
  feature: 'fixed:feature',
  /** The top: `people` is there only while it holds items. */
  root: 'fixed:root',
  all: 'all',
  favorites: 'favorites',
  /** Items that are in no album. */
  loose: 'loose',
  /** `kind` as the catalog writes it: 0 for photos, 1 for videos. */
  kind: (kind: number): string => `kind:${kind}`,
  /** The items of a year, month or day. */
  year: ({ year }: CalendarDay): string => `year:${year}`,
  month: ({ year, month }: CalendarDay): string => `month:${year}-${month}`,
  day: ({ year, month, day }: CalendarDay): string => `day:${year}-${month}-${day}`,
  /** The years that hold items, and the months and days of one. */
  years: 'years',
  monthsOf: ({ year }: CalendarDay): string => `months:${year}`,
  daysOf: ({ year }: CalendarDay): string => `days:${year}`,
  camera: (rowId: number): string => `camera:${rowId}`,
  cameras: 'cameras',
  person: (rowId: number): string => `person:${rowId}`,
  people: 'people',
  shelf: (shelf: Exclude<Shelf, 'shown'>): string => `shelf:${shelf}`,
  album: (rowId: number): string => `album:${rowId}`,
  /** All albums in one folder. */
  albums: 'albums',
  /** Where albums nest: the folders in a folder that is no album, by the name key of its path; `''` for the top. */
  nested: (pathKey: string): string => `nested:${pathKey}`,
  /** Where albums nest: the folders in an album. */
  nestedIn: (albumRowId: number): string => `nested-in:${albumRowId}`,
} as const;
