import fc from 'fast-check';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { createRemoteLibrary } from '../../src/remote/library/google-library.js';
import { Budget } from '../../src/sync/budget.js';
import { SyncEngine } from '../../src/sync/sync-engine.js';
import { treeNames } from '../../src/sync/tree-names.js';
import type { ItemRecord } from '../../src/catalog/records.js';
import type { RemoteLibrary } from '../../src/library/remote-library.js';
import { catalogMatches } from '../contract/sync/catalog-matches.js';
import type { FaultAction } from '../emulator/faults.js';
import { inProcessEmulator, type InProcessEmulator } from '../emulator/in-process.js';
import type { Switches } from '../emulator/switches.js';
import { SEED, SEED_NOTE, share } from '../support/chance.js';
import { ForeignRows } from './foreign-rows.js';
import { StillClock, utcDays } from '../unit/sync/engine-fixture.js';

const RUNS = share(1000);
/** With the seed of a run that failed, and the path that fast-check named: plays the failing sequence alone. */
const PATH = process.env['SYNC_MODEL_PATH'];
const TALK = process.env['SYNC_MODEL_TALK'] !== undefined;
const HOUR = 3_600_000;
const ROUTES = ['mediaItems.list', 'mediaItems.search', 'albums.list', 'mediaItems.batchGet'] as const;
const FAULTS: readonly FaultAction[] = [
  { type: 'html', status: 502 },
  { type: 'html', status: 200 },
  { type: 'api-error', error: 'rate-limit' },
  { type: 'api-error', error: 'bad-page-token' },
  { type: 'reset' },
  { type: 'reset', afterBytes: 200 },
  { type: 'truncated-json' },
  { type: 'without', fields: ['mediaItems', 'albums'] },
  { type: 'repeated-page' },
  { type: 'answer', status: 200, body: {} },
];

type Command =
  | { readonly type: 'add' | 'remove' | 'restore' | 'describe' | 'favorite' | 'archive'; readonly pick: number }
  | { readonly type: 'album' | 'join' | 'leave' | 'rename' | 'shuffle'; readonly pick: number }
  | {
      readonly type: 'fault';
      readonly route: (typeof ROUTES)[number];
      readonly fault: FaultAction;
      readonly after: number;
    }
  | { readonly type: 'look' | 'full' | 'restart' | 'wait' | 'clock-back' };

const pick = fc.nat({ max: 1000 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: fc.constantFrom('add', 'remove', 'restore', 'describe', 'favorite', 'archive'), pick }),
  fc.record({ type: fc.constantFrom('album', 'join', 'leave', 'rename', 'shuffle'), pick }),
  fc.record({
    type: fc.constant('fault' as const),
    route: fc.constantFrom(...ROUTES),
    fault: fc.constantFrom(...FAULTS),
    after: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 })),
  }),
  fc.record({ type: fc.constantFrom('look', 'full', 'restart', 'wait', 'clock-back') }),
);

/** What the world did, so that the catalog can be judged while it goes on. */
interface World {
  readonly emulator: InProcessEmulator;
  readonly removed: string[];
  /** Items that were never removed nor archived: once seen, they must stay in sight. */
  readonly constant: Set<string>;
}

function change({ emulator, removed, constant }: World, { type, pick: number }: Command & { pick: number }): void {
  const { library } = emulator;
  const items = [...library.items()];
  const albums = library.albums();
  const item = items[number % Math.max(1, items.length)];
  const album = albums[number % Math.max(1, albums.length)];
  if (type === 'add') {
    constant.add(library.add({ creationTime: Date.UTC(2020, 0, 1 + number), filename: `added${number % 5}.jpg` }).id);
  } else if (type === 'restore') {
    const back = removed.pop();
    if (back !== undefined) library.restore(back);
  } else if (type === 'album') {
    library.createAlbum(`Album ${number % 3}`);
  } else if (type === 'rename' && album !== undefined) {
    library.updateAlbum(album.id, { title: `Renamed ${number % 3}` });
  } else if (type === 'shuffle' && album !== undefined) {
    library.setAlbumItems(
      album.id,
      library
        .albumItems(album.id)
        .map(({ id }) => id)
        .reverse(),
    );
  } else if (item !== undefined) {
    if (type === 'remove') {
      library.remove(item.id);
      removed.push(item.id);
      constant.delete(item.id);
    } else if (type === 'archive') {
      library.setArchived(item.id, !item.archived);
      constant.delete(item.id);
    } else if (type === 'describe') library.update(item.id, { description: `words ${number}` });
    else if (type === 'favorite') library.setFavorite(item.id, !item.favorite);
    else if (type === 'join' && album !== undefined) library.addToAlbum(album.id, [item.id]);
    else if (type === 'leave' && album !== undefined) library.removeFromAlbum(album.id, [item.id]);
  }
}

/** The oddities of Google that a run meets from its beginning, and how the program is set up. */
interface Setting {
  readonly switches: Partial<Switches>;
  readonly stretched: boolean;
  /** The catalog holds items, copies and albums of every other source as well. */
  readonly hasForeignRows: boolean;
  readonly seed: number;
}

const setting: fc.Arbitrary<Setting> = fc.record({
  switches: fc.record({
    pageCap: fc.constantFrom(7, 100),
    listShowsArchived: fc.boolean(),
    repeatAcrossPages: fc.boolean(),
    lastPageEmpty: fc.boolean(),
    emptyPages: fc.constantFrom(0, 0, 2),
    searchLagMs: fc.constantFrom(0, HOUR),
    dateFilterOffsetMinutes: fc.constantFrom(-720, 0, 720),
    batchGetFailsWhole: fc.boolean(),
  }),
  stretched: fc.boolean(),
  hasForeignRows: fc.boolean(),
  seed: fc.nat({ max: 5 }),
});

async function play(
  { switches, stretched, hasForeignRows, seed }: Setting,
  commands: readonly Command[],
): Promise<void> {
  if (TALK) console.error(JSON.stringify([switches, stretched, hasForeignRows, seed, commands]));
  const clock = new StillClock();
  // Setting this machine's clock back does not take Google's with it.
  let behind = 0;
  const googleNow = (): number => clock.now() + behind;
  // A part of the items is dated in the future, and half of them within weeks, so that ranges are split.
  const emulator = inProcessEmulator(
    { items: 60, albums: 3, archivedEvery: 10, random: seed, oldest: seed % 2 === 0 ? '2005-01-01' : '2025-11-01' },
    switches,
    googleNow,
  );
  const folder = mkdtempSync(join(tmpdir(), 'sync-model-'));
  const file = join(folder, 'catalog.db');
  const nothing = (): void => undefined;
  const google = createRemoteLibrary({
    baseUrl: 'http://127.0.0.1:9',
    token: () => Promise.resolve('token'),
    http: emulator.http,
    clock: { now: clock.now, sleep: () => Promise.resolve() },
    random: () => 0,
    onRequest: nothing,
    retryLimits: { tries: 1, deadlineMs: 1000 },
    rateLimitPauseMs: 1,
  });
  const library: RemoteLibrary = {
    ...google,
    batchGetMediaItems: (ids, ...more) => {
      assert.deepEqual(
        ids.filter((id) => !ForeignRows.mayAsk(id)),
        [],
        'Google is asked about its own items only',
      );
      return google.batchGetMediaItems(ids, ...more);
    },
  };
  let starts = 0;
  const begin = () => {
    const catalog = openCatalogWriter(file, { names: treeNames });
    if (hasForeignRows && starts < 3) {
      foreign ??= new ForeignRows(file);
      if (starts !== 1) foreign.add(catalog, starts);
      foreign.join(catalog, emulator.library, starts);
    }
    starts += 1;
    const toMeasure = [...catalog.sizes.worklist(1000, clock.now()), ...catalog.sizes.toRecheck(1000)];
    assert.deepEqual(
      toMeasure.filter(({ id }) => !ForeignRows.mayAsk(id)),
      [],
      'sizes of files are not asked for',
    );
    const budget = new Budget({ catalog, calendar: utcDays, now: clock.now, reserve: 0 });
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
        trouble: !TALK ? nothing : (trouble) => console.error(trouble.message),
      },
      { pollIntervalMs: 3 * HOUR, fullSyncIntervalMs: 6 * HOUR, stretchFullPasses: stretched },
    );
    const stopping = new AbortController();
    const running = engine.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort(new Error('stop'));
      await running;
      catalog.close();
    };
    return { engine, stop };
  };
  let foreign: ForeignRows | undefined;
  let current = begin();
  const view = openCatalogView(file, { showArchived: false });
  /** Undefined for items that Google does not list. */
  const idOf = ({ rowId, mediaId }: ItemRecord): string | undefined => (foreign ? foreign.appId(rowId) : mediaId);
  const visible = (): Set<string | undefined> =>
    new Set(
      view.listItems({ by: 'all' }).map(({ name }) => {
        const item = view.findItem({ by: 'all' }, name);
        return item && idOf(item);
      }),
    );
  const world: World = {
    emulator,
    removed: [],
    constant: new Set([...emulator.library.items()].filter(({ archived }) => !archived).map(({ id }) => id)),
  };
  try {
    let before = new Set<string | undefined>();
    for (const one of commands) {
      if ('pick' in one) change(world, one);
      else if (one.type === 'fault') {
        emulator.faults.add({ match: { route: one.route }, after: one.after, action: one.fault });
      } else if (one.type === 'restart') {
        await current.stop();
        current = begin();
      } else if (one.type === 'wait') await clock.advance(2 * HOUR);
      else if (one.type === 'clock-back') {
        behind += 5 * HOUR;
        clock.set(clock.now() - 5 * HOUR);
      } else {
        void current.engine.syncNow({ full: one.type === 'full' });
        await clock.advance(1);
      }
      const now = visible();
      const lost = [...before].filter((id) => id !== undefined && world.constant.has(id) && !now.has(id));
      assert.deepEqual(lost, [], 'what is there upstream never goes out of sight');
      before = now;
      foreign?.assertUnchanged();
    }
    emulator.faults.clear();
    // Calm: time for every wait to end, then passes enough to confirm what was held back and missed.
    await clock.advance(2 * HOUR);
    // Searches hide what is dated in the future: whether it is archived shows when its day has come.
    clock.set(clock.now() + 60 * 24 * HOUR);
    for (let pass = 0; pass < 4; pass += 1) {
      void current.engine.syncNow({ full: true });
      await clock.advance(1);
    }
    if (TALK) console.error(emulator.requests);
    catalogMatches(view, emulator.library, idOf);
    foreign?.assertUnchanged();
  } finally {
    await current.stop();
    view.close();
    foreign?.close();
    rmSync(folder, { recursive: true });
  }
}

describe('syncing under random upstream changes, faults and restarts', () => {
  it(`syncing under random upstream changes, faults and restarts never loses what is there, and equals the library once calm returns (${RUNS} runs, ${SEED_NOTE})`, async () => {
    const property = fc.asyncProperty(setting, fc.array(command, { minLength: 5, maxLength: 25 }), play);
    // Shrinking replays for minutes; SYNC_MODEL_SHRINK=1 does it, with the seed that failed.
    const endOnFailure = process.env['SYNC_MODEL_SHRINK'] === undefined;
    await fc.assert(property, {
      seed: SEED,
      numRuns: RUNS,
      endOnFailure,
      includeErrorInReport: true,
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  });
});
