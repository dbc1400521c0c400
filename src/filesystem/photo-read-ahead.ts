import { LRUCache } from 'lru-cache';
import type { CachedItem, CatalogView, ItemRecord, ItemSelection, ListingOrder } from '../catalog/records.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import type { KnownSizes, StoredBytes } from './content-access.js';

export interface PhotoReadAheadDeps {
  readonly catalog: Pick<CatalogView, 'following'>;
  readonly bytes: StoredBytes;
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
  readonly folder: string;
  /** Photos to have ready beyond each one being read: doubles when a reader goes on as expected, falls when one turns up elsewhere. */
  window: number;
}

/** One reader's way through a folder, photo after photo. */
interface Walk {
  readonly order: ListingOrder;
  readonly within: ItemSelection;
  readonly pace: Pace;
  lastStep: number;
  /** What comes next, as far as it was looked up. */
  ahead: readonly CachedItem[];
  /** The photo that it has come to is open. */
  isReading: boolean;
  cancel: AbortController;
  isWatched: boolean;
}

const ORDERS: readonly ListingOrder[] = ['name', 'listing'];
const FIRST_WINDOW = 2;
const MOST_WINDOW = 32;
/** Videos may stand between two photos. */
const LOOK_AHEAD = 8;
/** What is expected of so many readers is remembered. */
const WALKS = 256;
const FOLDERS = 64;
/** A reader who comes back later begins small again. */
const FRESH_MS = 60_000;
/** Photos on their way for a reader who does not come are given up after this long. */
const IDLE_MS = 10_000;
/** A walk this still, while its folder is read elsewhere, was left by a jump. */
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
  /** Who is expected at which photo, the oldest expectation first. */
  readonly #expected = new Map<string, Walk>();
  readonly #paces = new LRUCache<string, Pace>({ max: FOLDERS });
  readonly #underWay = new Map<MediaId, number>();
  #bytesUnderWay = 0;
  #pausedUntil = -Infinity;
  #budget = { isLeft: true, until: -Infinity };

  constructor(private readonly deps: PhotoReadAheadDeps) {}

  /** Somebody opens an item that he found in a folder. Undefined for what is not read ahead of. */
  opened(item: ItemRecord, within: ItemSelection, size: number): PhotoReading | undefined {
    if (item.kind !== 'photo') return undefined;
    const pace = this.#paceOf(JSON.stringify(within));
    const key = keyOf(pace, item.mediaId);
    let walk = this.#expected.get(key);
    this.#expected.delete(key);
    if (walk !== undefined) this.#step(walk, item.mediaId);
    else if (!this.#hasReached(item.mediaId, size)) this.#leave(pace);
    let left = size;
    return {
      read: (count) => {
        const before = left;
        left -= count;
        if (before <= 0 || left > 0) return;
        if (walk !== undefined) this.#expect(walk);
        else for (const order of ORDERS) this.#begin(order, within, pace, item.mediaId);
      },
      close: () => {
        if (walk !== undefined) walk.isReading = false;
        walk = undefined;
      },
    };
  }

  #paceOf(folder: string): Pace {
    const known = this.#paces.get(folder);
    if (known !== undefined) return known;
    const pace = { folder, window: 0 };
    this.#paces.set(folder, pace);
    return pace;
  }

  #hasReached(id: MediaId, size: number): boolean {
    return this.#underWay.has(id) || this.deps.bytes.isCached({ id, size });
  }

  /** One photo was read whole: this may be the beginning of a walk. */
  #begin(order: ListingOrder, within: ItemSelection, pace: Pace, from: MediaId): void {
    const ahead = this.deps.catalog.following(within, from, order, LOOK_AHEAD);
    this.#expect({
      order,
      within,
      pace,
      lastStep: this.deps.clock.now(),
      ahead,
      isReading: false,
      cancel: new AbortController(),
      isWatched: false,
    });
  }

  #expect(walk: Walk): void {
    const next = walk.ahead.find(({ kind }) => kind === 'photo');
    if (next === undefined) return;
    const key = keyOf(walk.pace, next.mediaId);
    if (this.#expected.has(key)) return;
    this.#expected.set(key, walk);
    for (const oldest of this.#expected.keys()) {
      if (this.#expected.size <= WALKS) break;
      this.#expected.delete(oldest);
    }
  }

  /** The reader came where he was expected. */
  #step(walk: Walk, id: MediaId): void {
    const { catalog, clock } = this.deps;
    const now = clock.now();
    const { pace } = walk;
    const isFresh = now - walk.lastStep < FRESH_MS;
    pace.window = isFresh ? Math.min(MOST_WINDOW, Math.max(FIRST_WINDOW, pace.window * 2)) : FIRST_WINDOW;
    walk.lastStep = now;
    walk.isReading = true;
    walk.ahead = walk.ahead.slice(walk.ahead.findIndex(({ mediaId }) => mediaId === id) + 1);
    if (walk.ahead.length < pace.window || !isFresh)
      walk.ahead = catalog.following(walk.within, id, walk.order, pace.window + LOOK_AHEAD);
    if (!this.#mayFetch(now)) return;
    if (walk.cancel.signal.aborted) walk.cancel = new AbortController();
    for (const item of walk.ahead.slice(0, pace.window)) this.#fetch(item, walk);
    if (!walk.isWatched) void this.#watch(walk);
  }

  #mayFetch(now: number): boolean {
    if (now < this.#pausedUntil) return false;
    if (now >= this.#budget.until) this.#budget = { isLeft: this.deps.mayFetch(), until: now + BUDGET_MS };
    return this.#budget.isLeft;
  }

  #fetch({ mediaId: id, kind, size: listed, etag }: CachedItem, walk: Walk): void {
    const { bytes, sizes, mostBytes, clock } = this.deps;
    const newer = sizes.known(id);
    const size = newer ?? listed;
    if (kind !== 'photo' || size === null || size === 0 || this.#underWay.has(id)) return;
    if (this.#bytesUnderWay + size > mostBytes || bytes.isCached({ id, size })) return;
    this.#underWay.set(id, size);
    this.#bytesUnderWay += size;
    const version = newer === undefined ? (etag ?? undefined) : sizes.knownEtag(id);
    const { signal } = walk.cancel;
    bytes
      .fill({ ref: { id, kind }, size, etag: version }, 'read-ahead', signal)
      .catch(() => {
        // Who opens that photo hears of it. The network or the disk may be in trouble, and then more of this makes it worse.
        if (!signal.aborted) this.#pausedUntil = clock.now() + PAUSE_MS;
      })
      .finally(() => {
        this.#underWay.delete(id);
        this.#bytesUnderWay -= size;
      });
  }

  /** Somebody reads elsewhere in the folder: walks that stand still there were most likely his. */
  #leave(pace: Pace): void {
    pace.window = Math.floor(pace.window / 2);
    if (this.#underWay.size === 0) return;
    const before = this.deps.clock.now() - LEFT_MS;
    for (const walk of this.#expected.values()) {
      if (!walk.isReading && walk.lastStep <= before && walk.pace === pace) walk.cancel.abort();
    }
  }

  async #watch(walk: Walk): Promise<void> {
    const { clock } = this.deps;
    walk.isWatched = true;
    for (let left = IDLE_MS; left > 0; left = walk.lastStep + IDLE_MS - clock.now()) await clock.sleep(left);
    walk.isWatched = false;
    walk.cancel.abort();
  }
}

function keyOf({ folder }: Pace, id: MediaId): string {
  return `${folder} ${id}`;
}
