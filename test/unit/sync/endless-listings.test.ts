import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Album } from '../../../src/library/album.js';
import type { MediaItem } from '../../../src/library/media-item.js';
import type { Page } from '../../../src/library/remote-library.js';
import { album, photo } from '../catalog/catalog-fixture.js';
import { FULL, POLL, withEngine, type EngineFixture } from './engine-fixture.js';
import { libraryOf, type FakeLibrary, type Listing } from './fake-library.js';

const HOUR = 3_600_000;
const LISTINGS: readonly Listing[] = ['list', 'albums', 'album', 'favorites', 'with-archived', 'without-archived'];
/** Nothing else hangs on these: the rest of a look goes on without them. */
const SEPARATE: ReadonlySet<Listing> = new Set<Listing>(['album', 'favorites']);
/** Requests of a whole look at the library of these tests. */
const USUAL = 70;

function fullLibrary(): FakeLibrary {
  const library = libraryOf(20);
  library.albums = [album('A', 'Rome', 3), album('B', 'Oslo', 2)];
  library.members.set('A', ['p1', 'p2', 'p3']).set('B', ['p4', 'p5']);
  library.favorites.add('p6').add('p7');
  return library;
}

type AnyPage = Page<MediaItem> | Page<Album>;

/** From now on the listing gives pages under tokens never given before, for ever. */
function neverEnding(library: FakeLibrary, listing: Listing, pageOf: (turn: number) => AnyPage['items']): void {
  let turn = 0;
  library.intercept = (call) => {
    if (call.listing !== listing) return undefined;
    turn += 1;
    return { items: pageOf(turn), nextPageToken: `from ${1000 + turn * 2}` } as AnyPage;
  };
}

function contentOf(library: FakeLibrary, listing: Listing): AnyPage['items'] {
  return listing === 'albums' ? library.albums : library.items.slice(0, 2);
}

function asked(library: FakeLibrary, listing?: Listing): number {
  return library.calls.filter((call) => listing === undefined || call.listing === listing).length;
}

/** Each request is counted, as the client does it. */
function counting({ library, budget }: EngineFixture): void {
  library.latency = () => {
    budget.spend('api');
    return Promise.resolve();
  };
}

describe('a listing that never ends', () => {
  for (const listing of LISTINGS) {
    it(`in a full pass, the same content of ${listing} under ever new tokens ends as a told failure and removes nothing by it`, async () => {
      const library = fullLibrary();
      await withEngine(library, async ({ rested, syncNow, names, view, troubles, engine }) => {
        await rested();
        neverEnding(library, listing, () => contentOf(library, listing));
        library.calls.length = 0;
        const [gone] = library.items.splice(19, 1);
        await syncNow(true);
        assert.equal(troubles.at(-1)?.code, 'endless-listing');
        assert.equal(engine.lastError?.code, 'endless-listing');
        assert.ok(asked(library, listing) <= 130, `${asked(library, listing)} pages`);
        assert.equal(view.albums().length, 2);
        assert.equal(view.listItems({ by: 'album', albumRowId: view.albumByName('Rome')?.rowId ?? 0 }).length, 3);
        assert.equal(view.listItems({ by: 'favorite' }).length, 2);
        // What a separate listing tells has nothing to do with what is gone.
        assert.equal(names().includes(`${gone?.id ?? ''}.jpg`), !SEPARATE.has(listing));
      });
    });

    it(`in a first sync, 200 empty pages of ${listing} in a row, which Google may send, hide nothing and are no failure`, async () => {
      const library = fullLibrary();
      let left = 200;
      library.intercept = (call) =>
        call.listing === listing && left-- > 0 ? { items: [], nextPageToken: `from 0 again ${left}` } : undefined;
      await withEngine(library, async ({ rested, names, view, troubles }) => {
        await rested();
        assert.ok(left < 0);
        assert.deepEqual(troubles, []);
        assert.equal(names().length, 20);
        assert.deepEqual(
          view.albums().map(({ rowId }) => view.listItems({ by: 'album', albumRowId: rowId }).length),
          [2, 3],
        );
        assert.equal(view.listItems({ by: 'favorite' }).length, 2);
      });
    });

    it(`in a full pass, empty pages of ${listing} under ever new tokens end after some hundred`, async () => {
      const library = fullLibrary();
      await withEngine(library, async ({ rested, syncNow, troubles, names }) => {
        await rested();
        neverEnding(library, listing, () => []);
        library.calls.length = 0;
        await syncNow(true);
        assert.equal(troubles.at(-1)?.code, 'endless-listing');
        assert.ok(asked(library, listing) <= 1010, `${asked(library, listing)} pages`);
        assert.equal(names().length, 20);
      });
    });
  }

  it('a poll with an endless list of albums brings news all the same, leaves a full pass alone, and asks less and less often', async () => {
    const library = fullLibrary();
    await withEngine(library, async ({ rested, clock, names, engine, troubles }) => {
      await rested();
      neverEnding(library, 'albums', () => library.albums);
      library.calls.length = 0;
      for (let hour = 0; hour < 20; hour += 1) {
        library.items.push(photo(`new${hour}`, `2026-01-10T${String(hour).padStart(2, '0')}:00:00Z`));
        await clock.advance(HOUR);
        assert.ok(names().includes(`new${hour}.jpg`));
      }
      assert.equal(engine.lastError?.code, 'endless-listing');
      assert.ok(troubles.every(({ code }) => code === 'endless-listing'));
      assert.ok(asked(library, 'albums') <= 4 * 55, `${asked(library, 'albums')} pages of albums in 20 hours`);
    });
  });

  it('an album whose members never end is left as it is and not asked for again with each poll', async () => {
    const library = fullLibrary();
    await withEngine(library, async ({ rested, clock, view, engine }) => {
      await rested();
      library.albums = [album('A', 'Rome', 4), album('B', 'Oslo', 2)];
      neverEnding(library, 'album', () => library.items.slice(0, 2));
      assert.equal((await engine.syncNow({ full: false }))?.code, 'endless-listing');
      library.calls.length = 0;
      await clock.advance(3 * HOUR);
      assert.equal(asked(library, 'album'), 0);
      assert.equal(view.listItems({ by: 'album', albumRowId: view.albumByName('Rome')?.rowId ?? 0 }).length, 3);
    });
  });

  it('in a first sync, a list that never ends is tried less and less often, until it ends', async () => {
    const library = fullLibrary();
    neverEnding(library, 'list', () => library.items.slice(0, 2));
    await withEngine(library, async (fixture) => {
      const { rested, clock, engine, names } = fixture;
      await rested();
      assert.equal(engine.phase, 'waiting');
      const first = asked(library);
      await clock.advance(24 * HOUR);
      assert.ok(asked(library) <= first * 30, `${asked(library)} requests in a day, ${first} at first`);
      assert.equal(engine.lastError?.code, 'endless-listing');
      library.intercept = () => undefined;
      await clock.advance(HOUR * 1.5);
      assert.equal(names().length, 20);
      assert.equal(engine.lastError, undefined);
    });
  });

  it('a person who asks does not wait for the time that endless listings have earned', async () => {
    const library = fullLibrary();
    neverEnding(library, 'list', () => library.items.slice(0, 2));
    await withEngine(library, async ({ rested, clock, engine, names }) => {
      await rested();
      await clock.advance(12 * HOUR);
      library.intercept = () => undefined;
      assert.equal(await engine.syncNow({ full: false }), undefined);
      await rested();
      assert.equal(names().length, 20);
    });
  });
});

describe('the share of a day’s requests', () => {
  const endless: readonly [Listing, (turn: number) => AnyPage['items']][] = [
    ['albums', (turn) => [album(`X${turn}`, `Trip ${turn}`)]],
    ['list', (turn) => [photo(`x${turn}`, '2026-01-10T00:00:00Z')]],
    ['favorites', (turn) => [photo(`x${turn}`, '2026-01-10T00:00:00Z')]],
  ];
  for (const [listing, pageOf] of endless) {
    it(`the share of a day’s requests ends a background look at ${listing} with ever new entries at the reserve, and one that a person asks for at the day's limit`, async () => {
      const library = fullLibrary();
      await withEngine(library, async (fixture) => {
        const { rested, clock, budget, engine, troubles } = fixture;
        await rested();
        counting(fixture);
        neverEnding(library, listing, pageOf);
        // Most of the day is over already: the rest is what a test has time for.
        budget.spend('api', 6800);
        await clock.advance(2 * HOUR);
        assert.equal(budget.used().api, 7000);
        assert.equal(engine.phase, 'waiting');
        assert.equal(troubles.at(-1)?.code, 'budget');
        budget.spend('api', 2800);
        assert.equal((await engine.syncNow({ full: false }))?.code, 'budget');
        assert.equal(budget.used().api, 10_000);
        assert.equal((await engine.syncNow({ full: true }))?.code, 'budget');
        await clock.advance(HOUR);
        assert.equal(budget.used().api, 10_000);
      });
    });
  }

  it('requests for missing items one by one end at the reserve too, and continue on the next day', async () => {
    const library = libraryOf(400);
    await withEngine(library, async (fixture) => {
      const { rested, clock, budget, engine, names, syncNow } = fixture;
      await rested();
      library.items.splice(100, 200);
      await syncNow(true);
      counting(fixture);
      assert.equal(engine.acceptRemovals(), true);
      const whole = 100 + 3 * 100;
      library.calls.length = 0;
      // Two of the four questions for 50 ids fit.
      let left = 2;
      library.intercept = ({ listing }) => {
        if (listing === 'batch' && --left === 0) budget.spend('api', 7000 - budget.used().api);
        return undefined;
      };
      assert.equal((await engine.syncNow({ full: true }))?.code, 'budget');
      assert.ok(budget.used().api <= 7000);
      assert.equal(names().length, 300);
      assert.ok(asked(library) < whole + USUAL);
      library.intercept = () => undefined;
      library.calls.length = 0;
      await clock.advance(13 * HOUR);
      assert.equal(names().length, 200);
      assert.equal(asked(library, 'batch'), 2);
    });
  });

  it('the share of a day’s requests is asked before each page of an album that a full pass reads', async () => {
    const library = libraryOf(40);
    library.albums = [album('A', 'Rome', 40)];
    library.members.set('A', [...library.items.map(({ id }) => id)]);
    await withEngine(library, async (fixture) => {
      const { rested, budget, clock } = fixture;
      await rested();
      counting(fixture);
      library.intercept = ({ listing, page }) => {
        if (listing === 'album' && page === 5) budget.spend('api', 7000 - budget.used().api);
        return undefined;
      };
      await clock.advance(FULL - POLL);
      await clock.advance(2 * POLL);
      assert.ok(budget.used().api <= 7000, `${budget.used().api} used`);
    });
  });
});
