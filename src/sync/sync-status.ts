import { countsBySource } from '../library/source.js';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { CatalogCounts } from '../catalog/records.js';
import type { SyncTrouble } from './trouble.js';

/**
 * - `starting`: no request has been made yet.
 * - `first-sync`, `full-pass`, `poll`: what is being read.
 * - `idle`: everything is read; waiting for the next interval.
 * - `waiting`: something went wrong, or the budget is spent; see `lastError` and `waitingUntil`.
 */
export type SyncPhase = 'starting' | 'first-sync' | 'full-pass' | 'poll' | 'idle' | 'waiting';

/** The state of syncing. Times in milliseconds since the epoch. */
export interface SyncStatus extends CatalogCounts {
  readonly phase: SyncPhase;
  readonly firstSyncDone: boolean;
  readonly lastSuccess: number | undefined;
  readonly lastFullPass: number | undefined;
  /** Share of the open full pass that is read, 0 to 1; undefined if none is open. */
  readonly fullPassShare: number | undefined;
  /** The last failure; undefined once a poll or full pass has succeeded since. */
  readonly lastError: SyncTrouble | undefined;
  readonly waitingUntil: number | undefined;
  /** Why background measuring waits; undefined while it works or has nothing to do. */
  readonly measuringPaused: SyncTrouble | undefined;
  readonly measuringResumesAt: number | undefined;
  /** Removals that the last full pass held back; undefined if none. */
  readonly heldBack: { readonly items: number; readonly albums: number } | undefined;
  /** Of the first sync: the rate of the last seconds, and an estimate; undefined if there is no basis. */
  readonly itemsPerSecond: number | undefined;
  readonly itemsLeft: number | undefined;
  /** Estimate until the first sync is done; includes the other listings. */
  readonly secondsLeft: number | undefined;
  readonly quotaUsed: QuotaCounts;
  /** Share of the daily limits that background work leaves alone. */
  readonly reserve: number;
  /** When background work that has reached the reserve goes on; undefined while it may spend. */
  readonly backgroundResumesAt: number | undefined;
}

/** Before syncing has told anything. */
export const STARTING: SyncStatus = {
  items: 0,
  albums: 0,
  unmeasured: 0,
  bytes: 0,
  sources: countsBySource(),
  appAlbums: 0,
  phase: 'starting',
  firstSyncDone: false,
  lastSuccess: undefined,
  lastFullPass: undefined,
  fullPassShare: undefined,
  lastError: undefined,
  waitingUntil: undefined,
  measuringPaused: undefined,
  measuringResumesAt: undefined,
  heldBack: undefined,
  itemsPerSecond: undefined,
  itemsLeft: undefined,
  secondsLeft: undefined,
  quotaUsed: { api: 0, media: 0 },
  reserve: 0,
  backgroundResumesAt: undefined,
};
