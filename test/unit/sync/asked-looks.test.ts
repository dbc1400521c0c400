import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteError } from '../../../src/library/remote-error.js';
import type { SyncTrouble } from '../../../src/sync/trouble.js';
import { photo } from '../catalog/catalog-fixture.js';
import { FULL, withEngine } from './engine-fixture.js';
import { libraryOf, type FakeLibrary, type Listing } from './fake-library.js';

/** Does something once, when this page is asked for. */
function at(library: FakeLibrary, listing: Listing, page: number, act: () => void): void {
  const before = library.intercept;
  let isDone = false;
  library.intercept = (call) => {
    if (!isDone && call.listing === listing && call.page === page) {
      isDone = true;
      act();
    }
    return before(call);
  };
}

function passes(library: FakeLibrary): number {
  return library.calls.filter(({ listing, page }) => listing === 'with-archived' && page === 0).length;
}

type Asked = Promise<SyncTrouble | undefined>;

describe('a full pass that a person asks for', () => {
  it('a requested full pass begins after the request although a regular one is open, and finds what vanished behind that', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, clock, names }) => {
      await rested();
      let asked: Asked | undefined;
      at(library, 'without-archived', 8, () => {
        library.items.splice(2, 1);
        asked = engine.syncNow({ full: true });
      });
      library.calls.length = 0;
      await clock.advance(FULL);
      assert.equal(await asked, undefined);
      assert.ok(!names().includes('p3.jpg') && names().length === 19);
      assert.equal(passes(library), 2, 'the pass under way begins again, and is not read to its end first');
      const last = library.calls.filter(({ listing, page }) => listing === 'without-archived' && page === 9);
      assert.equal(last.length, 1);
    });
  });

  it('a full pass requested during the first sync begins after it, and removes what vanished after its listing', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, names }) => {
      let asked: Asked | undefined;
      at(library, 'without-archived', 7, () => {
        library.items.splice(2, 1);
        asked = engine.syncNow({ full: true });
      });
      await rested();
      assert.equal(await asked, undefined);
      assert.ok(!names().includes('p3.jpg') && names().length === 19);
    });
  });

  it('a full pass requested during a requested one is a new pass, and the first caller is answered before it', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, names }) => {
      await rested();
      library.calls.length = 0;
      let second: Asked | undefined;
      at(library, 'without-archived', 8, () => {
        library.items.splice(2, 1);
        second = engine.syncNow({ full: true });
      });
      assert.equal(await engine.syncNow({ full: true }), undefined);
      assert.equal(passes(library), 1);
      assert.ok(names().includes('p3.jpg'));
      assert.equal(await second, undefined);
      assert.equal(passes(library), 2);
      assert.ok(!names().includes('p3.jpg') && names().length === 19);
    });
  });

  it('a requested full pass ends although others request one meanwhile, and one more answers them all', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine }) => {
      await rested();
      library.calls.length = 0;
      const others: Asked[] = [];
      let calls = 0;
      library.intercept = ({ listing }) => {
        calls += 1;
        if (listing === 'with-archived' && calls < 60) others.push(engine.syncNow({ full: true }));
        return undefined;
      };
      assert.equal(await engine.syncNow({ full: true }), undefined);
      assert.ok(others.length > 5);
      await Promise.all(others);
      assert.equal(passes(library), 2);
    });
  });

  it('a full pass that had not begun when a page failed is made after the failure', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, clock, names }) => {
      await rested();
      let second: Asked | undefined;
      at(library, 'without-archived', 8, () => {
        library.items.splice(2, 1);
        second = engine.syncNow({ full: true });
        let isBroken = true;
        const before = library.intercept;
        library.intercept = (call) => {
          if (!isBroken) return before(call);
          isBroken = false;
          return new RemoteError('server', 'Out of order.');
        };
      });
      assert.equal((await engine.syncNow({ full: true }))?.message, 'Out of order.');
      assert.equal((await second)?.message, 'Out of order.');
      await clock.advance(60_000);
      assert.ok(!names().includes('p3.jpg') && names().length === 19);
    });
  });

  it('accepted removals are made by the requested full pass, and held back by the one open before', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, names, catalog }) => {
      await rested();
      library.items.splice(0, 10);
      assert.equal((await engine.syncNow({ full: true }))?.code, 'removals-held');
      let accepted: Asked | undefined;
      at(library, 'without-archived', 4, () => {
        library.items.splice(0, 5);
        assert.equal(engine.acceptRemovals(), true);
        accepted = engine.syncNow({ full: true });
      });
      // This pass has seen other things missing than the one before: it holds them back, and does not use up what was accepted.
      library.items.splice(0, 1);
      assert.equal((await engine.syncNow({ full: true }))?.code, 'removals-held');
      assert.equal(names().length, 20);
      assert.equal(await accepted, undefined);
      assert.equal(names().length, 4);
      assert.equal(catalog.state.get('removals.accepted'), undefined);
    });
  });
});

describe('a poll that a person asks for', () => {
  it('a requested poll begins after the request although another is under way', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine, names }) => {
      await rested();
      let second: Asked | undefined;
      at(library, 'favorites', 0, () => {
        library.items.push(photo('new', '2026-01-10T00:00:00Z'));
        second = engine.syncNow({ full: false });
      });
      assert.equal(await engine.syncNow({ full: false }), undefined);
      assert.ok(!names().includes('new.jpg'), 'the first one was past the newest items');
      assert.equal(await second, undefined);
      assert.ok(names().includes('new.jpg'));
    });
  });

  it('two requests at once are answered by one poll', async () => {
    const library = libraryOf(20);
    await withEngine(library, async ({ rested, engine }) => {
      await rested();
      library.calls.length = 0;
      await Promise.all([engine.syncNow({ full: false }), engine.syncNow({ full: false })]);
      assert.equal(library.calls.filter(({ listing }) => listing === 'favorites').length, 1);
    });
  });
});

describe('a look that is not done when syncing ends', () => {
  for (const full of [true, false]) {
    it(`a requested sync that is not done when the program ends is answered as not done (${full ? 'full' : 'poll'})`, async () => {
      const library = libraryOf(20);
      let asked: Asked | undefined;
      await withEngine(library, async ({ rested, engine }) => {
        await rested();
        const called = new Promise<void>((resolve) => {
          library.latency = () => {
            resolve();
            return new Promise((later) => setImmediate(later));
          };
        });
        asked = engine.syncNow({ full });
        await called;
        library.intercept = () => new RemoteError('aborted', 'The request was cancelled.');
      });
      assert.ok(['not-running', 'aborted'].includes((await asked)?.code ?? 'none'));
    });
  }
});

describe('a full pass of a large library that a person asks for', () => {
  const COUNT = 400;

  /** The most requests under way at once. */
  function mostAtOnce(library: FakeLibrary): () => number {
    let open = 0;
    let most = 0;
    library.latency = async () => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
    };
    return () => most;
  }

  it('a requested full pass reads four listings side by side, and finds what vanished, came and was archived', async () => {
    const library = libraryOf(COUNT);
    await withEngine(
      library,
      async ({ rested, names, syncNow }) => {
        await rested();
        library.items.splice(7, 1);
        library.items.push(photo('new', '2019-05-05T00:00:00Z'), photo('late', '2018-05-05T00:00:00Z'));
        library.hidden.add('late');
        library.archived.add('p100');
        library.calls.length = 0;
        const most = mostAtOnce(library);
        await syncNow(true);
        assert.equal(most(), 4);
        assert.equal(names().length, COUNT);
        for (const [name, isShown] of [
          ['p8.jpg', false],
          ['p100.jpg', false],
          ['new.jpg', true],
          ['late.jpg', true],
        ] as const)
          assert.equal(names().includes(name), isShown, name);
        const pages = (3 * COUNT) / library.pageSize;
        assert.ok(library.calls.length < 1.2 * pages, `${library.calls.length} requests for ${pages} pages`);
      },
      { parallel: 8 },
    );
  });

  it('a full pass that begins by itself reads one listing at a time', async () => {
    const library = libraryOf(COUNT);
    await withEngine(
      library,
      async ({ rested, clock }) => {
        await rested();
        const most = mostAtOnce(library);
        await clock.advance(FULL);
        assert.equal(most(), 1);
      },
      { parallel: 8 },
    );
  });

  it('a requested full pass side by side stays within the day’s budget, and goes on the next day after a restart', async () => {
    const library = libraryOf(COUNT);
    await withEngine(
      library,
      async ({ rested, engine, budget, clock, names, restart }) => {
        await rested();
        library.items.splice(7, 1);
        library.calls.length = 0;
        const left = 50;
        budget.spend('api', 7_000 - left - budget.used().api);
        library.latency = () => {
          budget.spend('api');
          return Promise.resolve();
        };
        assert.equal((await engine.syncNow({ full: true }))?.code, 'budget');
        assert.ok(library.calls.length <= left, `${library.calls.length} requests`);
        assert.equal(names().length, COUNT, 'a pass that is not over removes nothing');
        budget.flush();
        library.latency = () => Promise.resolve();
        await restart();
        await clock.advance(FULL);
        assert.equal(names().length, COUNT - 1);
      },
      { parallel: 8 },
    );
  });
});
