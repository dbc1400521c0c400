import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';
import type { Measurer } from './measurer.js';
import { RateMeter } from './rate-meter.js';
import type { SyncEngine } from './sync-engine.js';
import type { SyncStatus } from './sync-status.js';

export interface StatusParts {
  readonly catalog: CatalogWriter;
  readonly engine: SyncEngine;
  readonly measurer: Measurer;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly reserve: () => number;
}

/** Makes the function that describes how syncing goes; called again and again, it knows the rates of the first sync. */
export function statusOf({ catalog, engine, measurer, budget, clock, reserve }: StatusParts): () => SyncStatus {
  const rate = new RateMeter();
  const pageRate = new RateMeter();
  const number = (key: string): number | undefined => {
    const text = catalog.state.get(key);
    return text === undefined ? undefined : Number(text);
  };
  const firstSync = (items: number): Pick<SyncStatus, 'itemsPerSecond' | 'itemsLeft' | 'secondsLeft'> => {
    const left = engine.remainingWork();
    const now = clock.now();
    const perSecond = pageRate.perSecond(now, catalog.state.pagesRead());
    return {
      itemsPerSecond: rounded(rate.perSecond(now, items)),
      itemsLeft: left?.items,
      secondsLeft: left && perSecond ? Math.round(left.pages / perSecond) : undefined,
    };
  };
  const over = { itemsPerSecond: undefined, itemsLeft: undefined, secondsLeft: undefined };
  return () => {
    const counts = catalog.counts();
    const firstSyncDone = catalog.state.get('first.done') !== undefined;
    const isFull = !budget.allows('api') || !budget.allows('media');
    return {
      ...counts,
      ...(firstSyncDone ? over : firstSync(counts.sources.app)),
      phase: engine.phase,
      firstSyncDone,
      heldBack: heldBack(catalog.state.get('held.count')),
      backgroundResumesAt: isFull ? budget.nextReset() : undefined,
      lastSuccess: number('success.last'),
      lastFullPass: number('full.last'),
      fullPassShare: engine.passShare,
      lastError: engine.lastError,
      waitingUntil: engine.waitingUntil,
      measuringPaused: measurer.paused,
      measuringResumesAt: measurer.resumesAt,
      quotaUsed: budget.used(),
      reserve: reserve(),
    };
  };
}

function heldBack(text: string | undefined): SyncStatus['heldBack'] {
  const [items, albums] = (text ?? '').split(' ').map(Number);
  return items === undefined || albums === undefined ? undefined : { items, albums };
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}
