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
  it('begins after it was asked, where a pass of the interval is under way: what that has gone by is gone at the answer', async () => {
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

  it('begins after the first sync that is under way, and takes away what that had listed before it went', async () => {
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

  it('is its own for the second person, who asks in the middle of the first one’s, and does not make the first one wait', async () => {
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

  it('comes to an end although others ask again and again meanwhile, and one more answers them all', async () => {
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

  it('is made after a failure too, where it had not begun when a page failed', async () => {
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

  it('takes what was accepted to be removed; the pass that was under way holds it back', async () => {
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
  it('begins after it was asked, where another is under way', async () => {
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

  it('answers two persons who asked at once with one look', async () => {
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
    it(`is told as not done, never as up to date (${full ? 'full' : 'poll'})`, async () => {
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
