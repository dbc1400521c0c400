import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextQuotaReset, quotaDay } from '../../../src/support/quota-day.js';

const at = (text: string): number => Date.parse(text);

describe('the quota day', () => {
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['in winter', '2026-01-15T12:00:00Z', '2026-01-15', '2026-01-16T08:00:00Z'],
    ['in summer', '2026-07-15T12:00:00Z', '2026-07-15', '2026-07-16T07:00:00Z'],
    ['a millisecond before midnight', '2026-01-15T07:59:59.999Z', '2026-01-14', '2026-01-15T08:00:00Z'],
    ['at midnight itself', '2026-01-15T08:00:00Z', '2026-01-15', '2026-01-16T08:00:00Z'],
    ['on the day that clocks go forward', '2026-03-08T09:00:00Z', '2026-03-08', '2026-03-09T07:00:00Z'],
    ['on the day before that', '2026-03-08T07:00:00Z', '2026-03-07', '2026-03-08T08:00:00Z'],
    ['on the day that clocks go back', '2026-11-01T08:30:00Z', '2026-11-01', '2026-11-02T08:00:00Z'],
    ['on the day before that too', '2026-11-01T06:00:00Z', '2026-10-31', '2026-11-01T07:00:00Z'],
    ['at the end of a year', '2026-12-31T20:00:00Z', '2026-12-31', '2027-01-01T08:00:00Z'],
    ['on a leap day', '2028-02-29T20:00:00Z', '2028-02-29', '2028-03-01T08:00:00Z'],
  ];
  for (const [when, now, day, reset] of rows) {
    it(`the quota day is that of California and ends at its midnight ${when}`, () => {
      assert.equal(quotaDay(at(now)), day);
      assert.equal(new Date(nextQuotaReset(at(now))).toISOString(), new Date(reset).toISOString());
    });
  }

  it('the quota day ends within 25 hours and begins another day, every hour of two years', () => {
    for (let now = at('2026-01-01T00:30:00Z'); now < at('2028-01-01T00:00:00Z'); now += 3_600_000) {
      const reset = nextQuotaReset(now);
      assert.ok(reset > now && reset - now <= 25 * 3_600_000);
      assert.equal(quotaDay(reset - 1), quotaDay(now));
      assert.notEqual(quotaDay(reset), quotaDay(now));
    }
  });
});
