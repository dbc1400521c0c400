import { LRUCache } from 'lru-cache';
import type { CachedItem } from '../catalog/records.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { KnownSizes, StoredBytes } from './content-access.js';
import { wholeItem } from './whole-item.js';

export interface PhotoFetchesDeps {
  readonly bytes: Pick<StoredBytes, 'isCached' | 'bytesOf' | 'prepare' | 'fill'>;
  readonly sizes: Pick<KnownSizes, 'known' | 'knownEtag' | 'sizeForFetch'>;
  /** Whether media requests may still be spent on prefetching. */
  readonly mayFetch: () => boolean;
  /** Most bytes being prefetched at once, for all readers together. */
  readonly mostBytes: number;
  readonly clock: Clock;
}

/** What photos are prefetched for. */
export interface FetchOwner {
  /** Number of photos prefetched for it, or being prefetched, and not opened since. */
  unopened: number;
  readonly cancel: AbortController;
}

/** Most photos remembered as prefetched and not opened since. */
const MAX_PREFETCHED = 1024;
/** Pause after a failed fetch. */
const PAUSE_MS = 5_000;
/** Shortest time between two checks of the day's budget. */
const BUDGET_MS = 1_000;
/** What a photo of unknown size counts for, bytes. */
const ASSUMED_BYTES = 3_145_728;

/** Prefetches photos within the limits of all readers, and remembers which have not been opened since. */
export class PhotoFetches {
  readonly #deps: PhotoFetchesDeps;
  readonly #maxUnopened: number;
  readonly #underWay = new Set<MediaId>();
  /** Photos prefetched, or being prefetched, and not opened since. */
  readonly #unopened = new LRUCache<MediaId, FetchOwner>({
    max: MAX_PREFETCHED,
    dispose: (owner) => owner.unopened--,
  });
  #bytesUnderWay = 0;
  #failedAt = -Infinity;
  #budget = { isLeft: true, at: -Infinity };

  /** `maxUnopened`: nothing more is fetched for an owner with so many unopened photos. */
  constructor(deps: PhotoFetchesDeps, maxUnopened: number) {
    this.#deps = deps;
    this.#maxUnopened = maxUnopened;
  }

  /** A photo was opened. True if it was prefetched, or is being prefetched. */
  opened(id: MediaId): boolean {
    return this.#unopened.delete(id) || this.#underWay.has(id);
  }

  /** False for a while after a failure, and if the day's budget is spent. */
  mayFetch(now: number): boolean {
    if (isWithin(now, this.#failedAt, PAUSE_MS)) return false;
    if (!isWithin(now, this.#budget.at, BUDGET_MS)) this.#budget = { isLeft: this.#deps.mayFetch(), at: now };
    return this.#budget.isLeft;
  }

  /** Asks for the base URLs of these photos, before they are fetched. */
  prepare(photos: readonly CachedItem[]): void {
    const { bytes } = this.#deps;
    const missing = photos.filter(({ mediaId }) => bytes.bytesOf(mediaId) === 0);
    bytes.prepare(missing.map(({ mediaId, kind }) => ({ id: mediaId, kind })));
  }

  /** Starts to fetch a photo that is not cached. False if there is no room for it at the moment. */
  fetch(photo: CachedItem, owner: FetchOwner): boolean {
    const { bytes, sizes, mostBytes, clock } = this.#deps;
    const { signal } = owner.cancel;
    const id = photo.mediaId;
    const item = wholeItem(photo, sizes);
    const isNew = item === undefined && photo.size === null && photo.isReadable;
    if (item === undefined ? !isNew : bytes.isCached({ id, size: item.size })) return true;
    if (this.#underWay.has(id)) return true;
    const size = item?.size ?? ASSUMED_BYTES;
    if (this.#bytesUnderWay + size > mostBytes || owner.unopened >= this.#maxUnopened) return false;
    this.#underWay.add(id);
    this.#unopened.set(id, owner);
    owner.unopened++;
    this.#bytesUnderWay += size;
    const filled = item === undefined ? this.#fillNew(photo, signal) : bytes.fill(item, 'read-ahead', signal);
    filled
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

  /** A photo that was never measured: one request brings its size and its bytes. */
  async #fillNew({ mediaId: id, kind }: CachedItem, signal: AbortSignal): Promise<void> {
    const { bytes, sizes } = this.#deps;
    const ref = { id, kind };
    const size = await sizes.sizeForFetch(ref);
    if (!signal.aborted) await bytes.fill({ ref, size, etag: sizes.knownEtag(id) }, 'read-ahead', signal);
  }
}
