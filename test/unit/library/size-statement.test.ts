import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isStatement, judge, type Verdict } from '../../../src/library/size-statement.js';
import type { FactsBasis } from '../../../src/library/media-source.js';

const KNOWN = { size: 100, etag: '"v1"' };
type Row = readonly [length: number | undefined, etag: string | undefined, basis: FactsBasis, verdict: Verdict];

const ROWS: readonly Row[] = [
  [100, '"v1"', 'announced', 'same'],
  [100, undefined, 'announced', 'same'],
  [100, '"v1"', 'head', 'same'],
  [undefined, '"v1"', 'announced', 'silent'],
  [undefined, undefined, 'announced', 'silent'],
  [90, '"v1"', 'announced', 'doubtful'],
  [100, '"v2"', 'announced', 'doubtful'],
  [undefined, '"v2"', 'announced', 'doubtful'],
  [90, '"v1"', 'head', 'changed'],
  [90, undefined, 'content-range', 'changed'],
  [110, '"v1"', 'received', 'changed'],
  [100, '"v2"', 'head', 'changed'],
  [undefined, '"v2"', 'head', 'changed'],
];

describe('what an answer of the media host may change', () => {
  for (const [length, etag, basis, verdict] of ROWS) {
    it(`${basis}: length ${String(length)} and ETag ${String(etag)} are ${verdict} where 100 and "v1" are known`, () =>
      assert.equal(judge(KNOWN, { length, etag, basis }), verdict));
  }

  it('an ETag that was not known before contradicts nothing', () =>
    assert.equal(judge({ size: 100, etag: undefined }, { length: 100, etag: '"v2"', basis: 'announced' }), 'same'));

  it('a length settles a doubt only where it cannot be a broken transfer', () => {
    const bases: readonly FactsBasis[] = ['head', 'content-range', 'received', 'announced'];
    assert.deepEqual(
      bases.map((basis) => isStatement({ length: 1, etag: undefined, basis })),
      [true, true, true, false],
    );
    assert.equal(isStatement({ length: undefined, etag: undefined, basis: 'head' }), false);
  });
});
