import { LRUCache } from 'lru-cache';
import type { CachedItem, CatalogView, ItemRecord, ItemSelection, ListingOrder } from '../catalog/records.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { KnownSizes, StoredBytes } from './content-access.js';
import { wholeItem } from './whole-item.js';

export interface PhotoReadAheadDeps {
  readonly catalog: Pick<CatalogView, 'following'>;
  readonly bytes: Pick<StoredBytes, 'isCached' | 'bytesOf' | 'prepare' | 'fill'>;
  readonly sizes: Pick<KnownSizes, 'known' | 'knownEtag'>;
  /** Whether media requests may be spent on what nobody has asked for yet. */
  readonly mayFetch: () => boolean;
  /** Most bytes on their way at once for all readers together. */
  readonly mostBytes: number;
  readonly clock: Clock;
}

/** Tells of one open photo how it is being read. */
export interface PhotoReading {
  /** So many bytes were handed out. */
  read(count: number): void;
  close(): void;
}

/** How a folder is being read, by however many readers at once. */
interface Pace {
  /** Photos to have ready beyond each one being read: doubles when one is opened as expected, falls when one is opened elsewhere. */
  window: number;
  /** The next {@link REACH} photos of each row, the rows of the two orders apart. */
  readonly expected: Readonly<Record<ListingOrder, Map<MediaId, Row>>>;
}

/** Photos that are being read one after another. */
interface Row {
  readonly order: ListingOrder;
  readonly within: ItemSelection;
  readonly pace: Pace;
  /** How many were fetched ahead for it, or are on their way, and were not opened since. */
  unopened: number;
  /** Photos that come next, as far as they were looked up. */
  ahead: readonly CachedItem[];
  /** Nothing comes after those. */
  isAtEnd: boolean;
  /** How many of them are seen to. */
  seen: number;
  /** Photos from one that is opened to the next, lately: 1 for one reader in this very order. */
  gap: number;
  lastStep: number;
  /** How many of it are open. */
  open: number;
  cancel: AbortController;
  isWatched: boolean;
}

const ORDERS: readonly ListingOrder[] = ['name', 'listing'];
const FIRST_WINDOW = 2;
const MOST_WINDOW = 32;
/** Several readers who share a list open photos before those in front of them are read: any of so many may be next. */
const REACH = 16;
/** A row whose photos stay unopened is not how the folder is being read: photos of several cameras by name are in no order of time. */
const MOST_UNOPENED = MOST_WINDOW + REACH;
/** Photos looked up beyond the window, at least. */
const FORESIGHT = 3 * REACH;
/** More is fetched when so much of the window is left, many photos at a time: their addresses are asked for together. */
const REFILL = 3 / 4;
const ROWS = 64;
const FOLDERS = 64;
const BROUGHT = 1024;
/** Who comes back later begins small again. */
const FRESH_MS = 60_000;
/** Photos on their way for a reader who does not come are given up after this long. */
const IDLE_MS = 10_000;
/** A row this still, while its folder is read elsewhere, was left by a jump. */
const LEFT_MS = 250;
/** Without read-ahead after a failure. */
const PAUSE_MS = 5_000;
/** The day's budget is looked at this often at most. */
const BUDGET_MS = 1_000;

/**
 * Fetches the next photos of a folder for who reads photos one after another, whole, in the order of their names or of the listing.
 * Who looks at heads only, or jumps, gets nothing he did not ask for.
 */
export class PhotoReadAhead {
  readonly #rows = new Set<Row>();
  readonly #paces = new LRUCache<string, Pace>({ max: FOLDERS });
  readonly #underWay = new Set<MediaId>();
  /** Fetched ahead, or on their way, and not opened since. */
  readonly #unopened = new LRUCache<MediaId, Row>({ max: BROUGHT, dispose: (row) => row.unopened-- });
  #bytesUnderWay = 0;
  #failedAt = -Infinity;
  #budget = { isLeft: true, at: -Infinity };

  constructor(private readonly deps: PhotoReadAheadDeps) {}

  /** Somebody opens an item that he found in a folder. Undefined for what is not read ahead of. */
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
          // Looked into and put away.
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

  /** One photo was read whole: this may be the beginning of a row. */
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

  /** A photo was opened that was expected. Where it is an old one, nobody waits, and the next ones are most likely there too. */
  #step(rows: readonly Row[], pace: Pace, id: MediaId, isOld: boolean): void {
    const now = this.deps.clock.now();
    const isFresh = !isOld && rows.some(({ lastStep }) => isWithin(now, lastStep, FRESH_MS));
    pace.window = isFresh ? Math.min(MOST_WINDOW, Math.max(FIRST_WINDOW, pace.window * 2)) : FIRST_WINDOW;
    for (const row of rows) this.#pass(row, id, now);
    // Photos of a camera by name are mostly, but not always, in an order of time: the order with fewer left out is the reader's.
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

  /** Their addresses are at hand when it is their turn to be fetched. */
  #prepare(photos: readonly CachedItem[]): void {
    const { bytes } = this.deps;
    const missing = photos.filter(({ mediaId }) => bytes.bytesOf(mediaId) === 0);
    bytes.prepare(missing.map(({ mediaId, kind }) => ({ id: mediaId, kind })));
  }

  /** Sees to it that at least so many photos are looked up, as far as there are any; tells whether they had to be. */
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

  /** False where there is no room for it at the moment. */
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
        // Who opens that photo hears of it. The network or the disk may be in trouble, and then more of this makes it worse.
        if (!signal.aborted) this.#failedAt = clock.now();
      })
      .finally(() => {
        this.#underWay.delete(id);
        this.#bytesUnderWay -= size;
      });
    return true;
  }

  /** Somebody reads elsewhere in the folder: rows that stand still there were most likely his. */
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
      // A clock that was set back would make this a wait of days.
      left = since < 0 ? 0 : IDLE_MS - since;
    } while (left > 0);
    row.isWatched = false;
    if (row.unopened < MOST_UNOPENED) row.cancel.abort();
    else this.#end(row);
  }
}
