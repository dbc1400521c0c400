import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retryAfter } from '../../../../src/remote/http/retry-after.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('a Retry-After header', () => {
  const ROWS: readonly (readonly [string | undefined, number | undefined])[] = [
    ['0', 0],
    [' 120 ', 120_000],
    ['3600', 3_600_000],
    ['3601', 3_600_000],
    ['3000000', 3_600_000],
    ['9'.repeat(400), 3_600_000],
    ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
    ['Sunday, 01-Mar-26 12:00:30 GMT', 30_000],
    ['Sun Mar  1 12:00:30 2026', 30_000],
    ['Wed, 01 Mar 2999 12:00:00 GMT', 3_600_000],
    ['Sun, 01 Mar 2026 11:59:59 GMT', undefined],
    ['Sun, 99 Foo 2026 12:00:00 GMT', undefined],
    ['-5', undefined],
    ['3.5', undefined],
    ['1e9', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    ['2 hours', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, ms] of ROWS)
    it(`a Retry-After header of ${header === undefined ? 'none' : `"${header.slice(0, 40)}"`} is ${ms === undefined ? 'no wait' : `a wait of ${ms} ms`}`, () => {
      assert.equal(retryAfter(header, NOW), ms);
    });
});
