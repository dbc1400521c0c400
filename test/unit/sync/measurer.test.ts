import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MediaId } from '../../../src/library/media-item.js';
import type { MediaFacts, MediaSource } from '../../../src/library/media-source.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { Budget } from '../../../src/sync/budget.js';
import { Measurer } from '../../../src/sync/measurer.js';
import type { SyncTrouble } from '../../../src/sync/trouble.js';
import { photo, withCatalogAsync, type Fixture } from '../catalog/catalog-fixture.js';
import { settle } from '../content/manual-clock.js';
import { StillClock, utcDays } from './engine-fixture.js';

interface MeasuringFixture extends Fixture {
  readonly clock: StillClock;
  readonly asked: string[];
  readonly troubles: SyncTrouble[];
  readonly budget: Budget;
  readonly measurer: Measurer;
  answer: (id: string) => MediaFacts | Error | 'hangs';
  /** How many measurements were under way at most. */
  readonly peak: () => number;
  /** Runs the measurer until it rests, or waits for an answer that does not come. */
  readonly start: () => Promise<void>;
  readonly advance: (ms: number) => Promise<void>;
}

async function measuring(work: (fixture: MeasuringFixture) => Promise<void>): Promise<void> {
  await withCatalogAsync(async (catalogFixture) => {
    const clock = new StillClock();
    const asked: string[] = [];
    const troubles: SyncTrouble[] = [];
    const catalog = catalogFixture.writer;
    const budget = new Budget({ catalog, calendar: utcDays, now: clock.now, reserve: 0.3 });
    let open = 0;
    let peak = 0;
    const media: MediaSource = {
      measure: async ({ id }) => {
        asked.push(id);
        budget.spend('media');
        peak = Math.max(peak, ++open);
        await Promise.resolve();
        const answer = fixture.answer(id);
        // It does not even heed the signal.
        if (answer === 'hangs') return new Promise<MediaFacts>(() => undefined);
        open -= 1;
        if (answer instanceof Error) throw answer;
        return answer;
      },
      fetch: () => Promise.reject(new Error('nothing is fetched here')),
    };
    const trouble = (entry: SyncTrouble): number => troubles.push(entry);
    const changed = (): void => undefined;
    const measurer = new Measurer({ catalog, media, budget, clock, random: () => 0, changed, trouble });
    const stopping = new AbortController();
    let running: Promise<void> = Promise.resolve();
    const fixture: MeasuringFixture = {
      ...catalogFixture,
      clock,
      asked,
      troubles,
      budget,
      measurer,
      answer: (id) => ({ length: id.length * 10, etag: undefined, basis: 'head' }),
      peak: () => peak,
      advance: async (ms) => {
        await clock.advance(ms);
        await settle();
      },
      start: async () => {
        running = measurer.run(stopping.signal);
        await settle();
      },
    };
    try {
      await work(fixture);
    } finally {
      stopping.abort(new Error('stop'));
      await running;
    }
  });
}

const dated = (id: string, day: number) => photo(id, `2025-01-${String(day).padStart(2, '0')}T00:00:00Z`);

describe('measuring in the background', () => {
  it('background measuring learns every size, newest item first, eight at a time', () =>
    measuring(async (fixture) => {
      fixture.put(...Array.from({ length: 20 }, (_, index) => dated(`i${index + 10}`, index + 1)));
      await fixture.start();
      assert.equal(fixture.asked[0], 'i29');
      assert.equal(fixture.peak(), 8);
      const { items, unmeasured, bytes } = fixture.view().counts();
      assert.deepEqual({ items, unmeasured, bytes }, { items: 20, unmeasured: 0, bytes: 600 });
    }));

  it('an item that fails to be measured is put aside and tried again later', () =>
    measuring(async (fixture) => {
      fixture.put(dated('bad', 2), dated('good', 1));
      fixture.answer = (id) =>
        id === 'bad' ? new RemoteError('not-found', 'Gone.') : { length: 7, etag: undefined, basis: 'head' };
      await fixture.start();
      assert.equal(fixture.view().counts().unmeasured, 1);
      assert.equal(fixture.troubles[0]?.code, 'not-measured');
      fixture.answer = () => ({ length: 9, etag: undefined, basis: 'head' });
      await fixture.advance(5 * 60_000 + 60_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  it('an answer without a length is never stored as a size', () =>
    measuring(async (fixture) => {
      fixture.put(dated('a', 1));
      fixture.answer = () => ({ length: undefined, etag: undefined, basis: 'head' });
      await fixture.start();
      assert.equal(fixture.view().findItem({ by: 'all' }, 'a.jpg')?.size, null);
      assert.equal(fixture.troubles[0]?.code, 'not-measured');
    }));

  it('measuring waits half a minute after a rate limit and marks no item as failed', () =>
    measuring(async (fixture) => {
      fixture.put(...Array.from({ length: 20 }, (_, index) => dated(`i${index}`, index + 1)));
      fixture.answer = () => new RemoteError('rate-limited', 'Slowly.');
      await fixture.start();
      assert.ok(fixture.asked.length <= 8);
      assert.equal(fixture.measurer.paused?.code, 'rate-limited');
      fixture.answer = () => ({ length: 1, etag: undefined, basis: 'head' });
      await fixture.advance(29_999);
      assert.equal(fixture.view().counts().unmeasured, 20);
      await fixture.advance(1);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  const poisons: readonly (readonly [string, Error | 'hangs'])[] = [
    ['403', new RemoteError('forbidden', 'Access was refused.', { status: 403 })],
    ['401', new RemoteError('unauthenticated', 'No.', { status: 401 })],
    ['407', new RemoteError('offline', 'This network asks for a sign-in of its own.', { status: 407 })],
    ['429', new RemoteError('rate-limited', 'Slowly.', { status: 429 })],
    ['a reset', new RemoteError('server', 'The exchange broke off.')],
    ['HTML', new RemoteError('protocol', 'A document.')],
    ['no answer', 'hangs'],
  ];
  for (const [what, failure] of poisons) {
    it(`background measuring measures all other items at once where ${what} is the answer for the newest item, and tries that one later`, () =>
      measuring(async (fixture) => {
        fixture.put(
          ...Array.from({ length: 100 }, (_, index) => dated(`i${index}`, (index % 20) + 1)),
          dated('poison', 28),
        );
        fixture.answer = (id) => (id === 'poison' ? failure : { length: 7, etag: undefined, basis: 'head' });
        await fixture.start();
        if (failure === 'hangs') await fixture.advance(60_000);
        assert.equal(fixture.asked[0], 'poison');
        assert.equal(fixture.view().counts().unmeasured, 1);
        assert.equal(fixture.measurer.paused, undefined);
        assert.deepEqual(
          fixture.troubles.map(({ code }) => code),
          ['not-measured'],
        );
        fixture.answer = () => ({ length: 9, etag: undefined, basis: 'head' });
        await fixture.advance(6 * 60_000);
        assert.equal(fixture.view().counts().unmeasured, 0);
      }));
  }

  it('background measuring commits the sizes of 63 items while the newest one hangs', () =>
    measuring(async (fixture) => {
      fixture.put(
        ...Array.from({ length: 63 }, (_, index) => dated(`i${index}`, (index % 20) + 1)),
        dated('poison', 28),
      );
      fixture.answer = (id) => (id === 'poison' ? 'hangs' : { length: 7, etag: undefined, basis: 'head' });
      await fixture.start();
      assert.equal(fixture.view().counts().unmeasured, 1);
    }));

  it('measuring waits after several items get 403, and goes on with other items first', () =>
    measuring(async (fixture) => {
      const poisoned = Array.from({ length: 10 }, (_, index) => `poison${index}`);
      fixture.put(...poisoned.map((id) => dated(id, 28)), ...Array.from({ length: 90 }, (_, i) => dated(`i${i}`, 1)));
      fixture.answer = (id) =>
        id.startsWith('poison')
          ? new RemoteError('forbidden', 'Access was refused.')
          : { length: 7, etag: undefined, basis: 'head' };
      await fixture.start();
      assert.equal(fixture.measurer.paused?.code, 'forbidden');
      assert.equal(fixture.view().counts().unmeasured, 100);
      await fixture.advance(5 * 60_000 + 60_000);
      assert.equal(fixture.view().counts().unmeasured, 10, 'the others are measured');
      assert.equal(fixture.measurer.paused, undefined);
    }));

  for (const kind of ['offline', 'forbidden', 'server'] as const) {
    it(`background measuring sends at most one request for each slot if every item gets ${kind}, and marks no item as failed`, () =>
      measuring(async (fixture) => {
        fixture.put(...Array.from({ length: 50 }, (_, index) => dated(`i${index}`, (index % 20) + 1)));
        fixture.answer = () => new RemoteError(kind, 'No.');
        await fixture.start();
        assert.equal(fixture.asked.length, 8);
        assert.equal(fixture.measurer.paused?.code, kind);
        assert.deepEqual(
          fixture.troubles.map(({ code }) => code),
          [kind],
        );
      }));
  }

  it('measuring goes on soon after the network is back, also with a single item left', () =>
    measuring(async (fixture) => {
      fixture.put(dated('a', 1));
      fixture.answer = () => new RemoteError('offline', 'No network.');
      await fixture.start();
      fixture.answer = () => ({ length: 1, etag: undefined, basis: 'head' });
      await fixture.advance(65_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  it('measuring goes on at once if the clock was set back by a year during a wait', () =>
    measuring(async (fixture) => {
      fixture.put(...Array.from({ length: 20 }, (_, index) => dated(`i${index}`, index + 1)), dated('bad', 28));
      fixture.answer = (id) =>
        id === 'bad' ? new RemoteError('not-found', 'Gone.') : new RemoteError('forbidden', 'No.');
      await fixture.start();
      assert.equal(fixture.measurer.paused?.code, 'forbidden');
      fixture.answer = () => ({ length: 1, etag: undefined, basis: 'head' });
      fixture.clock.set(fixture.clock.now() - 365 * 86_400_000);
      await fixture.advance(60_000);
      assert.equal(fixture.view().counts().unmeasured, 0, 'the item that had failed is measured too');
    }));

  it('background measuring asks once again for sizes that an earlier version left, 50 in 36 minutes, and mends the wrong one', () =>
    measuring(async (fixture) => {
      const ids = Array.from({ length: 120 }, (_, index) => `i${index}`);
      fixture.put(...ids.map((id) => dated(id, 1)));
      fixture.writer.transaction(() =>
        fixture.writer.sizes.put(ids.map((id) => ({ mediaId: id as MediaId, size: id === 'i110' ? 100 : 300 }))),
      );
      fixture.answer = () => ({ length: 300, etag: undefined, basis: 'head' });
      await fixture.start();
      assert.equal(fixture.asked.length, 50);
      await fixture.advance(35 * 60_000);
      assert.equal(fixture.asked.length, 50);
      await fixture.advance(80 * 60_000);
      assert.equal(fixture.view().findItem({ by: 'all' }, 'i110.jpg')?.size, 300);
      await fixture.advance(24 * 3_600_000);
      assert.equal(fixture.asked.length, 120, 'each was asked for once');
    }));

  it('background measuring leaves the sizes of an earlier version alone where the answer is no statement, or where every item fails', () =>
    measuring(async (fixture) => {
      fixture.put(...['a', 'b', 'c', 'd'].map((id) => dated(id, 1)));
      fixture.writer.transaction(() =>
        fixture.writer.sizes.put(['a', 'b', 'c', 'd'].map((id) => ({ mediaId: id as MediaId, size: 300 }))),
      );
      fixture.answer = () => new RemoteError('forbidden', 'No.');
      await fixture.start();
      assert.equal(fixture.measurer.paused?.code, 'forbidden');
      fixture.answer = () => ({ length: 100, etag: undefined, basis: 'announced' });
      await fixture.advance(40 * 60_000);
      assert.equal(fixture.asked.length, 8, 'all were asked for again');
      assert.equal(fixture.view().counts().bytes, 1200);
    }));

  it('a size that this version measured is not asked for again', () =>
    measuring(async (fixture) => {
      fixture.put(dated('a', 1));
      await fixture.start();
      await fixture.advance(3 * 3_600_000);
      assert.deepEqual(fixture.asked, ['a']);
    }));

  it('measuring says when it goes on, and does not wait for days after the clock was set back', () =>
    measuring(async (fixture) => {
      fixture.put(...['a', 'b', 'c', 'd'].map((id) => dated(id, 1)));
      fixture.answer = () => new RemoteError('rate-limited', 'Slowly.', { retryAfterMs: 3_600_000 });
      await fixture.start();
      assert.equal(fixture.measurer.resumesAt, fixture.clock.now() + 3_600_000);
      fixture.answer = () => ({ length: 1, etag: undefined, basis: 'head' });
      fixture.clock.set(fixture.clock.now() - 25 * 24 * 3_600_000);
      await fixture.advance(60_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
      assert.equal(fixture.measurer.resumesAt, undefined);
    }));

  it('background measuring tries an item that failed again although the clock was set back by days meanwhile', () =>
    measuring(async (fixture) => {
      fixture.put(dated('bad', 1));
      fixture.answer = () => new RemoteError('not-found', 'Gone.');
      await fixture.start();
      fixture.answer = () => ({ length: 1, etag: undefined, basis: 'head' });
      fixture.clock.set(fixture.clock.now() - 25 * 24 * 3_600_000);
      await fixture.advance(60_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  for (const kind of ['media', 'api'] as const) {
    it(`measuring stops at the reserve of ${kind} requests and goes on the next day`, () =>
      measuring(async (fixture) => {
        fixture.put(dated('a', 1));
        fixture.budget.spend(kind, kind === 'api' ? 7_000 : 52_500);
        await fixture.start();
        assert.deepEqual(fixture.asked, []);
        assert.equal(fixture.measurer.paused?.code, 'budget');
        await fixture.advance(12 * 3_600_000);
        assert.deepEqual(fixture.asked, ['a']);
        assert.equal(fixture.measurer.paused, undefined);
      }));
  }
});
