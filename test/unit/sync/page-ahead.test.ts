import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page, PageRequest } from '../../../src/library/remote-library.js';
import { PageAhead } from '../../../src/sync/page-ahead.js';
import { settle } from '../content/manual-clock.js';

/** A listing of pages `0`, `1`, `2`…; its requests are noted, and the page `failing` fails. */
class Listing {
  readonly asked: string[] = [];
  failing = '';

  readonly ask = ({ pageToken = '0' }: PageRequest): Promise<Page<string>> => {
    this.asked.push(pageToken);
    if (pageToken === this.failing) return Promise.reject(new Error('no network'));
    const number = Number(pageToken);
    return Promise.resolve({ items: [pageToken], ...(number < 3 ? { nextPageToken: String(number + 1) } : {}) });
  };
}

const at = (pageToken?: string): PageRequest => ({ pageSize: 100, ...(pageToken === undefined ? {} : { pageToken }) });

describe('a listing that is read one page ahead', () => {
  it('each page is asked for once, and the next one when a page has come', async () => {
    const [listing, ahead] = [new Listing(), new PageAhead<string>()];
    for (const token of [undefined, '1', '2', '3']) {
      assert.deepEqual((await ahead.take(at(token), listing.ask)).items, [token ?? '0']);
      assert.equal(listing.asked.length, Math.min(4, Number(token ?? '0') + 2));
    }
    assert.deepEqual(listing.asked, ['0', '1', '2', '3']);
  });

  it('another page than the next one is asked for, as when a listing begins again', async () => {
    const [listing, ahead] = [new Listing(), new PageAhead<string>()];
    await ahead.take(at(), listing.ask);
    assert.deepEqual((await ahead.take(at(), listing.ask)).items, ['0']);
    assert.deepEqual(listing.asked, ['0', '1', '0', '1']);
  });

  it('a page that failed before it was taken is asked for anew, and one that fails while it is waited for rejects', async () => {
    const [listing, ahead] = [new Listing(), new PageAhead<string>()];
    listing.failing = '1';
    await ahead.take(at(), listing.ask);
    await settle();
    listing.failing = '';
    assert.deepEqual((await ahead.take(at('1'), listing.ask)).items, ['1']);
    listing.failing = '3';
    await ahead.take(at('2'), listing.ask);
    await assert.rejects(ahead.take(at('3'), listing.ask), /no network/);
  });
});
