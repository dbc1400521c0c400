import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MediaId } from '../../../src/library/media-item.js';
import { album, photo, withCatalog, setMembers } from './catalog-fixture.js';

const NOON = '2024-01-01T12:00:00Z';
const id = (text: string): MediaId => text as MediaId;

describe('the catalog as syncing writes it', () => {
  it('the catalog for writing counts new, changed, returned and unchanged items', () =>
    withCatalog(({ writer, put }) => {
      const [a = 0] = put(photo('a', NOON), photo('b', NOON));
      writer.transaction(() => writer.items.markGone([a]));
      const outcome = writer.transaction(() =>
        writer.items.put([photo('a', NOON), photo('b', NOON, { description: 'new words' }), photo('c', NOON)], 0),
      );
      assert.deepEqual(
        { ...outcome, rowIds: outcome.rowIds.length },
        { added: 1, changed: 1, returned: 1, newlyMarked: 0, rowIds: 3 },
      );
      const again = writer.transaction(() => writer.items.put([photo('c', NOON)], 0));
      assert.equal(again.added + again.changed + again.returned, 0);
    }));

  it('the catalog for writing counts the albums of an item without those that are gone, also one that went while it was read', () =>
    withCatalog(({ writer, put, view }) => {
      const [row = 0] = put(photo('a', NOON));
      const { albums } = writer;
      writer.transaction(() => albums.put([album('one', 'One'), album('two', 'Two')], 0));
      const [one = 0, two = 0] = albums.all().map(({ rowId }) => rowId);
      const opened = view();
      const albumsOf = (): readonly unknown[] => [
        opened.findItem({ by: 'all' }, 'a.jpg')?.albumCount,
        opened.albumsOf(row),
        opened.listItems({ by: 'not-in-album' }).length,
      ];
      writer.transaction(() => [one, two].map((rowId) => setMembers(albums, rowId, [row])));
      assert.deepEqual(albumsOf(), [2, [one, two], 0]);
      writer.transaction(() => albums.markGone([two]));
      assert.deepEqual(albumsOf(), [1, [one], 0]);
      writer.transaction(() => setMembers(albums, two, [row]));
      assert.deepEqual(albumsOf(), [1, [one], 0]);
      writer.transaction(() => albums.markGone([one]));
      assert.deepEqual(albumsOf(), [0, [], 1]);
      writer.transaction(() => {
        albums.put([album('one', 'One')], 0);
        setMembers(albums, one, [row]);
      });
      assert.deepEqual(albumsOf(), [1, [one], 0]);
    }));

  it('the catalog for writing gives an item that comes back its old row, name and size', () =>
    withCatalog(({ writer, put, view }) => {
      const [row = 0] = put(photo('a', NOON, { filename: 'same.jpg' }));
      writer.transaction(() => {
        writer.sizes.put([{ mediaId: id('a'), size: 42 }]);
        writer.items.markGone([row]);
      });
      put(photo('b', NOON, { filename: 'same.jpg' }));
      const opened = view();
      assert.equal(opened.findItem({ by: 'all' }, 'same.jpg'), undefined, 'the name of a gone item is not given away');
      assert.equal(opened.findItem({ by: 'all' }, 'same.jpg~2')?.mediaId, 'b');
      put(photo('a', NOON, { filename: 'same.jpg' }));
      const back = opened.findItem({ by: 'all' }, 'same.jpg');
      assert.deepEqual([back?.rowId, back?.size], [row, 42]);
    }));

  it('the catalog for writing names twins by case apart and leaves the first name alone', () =>
    withCatalog(({ put, view }) => {
      put(photo('a', NOON, { filename: 'IMG.JPG' }));
      put(photo('b', NOON, { filename: 'img.jpg' }));
      assert.deepEqual(
        view()
          .listItems({ by: 'all' })
          .map(({ name }) => name)
          .sort(),
        ['IMG.JPG', 'img.jpg~2'],
      );
    }));

  it('the catalog for writing forgets the size of an item whose pixels changed, and keeps it when only words changed', () =>
    withCatalog(({ writer, put, view }) => {
      put(photo('a', NOON));
      writer.transaction(() => writer.sizes.put([{ mediaId: id('a'), size: 42 }]));
      put(photo('a', NOON, { description: 'words' }));
      const opened = view();
      assert.equal(opened.findItem({ by: 'all' }, 'a.jpg')?.size, 42);
      put(photo('a', NOON, { description: 'words', width: 100 }));
      assert.equal(opened.findItem({ by: 'all' }, 'a.jpg')?.size, null);
    }));

  it('the catalog for writing keeps kind and size of an item where an answer does not state its kind, and forgets the size where another is stated', () =>
    withCatalog(({ writer, put, view }) => {
      const clip = { kind: 'video', videoStatus: 'READY', filename: 'a.mp4', mimeType: 'video/mp4' } as const;
      put(photo('a', NOON, clip));
      writer.transaction(() => writer.sizes.put([{ mediaId: id('a'), size: 42, etag: '"v1"' }]));
      put(photo('a', NOON, { filename: 'a.mp4', mimeType: '', isKindGuessed: true }));
      const found = () => view().findItem({ by: 'all' }, 'a.mp4');
      assert.deepEqual([found()?.kind, found()?.videoStatus, found()?.size], ['video', 'READY', 42]);
      put(photo('a', NOON, { filename: 'a.mp4' }));
      assert.deepEqual([found()?.kind, found()?.size], ['photo', null]);
    }));

  it('the catalog for writing shows nothing of a transaction that failed', () =>
    withCatalog(({ writer, put, view }) => {
      assert.throws(() =>
        writer.transaction(() => {
          writer.items.put([photo('a', NOON, { mimeType: 'image/png', cameraMake: 'X' })], 0);
          throw new Error('power cut');
        }),
      );
      assert.equal(view().counts().items, 0);
      put(photo('b', NOON, { mimeType: 'image/png', cameraMake: 'X' }));
      assert.equal(view().findItem({ by: 'all' }, 'b.jpg')?.mimeType, 'image/png');
    }));

  it('the catalog for writing changes the name of an album with its title, and of no other', () =>
    withCatalog(({ writer, view }) => {
      const put = (...titles: [string, string][]): number =>
        writer.transaction(() =>
          writer.albums.put(
            titles.map(([key, title]) => album(key, title)),
            0,
          ),
        );
      put(['A', 'Rome'], ['B', 'Rome']);
      assert.equal(put(['A', 'Rome'], ['B', 'Rome']), 0, 'nothing is new the second time');
      assert.deepEqual(
        view()
          .albums()
          .map(({ name }) => name),
        ['Rome', 'Rome~2'],
      );
      assert.equal(put(['A', 'Roma']), 1);
      assert.deepEqual(
        view()
          .albums()
          .map(({ name }) => name),
        ['Roma', 'Rome~2'],
      );
    }));

  it('the catalog for writing lists as changed the albums whose count or cover moved since their membership was read', () =>
    withCatalog(({ writer }) => {
      const changed = (): string[] => writer.albums.changed().map(({ albumId }) => albumId);
      writer.transaction(() => writer.albums.put([album('A', 'Rome', 2)], 0));
      assert.deepEqual(changed(), ['A']);
      writer.transaction(() => writer.albums.all().forEach((one) => writer.albums.membersListed(one)));
      assert.deepEqual(changed(), []);
      writer.transaction(() => writer.albums.put([album('A', 'Rome', 3)], 0));
      assert.deepEqual(changed(), ['A']);
    }));

  it('the catalog for writing moves items in and out of an album and between its places', () =>
    withCatalog(({ writer, put, view }) => {
      const [a = 0, b = 0, c = 0] = put(photo('a', NOON), photo('b', NOON), photo('c', NOON));
      const albumRowId = writer.transaction(() => {
        writer.albums.put([album('A', 'Rome', 2)], 0);
        return writer.albums.all()[0]?.rowId ?? 0;
      });
      const set = (...rows: number[]): boolean => writer.transaction(() => setMembers(writer.albums, albumRowId, rows));
      const opened = view();
      const listed = (): number[] => opened.listItems({ by: 'album', albumRowId }).map(({ rowId }) => rowId);
      assert.equal(set(a, b), true);
      assert.equal(set(a, b), false);
      assert.equal(set(c, a), true);
      assert.deepEqual(listed(), [c, a]);
      assert.deepEqual(
        opened.listItems({ by: 'not-in-album' }).map(({ rowId }) => rowId),
        [b],
      );
      assert.equal(set(), true);
      assert.equal(opened.listItems({ by: 'not-in-album' }).length, 3);
      assert.equal(opened.hasItems({ by: 'album', albumRowId }), false);
    }));

  it('the catalog for writing works through unmeasured items newest first, leaving out what has no bytes and what failed recently', () =>
    withCatalog(({ writer, put }) => {
      const [, second = 0] = put(
        photo('c', '2024-01-03T00:00:00Z', { kind: 'video', videoStatus: 'PROCESSING' }),
        photo('b', '2024-01-02T00:00:00Z'),
        photo('a', '2024-01-01T00:00:00Z'),
      );
      const work = (now: number): string[] => writer.sizes.worklist(10, now).map((item) => item.id);
      assert.deepEqual(work(0), ['b', 'a']);
      writer.transaction(() => writer.sizes.failed(second, 1000, 'no length'));
      assert.deepEqual(work(999), ['a']);
      assert.deepEqual(work(1000), ['b', 'a']);
      put(photo('c', '2024-01-03T00:00:00Z', { kind: 'video', videoStatus: 'READY' }));
      assert.deepEqual(work(1000), ['c', 'b', 'a']);
    }));

  it('the catalog for writing counts requests per quota day', () =>
    withCatalog(({ writer }) => {
      const add = (day: string, api: number, media: number): void =>
        writer.transaction(() => writer.quota.add(day, { api, media }));
      add('2026-01-31', 3, 0);
      add('2026-01-31', 1, 7);
      add('2026-02-01', 1, 0);
      assert.deepEqual(writer.quota.used('2026-01-31'), { api: 4, media: 7 });
      assert.deepEqual(writer.quota.used('2026-02-02'), { api: 0, media: 0 });
    }));
});
