import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { CatalogCounts } from '../catalog/records.js';
import type { SyncTrouble } from './trouble.js';

/**
 * - `starting`: nothing has been asked yet.
 * - `first-sync`, `full-pass`, `poll`: what is being read.
 * - `idle`: everything is read; waiting for the next interval.
 * - `waiting`: something went wrong, or the budget is spent; see `lastError` and `waitingUntil`.
 */
export type SyncPhase = 'starting' | 'first-sync' | 'full-pass' | 'poll' | 'idle' | 'waiting';

/** Where syncing stands. Times in milliseconds since the epoch. */
export interface SyncStatus extends CatalogCounts {
  readonly phase: SyncPhase;
  readonly firstSyncDone: boolean;
  readonly lastSuccess: number | undefined;
  readonly lastFullPass: number | undefined;
  /** How much of the full pass under way is read, from 0 to 1; undefined where none is. */
  readonly fullPassShare: number | undefined;
  /** The failure that syncing has not got over yet; undefined once a pass succeeded. */
  readonly lastError: SyncTrouble | undefined;
  readonly waitingUntil: number | undefined;
  /** Why background measuring rests; undefined while it works or has nothing to do. */
  readonly measuringPaused: SyncTrouble | undefined;
  readonly measuringResumesAt: number | undefined;
  /** What the last full pass did not dare to remove; undefined where that is nothing. */
  readonly heldBack: { readonly items: number; readonly albums: number } | undefined;
  /** Of the first sync, by what came in the last seconds and by estimate; undefined where nobody can tell. */
  readonly itemsPerSecond: number | undefined;
  readonly itemsLeft: number | undefined;
  /** Until the first sync is done; more than its items have to be read. */
  readonly secondsLeft: number | undefined;
  readonly quotaUsed: QuotaCounts;
  /** Share of the daily limits that background work leaves alone. */
  readonly reserve: number;
  /** When background work goes on that has reached the reserve; undefined while it may spend. */
  readonly backgroundResumesAt: number | undefined;
}
