import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import { createRemoteLibrary } from '../../../src/remote/library/google-library.js';
import { Budget } from '../../../src/sync/budget.js';
import type { SyncEngineOptions } from '../../../src/sync/engine-parts.js';
import { SyncEngine } from '../../../src/sync/sync-engine.js';
import { treeNames } from '../../../src/sync/tree-names.js';
import type { SyncTrouble } from '../../../src/sync/trouble.js';
import type { FaultSpec } from '../../emulator/faults.js';
import { inProcessEmulator, type InProcessEmulator } from '../../emulator/in-process.js';
import type { SeedOptions } from '../../emulator/generated-items.js';
import type { Switches } from '../../emulator/switches.js';
import { StillClock, utcDays } from '../../unit/sync/engine-fixture.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface SyncWorld {
  readonly emulator: InProcessEmulator;
  readonly clock: StillClock;
  readonly engine: SyncEngine;
  readonly catalog: CatalogWriter;
  readonly view: CatalogView;
  readonly troubles: SyncTrouble[];
  /** Fewest files that a person ever saw in the mount since this was last set. */
  fewest: number;
  /** How many files a person finds now in `media/all`, among the favourites, and in all albums. */
  readonly shown: () => number;
  /** Requests made so far. */
  readonly requests: () => number;
  /** Looks at everything and rests; what went wrong, where something did. */
  readonly lookAtEverything: () => Promise<SyncTrouble | undefined>;
}

export interface SyncWorldSettings {
  readonly seed: SeedOptions;
  readonly switches?: Partial<Switches>;
  /** For the catalog. Default: one of its own. */
  readonly folder?: string;
  /** What the first sync meets already. */
  readonly faults?: readonly FaultSpec[];
}

/** The engine and Google's client against an emulated library in this process, on a clock that the test moves. */
export async function withSyncWorld(
  { seed, switches = {}, folder: given, faults = [] }: SyncWorldSettings,
  options: Partial<SyncEngineOptions>,
  work: (world: SyncWorld) => Promise<void>,
): Promise<void> {
  const clock = new StillClock();
  const emulator = inProcessEmulator(seed, switches, clock.now);
  for (const fault of faults) emulator.faults.add(fault);
  const folder = given ?? mkdtempSync(join(tmpdir(), 'sync-world-'));
  const file = join(folder, 'catalog.db');
  const catalog = openCatalogWriter(file, { names: treeNames });
  const view = openCatalogView(file, { showArchived: false });
  const budget = new Budget({ catalog, calendar: utcDays, now: clock.now, reserve: 0.3 });
  const troubles: SyncTrouble[] = [];
  let requests = 0;
  const nothing = (): void => undefined;
  const library = createRemoteLibrary({
    baseUrl: 'http://127.0.0.1:9',
    token: () => Promise.resolve('token'),
    http: emulator.http,
    clock: { now: clock.now, sleep: () => Promise.resolve() },
    random: () => 0,
    onRequest: () => {
      requests += 1;
      budget.spend('api');
    },
    retryLimits: { tries: 1, deadlineMs: 1000 },
    rateLimitPauseMs: 1,
  });
  const engine = new SyncEngine(
    {
      library,
      catalog,
      budget,
      clock,
      random: () => 0,
      learn: nothing,
      changed: () => {
        if (world.fewest < Infinity) world.fewest = Math.min(world.fewest, world.shown());
      },
      statusChanged: nothing,
      trouble: (trouble) => troubles.push(trouble),
    },
    { pollIntervalMs: 5 * MINUTE, fullSyncIntervalMs: DAY, ...options },
  );
  const world: SyncWorld = {
    emulator,
    clock,
    engine,
    catalog,
    view,
    troubles,
    fewest: Infinity,
    shown: () =>
      [
        { by: 'all' as const },
        { by: 'favorite' as const },
        ...view.albums().map(({ rowId }) => ({ by: 'album' as const, albumRowId: rowId })),
      ].reduce((sum, selection) => sum + view.listItems(selection).length, 0),
    requests: () => requests,
    lookAtEverything: async () => {
      const trouble = await engine.syncNow({ full: true });
      await clock.sleepBegins();
      return trouble;
    },
  };
  const stopping = new AbortController();
  const running = engine.run(stopping.signal);
  try {
    await clock.sleepBegins();
    await work(world);
  } finally {
    stopping.abort(new Error('stop'));
    await running;
    view.close();
    catalog.close();
    if (given === undefined) rmSync(folder, { recursive: true });
  }
}
