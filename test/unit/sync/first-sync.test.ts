import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteError } from '../../../src/library/remote-error.js';
import { EVER, firstRanges, splitRest } from '../../../src/sync/pass-parts.js';
import { photo } from '../catalog/catalog-fixture.js';
import { POLL, withEngine } from './engine-fixture.js';
import { libraryOf } from './fake-library.js';

const VIDEO = { kind: 'video', mimeType: 'video/mp4', filename: 'v.mp4', videoStatus: 'PROCESSING' } as const;

describe('the ranges of a first sync', () => {
  it('the date ranges of a first sync cover all dates without a gap', () => {
    const ranges = firstRanges(Date.UTC(2026, 0, 15));
    assert.equal(ranges[0]?.to, EVER.to);
    assert.equal(ranges.at(-1)?.from, EVER.from);
    for (const [index, { from }] of ranges.entries())
      if (index + 1 < ranges.length) assert.equal(ranges[index + 1]?.to, from - 1);
  });

  it('a date range is split in the middle of what is left, with a few days in both halves', () => {
    const progress = { range: { from: 1000, to: 2000 }, reached: 1800, seen: 500, perPage: 100, today: 3000 };
    assert.deepEqual(splitRest(progress), { rest: { from: 1000, to: 1400 }, stop: 1398 });
    assert.equal(splitRest({ ...progress, reached: 1005 }), undefined, 'not worth a request');
  });

  it('date ranges read side by side bring every item, and a range with most items is split', async () => {
    const library = libraryOf(200);
    let open = 0;
    let most = 0;
    library.latency = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
    };
    await withEngine(
      library,
      async ({ rested, names }) => {
        await rested();
        assert.equal(names().length, 200);
        assert.equal(most, 8);
        const rounds = library.calls.length / 8;
        assert.ok(rounds < 60, `${library.calls.length} requests for 300 pages`);
      },
      { parallel: 8 },
    );
  });

  it('an item that the searches by date miss in a first sync is found by the plain list', async () => {
    const library = libraryOf(40);
    library.hidden.add('p35').add('p2');
    library.archived.add('p9');
    await withEngine(
      library,
      async ({ rested, names }) => {
        await rested();
        assert.equal(names().length, 39);
        assert.ok(names().includes('p35.jpg') && !names().includes('p9.jpg'));
      },
      { parallel: 8 },
    );
  });

  it('a date range starts again after its page token is refused, without the others', async () => {
    const library = libraryOf(40);
    let refusals = 1;
    library.intercept = ({ listing, page }) =>
      listing === 'with-archived' && page === 2 && refusals-- > 0
        ? new RemoteError('bad-page-token', 'Stale.')
        : undefined;
    await withEngine(
      library,
      async ({ rested, names, troubles }) => {
        await rested();
        assert.equal(names().length, 40);
        assert.deepEqual(troubles, []);
        const firstPages = library.calls.filter(({ listing, page }) => listing === 'list' && page === 0);
        assert.equal(firstPages.length, 1, 'the plain list goes on where it is');
      },
      { parallel: 8 },
    );
  });
});

describe('what a person asks of syncing', () => {
  it('a requested sync is answered at its end, with the failure if there was one', async () => {
    const library = libraryOf(4);
    await withEngine(library, async ({ rested, engine }) => {
      await rested();
      assert.equal(await engine.syncNow({ full: false }), undefined);
      assert.equal(await engine.syncNow({ full: true }), undefined);
      library.intercept = () => new RemoteError('server', 'Out of order.');
      assert.equal((await engine.syncNow({ full: false }))?.message, 'Out of order.');
    });
  });

  it('held removals are made at once when a person accepts them', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, names, syncNow }) => {
      await rested();
      assert.equal(engine.acceptRemovals(), false, 'nothing is held back');
      library.items.splice(0, 10);
      await syncNow(true);
      assert.equal(names().length, 20);
      library.items.splice(0, 5);
      assert.equal(engine.acceptRemovals(), true);
      await syncNow(true);
      assert.equal(names().length, 5);
      library.items.splice(0, 3);
      await syncNow(true);
      assert.equal(names().length, 5, 'the next loss is held back again');
    });
  });

  it('use of the mount makes polls frequent again', async () => {
    const library = libraryOf(4);
    await withEngine(
      library,
      async ({ rested, engine, clock, names }) => {
        await rested();
        await clock.advance(4 * POLL);
        library.items.push(photo('new', '2026-01-10T00:00:00Z'));
        await clock.advance(2 * POLL);
        assert.equal(names().length, 4, 'polls rest');
        engine.used();
        await clock.advance(1);
        assert.equal(names().length, 5);
      },
      { idleIntervalMs: 12 * POLL },
    );
  });

  it('a video that Google has finished becomes readable after a requested sync, wherever it is in the list', async () => {
    const library = libraryOf(20);
    library.items.push(photo('v', '2001-01-01T00:00:00Z', VIDEO));
    await withEngine(library, async ({ rested, clock, view }) => {
      await rested();
      library.items = library.items.map((item) => (item.id === 'v' ? { ...item, videoStatus: 'READY' } : item));
      await clock.advance(POLL);
      assert.equal(view.findItem({ by: 'all' }, 'v.mp4')?.videoStatus, 'READY');
    });
  });
});
