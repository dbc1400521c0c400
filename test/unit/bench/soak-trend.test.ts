import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trendOf } from '../../bench/soak-trend.js';

const hour = (valueAt: (share: number) => number): { at: number; value: number }[] =>
  Array.from({ length: 721 }, (_, index) => ({ at: index / 720, value: valueAt(index / 720) }));

describe('the trend of a figure over an hour', () => {
  it('the trend of a figure over an hour of a line that rises by 20 is 10 in each half, but for the width of the medians, and 20 an hour', () => {
    const trend = trendOf(hour((share) => 100 + 20 * share));
    assert.ok(Math.abs(trend.firstHalf - 9) < 0.1, String(trend.firstHalf));
    assert.ok(Math.abs(trend.secondHalf - 9) < 0.1, String(trend.secondHalf));
    assert.ok(Math.abs(trend.slope - 20) < 0.1, String(trend.slope));
  });

  it('the trend of a figure over an hour of what rises in the first half alone is flat in the second, single peaks or not', () => {
    const trend = trendOf(hour((share) => ((share * 720) % 50 === 49 ? 500 : 100 + 40 * Math.min(share, 0.4))));
    assert.ok(trend.firstHalf > 10, String(trend.firstHalf));
    assert.equal(trend.secondHalf, 0);
    assert.equal(trend.slope, 0);
  });
});
