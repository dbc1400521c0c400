import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultAction, FaultMatch } from '../../emulator/faults.js';
import { catalogMatches } from './catalog-matches.js';
import { DAY, HOUR, withSyncWorld } from './world.js';

const SEED = { items: 450, albums: 8, newest: '2026-01-14T00:00:00Z' };

const FAULTS: Readonly<Record<string, FaultAction>> = {
  'an HTML page with 502': { type: 'html', status: 502 },
  'an HTML page with 200': { type: 'html', status: 200 },
  'a rate limit': { type: 'api-error', error: 'rate-limit' },
  'the end of the daily quota': { type: 'api-error', error: 'daily-quota' },
  'too many writes at once': { type: 'answer', status: 409, body: { error: { code: 409, status: 'ABORTED' } } },
  'a reset connection': { type: 'reset' },
  'a reset in the middle': { type: 'reset', afterBytes: 100 },
  'truncated JSON': { type: 'truncated-json' },
  'a missing array': { type: 'without', fields: ['mediaItems', 'albums'] },
  'a page of the wrong form': { type: 'answer', status: 200, body: { mediaItems: 'many', albums: 'many' } },
  'an empty answer': { type: 'answer', status: 200, body: {} },
  'the page before once more': { type: 'repeated-page' },
  'a refused page token': { type: 'api-error', error: 'bad-page-token' },
};

/** Answers that look right and lack something: nothing can be told about them at once. */
const SILENT = new Set(['a missing array', 'an empty answer', 'the page before once more', 'a refused page token']);

const PAGES: Readonly<Record<string, FaultMatch>> = {
  'the first page of the list': { route: 'mediaItems.list', hasPageToken: false },
  'a later page of the list': { route: 'mediaItems.list', hasPageToken: true },
  'the albums': { route: 'albums.list' },
  'the first page of a search': { route: 'mediaItems.search', hasPageToken: false },
  'a later page of a search': { route: 'mediaItems.search', hasPageToken: true },
};

describe('a full pass through a broken answer', () => {
  for (const [what, action] of Object.entries(FAULTS)) {
    for (const [where, match] of Object.entries(PAGES)) {
      it(`shrinks nothing and says so where ${what} comes instead of ${where}`, () =>
        withSyncWorld({ seed: SEED }, {}, async (world) => {
          const { view, emulator, troubles, clock } = world;
          const { items, albums } = view.counts();
          const fault = emulator.faults.add({ match, action });
          world.fewest = items;
          await world.lookAtEverything();
          assert.equal(fault.hits, 1);
          assert.equal(world.fewest, items);
          assert.deepEqual([view.counts().items, view.counts().albums], [items, albums]);
          if (!SILENT.has(what)) {
            assert.equal(troubles.length, 1, JSON.stringify(troubles));
            assert.ok((troubles[0]?.message.length ?? 0) > 15 && (troubles[0]?.hint.length ?? 0) > 15);
          }
          emulator.faults.clear();
          // A daily quota ends at the reset, everything else sooner; what was held back is looked at again.
          await clock.advance(13 * HOUR);
          await world.lookAtEverything();
          await world.lookAtEverything();
          assert.equal(world.fewest, items);
          catalogMatches(view, emulator.library);
        }));
    }
  }

  it('cuts a token that never ends off with an error, and goes on when it ends', () =>
    withSyncWorld({ seed: SEED }, {}, async (world) => {
      const { view, emulator } = world;
      emulator.switches.endlessToken = true;
      world.fewest = view.counts().items;
      assert.equal((await world.lookAtEverything())?.code, 'endless-listing');
      assert.equal(world.fewest, view.counts().items);
      emulator.switches.endlessToken = false;
      assert.equal(await world.lookAtEverything(), undefined);
      catalogMatches(view, emulator.library);
    }));

  for (const [what, jump] of [
    ['a day back', -DAY],
    ['a day ahead', DAY],
  ] as const) {
    it(`loses nothing and goes on within the hour when the clock jumps ${what} and back`, () =>
      withSyncWorld({ seed: SEED }, {}, async ({ view, emulator, clock, catalog, engine }) => {
        const { items } = view.counts();
        emulator.faults.add({ times: 2, action: { type: 'html', status: 503 } });
        clock.set(clock.now() + jump);
        await engine.syncNow({ full: false });
        clock.set(clock.now() - jump);
        emulator.faults.clear();
        emulator.library.add({ creationTime: '2026-01-14T12:00:00Z', filename: 'fresh.jpg' });
        await clock.advance(13 * HOUR);
        assert.equal(view.counts().items, items + 1);
        assert.ok(Number(catalog.state.get('success.last')) > clock.now() - HOUR);
        assert.equal(engine.lastError, undefined);
      }));
  }
});
