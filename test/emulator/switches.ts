/** How the emulator behaves where Google's behaviour is uncertain, odd, or changes. All may be changed while it runs. */
export interface Switches {
  /** Lifetimes, milliseconds on the emulator's clock. */
  accessTokenLifetimeMs: number;
  /** From the day of consent; Infinity in production, 7 days for a project in testing. */
  refreshTokenLifetimeMs: number;
  baseUrlLifetimeMs: number;
  pageTokenLifetimeMs: number;

  /** Delay before each answer, milliseconds of real time; requests wait side by side. */
  latencyMs: number;
  /** Delay of a new connection for each of its round trips: one for TCP, one more for TLS. Milliseconds of real time. */
  connectLatencyMs: number;
  /** Most bytes of bodies a second that one connection brings. */
  bytesPerSecond: number;

  /** Media hosts. `range`: 'ignored' answers 200 with everything, 'honored' 206. */
  range: 'ignored' | 'honored';
  /** false: HEAD on a base URL answers 405. */
  head: boolean;
  /** false: chunked answers without a length. */
  contentLength: boolean;
  etag: boolean;
  /** Each download comes without a length, and its connection closes after so many bytes; HEAD is answered as ever. */
  cutWithoutLengthAt: number;
  /** Downloads answer 302 to another path first: for videos, for everything, or never. */
  redirect: 'never' | 'videos' | 'always';
  /** Media need an Authorization header (as the Picker's do). */
  mediaNeedsToken: boolean;

  /** Most items in one page, whatever pageSize says. */
  pageCap: number;
  /** This many pages with a token and no items come before each real page. */
  emptyPages: number;
  /** The last items come with a token that leads to `{}`. */
  lastPageEmpty: boolean;
  /** Each page begins with the last item of the page before. */
  repeatAcrossPages: boolean;
  /** After the last item, empty pages with a token, for ever. */
  endlessToken: boolean;
  /** After the last item, the listing from its beginning, each page under a token that was never given before, for ever. */
  endlessRepeat: boolean;

  /** Picking. A session lives so long, and its polling may last so long; sessions that may be open at once. */
  pickSessionLifetimeMs: number;
  pickPollingMs: number;
  pickPollIntervalMs: number;
  mostPickSessions: number;
  /** The account has no Google Photos. */
  noPhotosAccount: boolean;
  /** Access to what was picked was taken back: its bytes are refused, whatever the token. */
  pickedAccessTaken: boolean;
  /** The address of the picking page: Google's, which no test can open, or the emulator's own. */
  pickerPage: 'google' | 'emulator';

  /** Items with smaller numbers were added by other programs: the Library API hides them, the picking page shows them. */
  appSeesFrom: number;

  /** Whether mediaItems.list, and a search without `filters`, show archived items. */
  listShowsArchived: boolean;
  /** Whether searches with `filters` leave out items dated after the emulator's present. */
  hideFutureInFiltered: boolean;
  /** Searches with `filters` show an item only this long after it was added. */
  searchLagMs: number;
  /** Minutes added to UTC when a date filter asks for an item's day. */
  dateFilterOffsetMinutes: number;

  /** Status of mediaItems.get and albums.get for an unknown id. */
  unknownIdStatus: 400 | 404;
  /** One bad id makes the whole batchGet a 500. */
  batchGetFailsWhole: boolean;

  /** Daily limits of the project, and writes per minute and user. */
  apiPerDay: number;
  mediaPerDay: number;
  writesPerMinute: number;
  /** Most items an album can hold. */
  albumCapacity: number;
}

const MINUTE = 60_000;

export const DEFAULT_SWITCHES: Readonly<Switches> = {
  accessTokenLifetimeMs: 3_599_000,
  refreshTokenLifetimeMs: Infinity,
  baseUrlLifetimeMs: 60 * MINUTE,
  pageTokenLifetimeMs: 24 * 60 * MINUTE,
  latencyMs: 0,
  connectLatencyMs: 0,
  bytesPerSecond: Infinity,
  range: 'ignored',
  head: true,
  contentLength: true,
  etag: true,
  cutWithoutLengthAt: Infinity,
  redirect: 'never',
  mediaNeedsToken: false,
  pageCap: Infinity,
  emptyPages: 0,
  lastPageEmpty: false,
  repeatAcrossPages: false,
  endlessToken: false,
  endlessRepeat: false,
  appSeesFrom: 0,
  pickSessionLifetimeMs: 7 * 24 * 60 * MINUTE,
  pickPollingMs: 30 * MINUTE,
  pickPollIntervalMs: 200,
  mostPickSessions: Infinity,
  noPhotosAccount: false,
  pickedAccessTaken: false,
  pickerPage: 'emulator',
  listShowsArchived: true,
  hideFutureInFiltered: true,
  searchLagMs: 0,
  dateFilterOffsetMinutes: 0,
  unknownIdStatus: 400,
  batchGetFailsWhole: false,
  apiPerDay: 10_000,
  mediaPerDay: 75_000,
  writesPerMinute: 30,
  albumCapacity: 20_000,
};
