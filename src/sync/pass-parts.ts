import type { CalendarDate, MediaSearch } from '../library/remote-library.js';

export type PartKind = 'items' | 'albums' | 'members' | 'favorites' | 'with-archived' | 'without-archived';

/** Days since 1970-01-01, UTC, both ends inclusive. */
export interface DayRange {
  readonly from: number;
  readonly to: number;
}

/** One listing of a full pass. Stored by its name; {@link parsePart} reads it back. */
export interface Part {
  readonly name: string;
  readonly kind: PartKind;
  /** Only for the searches: the days it asks for. */
  readonly range?: DayRange;
  /** Only for `members`. */
  readonly albumRowId?: number;
}

const DAY_MS = 86_400_000;
/** 0001-01-01 and 9999-12-31: the ends of what Google's date filter takes. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;
export const EVER: DayRange = { from: FIRST_DAY, to: LAST_DAY };

/** Starts of the first ranges, in years before today: recent years hold most photos. */
const EDGES = [1, 2, 4, 6, 9, 13, 20];
/** A range is split if about this many pages or more are left of it. */
const PAGES_WORTH_SPLITTING = 3;
/** Days by which ranges overlap: the time zone of Google's date filter is unknown. */
export const SLACK = 2;

const RANK: Readonly<Record<PartKind, number>> = {
  items: 0,
  albums: 1,
  'with-archived': 2,
  favorites: 3,
  members: 4,
  'without-archived': 5,
};

export const ITEMS = 'items';
export const ALBUMS = 'albums';
export const FAVORITES = 'favorites';
export const WITH_ARCHIVED = 'with-archived';
export const WITHOUT_ARCHIVED = 'without-archived';

export function membersPart(albumRowId: number): string {
  return `members/${albumRowId}`;
}

export function rangePart(kind: 'with-archived' | 'without-archived', { from, to }: DayRange): string {
  return `${kind}/${from}/${to}`;
}

export function parsePart(name: string): Part {
  const [kind, first, second] = name.split('/') as [PartKind, string?, string?];
  if (kind === 'members') return { name, kind, albumRowId: Number(first) };
  if (first !== undefined) return { name, kind, range: { from: Number(first), to: Number(second) } };
  return { name, kind };
}

export function isWithArchived(name: string): boolean {
  return parsePart(name).kind === 'with-archived';
}

/** The order in which parts are read; newest ranges first. */
export function inOrder(a: Part, b: Part): number {
  return (
    RANK[a.kind] - RANK[b.kind] || (b.range?.to ?? 0) - (a.range?.to ?? 0) || (a.albumRowId ?? 0) - (b.albumRowId ?? 0)
  );
}

export function dayOf(time: number): number {
  return Math.min(LAST_DAY, Math.max(FIRST_DAY, Math.floor(time / DAY_MS)));
}

/** All dates in eight ranges, newest first; they are split later, when their counts are known. */
export function firstRanges(now: number): DayRange[] {
  const today = dayOf(now);
  const starts = [...EDGES.map((years) => today - Math.round(years * 365.25)), FIRST_DAY];
  return starts.map((from, index) => ({ from, to: index === 0 ? LAST_DAY : (starts[index - 1] ?? today) - 1 }));
}

/** The names of the two searches that find out what is archived, whole or in ranges of dates. */
export function searchParts(isRanged: boolean, now: number): string[] {
  const kinds = [WITH_ARCHIVED, WITHOUT_ARCHIVED] as const;
  const ranges = firstRanges(now);
  return isRanged ? kinds.flatMap((kind) => ranges.map((range) => rangePart(kind, range))) : [...kinds];
}

/** How much of a range is listed. */
export interface RangeProgress {
  readonly range: DayRange;
  /** The day of the oldest item listed. */
  readonly reached: number;
  /** Items listed. */
  readonly seen: number;
  /** Items on an average page of it. */
  readonly perPage: number;
  readonly today: number;
}

/** Estimated items in the rest of a range: as many a day as in the listed days. */
export function itemsLeft({ range, reached, seen, today }: RangeProgress): number {
  const listed = Math.max(1, Math.min(range.to, today) - reached + 1);
  return (seen / listed) * Math.max(0, reached - Math.max(range.from, today - 40 * 366));
}

/** Where to split the rest of a range, so that two requests read it; undefined if that is not worth it. */
export function splitRest(progress: RangeProgress): { readonly rest: DayRange; readonly stop: number } | undefined {
  const { range, reached, today } = progress;
  if (itemsLeft(progress) < progress.perPage * PAGES_WORTH_SPLITTING) return undefined;
  // Few photos are older than 20 years: splitting the days before would not help.
  const from = Math.max(range.from, Math.min(reached, today) - 20 * 366);
  const middle = Math.floor((reached + from) / 2);
  if (reached - middle <= SLACK || middle - range.from <= 2 * SLACK) return undefined;
  return { rest: { from: range.from, to: middle }, stop: middle - SLACK };
}

/** The search of a part; `reached` replaces the end of its days where it begins again in the middle. */
export function searchOf({ kind, range }: Part, reached: number | undefined): MediaSearch {
  const archived = kind === 'without-archived' ? {} : { includeArchived: true };
  const { from, to } = range ?? EVER;
  if (range === undefined && reached === undefined) return { mediaKind: 'all', ...archived };
  const end = reached === undefined ? to : Math.min(to, reached + SLACK);
  return { dateRanges: [{ start: dateOf(from), end: dateOf(end) }], ...archived };
}

function dateOf(day: number): CalendarDate {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}
