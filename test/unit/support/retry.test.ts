import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backoff, retry } from '../../../src/support/retry.js';
import { InstantClock } from '../remote/instant-clock.js';

describe('retry', () => {
  it('retry tries again after the delay until it works', async () => {
    const clock = new InstantClock();
    let tries = 0;
    const result = await retry(
      () => (++tries < 3 ? Promise.reject(new Error('no')) : Promise.resolve('yes')),
      { delayAfter: (_error, failures) => failures * 100, deadlineMs: 10_000 },
      clock,
    );
    assert.equal(result, 'yes');
    assert.deepEqual(clock.sleeps, [100, 200]);
  });

  it('retry gives up with the last error when the plan says so', async () => {
    let tries = 0;
    await assert.rejects(
      retry(
        () => Promise.reject(new Error(`try ${++tries}`)),
        { delayAfter: (_error, failures) => (failures < 2 ? 1 : undefined), deadlineMs: 10_000 },
        new InstantClock(),
      ),
      /try 2/,
    );
  });

  it('retry does not begin a try after the deadline', async () => {
    const clock = new InstantClock();
    await assert.rejects(
      retry(() => Promise.reject(new Error('no')), { delayAfter: () => 400, deadlineMs: 1_000 }, clock),
      /no/,
    );
    assert.deepEqual(clock.sleeps, [400, 400]);
  });

  it('retry stops waiting when the signal aborts', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await assert.rejects(
      retry(
        () => Promise.reject(new Error('no')),
        { delayAfter: () => 1, deadlineMs: 9 },
        new InstantClock(),
        abort.signal,
      ),
      /enough/,
    );
  });

  it('retry doubles the wait and adds up to a half of it', () => {
    assert.deepEqual(
      [1, 2, 3].map((failures) => backoff(failures, 1_000, () => 0)),
      [1_000, 2_000, 4_000],
    );
    assert.equal(
      backoff(2, 1_000, () => 0.5),
      2_500,
    );
  });
});
