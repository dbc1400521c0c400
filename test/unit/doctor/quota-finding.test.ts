import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quotaFinding } from '../../../src/doctor/mount-checks.js';

describe('doctor, of the quota', () => {
  const now = Date.parse('2026-07-01T12:00:00Z');
  const left = (api: number, media: number): ReturnType<typeof quotaFinding> =>
    quotaFinding(
      {
        api: { used: 10_000 - api, limit: 10_000, reserve: 3000 },
        media: { used: 75_000 - media, limit: 75_000, reserve: 22_500 },
        backgroundResumesAt: null,
      },
      now,
    );

  it('doctor’s check of the quota passes while much is left, and says how much of the scarcer kind', () => {
    assert.deepEqual(left(5_000, 75_000), { result: 'pass', message: "50 % of the day's requests are left.", fix: '' });
    assert.match(left(10_000, 15_000).message, /^20 %/);
  });

  it('doctor’s check of the quota warns of little and fails at nothing, with the time of the reset', () => {
    for (const [api, media, result] of [
      [900, 75_000, 'warn'],
      [10_000, 7_000, 'warn'],
      [0, 75_000, 'fail'],
      [10_000, 0, 'fail'],
    ] as const) {
      const found = left(api, media);
      assert.equal(found.result, result);
      assert.match(found.fix, /^Wait until 2026-07-02 07:00 UTC, or use an OAuth project of your own\.$/);
    }
  });
});
