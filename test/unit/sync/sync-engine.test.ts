import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteError, type RemoteErrorKind } from '../../../src/library/remote-error.js';
import { album, photo } from '../catalog/catalog-fixture.js';
import { FULL, POLL, withEngine } from './engine-fixture.js';
import { libraryOf } from './fake-library.js';

const newer = (id: string) => photo(id, '2026-01-10T00:00:00Z');
const allNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index + 1}.jpg`);

describe('syncing', () => {
  it('a first sync brings items, albums, members, favourites and archived items', async () => {
    const library = libraryOf(20);
    library.albums = [album('A', 'Rome', 2)];
    library.members.set('A', ['p3', 'p1']);
    library.favorites.add('p2');
    library.archived.add('p4');
    await withEngine(library, async ({ rested, names, view, engine, catalog }) => {
      await rested();
      assert.deepEqual(
        names(),
        allNames(20).filter((name) => name !== 'p4.jpg'),
      );
      const rome = view.albumByName('Rome');
      assert.deepEqual(
        view.listItems({ by: 'album', albumRowId: rome?.rowId ?? 0 }).map(({ name }) => name),
        ['p3.jpg', 'p1.jpg'],
      );
      assert.deepEqual(
        view.listItems({ by: 'favorite' }).map(({ name }) => name),
        ['p2.jpg'],
      );
      assert.equal(engine.phase, 'idle');
      assert.notEqual(catalog.state.get('first.done'), undefined);
    });
  });

  it('a first sync goes on after a restart where it was', async () => {
    const library = libraryOf(10);
    library.intercept = ({ listing, page }) =>
      listing === 'list' && page === 3 ? new RemoteError('offline', 'The cable is out.') : undefined;
    await withEngine(library, async (fixture) => {
      await fixture.rested();
      assert.deepEqual(fixture.names(), allNames(6), 'pages show as they arrive');
      library.intercept = () => undefined;
      library.calls.length = 0;
      await fixture.restart();
      await fixture.rested();
      // The poll at the start may look at the first page; the pass itself goes on at the fourth.
      assert.deepEqual(fixture.names(), allNames(10));
      const pages = library.calls.filter(({ listing }) => listing === 'list').map(({ page }) => page);
      assert.deepEqual(
        pages.filter((page) => page > 0),
        [3, 4],
      );
    });
  });

  it('a listing whose page token is refused starts again and loses nothing', async () => {
    const library = libraryOf(10);
    let refusals = 1;
    library.intercept = ({ listing, page }) =>
      listing === 'list' && page === 3 && refusals-- > 0 ? new RemoteError('bad-page-token', 'Stale.') : undefined;
    await withEngine(library, async ({ rested, names, troubles }) => {
      await rested();
      assert.deepEqual(names(), allNames(10));
      assert.deepEqual(troubles, []);
    });
  });

  it('a poll brings new and changed items at the cost of one page', async () => {
    const library = libraryOf(10);
    await withEngine(library, async ({ rested, clock, names, view }) => {
      await rested();
      library.items.push(newer('new'));
      library.items = library.items.map((item) => (item.id === 'p1' ? { ...item, description: 'words' } : item));
      library.calls.length = 0;
      await clock.advance(POLL);
      assert.equal(names()[0], 'new.jpg');
      assert.equal(view.details(view.findItem({ by: 'all' }, 'p1.jpg')?.rowId ?? 0)?.description, 'words');
      assert.equal(
        library.calls.filter(({ listing }) => listing === 'list').length,
        2,
        'one page of news, one of known ground',
      );
    });
  });

  it('a poll reads below the gap that an interrupted poll left', async () => {
    const library = libraryOf(4);
    await withEngine(library, async ({ rested, clock, names }) => {
      await rested();
      for (let n = 0; n < 6; n += 1) library.items.push(photo(`n${n}`, `2026-01-1${n}T00:00:00Z`));
      library.intercept = ({ listing, page }) =>
        listing === 'list' && page === 1 ? new RemoteError('offline', 'The cable is out.') : undefined;
      await clock.advance(POLL);
      assert.equal(names().length, 6, 'the first page of news arrived');
      library.intercept = () => undefined;
      await clock.advance(POLL);
      assert.equal(names().length, 10);
    });
  });

  it('an item is removed only by a full pass, and gets its old row when it comes back', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, clock, names, view, syncNow }) => {
      await rested();
      const row = view.findItem({ by: 'all' }, 'p7.jpg')?.rowId;
      const [taken] = library.items.splice(6, 1);
      await clock.advance(POLL);
      assert.equal(names().length, 20);
      await clock.advance(FULL);
      assert.deepEqual(
        names(),
        allNames(20).filter((name) => name !== 'p7.jpg'),
      );
      if (taken !== undefined) library.items.push(taken);
      await syncNow(true);
      assert.equal(view.findItem({ by: 'all' }, 'p7.jpg')?.rowId, row);
    });
  });

  it('an item that the listing skipped but Google still has is kept', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, names, syncNow }) => {
      await rested();
      library.intercept = ({ listing, page }) =>
        page === 9 && (listing === 'list' || listing.endsWith('archived'))
          ? { items: library.items.slice(18, 19) }
          : undefined;
      await syncNow(true);
      assert.deepEqual(names(), allNames(20));
      library.intercept = () => undefined;
      await syncNow(true);
      assert.deepEqual(names(), allNames(20));
    });
  });

  it('removals of a full pass that would empty the library are held back, and made by the second one', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, names, syncNow, troubles, engine, clock }) => {
      await rested();
      const all = library.items;
      library.items = [];
      await syncNow(true);
      assert.equal(names().length, 20);
      assert.equal(troubles.at(-1)?.code, 'removals-held');
      assert.equal(engine.lastError?.code, 'removals-held');
      library.items = all.slice(0, 10);
      await syncNow(true);
      assert.equal(names().length, 20, 'another answer is not the same answer');
      await clock.advance(POLL);
      assert.deepEqual(names(), allNames(10), 'the same answer twice');
      assert.equal(engine.lastError, undefined);
    });
  });

  for (const [what, page] of [
    ['a token that comes again', { items: [], nextPageToken: 'from 2' }],
    ['pages without end', undefined],
  ] as const) {
    it(`a listing with ${what} is cut off, and nothing is removed`, async () => {
      const library = libraryOf(20);
      await withEngine(library, async ({ rested, names, syncNow, troubles, clock }) => {
        await rested();
        library.items.splice(5, 1);
        let turn = 100;
        library.intercept = ({ listing }) => {
          if (listing !== 'list') return undefined;
          turn += 2;
          return page ?? { items: [], nextPageToken: `from ${turn}` };
        };
        await syncNow(true);
        assert.equal(troubles.at(-1)?.code, 'endless-listing');
        library.intercept = () => undefined;
        await clock.advance(POLL);
        assert.equal(names().length, 20);
      });
    });
  }

  it('a listing ends when a page token comes again', async () => {
    const library = libraryOf(4);
    library.intercept = ({ listing }) => (listing === 'list' ? { items: [], nextPageToken: 'from 2' } : undefined);
    await withEngine(library, async ({ rested }) => {
      await rested();
      assert.equal(library.calls.length, 2);
    });
  });

  it('syncing keeps favourites that one listing with an odd end left out, and drops them when the next agrees', async () => {
    const library = libraryOf(40);
    for (let n = 1; n <= 20; n += 1) library.favorites.add(`p${n}`);
    await withEngine(library, async ({ rested, syncNow, view }) => {
      await rested();
      const favorites = (): number => view.listItems({ by: 'favorite' }).length;
      library.intercept = ({ listing, page }) => (listing === 'favorites' && page === 9 ? { items: [] } : undefined);
      await syncNow(false);
      assert.equal(favorites(), 20);
      await syncNow(false);
      assert.equal(favorites(), 18);
    });
  });

  it('a listing goes on after empty pages with a token, and items that come twice count once', async () => {
    const library = libraryOf(8);
    library.intercept = ({ listing, page }) =>
      listing === 'list' && page === 1 ? { items: library.items.slice(1, 2), nextPageToken: 'from 4' } : undefined;
    await withEngine(library, async ({ rested, names, syncNow }) => {
      await rested();
      library.intercept = () => undefined;
      await syncNow(true);
      assert.deepEqual(names(), allNames(8));
    });
  });

  it('no item is archived when the search without archived items ends early', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, names, syncNow }) => {
      await rested();
      library.intercept = ({ listing, page }) =>
        listing === 'without-archived' && page === 9 ? { items: [] } : undefined;
      await syncNow(true);
      assert.equal(names().length, 20);
    });
  });

  const waits: [RemoteErrorKind, number][] = [
    ['server', 2_000],
    ['offline', 5_000],
    ['protocol', 10_000],
    ['rate-limited', 30_000],
    ['signed-out', 300_000],
    ['forbidden', 300_000],
    ['quota-exhausted', 12 * 3_600_000],
  ];
  for (const [kind, wait] of waits) {
    it(`syncing reports ${kind} in words, waits ${wait / 1000} seconds, and goes on`, async () => {
      const library = libraryOf(4);
      library.intercept = () => new RemoteError(kind, `Sentence about ${kind}.`);
      await withEngine(library, async ({ rested, clock, troubles, names, engine }) => {
        await rested();
        assert.deepEqual([troubles[0]?.code, troubles[0]?.message], [kind, `Sentence about ${kind}.`]);
        assert.notEqual(troubles[0]?.hint, '');
        assert.equal(engine.phase, 'waiting');
        library.intercept = () => undefined;
        await clock.advance(wait - 1);
        assert.equal(names().length, 0);
        await clock.advance(1);
        assert.equal(names().length, 4);
        assert.equal(engine.lastError, undefined);
      });
    });
  }

  for (const asked of [3_600_000, 3_000_000_000])
    it(`syncing told to wait ${asked / 1_000} s says until when, waits an hour, and asks once when a person does`, async () => {
      const library = libraryOf(4);
      library.intercept = () => new RemoteError('rate-limited', 'Slowly.', { retryAfterMs: asked });
      await withEngine(library, async ({ rested, clock, engine, troubles, names, allowed, syncNow }) => {
        await rested();
        const begun = clock.now();
        assert.deepEqual([engine.phase, engine.waitingUntil], ['waiting', begun + 3_600_000]);
        assert.match(troubles[0]?.hint ?? '', /until 2026-01-15 13:00 UTC; gphotos-mount sync asks once before/);
        const calls = library.calls.length;
        await clock.advance(1_800_000);
        assert.equal(library.calls.length, calls);
        await syncNow(false);
        assert.deepEqual([library.calls.length, allowed()], [calls + 1, 1]);
        assert.equal(engine.waitingUntil, begun + 1_800_000 + 3_600_000);
        library.intercept = () => undefined;
        await clock.advance(3_600_000);
        assert.equal(names().length, 4);
        assert.equal(engine.lastError, undefined);
      });
    });

  for (const [way, days] of [
    ['forward', 2],
    ['back', -25],
  ] as const)
    it(`syncing ends a wait of an hour within a minute where the clock was set ${way} by days`, async () => {
      const library = libraryOf(4);
      library.intercept = () => new RemoteError('rate-limited', 'Slowly.', { retryAfterMs: 3_600_000 });
      await withEngine(library, async ({ rested, clock, names }) => {
        await rested();
        library.intercept = () => undefined;
        clock.set(clock.now() + days * 24 * 3_600_000);
        await clock.advance(60_000);
        assert.equal(names().length, 4);
      });
    });

  it('a requested poll begins at once, even while syncing waits for a new sign-in', async () => {
    const library = libraryOf(4);
    library.intercept = () => new RemoteError('signed-out', 'Signed out.');
    await withEngine(library, async ({ rested, names, syncNow }) => {
      await rested();
      library.intercept = () => undefined;
      await syncNow(false);
      assert.equal(names().length, 4);
    });
  });

  it('syncing stops at the reserve of the day and goes on at the reset', async () => {
    const library = libraryOf(4);
    await withEngine(library, async ({ rested, budget, clock, engine, names, troubles }) => {
      await rested();
      budget.spend('api', 7000);
      library.items.push(newer('new'));
      await clock.advance(POLL);
      assert.equal(names().length, 4);
      assert.equal(engine.phase, 'waiting');
      assert.deepEqual(
        troubles.map(({ code }) => code),
        ['budget'],
      );
      await clock.advance(12 * 3_600_000);
      assert.equal(names().length, 5);
      assert.equal(engine.lastError, undefined);
    });
  });

  it('syncing does not wait for a time noted while the clock was a day ahead', async () => {
    const library = libraryOf(4);
    await withEngine(library, async ({ rested, clock, names }) => {
      await rested();
      clock.set(clock.now() - FULL);
      library.items.push(newer('new'));
      await clock.advance(FULL + 60_000);
      assert.equal(names().length, 5);
    });
  });
});
