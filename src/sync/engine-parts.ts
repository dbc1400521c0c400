import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MediaItem } from '../library/media-item.js';
import type { RemoteLibrary } from '../library/remote-library.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';
import type { SyncTrouble } from './trouble.js';

/** Intervals of the engine. Times in milliseconds. */
export interface SyncEngineOptions {
  readonly pollIntervalMs: number;
  /** The poll interval while the mount is idle and the library does not change. Default: the same. */
  readonly idleIntervalMs?: number | undefined;
  readonly fullSyncIntervalMs: number;
  /**
   * Full passes are spread over days, so that they cost a small share of the day's quota. Default false: the interval
   * is kept.
   */
  readonly stretchFullPasses?: boolean | undefined;
  /** The local hour (0 to 23): full passes begin at night. Default: they begin at any hour. */
  readonly hourOf?: ((now: number) => number | undefined) | undefined;
  /** Listings read side by side in the first sync; at most 4 in full passes that a person asked for. Default 8. */
  readonly parallel?: number | undefined;
}

/** What the engine works with. */
export interface SyncEngineDeps {
  readonly library: RemoteLibrary;
  readonly catalog: CatalogWriter;
  readonly budget: Budget;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly learn: (items: readonly MediaItem[]) => void;
  /** Something visible in the catalog changed. */
  readonly changed: () => void;
  /** Phase, last error or last success changed. */
  readonly statusChanged: () => void;
  readonly trouble: (trouble: SyncTrouble) => void;
  /**
   * Called before a sync that a person asked for: the next request may be sent during a pause that Google asked for.
   */
  readonly allowOneRequest?: () => void;
}
