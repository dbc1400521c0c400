import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { movedTimes, movedTo } from '../../../src/catalog/change-markers.js';
import { openCatalogWriter, type CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import type { MeasuredSize } from '../../../src/catalog/size-store.js';
import type { MediaId, MediaItem } from '../../../src/library/media-item.js';
import { photo, plainNames, withCatalog } from './catalog-fixture.js';

const NOON = '2024-01-01T12:00:00Z';
const CREATED = Date.parse(NOON);
const SEEN = 1_790_000_000_000;

interface Item {
  /** Writes a measurement at a time. */
  readonly measure: (now: number, measured: Omit<MeasuredSize, 'mediaId'>) => void;
  readonly put: (now: number, extra: Partial<MediaItem>) => void;
  /** The same photograph comes from a Takeout. */
  readonly addCopy: (now: number, bytes: { size: number; etag: string }) => void;
  readonly times: () => [mtime: number, ctime: number];
}

function withItem(work: (item: Item) => void): void {
  withCatalog(({ file, writer, put }) => {
    put(photo('a', NOON));
    writer.close();
    const at = (now: number, change: (catalog: CatalogWriter) => void): void => {
      const catalog = openCatalogWriter(file, { names: plainNames, now: () => now });
      catalog.transaction(() => change(catalog));
      catalog.close();
    };
    work({
      measure: (now, one) => at(now, ({ sizes }) => sizes.put([{ mediaId: 'a' as MediaId, ...one }])),
      put: (now, extra) => at(now, ({ items }) => void items.put([photo('a', NOON, extra)], 0)),
      addCopy: (now, bytes) =>
        at(
          now,
          ({ items }) =>
            void items.put([{ ...photo('takeout:a', NOON, { filename: 'a.jpg' }), ...bytes }], 0, 'takeout'),
        ),
      times: () => {
        const view = openCatalogView(file, { showArchived: false });
        const found = view.findItem({ by: 'all' }, 'a.jpg');
        view.close();
        return [found?.mtime ?? NaN, found?.ctime ?? NaN];
      },
    });
  });
}

describe('the times of an item', () => {
  it('the times of an item are its creation date while its bytes are what they were first', () =>
    withItem(({ measure, put, times }) => {
      measure(SEEN, { size: 7 });
      measure(SEEN, { size: 7, etag: 'first' });
      measure(SEEN, { size: 7, etag: 'first' });
      put(SEEN, { description: 'other words' });
      assert.deepEqual(times(), [CREATED, CREATED]);
    }));

  it('both times of an item become the moment when another version of the same length, or another length, was seen', () =>
    withItem(({ measure, times }) => {
      measure(SEEN - 1000, { size: 7, etag: 'first' });
      measure(SEEN, { size: 7, etag: 'second' });
      assert.deepEqual(times(), [SEEN, SEEN]);
      measure(SEEN + 1000, { size: 7, etag: 'second' });
      assert.deepEqual(times(), [SEEN, SEEN], 'nothing new');
      measure(SEEN + 2000, { size: 8, etag: 'second' });
      assert.deepEqual(times(), [SEEN + 2000, SEEN + 2000]);
    }));

  it('both times of an item become the moment when a reader met other bytes, although the catalog gets it later and twice', () =>
    withItem(({ measure, times }) => {
      measure(SEEN, { size: 7, etag: 'first' });
      for (const later of [500, 900]) {
        measure(SEEN + later, { size: 7, etag: 'second', changedAt: SEEN + 100 });
        assert.deepEqual(times(), [SEEN + 100, SEEN + 100]);
      }
    }));

  it('the times of an item show two changes within a millisecond as two', () =>
    withItem(({ measure, times }) => {
      for (const etag of ['first', 'second', 'third']) measure(SEEN, { size: 7, etag });
      assert.deepEqual(times(), [SEEN + 1, SEEN + 1]);
    }));

  it('the times of an item leave the modification time where another copy of the item is shown, whatever its length', () =>
    withItem(({ measure, addCopy, times }) => {
      measure(SEEN, { size: 7, etag: 'first' });
      addCopy(SEEN + 1000, { size: 9, etag: 'of the archive' });
      assert.deepEqual(times(), [CREATED, SEEN + 1000]);
      addCopy(SEEN + 2000, { size: 9, etag: 'of the archive' });
      assert.deepEqual(times(), [CREATED, SEEN + 1000]);
    }));

  it('both times of an item move when its dimensions change, and ctime alone when its date changes', () =>
    withItem(({ put, times }) => {
      const time = Date.parse('2023-01-01T00:00:00Z');
      const date = { creationTime: time, creationTimeText: '2023-01-01T00:00:00Z' };
      put(SEEN, date);
      assert.deepEqual(times(), [time, SEEN]);
      put(SEEN + 1000, { ...date, width: 10 });
      assert.deepEqual(times(), [SEEN + 1000, SEEN + 1000]);
    }));
});

describe('which times move', () => {
  const shown = { id: 'app', size: 7, etag: 'first' };
  for (const [what, after, moved] of [
    ['the same bytes', shown, 'none'],
    ['another version', { ...shown, etag: 'second' }, 'both'],
    ['another length', { ...shown, size: 8 }, 'both'],
    ['a version that Google does not name', { ...shown, etag: null }, 'none'],
    ['another copy', { ...shown, id: 'upload' }, 'ctime'],
    ['a longer copy of another source', { id: 'takeout', size: 9, etag: null }, 'ctime'],
  ] as const) {
    it(`${moved} for ${what}`, () => assert.equal(movedTimes(shown, after), moved));
  }

  it('no time of an item moves for its first size and its first version', () => {
    assert.equal(movedTimes({ id: 'app', size: null, etag: null }, shown), 'none');
    assert.equal(movedTimes({ ...shown, etag: null }, shown), 'none');
  });

  it('a time of an item that moves never stays the same', () => {
    assert.equal(movedTo(5, 5), 6);
    assert.equal(movedTo(5, 9), 5, 'a clock that went back is believed');
  });
});
