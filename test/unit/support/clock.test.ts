import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock, LONGEST_TIMER_MS } from '../../../src/support/clock.js';
import { isWithin } from '../../../src/support/is-within.js';
import { settle } from '../content/manual-clock.js';

const DAY = 86_400_000;

/** A clock of which the test moves both hands, and sees each timer. */
function movable() {
  let wall = 1_800_000_000_000;
  let steady = 0;
  const timers: { readonly ms: number; readonly then: () => void }[] = [];
  const clock = createClock({
    wall: () => wall,
    steady: () => steady,
    after: (ms, then) => {
      const timer = { ms, then };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), 1);
    },
  });
  return {
    clock,
    timers,
    setClock: (by: number) => (wall += by),
    /** Lets the timer that was set last run out. */
    fire: async () => {
      const timer = timers.shift();
      assert.ok(timer !== undefined, 'a timer is set');
      wall += timer.ms;
      steady += timer.ms;
      timer.then();
      await settle();
    },
  };
}

function watched(promise: Promise<void>): () => string {
  let state = 'asleep';
  promise.then(
    () => (state = 'awake'),
    () => (state = 'aborted'),
  );
  return () => state;
}

describe('the clock', () => {
  it('the clock sleeps 25 days and more by timers of a minute at most, where one long timer would fire at once', async () => {
    const { clock, timers, fire } = movable();
    const state = watched(clock.sleep(2 ** 31 + 120_000));
    for (let fired = 0; fired < 100; fired++) {
      assert.equal(timers[0]?.ms, LONGEST_TIMER_MS);
      await fire();
    }
    assert.equal(state(), 'asleep');
  });

  it('the clock ends a sleep of an hour within a minute after the machine was suspended for a day', async () => {
    const { clock, fire, setClock } = movable();
    const state = watched(clock.sleep(3_600_000));
    await fire();
    assert.equal(state(), 'asleep');
    setClock(DAY);
    await fire();
    assert.equal(state(), 'awake');
  });

  it('the clock ends a sleep of five minutes after five minutes although the clock was set back 25 days meanwhile', async () => {
    const { clock, fire, setClock } = movable();
    const state = watched(clock.sleep(300_000));
    setClock(-25 * DAY);
    for (let minute = 1; minute < 5; minute++) {
      await fire();
      assert.equal(state(), 'asleep');
    }
    await fire();
    assert.equal(state(), 'awake');
  });

  it('the clock ends a long sleep when its signal aborts, whichever of its timers is set, and leaves none behind', async () => {
    const { clock, timers, fire } = movable();
    const stop = new AbortController();
    const state = watched(clock.sleep(DAY, stop.signal));
    await fire();
    await fire();
    stop.abort(new Error('enough'));
    await settle();
    assert.equal(state(), 'aborted');
    assert.equal(timers.length, 0);
  });

  for (const ms of [Number.NaN, -1, -Infinity])
    it(`the clock takes a sleep of ${ms} ms for one of 0`, async () => {
      const { clock, timers, fire } = movable();
      const state = watched(clock.sleep(ms));
      assert.equal(timers[0]?.ms, 0);
      await fire();
      assert.equal(state(), 'awake');
    });
});

describe('a span counted from a moment', () => {
  it('a span counted from a moment ends after its length, also where the clock was set back or forward by days', () => {
    const then = 1_800_000_000_000;
    assert.equal(isWithin(then + 4_999, then, 5_000), true);
    assert.equal(isWithin(then + 5_000, then, 5_000), false);
    assert.equal(isWithin(then - 3_000, then, 5_000), true, 'a small step back does not end it');
    assert.equal(isWithin(then - 25 * DAY, then, 5_000), false);
    assert.equal(isWithin(then + 25 * DAY, then, 5_000), false);
    assert.equal(isWithin(then, -Infinity, 5_000), false, 'never so far');
  });
});
