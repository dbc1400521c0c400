import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR, MINUTE, withSyncWorld } from './world.js';

/** As the program runs without the option for the interval. */
const DEFAULTS = { idleIntervalMs: 15 * MINUTE, stretchFullPasses: true };

describe('the cost of syncing in requests', () => {
  for (const items of [1000, 50_000]) {
    it(`syncing costs under 500 requests a day for an idle library of ${items} items: full passes, stuck videos and failures included`, () =>
      withSyncWorld({ seed: { items, albums: 120, newest: '2026-01-14T00:00:00Z' } }, DEFAULTS, async (world) => {
        const { library, faults } = world.emulator;
        for (let video = 0; video < 60; video += 1)
          library.add({ filename: `stuck${video}.mp4`, mimeType: 'video/mp4', videoStatus: 'PROCESSING' });
        await world.clock.advance(HOUR);
        // The first days pay for the first sync and what followed it.
        for (let day = 1; day <= 3; day += 1) {
          const before = world.requests();
          for (let hour = 0; hour < 24; hour += 1) {
            if (hour % 4 === 0)
              faults.add({ action: hour % 8 === 0 ? { type: 'html', status: 502 } : { type: 'reset' } });
            await world.clock.advance(HOUR);
          }
          assert.ok(world.requests() - before < 500, `day ${day}: ${world.requests() - before} requests`);
        }
        assert.equal(world.view.counts().items, items + 60);
        assert.deepEqual(new Set(world.troubles.map(({ code }) => code)), new Set(['server']));
      }));
  }

  it('syncing costs under 500 requests a day also while the mount is used all day', () =>
    withSyncWorld({ seed: { items: 2000, albums: 10, newest: '2026-01-14T00:00:00Z' } }, DEFAULTS, async (world) => {
      const before = world.requests();
      for (let minute = 0; minute < 24 * 60; minute += 5) {
        world.engine.used();
        await world.clock.advance(5 * MINUTE);
      }
      assert.ok(world.requests() - before < 500, `${world.requests() - before} requests`);
    }));

  it('a poll that finds nothing costs one request, whatever the library holds', () =>
    withSyncWorld({ seed: { items: 20_000, albums: 3, newest: '2026-01-14T00:00:00Z' } }, {}, async (world) => {
      await world.clock.advance(5 * MINUTE);
      const before = world.requests();
      await world.clock.advance(5 * MINUTE);
      assert.equal(world.requests() - before, 1);
    }));

  it('a full pass over 50,000 items ends within five days within the daily share, and status shows how far it is', () =>
    withSyncWorld({ seed: { items: 50_000, albums: 5, newest: '2026-01-14T00:00:00Z' } }, DEFAULTS, async (world) => {
      const first = world.catalog.state.get('full.last');
      const shares: number[] = [];
      for (let hour = 0; hour < 5 * 24 && world.catalog.state.get('full.last') === first; hour += 1) {
        await world.clock.advance(HOUR);
        shares.push(world.engine.passShare ?? 0);
      }
      assert.notEqual(world.catalog.state.get('full.last'), first);
      assert.ok(shares.some((share) => share > 0.4 && share < 0.6) && Math.max(...shares) <= 1, String(shares));
    }));
});
