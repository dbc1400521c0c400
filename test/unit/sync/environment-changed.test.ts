import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteError, type RemoteErrorKind } from '../../../src/library/remote-error.js';
import { photo } from '../catalog/catalog-fixture.js';
import { withEngine } from './engine-fixture.js';
import { libraryOf, type FakeLibrary } from './fake-library.js';

function failing(library: FakeLibrary, kind: RemoteErrorKind | undefined, retryAfterMs?: number): void {
  library.intercept = () => {
    if (kind === undefined) return;
    throw new RemoteError(kind, 'No.', retryAfterMs === undefined ? {} : { retryAfterMs });
  };
}

describe('syncing after a change of the network or the clock', () => {
  it('syncing after a change of the network or the clock polls at once, and what is new shows', async () => {
    const library = libraryOf(5);
    await withEngine(library, async ({ rested, engine, clock, names }) => {
      await rested();
      await clock.advance(10_000);
      library.items.push(photo('new', '2026-01-10T00:00:00Z'));
      engine.environmentChanged();
      await clock.advance(1);
      assert.equal(names().length, 6);
    });
  });

  it('syncing after a change of the network or the clock does not wait for the rest of a pause that a lost network has earned', async () => {
    const library = libraryOf(5);
    await withEngine(library, async ({ rested, engine, clock, names }) => {
      await rested();
      failing(library, 'offline');
      await clock.advance(15 * 60_000);
      assert.equal(engine.phase, 'waiting');
      library.items.push(photo('new', '2026-01-10T00:00:00Z'));
      failing(library, undefined);
      engine.environmentChanged();
      await clock.advance(1);
      assert.equal(names().length, 6);
      assert.equal(engine.lastError, undefined);
    });
  });

  it('syncing after a change of the network or the clock keeps a pause that Google asked for', async () => {
    const library = libraryOf(5);
    await withEngine(library, async ({ rested, engine, clock, allowed }) => {
      await rested();
      failing(library, 'rate-limited', 50 * 60_000);
      await clock.advance(6 * 60_000);
      assert.equal(engine.phase, 'waiting');
      const asked = library.calls.length;
      const until = engine.waitingUntil;
      engine.environmentChanged();
      await clock.advance(60_000);
      assert.equal(library.calls.length, asked);
      assert.equal(engine.waitingUntil, until);
      assert.equal(allowed(), 0);
    });
  });
});
