import { LRUCache } from 'lru-cache';
import type { CachedItem, CatalogView, ItemRecord, ListingOrder } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { KnownSizes, StoredBytes } from './content-access.js';
import { wholeItem } from './whole-item.js';

/*
 * How it works
 * - `opened` is called for each photo opened in a folder. A Pace is what is known of one folder; a
 *   Row is a sequence of photos in name order or in listing order that a reader may be following.
 * - A photo outside every row that is read whole begins a row in each order (`#begin`). The catalog
 *   gives the photos that follow (`#lookUp`); the next 16 of a row are "expected".
 * - Opening an expected photo is a step (`#step`): the folder's window doubles, from 2 to 32, and
 *   `#fetchAhead` caches the photos of the window, in the order that skips fewer photos. If the
 *   photo was cached, but not by a prefetch, or the last step is over 60 s old, the window starts
 *   again at 2.
 * - Opening any other photo that is not cached is a jump: `#leave` halves the window and ends idle
 *   rows.
 * - `#watch` cancels fetches 10 s after the last step. A photo closed half read ends its rows, a
 *   failed fetch pauses all for 5 s. `mayFetch` (the day's budget) and `mostBytes` limit every
 *   fetch.
 */

export interface PhotoReadAheadDeps {
  readonly catalog: Pick<CatalogView, 'following'>;
  readonly bytes: Pick<StoredBytes, 'isCached' | 'bytesOf' | 'prepare' | 'fill'>;
  readonly sizes: Pick<KnownSizes, 'known' | 'knownEtag'>;
  /** Whether media requests may still be spent on prefetching. */
  readonly mayFetch: () => boolean;
  /** Most bytes being prefetched at once, for all readers together. */
  readonly mostBytes: number;
  readonly clock: Clock;
}

/** Reports how an open photo is being read. */
export interface PhotoReading {
  /** A read returned `count` bytes. */
  read(count: number): void;
  close(): void;
}

/** How a folder is being read, by all its readers together. */
interface Pace {
  /** Photos to prefetch beyond the one being read. Doubles when an expected photo is opened, halves at a jump. */
  window: number;
  /** The next {@link REACH} photos of each row, by order. */
  readonly expected: Readonly<Record<ListingOrder, Map<MediaId, Row>>>;
}

/** A sequence of photos that a reader may be following. */
interface Row {
  readonly order: ListingOrder;
  readonly within: ItemSelection;
  readonly pace: Pace;
  /** Number of photos prefetched for it, or being prefetched, and not opened since. */
  unopened: number;
  /** The next photos, as far as they were looked up. */
  ahead: readonly CachedItem[];
  /** No photo follows after those. */
  isAtEnd: boolean;
  /** How many of `ahead` were handled: cached, being fetched or left out. */
  seen: number;
  /** Moving average of the distance between opened photos: 1 for one reader in exactly this order. */
  gap: number;
  lastStep: number;
  /** Number of its photos that are open. */
  open: number;
  cancel: AbortController;
  isWatched: boolean;
}

const ORDERS: readonly ListingOrder[] = ['name', 'listing'];
const FIRST_WINDOW = 2;
const MOST_WINDOW = 32;
/** The next photo may be any of this many: several readers that share a list do not open photos in strict order. */
const REACH = 16;
/**
 * If this many prefetched photos stay unopened, readers do not follow the row: by name, photos of several cameras are
 * not in the order of time.
 */
const MOST_UNOPENED = MOST_WINDOW + REACH;
/** Fewest photos looked up beyond the window. */
const FORESIGHT = 3 * REACH;
/** Fetch more when at most this share of the window is left: then many base URLs are asked for with one batch. */
const REFILL = 3 / 4;
const ROWS = 64;
const FOLDERS = 64;
const BROUGHT = 1024;
/** After this long without a step the window starts small again. */
const FRESH_MS = 60_000;
/** Fetches are cancelled this long after the last step. */
const IDLE_MS = 10_000;
/** At a jump in the folder, rows without a step for this long end. */
const LEFT_MS = 250;
/** Pause after a failed fetch. */
const PAUSE_MS = 5_000;
/** Shortest time between two checks of the day's budget. */
const BUDGET_MS = 1_000;

/**
 * Prefetches photos for a sequential reader: one that reads whole photos of a folder in name order or in listing order.
 * Thumbnailers, which read heads only, and random readers trigger no prefetch.
 */
export class PhotoReadAhead {
  readonly #rows = new Set<Row>();
  readonly #paces = new LRUCache<string, Pace>({ max: FOLDERS });
  readonly #underWay = new Set<MediaId>();
  /** Photos prefetched, or being prefetched, and not opened since. */
  readonly #unopened = new LRUCache<MediaId, Row>({ max: BROUGHT, dispose: (row) => row.unopened-- });
  #bytesUnderWay = 0;
  #failedAt = -Infinity;
  #budget = { isLeft: true, at: -Infinity };

  constructor(private readonly deps: PhotoReadAheadDeps) {}

  /** Records that an item was opened in a folder. Undefined for videos, which are never prefetched here. */
  opened(item: ItemRecord, within: ItemSelection, size: number): PhotoReading | undefined {
    if (item.kind !== 'photo') return undefined;
    const { mediaId: id } = item;
    const pace = this.#paceOf(JSON.stringify(within));
    const rows = ORDERS.flatMap((order) => pace.expected[order].get(id) ?? []);
    const isOurs = this.#unopened.delete(id) || this.#underWay.has(id);
    const isOld = !isOurs && this.deps.bytes.isCached({ id, size });
    if (rows.length > 0) this.#step(rows, pace, id, isOld);
    else if (!isOurs && !isOld) this.#leave(pace);
    let left = size;
    return {
      read: (count) => {
        const before = left;
        left -= count;
        if (rows.length === 0 && before > 0 && left <= 0)
          for (const order of ORDERS) this.#begin(order, within, pace, id);
      },
      close: () => {
        for (const row of rows) {
          row.open--;
          // Closed half read.
          if (left > 0 && left < size) this.#end(row);
        }
      },
    };
  }

  #paceOf(folder: string): Pace {
    const known = this.#paces.get(folder);
    if (known !== undefined) return known;
    const pace: Pace = { window: 0, expected: { name: new Map(), listing: new Map() } };
    this.#paces.set(folder, pace);
    return pace;
  }

  /** A photo was read whole: a row may begin here. */
  #begin(order: ListingOrder, within: ItemSelection, pace: Pace, from: MediaId): void {
    const row: Row = {
      order,
      within,
      pace,
      unopened: 0,
      ahead: [],
      isAtEnd: false,
      seen: 0,
      gap: 1,
      lastStep: this.deps.clock.now(),
      open: 0,
      cancel: new AbortController(),
      isWatched: false,
    };
    this.#lookUp(row, from, REACH);
    const isKnown = row.ahead.some(({ mediaId }) => pace.expected[order].has(mediaId));
    if (row.ahead.length === 0 || isKnown) return;
    this.#rows.add(row);
    this.#expect(row);
    for (const oldest of this.#rows) {
      if (this.#rows.size <= ROWS) break;
      this.#end(oldest);
    }
  }

  /**
   * An expected photo was opened. If it was cached, but not by a prefetch (`isOld`), the next ones probably are too.
   */
  #step(rows: readonly Row[], pace: Pace, id: MediaId, isOld: boolean): void {
    const now = this.deps.clock.now();
    const isFresh = !isOld && rows.some(({ lastStep }) => isWithin(now, lastStep, FRESH_MS));
    pace.window = isFresh ? Math.min(MOST_WINDOW, Math.max(FIRST_WINDOW, pace.window * 2)) : FIRST_WINDOW;
    for (const row of rows) this.#pass(row, id, now);
    // Both orders may fit: names of one camera mostly follow time. The reader's order is the one that skips fewer
    // photos.
    const [row] = [...rows].sort((one, other) => one.gap - other.gap);
    if (row !== undefined && this.#mayFetch(now)) this.#fetchAhead(row, id);
    for (const one of rows) {
      this.#lookUpBeyond(one, id, REACH);
      this.#expect(one);
    }
  }

  #pass(row: Row, id: MediaId, now: number): void {
    row.lastStep = now;
    row.open++;
    this.#forget(row);
    const passed = row.ahead.findIndex(({ mediaId }) => mediaId === id) + 1;
    row.gap += (passed - row.gap) / 8;
    row.ahead = row.ahead.slice(passed);
    row.seen = Math.max(0, row.seen - passed);
  }

  #fetchAhead(row: Row, id: MediaId): void {
    const { pace } = row;
    const isNew = this.#lookUpBeyond(row, id, pace.window + FORESIGHT);
    if (isNew && row.unopened < MOST_UNOPENED) this.#prepare(row.ahead);
    if (row.cancel.signal.aborted) {
      row.cancel = new AbortController();
      row.seen = 0;
    }
    if (row.seen <= pace.window * REFILL) {
      const from = row.seen;
      for (const item of row.ahead.slice(from, pace.window)) {
        if (!this.#fetch(item, row)) break;
        row.seen++;
      }
    }
    if (!row.isWatched) void this.#watch(row);
  }

  /** Asks for the base URLs of these photos, before they are fetched. */
  #prepare(photos: readonly CachedItem[]): void {
    const { bytes } = this.deps;
    const missing = photos.filter(({ mediaId }) => bytes.bytesOf(mediaId) === 0);
    bytes.prepare(missing.map(({ mediaId, kind }) => ({ id: mediaId, kind })));
  }

  /** Looks up photos until at least `least` are known, if there are as many. True if it had to look up. */
  #lookUpBeyond(row: Row, from: MediaId, least: number): boolean {
    if (row.isAtEnd || row.ahead.length >= least) return false;
    this.#lookUp(row, from, least + REACH);
    return true;
  }

  #lookUp(row: Row, from: MediaId, limit: number): void {
    const items = this.deps.catalog.following(row.within, from, row.order, limit);
    row.isAtEnd = items.length < limit;
    row.ahead = items.filter(({ kind }) => kind === 'photo');
  }

  #expect(row: Row): void {
    const expected = row.pace.expected[row.order];
    for (const { mediaId } of row.ahead.slice(0, REACH)) if (!expected.has(mediaId)) expected.set(mediaId, row);
  }

  #forget(row: Row): void {
    const expected = row.pace.expected[row.order];
    for (const { mediaId } of row.ahead.slice(0, REACH)) if (expected.get(mediaId) === row) expected.delete(mediaId);
  }

  #end(row: Row): void {
    this.#forget(row);
    this.#rows.delete(row);
    row.cancel.abort();
  }

  #mayFetch(now: number): boolean {
    if (isWithin(now, this.#failedAt, PAUSE_MS)) return false;
    if (!isWithin(now, this.#budget.at, BUDGET_MS)) this.#budget = { isLeft: this.deps.mayFetch(), at: now };
    return this.#budget.isLeft;
  }

  /** False if there is no room for it at the moment. */
  #fetch(photo: CachedItem, row: Row): boolean {
    const { bytes, sizes, mostBytes, clock } = this.deps;
    const { signal } = row.cancel;
    const id = photo.mediaId;
    const item = wholeItem(photo, sizes);
    if (item === undefined || this.#underWay.has(id) || bytes.isCached({ id, size: item.size })) return true;
    const { size } = item;
    if (this.#bytesUnderWay + size > mostBytes || row.unopened >= MOST_UNOPENED) return false;
    this.#underWay.add(id);
    this.#unopened.set(id, row);
    row.unopened++;
    this.#bytesUnderWay += size;
    bytes
      .fill(item, 'read-ahead', signal)
      .catch(() => {
        this.#unopened.delete(id);
        // The next open reports the failure. Pause: more fetches would add to a problem of the network or the disk.
        if (!signal.aborted) this.#failedAt = clock.now();
      })
      .finally(() => {
        this.#underWay.delete(id);
        this.#bytesUnderWay -= size;
      });
    return true;
  }

  /** A jump: a reader continues elsewhere in the folder, and idle rows were probably its own. */
  #leave(pace: Pace): void {
    pace.window = Math.floor(pace.window / 2);
    const now = this.deps.clock.now();
    const isLeft = ({ lastStep }: Row): boolean => !isWithin(now, lastStep, LEFT_MS);
    for (const row of this.#rows) if (row.pace === pace && row.open === 0 && isLeft(row)) this.#end(row);
  }

  async #watch(row: Row): Promise<void> {
    const { clock } = this.deps;
    row.isWatched = true;
    let left = IDLE_MS;
    do {
      await clock.sleep(left);
      const since = clock.now() - row.lastStep;
      // If the clock was set back, this would become a wait of days.
      left = since < 0 ? 0 : IDLE_MS - since;
    } while (left > 0);
    row.isWatched = false;
    if (row.unopened < MOST_UNOPENED) row.cancel.abort();
    else this.#end(row);
  }
}
