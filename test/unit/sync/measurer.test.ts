import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MediaFacts, MediaSource } from '../../../src/library/media-source.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { Budget } from '../../../src/sync/budget.js';
import { Measurer } from '../../../src/sync/measurer.js';
import type { SyncTrouble } from '../../../src/sync/trouble.js';
import { photo, withCatalogAsync, type Fixture } from '../catalog/catalog-fixture.js';
import { StillClock, utcDays } from './engine-fixture.js';

interface MeasuringFixture extends Fixture {
  readonly clock: StillClock;
  readonly asked: string[];
  readonly troubles: SyncTrouble[];
  readonly budget: Budget;
  readonly measurer: Measurer;
  answer: (id: string) => MediaFacts | Error;
  /** How many measurements were under way at most. */
  readonly peak: () => number;
  /** Runs the measurer until it rests. */
  readonly start: () => Promise<void>;
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
        open -= 1;
        const answer = fixture.answer(id);
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
      answer: (id) => ({ length: id.length * 10, etag: undefined }),
      peak: () => peak,
      start: async () => {
        running = measurer.run(stopping.signal);
        await clock.somebodySleeps();
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
  it('learns every size, newest item first, eight at a time', () =>
    measuring(async (fixture) => {
      fixture.put(...Array.from({ length: 20 }, (_, index) => dated(`i${index + 10}`, index + 1)));
      await fixture.start();
      assert.equal(fixture.asked[0], 'i29');
      assert.equal(fixture.peak(), 8);
      assert.deepEqual(fixture.view().counts(), { items: 20, albums: 0, unmeasured: 0, bytes: 600 });
    }));

  it('puts an item that fails aside, goes on with the others, and tries it again later', () =>
    measuring(async (fixture) => {
      fixture.put(dated('bad', 2), dated('good', 1));
      fixture.answer = (id) => (id === 'bad' ? new RemoteError('not-found', 'Gone.') : { length: 7, etag: undefined });
      await fixture.start();
      assert.equal(fixture.view().counts().unmeasured, 1);
      assert.equal(fixture.troubles[0]?.code, 'not-measured');
      fixture.answer = () => ({ length: 9, etag: undefined });
      await fixture.clock.advance(5 * 60_000 + 60_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  it('never takes an unknown length for a size', () =>
    measuring(async (fixture) => {
      fixture.put(dated('a', 1));
      fixture.answer = () => ({ length: undefined, etag: undefined });
      await fixture.start();
      assert.equal(fixture.view().findItem({ by: 'all' }, 'a.jpg')?.size, null);
      assert.equal(fixture.troubles[0]?.code, 'not-measured');
    }));

  it('rests half a minute when Google asks for patience, and blames no item', () =>
    measuring(async (fixture) => {
      fixture.put(...Array.from({ length: 20 }, (_, index) => dated(`i${index}`, index + 1)));
      fixture.answer = () => new RemoteError('rate-limited', 'Slowly.');
      await fixture.start();
      assert.ok(fixture.asked.length <= 8);
      assert.equal(fixture.measurer.paused?.code, 'rate-limited');
      fixture.answer = () => ({ length: 1, etag: undefined });
      await fixture.clock.advance(29_999);
      assert.equal(fixture.view().counts().unmeasured, 20);
      await fixture.clock.advance(1);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  it('says until when it rests, and does not rest for days where the clock was set back', () =>
    measuring(async (fixture) => {
      fixture.put(dated('a', 1));
      fixture.answer = () => new RemoteError('rate-limited', 'Slowly.', { retryAfterMs: 3_600_000 });
      await fixture.start();
      assert.equal(fixture.measurer.resumesAt, fixture.clock.now() + 3_600_000);
      fixture.answer = () => ({ length: 1, etag: undefined });
      fixture.clock.set(fixture.clock.now() - 25 * 24 * 3_600_000);
      await fixture.clock.advance(60_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
      assert.equal(fixture.measurer.resumesAt, undefined);
    }));

  it('tries an item that failed again although the clock was set back by days meanwhile', () =>
    measuring(async (fixture) => {
      fixture.put(dated('bad', 1));
      fixture.answer = () => new RemoteError('not-found', 'Gone.');
      await fixture.start();
      fixture.answer = () => ({ length: 1, etag: undefined });
      fixture.clock.set(fixture.clock.now() - 25 * 24 * 3_600_000);
      await fixture.clock.advance(60_000);
      assert.equal(fixture.view().counts().unmeasured, 0);
    }));

  for (const kind of ['media', 'api'] as const) {
    it(`stops at the reserve of ${kind} requests and goes on the next day`, () =>
      measuring(async (fixture) => {
        fixture.put(dated('a', 1));
        fixture.budget.spend(kind, kind === 'api' ? 7_000 : 52_500);
        await fixture.start();
        assert.deepEqual(fixture.asked, []);
        assert.equal(fixture.measurer.paused?.code, 'budget');
        await fixture.clock.advance(12 * 3_600_000);
        assert.deepEqual(fixture.asked, ['a']);
        assert.equal(fixture.measurer.paused, undefined);
      }));
  }
});
