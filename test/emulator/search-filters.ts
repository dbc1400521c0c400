import { invalidArgument } from './api-errors.js';
import type { ItemTraits } from './item.js';
import { hash32, pick } from './random.js';
import type { Switches } from './switches.js';
import type { Direction } from './timeline.js';

const CATEGORIES: readonly [string, ...string[]] = (
  'LANDSCAPES RECEIPTS CITYSCAPES LANDMARKS SELFIES PEOPLE PETS WEDDINGS BIRTHDAYS DOCUMENTS TRAVEL ANIMALS FOOD SPORT ' +
  'NIGHT PERFORMANCES WHITEBOARDS SCREENSHOTS UTILITY ARTS CRAFTS FASHION HOUSES GARDENS FLOWERS HOLIDAYS'
).split(' ') as [string, ...string[]];

type JsonObject = Readonly<Record<string, unknown>>;

/** A search without albumId, understood. */
export interface Search {
  readonly direction: Direction;
  /** Whether `filters` was sent at all: then lag, future dates and archiving matter. */
  readonly filtered: boolean;
  readonly includeArchived: boolean;
  readonly kind: 'photo' | 'video' | undefined;
  readonly favorites: boolean;
  /** Each inclusive, in days as `yyyymmdd` numbers; empty: any day. */
  readonly days: readonly { readonly first: number; readonly last: number }[];
  readonly includedCategories: readonly string[];
  readonly excludedCategories: readonly string[];
}

function object(value: unknown, name: string): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalidArgument(`Invalid value at '${name}'.`);
  return value as JsonObject;
}

function list(value: unknown, name: string, most: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidArgument(`Invalid value at '${name}'.`);
  if (value.length > most) throw invalidArgument(`Too many values in '${name}': at most ${most}.`);
  return value as unknown[];
}

function flag(value: unknown, name: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean')
    throw invalidArgument(`Invalid value at '${name}' (TYPE_BOOL), ${JSON.stringify(value)}`);
  return value;
}

function onlyFields(value: JsonObject, name: string, known: readonly string[]): void {
  for (const field of Object.keys(value)) {
    if (!known.includes(field)) {
      throw invalidArgument(
        `Invalid JSON payload received. Unknown name "${field}"${name === '' ? '' : ` at '${name}'`}: Cannot find field.`,
      );
    }
  }
}

function names(value: unknown, name: string, known: readonly string[], most: number): string[] {
  return list(value, name, most).map((entry) => {
    if (typeof entry !== 'string' || !known.includes(entry))
      throw invalidArgument(`Invalid value at '${name}', ${JSON.stringify(entry)}`);
    return entry;
  });
}

interface DatePattern {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function date(value: unknown, name: string): DatePattern {
  const fields = object(value, name);
  onlyFields(fields, name, ['year', 'month', 'day']);
  const part = (field: string, largest: number): number => {
    const number = Number(fields[field] ?? 0);
    if (!Number.isInteger(number) || number < 0 || number > largest)
      throw invalidArgument(`Invalid date at '${name}'.`);
    return number;
  };
  const parts = { year: part('year', 9999), month: part('month', 12), day: part('day', 31) };
  if (parts.year === 0 && parts.month === 0 && parts.day === 0) throw invalidArgument(`Invalid date at '${name}'.`);
  return parts;
}

function dayNumber({ year, month, day }: DatePattern, wildcard: { month: number; day: number }): number {
  return year * 10_000 + (month === 0 ? wildcard.month : month) * 100 + (day === 0 ? wildcard.day : day);
}

/** First and last day of a range; a single date is the range from itself to itself. */
function range(first: DatePattern, last: DatePattern, name: string): { first: number; last: number } {
  if (first.year === 0 || last.year === 0)
    throw invalidArgument(`A date without a year is not supported at '${name}'.`);
  const sameFormat = (first.month === 0) === (last.month === 0) && (first.day === 0) === (last.day === 0);
  if (!sameFormat) throw invalidArgument(`Both dates at '${name}' must have the same format.`);
  const days = { first: dayNumber(first, { month: 1, day: 1 }), last: dayNumber(last, { month: 12, day: 31 }) };
  if (days.first > days.last) throw invalidArgument(`The start of '${name}' is after its end.`);
  return days;
}

function daysOf(dateFilter: JsonObject): Search['days'] {
  onlyFields(dateFilter, 'filters.date_filter', ['dates', 'ranges']);
  const dates = list(dateFilter['dates'], 'filters.date_filter.dates', 5).map((value) => {
    const pattern = date(value, 'filters.date_filter.dates');
    return range(pattern, pattern, 'filters.date_filter.dates');
  });
  const ranges = list(dateFilter['ranges'], 'filters.date_filter.ranges', 5).map((value) => {
    const fields = object(value, 'filters.date_filter.ranges');
    onlyFields(fields, 'filters.date_filter.ranges', ['startDate', 'endDate']);
    const name = 'filters.date_filter.ranges';
    return range(date(fields['startDate'], name), date(fields['endDate'], name), name);
  });
  return [...dates, ...ranges];
}

function directionOf(orderBy: unknown, filters: JsonObject, days: Search['days']): Direction {
  if (orderBy === undefined || orderBy === '') return 'newest-first';
  const match = /^MediaMetadata\.creation_time( desc)?$/.exec(typeof orderBy === 'string' ? orderBy : '');
  if (match === null) throw invalidArgument('Invalid order_by.');
  const others = ['contentFilter', 'mediaTypeFilter', 'featureFilter'].some((name) => filters[name] !== undefined);
  if (days.length === 0 || others) throw invalidArgument('order_by can only be used with a date filter.');
  return match[1] === undefined ? 'oldest-first' : 'newest-first';
}

const BODY_FIELDS = ['albumId', 'pageSize', 'pageToken', 'filters', 'orderBy'];
const FILTERS = [
  'dateFilter',
  'contentFilter',
  'mediaTypeFilter',
  'featureFilter',
  'includeArchivedMedia',
  'excludeNonAppCreatedData',
];

/** Reads the body of mediaItems:search; throws a 400 for what Google calls wrong. */
export function readSearch(body: JsonObject): Search {
  onlyFields(body, '', BODY_FIELDS);
  const filters = object(body['filters'], 'filters');
  onlyFields(filters, 'filters', FILTERS);
  const media = object(filters['mediaTypeFilter'], 'filters.media_type_filter');
  const types = names(
    media['mediaTypes'],
    'filters.media_type_filter.media_types',
    ['ALL_MEDIA', 'PHOTO', 'VIDEO'],
    99,
  );
  if (filters['mediaTypeFilter'] !== undefined && types.length !== 1)
    throw invalidArgument('Exactly one media type is needed.');
  const features = names(
    object(filters['featureFilter'], 'filters.feature_filter')['includedFeatures'],
    'filters.feature_filter.included_features',
    ['NONE', 'FAVORITES'],
    99,
  );
  const content = object(filters['contentFilter'], 'filters.content_filter');
  const categories = (field: string): string[] =>
    names(content[field], `filters.content_filter.${field}`, ['NONE', ...CATEGORIES], 10);
  const days = daysOf(object(filters['dateFilter'], 'filters.date_filter'));
  flag(filters['excludeNonAppCreatedData'], 'filters.exclude_non_app_created_data');
  return {
    direction: directionOf(body['orderBy'], filters, days),
    filtered: body['filters'] !== undefined && body['filters'] !== null,
    includeArchived: flag(filters['includeArchivedMedia'], 'filters.include_archived_media'),
    kind: types[0] === 'PHOTO' ? 'photo' : types[0] === 'VIDEO' ? 'video' : undefined,
    favorites: features.includes('FAVORITES'),
    days,
    includedCategories: categories('includedContentCategories').filter((name) => name !== 'NONE'),
    excludedCategories: categories('excludedContentCategories').filter((name) => name !== 'NONE'),
  };
}

/** The one content category of an item; Google guesses, we throw dice. */
export function categoryOf(number: number): string {
  return pick(CATEGORIES, hash32(number, 0xca7));
}

function dayOf(time: number, offsetMinutes: number): number {
  const at = new Date(time + offsetMinutes * 60_000);
  return at.getUTCFullYear() * 10_000 + (at.getUTCMonth() + 1) * 100 + at.getUTCDate();
}

/** The stretch of time outside which no item can match, with a day of slack on both sides. */
export function timeBounds({ days }: Search): { readonly from: number; readonly to: number } {
  if (days.length === 0) return { from: -Infinity, to: Infinity };
  const start = (day: number): number => {
    const at = new Date(0);
    at.setUTCFullYear(Math.floor(day / 10_000), (Math.floor(day / 100) % 100) - 1, day % 100);
    return at.getTime();
  };
  return {
    from: start(Math.min(...days.map(({ first }) => first))) - 2 * 86_400_000,
    to: start(Math.max(...days.map(({ last }) => last))) + 3 * 86_400_000,
  };
}

export function matches(search: Search, item: ItemTraits, number: number, switches: Switches, now: number): boolean {
  if (!search.filtered) return switches.listShowsArchived || !item.archived;
  if (item.archived && !search.includeArchived) return false;
  if (search.favorites && !item.favorite) return false;
  if (search.kind !== undefined && item.kind !== search.kind) return false;
  if (switches.hideFutureInFiltered && item.time > now) return false;
  if (item.addedAt > now - switches.searchLagMs) return false;
  if (search.days.length > 0) {
    const day = dayOf(item.time, switches.dateFilterOffsetMinutes);
    if (!search.days.some(({ first, last }) => first <= day && day <= last)) return false;
  }
  if (search.includedCategories.length > 0 && !search.includedCategories.includes(categoryOf(number))) return false;
  return !search.excludedCategories.includes(categoryOf(number));
}
