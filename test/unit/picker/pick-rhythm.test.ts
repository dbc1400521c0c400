import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PickSession } from '../../../src/ledger/pick-rows.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { nextPollMs, nextRoundMs } from '../../../src/picker/pick-rhythm.js';
import { isOfItem, pauseAfter } from '../../../src/picker/pick-trouble.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_000_000_000;

const session = (change: Partial<PickSession>): PickSession => ({
  ...{ id: 's', uri: '', created: NOW, expires: NOW + 168 * HOUR, state: 'open', album: null, pollMs: 5000 },
  ...{ pollUntil: NOW + 30 * MINUTE, pickedAt: null, pageToken: null, isListed: false, retryAt: 0, rounds: 0 },
  ...{ isDeleted: false, trouble: null, ...change },
});

describe('when a picking session is asked about again', () => {
  it('Google is asked at its interval or a tenth later, never sooner', () => {
    assert.equal(
      nextPollMs(session({}), NOW, () => 0),
      5000,
    );
    assert.equal(
      nextPollMs(session({}), NOW, () => 0.999),
      5500,
    );
    assert.equal(
      nextPollMs(session({ pollMs: 120_000 }), NOW, () => 0),
      120_000,
    );
  });

  it('when Google’s time for asking is over it is asked each 5 minutes for an hour, then each hour, and right after the end', () => {
    const over = session({ pollUntil: NOW });
    assert.equal(
      nextPollMs(over, NOW + MINUTE, () => 0),
      5 * MINUTE,
    );
    assert.equal(
      nextPollMs(over, NOW + 2 * HOUR, () => 0),
      HOUR,
    );
    assert.equal(
      nextPollMs(over, NOW + 168 * HOUR - MINUTE, () => 0),
      MINUTE + 5000,
    );
    assert.equal(
      nextPollMs(over, NOW + 200 * HOUR, () => 0),
      HOUR,
    );
  });

  it('what failed is tried again after half a minute, doubled up to an hour', () => {
    const waits = [0, 1, 2, 7, 500].map((rounds) => nextRoundMs(session({ rounds }), NOW));
    assert.deepEqual(waits, [30_000, MINUTE, 2 * MINUTE, HOUR, HOUR]);
  });
});

describe('what an error means for a picking session', () => {
  it('each kind of error has its word, its exit code and its wait', () => {
    const cases: readonly (readonly [unknown, string, number])[] = [
      [new RemoteError('signed-out', 'ended'), 'sign-in', 77],
      [new RemoteError('forbidden', 'no', { reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }), 'permission', 77],
      [new RemoteError('forbidden', 'off', { reason: 'SERVICE_DISABLED' }), 'api', 78],
      [new RemoteError('rate-limited', 'slow'), 'quota', 76],
      [new RemoteError('offline', 'away'), 'network', 68],
      [new RemoteError('server', 'broken'), 'google', 76],
      [new UserError(ExitCode.system, 'full', 'free some'), 'disk', 2],
      [new Error('a bug'), 'internal', 4],
    ];
    for (const [error, code, exitCode] of cases) {
      const { trouble } = pauseAfter(error, 1);
      assert.deepEqual([trouble.code, trouble.exitCode], [code, exitCode]);
    }
    assert.deepEqual(
      [1, 2, 3, 20].map((failures) => pauseAfter(new RemoteError('offline', 'away'), failures).waitMs),
      [2000, 4000, 8000, 5 * MINUTE],
    );
    assert.equal(pauseAfter(new RemoteError('rate-limited', 'slow', { retryAfterMs: 90_000 }), 1).waitMs, 90_000);
  });

  it('a refusal of the media host is of its item; one of the API, of the network or of the sign-in is of all', () => {
    assert.ok(isOfItem(new RemoteError('forbidden', 'no', { status: 403, reason: 'FORBIDDEN' })));
    assert.ok(isOfItem(new RemoteError('not-found', 'gone', { status: 404 })));
    assert.ok(!isOfItem(new RemoteError('forbidden', 'no', { status: 403, reason: 'SERVICE_DISABLED' })));
    assert.ok(!isOfItem(new RemoteError('offline', 'away')));
    assert.ok(!isOfItem(new UserError(ExitCode.system, 'full', '')));
  });
});
