import { LRUCache } from 'lru-cache';
import type { CachedItem, CatalogView, ItemRecord, ListingOrder } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { MediaId } from '../library/media-item.js';
import { isWithin } from '../support/is-within.js';
import { PhotoFetches, type FetchOwner, type PhotoFetchesDeps } from './photo-fetches.js';

/*
 * How it works
 * - `opened` is called for each photo opened in a folder. A FolderState is what is known of one folder. A Sequence is a
 *   series of photos in name order or in listing order that a reader may be following.
 * - A photo outside every sequence that is read whole begins a sequence in each order (`#begin`). The catalog gives the
 *   photos that follow (`#lookUp`); the next 16 are "expected".
 * - Opening an expected photo is a step (`#step`): the window of the folder doubles, from 2 to 32, and `#fetchAhead`
 *   caches the photos of the window, in the order that skips fewer photos. If the photo was cached, but not by a
 *   prefetch, or the last step is over 60 s old, the window starts again at 2.
 * - Opening any other photo that is not cached is a jump (`#jump`): it halves the window and ends idle sequences.
 * - `#watch` cancels fetches 10 s after the last step. A photo closed half read ends its sequences; a failed fetch
 *   pauses all for 5 s. `mayFetch` (the day's budget) and `mostBytes` limit every fetch (PhotoFetches).
 */

export interface PhotoReadAheadDeps extends PhotoFetchesDeps {
  readonly catalog: Pick<CatalogView, 'following'>;
}

/** Reports how an open photo is being read. */
export interface PhotoReading {
  /** A read returned `count` bytes. */
  read(count: number): void;
  close(): void;
}

/** How a folder is being read, by all its readers together. */
interface FolderState {
  /** Photos to prefetch beyond the one being read. Doubles when an expected photo is opened, halves at a jump. */
  window: number;
  /** The next {@link MATCH_DISTANCE} photos of each sequence, by order. */
  readonly expected: Readonly<Record<ListingOrder, Map<MediaId, Sequence>>>;
}

/** A sequence of photos that a reader may be following. */
interface Sequence extends FetchOwner {
  readonly order: ListingOrder;
  readonly within: ItemSelection;
  readonly folder: FolderState;
  /** The next photos, as far as they were looked up. */
  ahead: readonly CachedItem[];
  /** No photo follows after those. */
  isAtEnd: boolean;
  /** How many of `ahead` were handled: cached, being fetched or left out. */
  handled: number;
  /** Moving average of the distance between opened photos: 1 for one reader in exactly this order. */
  averageSkip: number;
  lastStep: number;
  /** Number of its photos that are open. */
  open: number;
  cancel: AbortController;
  isWatched: boolean;
}

const ORDERS: readonly ListingOrder[] = ['name', 'listing'];
const FIRST_WINDOW = 2;
const MAX_WINDOW = 32;
/** The next photo may be any of this many: several readers that share a list do not open photos in strict order. */
const MATCH_DISTANCE = 16;
/**
 * If this many prefetched photos stay unopened, readers do not follow the sequence: by name, photos of several cameras
 * are not in the order of time.
 */
const MAX_UNOPENED = MAX_WINDOW + MATCH_DISTANCE;
/** Fewest photos looked up beyond the window. */
const LOOKUP_AHEAD = 3 * MATCH_DISTANCE;
/** Fetch more when at most this share of the window is left: then many base URLs are asked for with one batch. */
const REFILL_FRACTION = 3 / 4;
/** Most sequences, and folders, that are followed; the oldest ones go first. */
const MAX_SEQUENCES = 64;
const MAX_FOLDERS = 64;
/** After this long without a step the window starts small again. */
const SEQUENCE_TIMEOUT_MS = 60_000;
/** Fetches are cancelled this long after the last step. */
const IDLE_MS = 10_000;
/** At a jump in the folder, sequences without a step for this long end. */
const ABANDONED_AFTER_MS = 250;

/**
 * Prefetches photos for a sequential reader: one that reads whole photos of a folder in name order or in listing order.
 * Thumbnailers, which read heads only, and random readers trigger no prefetch.
 */
export class PhotoReadAhead {
  readonly #deps: PhotoReadAheadDeps;
  readonly #sequences = new Set<Sequence>();
  readonly #folders = new LRUCache<string, FolderState>({ max: MAX_FOLDERS });
  readonly #fetches: PhotoFetches;

  constructor(deps: PhotoReadAheadDeps) {
    this.#deps = deps;
    this.#fetches = new PhotoFetches(deps, MAX_UNOPENED);
  }

  /** Records that an item was opened in a folder. Undefined for videos, which are never prefetched here. */
  opened(item: ItemRecord, within: ItemSelection, size: number): PhotoReading | undefined {
    if (item.kind !== 'photo') return undefined;
    const { mediaId: id } = item;
    const folder = this.#stateOf(JSON.stringify(within));
    const sequences = ORDERS.flatMap((order) => folder.expected[order].get(id) ?? []);
    const isPrefetched = this.#fetches.opened(id);
    const isCachedOtherwise = !isPrefetched && this.#deps.bytes.isCached({ id, size });
    if (sequences.length > 0) this.#step(sequences, folder, id, isCachedOtherwise);
    else if (!isPrefetched && !isCachedOtherwise) this.#jump(folder);
    let left = size;
    return {
      read: (count) => {
        const before = left;
        left -= count;
        if (sequences.length === 0 && before > 0 && left <= 0)
          for (const order of ORDERS) this.#begin(order, within, folder, id);
      },
      close: () => {
        for (const sequence of sequences) {
          sequence.open--;
          // Closed half read.
          if (left > 0 && left < size) this.#end(sequence);
        }
      },
    };
  }

  #stateOf(key: string): FolderState {
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const folder: FolderState = { window: 0, expected: { name: new Map(), listing: new Map() } };
    this.#folders.set(key, folder);
    return folder;
  }

  /** A photo was read whole: a sequence may begin here. */
  #begin(order: ListingOrder, within: ItemSelection, folder: FolderState, from: MediaId): void {
    const sequence: Sequence = {
      order,
      within,
      folder,
      unopened: 0,
      ahead: [],
      isAtEnd: false,
      handled: 0,
      averageSkip: 1,
      lastStep: this.#deps.clock.now(),
      open: 0,
      cancel: new AbortController(),
      isWatched: false,
    };
    this.#lookUp(sequence, from, MATCH_DISTANCE);
    const isKnown = sequence.ahead.some(({ mediaId }) => folder.expected[order].has(mediaId));
    if (sequence.ahead.length === 0 || isKnown) return;
    this.#sequences.add(sequence);
    this.#expect(sequence);
    for (const oldest of this.#sequences) {
      if (this.#sequences.size <= MAX_SEQUENCES) break;
      this.#end(oldest);
    }
  }

  /**
   * An expected photo was opened: the window doubles. It starts again at 2 if the last step is too old, or if the photo
   * was cached, but not by a prefetch (`isCachedOtherwise`): then the next ones probably are cached too.
   */
  #step(sequences: readonly Sequence[], folder: FolderState, id: MediaId, isCachedOtherwise: boolean): void {
    const now = this.#deps.clock.now();
    const continues =
      !isCachedOtherwise && sequences.some(({ lastStep }) => isWithin(now, lastStep, SEQUENCE_TIMEOUT_MS));
    folder.window = continues ? Math.min(MAX_WINDOW, Math.max(FIRST_WINDOW, folder.window * 2)) : FIRST_WINDOW;
    for (const sequence of sequences) this.#advance(sequence, id, now);
    // Both orders may fit: names of one camera mostly follow time. The reader's order is the one that skips fewer
    // photos.
    const [sequence] = [...sequences].sort((one, other) => one.averageSkip - other.averageSkip);
    if (sequence !== undefined && this.#fetches.mayFetch(now)) this.#fetchAhead(sequence, id);
    for (const one of sequences) {
      this.#lookUpBeyond(one, id, MATCH_DISTANCE);
      this.#expect(one);
    }
  }

  #advance(sequence: Sequence, id: MediaId, now: number): void {
    sequence.lastStep = now;
    sequence.open++;
    this.#forget(sequence);
    const passed = sequence.ahead.findIndex(({ mediaId }) => mediaId === id) + 1;
    sequence.averageSkip += (passed - sequence.averageSkip) / 8;
    sequence.ahead = sequence.ahead.slice(passed);
    sequence.handled = Math.max(0, sequence.handled - passed);
  }

  #fetchAhead(sequence: Sequence, id: MediaId): void {
    const { folder } = sequence;
    const isNew = this.#lookUpBeyond(sequence, id, folder.window + LOOKUP_AHEAD);
    if (isNew && sequence.unopened < MAX_UNOPENED) this.#fetches.prepare(sequence.ahead);
    if (sequence.cancel.signal.aborted) {
      sequence.cancel = new AbortController();
      sequence.handled = 0;
    }
    if (sequence.handled <= folder.window * REFILL_FRACTION) {
      const from = sequence.handled;
      for (const item of sequence.ahead.slice(from, folder.window)) {
        if (!this.#fetches.fetch(item, sequence)) break;
        sequence.handled++;
      }
    }
    if (!sequence.isWatched) void this.#watch(sequence);
  }

  /** Looks up photos until at least `least` are known, if there are as many. True if it had to look up. */
  #lookUpBeyond(sequence: Sequence, from: MediaId, least: number): boolean {
    if (sequence.isAtEnd || sequence.ahead.length >= least) return false;
    this.#lookUp(sequence, from, least + MATCH_DISTANCE);
    return true;
  }

  #lookUp(sequence: Sequence, from: MediaId, limit: number): void {
    const items = this.#deps.catalog.following(sequence.within, from, sequence.order, limit);
    sequence.isAtEnd = items.length < limit;
    sequence.ahead = items.filter(({ kind }) => kind === 'photo');
  }

  #expect(sequence: Sequence): void {
    const expected = sequence.folder.expected[sequence.order];
    for (const { mediaId } of sequence.ahead.slice(0, MATCH_DISTANCE))
      if (!expected.has(mediaId)) expected.set(mediaId, sequence);
  }

  #forget(sequence: Sequence): void {
    const expected = sequence.folder.expected[sequence.order];
    for (const { mediaId } of sequence.ahead.slice(0, MATCH_DISTANCE))
      if (expected.get(mediaId) === sequence) expected.delete(mediaId);
  }

  #end(sequence: Sequence): void {
    this.#forget(sequence);
    this.#sequences.delete(sequence);
    sequence.cancel.abort();
  }

  /** A jump: a reader continues elsewhere in the folder, and idle sequences were probably its own. */
  #jump(folder: FolderState): void {
    folder.window = Math.floor(folder.window / 2);
    const now = this.#deps.clock.now();
    const isAbandoned = ({ lastStep }: Sequence): boolean => !isWithin(now, lastStep, ABANDONED_AFTER_MS);
    for (const sequence of this.#sequences)
      if (sequence.folder === folder && sequence.open === 0 && isAbandoned(sequence)) this.#end(sequence);
  }

  async #watch(sequence: Sequence): Promise<void> {
    const { clock } = this.#deps;
    sequence.isWatched = true;
    let left = IDLE_MS;
    do {
      await clock.sleep(left);
      const since = clock.now() - sequence.lastStep;
      // If the clock was set back, this would become a wait of days.
      left = since < 0 ? 0 : IDLE_MS - since;
    } while (left > 0);
    sequence.isWatched = false;
    if (sequence.unopened < MAX_UNOPENED) sequence.cancel.abort();
    else this.#end(sequence);
  }
}
