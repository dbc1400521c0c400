import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import { openCatalogWriter, type CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import type { Clock } from '../../../src/support/clock.js';
import { Budget } from '../../../src/sync/budget.js';
import type { SyncEngineOptions } from '../../../src/sync/engine-parts.js';
import { SyncEngine } from '../../../src/sync/sync-engine.js';
import { treeNames } from '../../../src/sync/tree-names.js';
import type { SyncTrouble } from '../../../src/sync/trouble.js';
import type { FakeLibrary } from './fake-library.js';

const DAY = 86_400_000;

/** Quota days that begin at midnight UTC. */
export const utcDays = {
  day: (now: number): string => new Date(now).toISOString().slice(0, 10),
  nextReset: (now: number): number => (Math.floor(now / DAY) + 1) * DAY,
};

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that stands still until a test moves it. */
export class StillClock implements Clock {
  #now = Date.parse('2026-01-15T12:00:00Z');
  #sleepers: Sleeper[] = [];
  #asleep: (() => void)[] = [];

  readonly now = (): number => this.#now;

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { until: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other.wake !== resolve);
        reject(new Error('woken'));
      });
      for (const tell of this.#asleep.splice(0)) tell();
    });
  }

  /** Resolves once a sleep has begun. */
  async sleepBegins(): Promise<void> {
    while (this.#sleepers.length === 0) await new Promise<void>((resolve) => this.#asleep.push(resolve));
  }

  /** Moves time on and ends the sleeps that are over, until none is. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await this.sleepBegins();
      // Who slept may have been woken since.
      if (this.#sleepers.length === 0) continue;
      const next = this.#sleepers.reduce((first, one) => (one.until < first.until ? one : first));
      if (next.until > end) break;
      this.#now = Math.max(this.#now, next.until);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
    }
    this.#now = end;
  }

  /** Sets the clock, as an administrator does: a sleep lasts as long as before. */
  set(now: number): void {
    const step = now - this.#now;
    this.#sleepers = this.#sleepers.map(({ until, wake }) => ({ until: until + step, wake }));
    this.#now = now;
  }
}

export interface EngineFixture {
  readonly library: FakeLibrary;
  readonly clock: StillClock;
  readonly troubles: SyncTrouble[];
  /** How often the next request was allowed inside a pause. */
  readonly allowed: () => number;
  readonly catalog: CatalogWriter;
  readonly budget: Budget;
  readonly engine: SyncEngine;
  readonly view: CatalogView;
  /** Resolves when the engine rests. */
  readonly rested: () => Promise<void>;
  readonly syncNow: (full: boolean) => Promise<void>;
  readonly names: () => string[];
  /** Stops the engine, closes the catalog, and begins anew on the same file. */
  readonly restart: () => Promise<void>;
}

export const POLL = 300_000;
export const FULL = DAY;

export interface FixtureOptions extends Partial<SyncEngineOptions> {
  readonly reserve?: number;
}

export async function withEngine(
  library: FakeLibrary,
  work: (fixture: EngineFixture) => Promise<void>,
  { reserve = 0.3, ...options }: FixtureOptions = {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const file = join(folder, 'catalog.db');
  const clock = new StillClock();
  const troubles: SyncTrouble[] = [];
  let allowed = 0;
  const start = () => {
    const catalog = openCatalogWriter(file, { names: treeNames });
    const budget = new Budget({ catalog, calendar: utcDays, now: clock.now, reserve });
    const nothing = (): void => undefined;
    const engine = new SyncEngine(
      {
        library,
        catalog,
        budget,
        clock,
        random: () => 0,
        learn: nothing,
        changed: nothing,
        statusChanged: nothing,
        trouble: (trouble) => troubles.push(trouble),
        allowOneRequest: () => allowed++,
      },
      { pollIntervalMs: POLL, fullSyncIntervalMs: FULL, parallel: 1, ...options },
    );
    const stopping = new AbortController();
    const view = openCatalogView(file, { showArchived: false });
    const running = engine.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort(new Error('stop'));
      await running;
      view.close();
      catalog.close();
    };
    return { catalog, budget, engine, view, stop };
  };
  let current = start();
  const fixture: EngineFixture = {
    library,
    clock,
    troubles,
    allowed: () => allowed,
    get catalog() {
      return current.catalog;
    },
    get budget() {
      return current.budget;
    },
    get engine() {
      return current.engine;
    },
    get view() {
      return current.view;
    },
    rested: () => clock.sleepBegins(),
    syncNow: async (full) => {
      await current.engine.syncNow({ full });
      await clock.sleepBegins();
    },
    names: () => current.view.listItems({ by: 'all' }).map(({ name }) => name),
    restart: async () => {
      await current.stop();
      current = start();
    },
  };
  try {
    await work(fixture);
  } finally {
    await current.stop();
    rmSync(folder, { recursive: true });
  }
}
