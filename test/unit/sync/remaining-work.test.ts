import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { itemsLeftOf, remainingWorkOf } from '../../../src/sync/remaining-work.js';

const TODAY = 20_000;
/** Half of 200 days is listed, and brought 1,000 items. */
const HALF = { range: { from: 19_801, to: 30_000 }, reached: 19_901, seen: 1000, perPage: 100, today: TODAY };

describe('the estimate of what a first sync has still to read', () => {
  it('the estimate of a first sync takes a range without a page for as dense as the others', () => {
    assert.equal(itemsLeftOf([HALF], TODAY), 1000);
    assert.equal(itemsLeftOf([HALF, { from: 19_700, to: 19_800 }], TODAY), 2000);
  });

  it('the estimate of a first sync is unknown before the first page and zero when all ranges are read', () => {
    assert.equal(itemsLeftOf([{ from: 19_700, to: 19_800 }], TODAY), undefined);
    assert.equal(itemsLeftOf([], TODAY), 0);
    assert.equal(remainingWorkOf({ left: undefined, known: 5, again: 0, others: 0 }), undefined);
  });

  it('the estimate of a first sync includes the pages of the second search and of other listings', () => {
    assert.deepEqual(remainingWorkOf({ left: 0, known: 2000, again: 5, others: 3 }), { items: 0, pages: 18 });
    assert.deepEqual(remainingWorkOf({ left: 500, known: 2000, again: 0, others: 0 }), { items: 500, pages: 30 });
  });
});
