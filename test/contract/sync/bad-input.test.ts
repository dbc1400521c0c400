import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultAction, FaultMatch } from '../../emulator/faults.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { catalogMatches } from './catalog-matches.js';
import { DAY, HOUR, withSyncWorld } from './world.js';

// A page of it is a small part of it: nothing is held back for its size alone.
const SEED = { items: 420, albums: 4, favoritesEvery: 8, newest: '2026-01-14T00:00:00Z' };
const WORLD = { seed: SEED, switches: { pageCap: 30 } };
/** A daily quota ends at midnight Pacific time, everything else sooner. */
const LONGEST = 21 * HOUR;

const FAULTS: Readonly<Record<string, FaultAction>> = {
  'an HTML page with 502': { type: 'html', status: 502 },
  'an HTML page with 200': { type: 'html', status: 200 },
  'a rate limit': { type: 'api-error', error: 'rate-limit' },
  'a limit on concurrent requests': { type: 'api-error', error: 'concurrent-write' },
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

const SEARCHES: Readonly<Record<string, RegExp>> = {
  'the search with the archive': /^(?!.*FAVORITES).*"includeArchivedMedia":true/,
  'the search without the archive': /^(?!.*(albumId|includeArchivedMedia))/,
  'the members of an album': /"albumId"/,
  'the favourites': /FAVORITES/,
};

/** Every listing, on its first page and on a later one. */
const PAGES: Readonly<Record<string, FaultMatch>> = {
  'the first page of the list': { route: 'mediaItems.list', hasPageToken: false },
  'a later page of the list': { route: 'mediaItems.list', hasPageToken: true },
  'the albums': { route: 'albums.list' },
  ...Object.fromEntries<FaultMatch>(
    Object.entries(SEARCHES).flatMap(([what, body]) => [
      [`the first page of ${what}`, { route: 'mediaItems.search', body, hasPageToken: false }],
      [`a later page of ${what}`, { route: 'mediaItems.search', body, hasPageToken: true }],
    ]),
  ),
};

describe('a first sync through a broken answer', () => {
  for (const [what, action] of Object.entries(FAULTS)) {
    // Errors are taken alike by every pass, and the full one meets them all below.
    if (!SILENT.has(what) && what !== 'the end of the daily quota') continue;
    for (const [where, match] of Object.entries(PAGES)) {
      it(`a first sync through a broken answer shows everything where ${what} comes instead of ${where}`, () =>
        withSyncWorld({ ...WORLD, faults: [{ match, action }] }, {}, async (world) => {
          const { view, emulator, clock, catalog } = world;
          assert.equal(emulator.faults.pending, 0);
          await clock.advance(what.includes('daily') ? LONGEST : HOUR);
          assert.equal(catalog.state.get('first.done'), '1');
          const shown = view.listItems({ by: 'all' }).map(({ name }) => view.findItem({ by: 'all' }, name)?.mediaId);
          const hidden = [...emulator.library.items()].filter(
            ({ id, archived }) => !archived && !shown.includes(id as MediaId),
          );
          assert.deepEqual(
            hidden.map(({ id }) => id),
            [],
          );
          world.fewest = world.shown();
          await world.lookAtEverything();
          await world.lookAtEverything();
          catalogMatches(view, emulator.library);
        }));
    }
  }
});

describe('a full pass through a broken answer', () => {
  for (const [what, action] of Object.entries(FAULTS)) {
    for (const [where, match] of Object.entries(PAGES)) {
      it(`a full pass through a broken answer shrinks nothing and says so where ${what} comes instead of ${where}`, () =>
        withSyncWorld(WORLD, {}, async (world) => {
          const { view, emulator, troubles, clock } = world;
          const { items, albums } = view.counts();
          const shown = world.shown();
          const fault = emulator.faults.add({ match, action });
          world.fewest = shown;
          await world.lookAtEverything();
          assert.equal(fault.hits, 1);
          assert.equal(world.fewest, shown);
          assert.deepEqual([view.counts().items, view.counts().albums], [items, albums]);
          if (!SILENT.has(what)) {
            assert.equal(troubles.length, 1, JSON.stringify(troubles));
            assert.ok((troubles[0]?.message.length ?? 0) > 15 && (troubles[0]?.hint.length ?? 0) > 15);
          }
          emulator.faults.clear();
          // What was held back is looked at again.
          await clock.advance(what.includes('daily') ? LONGEST : HOUR);
          await world.lookAtEverything();
          await world.lookAtEverything();
          assert.equal(world.fewest, shown);
          catalogMatches(view, emulator.library);
        }));
    }
  }

  it('a full pass through a broken answer cuts a token that never ends off with an error, and goes on when it ends', () =>
    withSyncWorld(WORLD, {}, async (world) => {
      const { view, emulator } = world;
      emulator.switches.endlessToken = true;
      const shown = world.shown();
      world.fewest = shown;
      assert.equal((await world.lookAtEverything())?.code, 'endless-listing');
      assert.equal(world.fewest, shown);
      emulator.switches.endlessToken = false;
      assert.equal(await world.lookAtEverything(), undefined);
      catalogMatches(view, emulator.library);
    }));

  it('a full pass through a broken answer waits no longer than the true quota day where the quota ended while the clock was a day ahead', () =>
    withSyncWorld(WORLD, {}, async ({ view, emulator, clock, engine }) => {
      const { items } = view.counts();
      clock.set(clock.now() + DAY);
      emulator.faults.add({ action: { type: 'api-error', error: 'daily-quota' } });
      assert.equal((await engine.syncNow({ full: false }))?.code, 'quota-exhausted');
      clock.set(clock.now() - DAY);
      emulator.library.add({ creationTime: '2026-01-14T12:00:00Z', filename: 'fresh.jpg' });
      await clock.advance(LONGEST);
      assert.equal(view.counts().items, items + 1);
      assert.equal(engine.lastError, undefined);
    }));

  for (const [what, jump] of [
    ['a day back', -DAY],
    ['a day ahead', DAY],
  ] as const) {
    it(`a full pass through a broken answer loses nothing and goes on within the hour when the clock jumps ${what} and back`, () =>
      withSyncWorld(WORLD, {}, async ({ view, emulator, clock, catalog, engine }) => {
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
