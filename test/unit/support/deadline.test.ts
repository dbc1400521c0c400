import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { outcomeWithin, withinDeadline } from '../../../src/support/deadline.js';
import { ManualClock } from '../content/manual-clock.js';

const late = (): Error => new Error('too late');

describe('a deadline', () => {
  it('a deadline gives the result of work that is done in time, and its failure as it is', async () => {
    const clock = new ManualClock();
    assert.equal(await withinDeadline(clock, 1_000, () => Promise.resolve(7), late), 7);
    await assert.rejects(
      withinDeadline(clock, 1_000, () => Promise.reject(new Error('broken')), late),
      /broken/,
    );
  });

  it('a deadline rejects with the late error when the time is over, and aborts the work by its signal', async () => {
    const clock = new ManualClock();
    let given: AbortSignal | undefined;
    const outcome = withinDeadline(
      clock,
      1_000,
      (signal) => {
        given = signal;
        return new Promise<never>(() => undefined);
      },
      late,
    );
    outcome.catch(() => undefined);
    await clock.advance(999);
    assert.equal(given?.aborted, false);
    await clock.advance(1);
    assert.equal(given.aborted, true);
    await assert.rejects(outcome, /too late/);
  });

  it('a deadline drops what late work comes to, so that its failure is no unhandled rejection', async () => {
    const clock = new ManualClock();
    let fail: (error: Error) => void = () => undefined;
    const outcome = withinDeadline(clock, 10, () => new Promise<never>((...[, reject]) => (fail = reject)), late);
    outcome.catch(() => undefined);
    await clock.advance(10);
    fail(new Error('after all'));
    await assert.rejects(outcome, /too late/);
  });
});

describe('an outcome that may come late', () => {
  it('an outcome in time is given as it is, a late one is undefined, and a failure is passed on', async () => {
    const clock = new ManualClock();
    assert.equal(await outcomeWithin(clock, 1_000, () => Promise.resolve(7)), 7);
    const late = outcomeWithin(clock, 1_000, () => new Promise<number>(() => undefined));
    await clock.advance(1_000);
    assert.equal(await late, undefined);
    await assert.rejects(
      outcomeWithin(clock, 1_000, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
  });
});
