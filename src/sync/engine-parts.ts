import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MediaItem } from '../library/media-item.js';
import type { RemoteLibrary } from '../library/remote-library.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';
import type { SyncTrouble } from './trouble.js';

/** How the engine paces itself. Times in milliseconds. */
export interface SyncEngineOptions {
  readonly pollIntervalMs: number;
  /** The poll interval while nobody uses the mount and nothing happens in the library. Default: the same. */
  readonly idleIntervalMs?: number | undefined;
  readonly fullSyncIntervalMs: number;
  /** Full passes are stretched so that they cost a small share of the day's quota; default false: the interval is obeyed. */
  readonly stretchFullPasses?: boolean | undefined;
  /** The hour (0 to 23) where the person lives: full passes begin at night. Default: any hour is as good. */
  readonly hourOf?: ((now: number) => number | undefined) | undefined;
  /** Listings read side by side in the first sync. Default 8. */
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
  /** The next request may go inside a pause that Google asked for. */
  readonly allowOneRequest?: () => void;
}
