import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { libraryOn } from './library-rig.js';
import { sendHtml, sendJson } from '../odd-server.js';

const page = { pageSize: 100 };

function dailyRefusal(): unknown {
  return {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: 'x',
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'RATE_LIMIT_EXCEEDED',
          metadata: { quota_limit: 'ApiCallsPerProjectPerDay' },
        },
      ],
    },
  };
}

describe('the remote library, where Google refuses for now,', () => {
  it('the remote library, where Google refuses for now, waits longer and longer after 502 with HTML and 409, then has its answer', async (test) => {
    const { library, clock } = await libraryOn(test, (_request, response, index) => {
      if (index === 0) sendHtml(response, 502);
      else if (index === 1) sendJson(response, 409, { error: { code: 409, status: 'ABORTED' } });
      else sendJson(response, 200, {});
    });
    await library.listMediaItems(page);
    assert.deepEqual(clock.sleeps, [1_000, 2_000]);
  });

  it('the remote library, where Google refuses for now, ends a 5xx that stays after three tries for a person and six for background work', async (test) => {
    for (const [priority, tries] of [
      ['foreground', 3],
      ['background', 6],
    ] as const) {
      const { library, requests } = await libraryOn(test, (_request, response) => sendHtml(response, 503), {
        priority,
      });
      await assert.rejects(library.listMediaItems(page), { kind: 'server', status: 503 });
      assert.equal(requests(), tries);
    }
  });

  it('the remote library, where Google refuses for now, does not ask again within 30 s of a rate limit, and tells a person so at once', async (test) => {
    const { library, clock, requests } = await libraryOn(test, (_request, response, index) =>
      sendJson(response, index === 0 ? 429 : 200, {}),
    );
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited', retryAfterMs: 30_000 });
    clock.advance(10_000);
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited', retryAfterMs: 20_000 });
    assert.equal(requests(), 1);
    clock.advance(20_000);
    await library.listMediaItems(page);
    assert.deepEqual(clock.sleeps, []);
  });

  it('the remote library, where Google refuses for now, waits a rate limit out for background work, twice as long the second time', async (test) => {
    const { library, clock } = await libraryOn(
      test,
      (_request, response, index) => sendJson(response, index < 2 ? 429 : 200, {}),
      { priority: 'background' },
    );
    await library.listMediaItems(page);
    assert.deepEqual(clock.sleeps, [30_000, 60_000]);
  });

  for (const [asked, waited] of [
    ['3600', 3_600_000],
    ['3000000', 3_600_000],
    ['99999999999999999999', 3_600_000],
    ['-5', 30_000],
    ['NaN', 30_000],
    ['soon', 30_000],
  ] as const)
    it(`the remote library, where Google refuses for now, takes Retry-After: ${asked} for a pause of ${waited / 1_000} s, of which background work with less patience is told at once`, async (test) => {
      const { library, clock, requests } = await libraryOn(
        test,
        (_request, response, index) => {
          response.setHeader('retry-after', asked);
          sendJson(response, index === 0 ? 429 : 200, {});
        },
        { priority: 'background', retryLimits: { tries: 2, deadlineMs: 10_000 } },
      );
      const told = { kind: 'rate-limited', retryAfterMs: waited };
      await assert.rejects(library.listMediaItems(page), told);
      assert.equal(library.wait()?.until, clock.now() + waited);
      assert.deepEqual([requests(), clock.sleeps], [1, []]);
      clock.advance(waited);
      assert.equal(library.wait(), undefined);
      await library.listMediaItems(page);
    });

  it('during a pause one request is sent when a person asks, and the pause ends if Google answers', async (test) => {
    let status = 429;
    const { library, clock, requests } = await libraryOn(
      test,
      (_request, response) => {
        response.setHeader('retry-after', '3600');
        sendJson(response, status, {});
      },
      { priority: 'background', retryLimits: { tries: 2, deadlineMs: 10_000 } },
    );
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited' });
    clock.advance(600_000);
    library.allowOneRequest();
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited', retryAfterMs: 3_600_000 });
    assert.equal(requests(), 2, 'once');
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited' });
    assert.equal(requests(), 2, 'and not again');
    status = 200;
    library.allowOneRequest();
    await library.listMediaItems(page);
    await library.listMediaItems(page);
    assert.equal(requests(), 4);
    assert.equal(library.wait(), undefined);
  });

  it('asks nothing more after the daily quota until midnight in California', async (test) => {
    const { library, clock, requests } = await libraryOn(
      test,
      (_request, response, index) => sendJson(response, index === 0 ? 429 : 200, index === 0 ? dailyRefusal() : {}),
      { priority: 'background' },
    );
    // The clock stands at 05:00 in California.
    await assert.rejects(library.listMediaItems(page), { kind: 'quota-exhausted', retryAfterMs: 19 * 3_600_000 });
    clock.advance(19 * 3_600_000 - 1);
    await assert.rejects(library.listMediaItems(page), { kind: 'quota-exhausted', retryAfterMs: 1 });
    assert.equal(requests(), 1);
    clock.advance(1);
    await library.listMediaItems(page);
  });

  it('asks again at the true midnight where the daily quota ended while the clock was a day ahead', async (test) => {
    const { library, clock, requests } = await libraryOn(
      test,
      (_request, response, index) => sendJson(response, index === 0 ? 429 : 200, index === 0 ? dailyRefusal() : {}),
      { priority: 'background' },
    );
    clock.advance(24 * 3_600_000);
    await assert.rejects(library.listMediaItems(page), { kind: 'quota-exhausted' });
    clock.advance(3_600_000);
    clock.advance(-24 * 3_600_000);
    await assert.rejects(library.listMediaItems(page), { kind: 'quota-exhausted', retryAfterMs: 18 * 3_600_000 });
    clock.advance(18 * 3_600_000);
    assert.equal(requests(), 1);
    await library.listMediaItems(page);
  });

  it('the pause of a rate limit starts again if the clock was set back meanwhile', async (test) => {
    const { library, clock } = await libraryOn(test, (_request, response, index) =>
      sendJson(response, index === 0 ? 429 : 200, {}),
    );
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited' });
    clock.advance(-3_600_000);
    await assert.rejects(library.listMediaItems(page), { kind: 'rate-limited', retryAfterMs: 30_000 });
    clock.advance(30_000);
    await library.listMediaItems(page);
  });
});
