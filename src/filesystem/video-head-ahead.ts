import { LRUCache } from 'lru-cache';
import type { CachedItem, CatalogView, ItemRecord, ListingOrder } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { KnownSizes, StoredBytes } from './content-access.js';
import { wholeItem } from './whole-item.js';

export interface VideoHeadAheadDeps {
  readonly catalog: Pick<CatalogView, 'following'>;
  readonly bytes: Pick<StoredBytes, 'bytesOf' | 'fillHead'>;
  readonly sizes: Pick<KnownSizes, 'known' | 'knownEtag'>;
  /** Whether media requests may still be spent on prefetching. */
  readonly mayFetch: () => boolean;
  readonly clock: Clock;
}

/** The videos that come next in a folder. */
interface NextVideos {
  readonly order: ListingOrder;
  readonly ids: ReadonlySet<MediaId>;
}

/** What a player and a thumbnailer read first. */
const HEAD_BYTES = 262_144;
/** Heads to have ready beyond the video being opened. */
const HEADS_AHEAD = 3;
/** Items searched for the next videos, since photos may stand between them. */
const SEARCH_LIMIT = 32;
const MAX_FOLDERS = 64;
/** Pause after a failed fetch. */
const PAUSE_MS = 5_000;
const ORDERS: readonly ListingOrder[] = ['name', 'listing'];

/**
 * Prefetches the heads of a folder's next videos for programs that open one after another, in name order or in listing
 * order: players with a playlist, file managers that draw previews.
 */
export class VideoHeadAhead {
  readonly #deps: VideoHeadAheadDeps;
  readonly #nextVideos = new LRUCache<string, readonly NextVideos[]>({ max: MAX_FOLDERS });
  readonly #underWay = new Set<MediaId>();
  #failedAt = -Infinity;

  constructor(deps: VideoHeadAheadDeps) {
    this.#deps = deps;
  }

  /** Records that an item was opened in a folder. */
  opened(item: ItemRecord, within: ItemSelection): void {
    if (item.kind !== 'video') return;
    const folder = JSON.stringify(within);
    const known = this.#nextVideos.get(folder)?.find(({ ids }) => ids.has(item.mediaId));
    const orders: NextVideos[] = [];
    for (const order of known === undefined ? ORDERS : [known.order]) {
      const next = this.#deps.catalog
        .following(within, item.mediaId, order, SEARCH_LIMIT)
        .filter(({ kind, isReadable }) => kind === 'video' && isReadable)
        .slice(0, HEADS_AHEAD);
      orders.push({ order, ids: new Set(next.map(({ mediaId }) => mediaId)) });
      if (known === undefined) continue;
      for (const video of next) this.#fetch(video);
    }
    this.#nextVideos.set(folder, orders);
  }

  #fetch(video: CachedItem): void {
    const { bytes, sizes, clock, mayFetch } = this.#deps;
    const id = video.mediaId;
    const item = wholeItem(video, sizes);
    if (item === undefined || this.#underWay.has(id) || bytes.bytesOf(id) > 0) return;
    if (isWithin(clock.now(), this.#failedAt, PAUSE_MS) || !mayFetch()) return;
    this.#underWay.add(id);
    bytes
      .fillHead(item, HEAD_BYTES)
      .catch(() => {
        // The next open of that video reports the failure.
        this.#failedAt = clock.now();
      })
      .finally(() => this.#underWay.delete(id));
  }
}
