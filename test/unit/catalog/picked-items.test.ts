import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openCatalogView } from '../../../src/catalog/catalog-view.js';
import type { PickedItem } from '../../../src/catalog/picked-items.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import type { AlbumId } from '../../../src/library/album.js';
import type { MediaId } from '../../../src/library/media-item.js';
import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import { album, photo, setMembers, withCatalog, type Fixture } from './catalog-fixture.js';
import { takeoutId, takeoutItem } from './takeout-rows.js';

const NOON = '2024-07-19T12:00:00Z';

const pickedId = (key: string): MediaId => `picked:${key}` as MediaId;

function pickedItem(key: string, more: Partial<PickedItem> = {}): PickedItem {
  const bytes = { size: 200, crc: key.length * 7 + key.charCodeAt(0), sha256: key.repeat(8), pickedAt: 5000 };
  return { ...photo(key, NOON), id: pickedId(key), description: '', productUrl: '', ...bytes, ...more };
}

interface World extends Fixture {
  readonly pick: (...items: PickedItem[]) => void;
  readonly see: <T>(look: (view: CatalogView) => T) => T;
  readonly names: () => string[];
}

function withPicked(work: (world: World) => void): void {
  withCatalog((fixture) => {
    const { writer, file } = fixture;
    const see: World['see'] = (look) => {
      const view = openCatalogView(file, { showArchived: false });
      try {
        return look(view);
      } finally {
        view.close();
      }
    };
    work({
      ...fixture,
      see,
      pick: (...items) => writer.transaction(() => writer.picked.put(items)),
      names: () => see((view) => view.listItems({ by: 'all' }).map(({ name }) => name)).sort(),
    });
  });
}

const found = (view: CatalogView, name: string) => view.findItem({ by: 'all' }, name);

describe('picked items in the catalog', () => {
  it('a picked item has its size at once, its source, and when it was picked; picked again it is the same, and removed it is gone', () =>
    withPicked(({ pick, see, names, writer }) => {
      pick(pickedItem('a'));
      const item = see((view) => found(view, 'a.jpg')) ?? assert.fail();
      assert.deepEqual([item.size, item.source, item.mediaId], [200, 'picker', pickedId('a')]);
      assert.equal(see((view) => view.details(item.rowId))?.pickedAt, 5000);
      assert.equal(see((view) => view.counts()).sources.picker, 1);
      pick(pickedItem('a', { pickedAt: 9000 }));
      assert.equal(see((view) => found(view, 'a.jpg'))?.rowId, item.rowId);
      writer.transaction(() => writer.picked.remove([pickedId('a')]));
      assert.deepEqual(names(), []);
      pick(pickedItem('a'));
      assert.equal(see((view) => found(view, 'a.jpg'))?.rowId, item.rowId);
    }));

  it('two picks with equal bytes are one item; when one is removed the other is shown', () =>
    withPicked(({ pick, see, names, writer }) => {
      const same = { size: 10, crc: 1, sha256: 'same' };
      pick(pickedItem('a', same), pickedItem('b', same), pickedItem('c', { ...same, sha256: 'other' }));
      assert.deepEqual(names(), ['a.jpg', 'c.jpg']);
      writer.transaction(() => writer.picked.remove([pickedId('a')]));
      assert.deepEqual(names(), ['a.jpg', 'c.jpg']);
      assert.equal(see((view) => found(view, 'a.jpg'))?.mediaId, pickedId('b'));
    }));

  it('a picked item joins one of Google with its name, second and pixels: its bytes are shown, and Google’s when it is removed', () =>
    withPicked(({ pick, put, see, names, writer }) => {
      const [rowId] = put(photo('a', NOON, { description: 'of Google' }));
      pick(pickedItem('a'));
      assert.deepEqual(names(), ['a.jpg']);
      const item = see((view) => found(view, 'a.jpg')) ?? assert.fail();
      assert.deepEqual([item.rowId, item.source], [rowId, 'picker']);
      assert.equal(see((view) => view.details(item.rowId))?.description, 'of Google');
      writer.transaction(() => writer.picked.remove([pickedId('a')]));
      assert.equal(see((view) => found(view, 'a.jpg'))?.source, 'app');
      pick(pickedItem('x', { width: 1 }), pickedItem('a', { ...pickedItem('z'), id: pickedId('z'), width: 1 }));
      assert.equal(names().length, 3, 'other pixels are another photograph');
    }));

  it('a picked item joins one of Takeout with equal bytes, whichever came first; Takeout’s bytes and words are shown', () =>
    withPicked(({ pick, see, names, writer, file }) => {
      const takeIn = (key: string, crc: number): void => {
        // As reading an export writes it, before its item is put.
        const db = openSqlite(file);
        db.prepare(
          `INSERT INTO takeout_files (part, folder, inside, name, size, crc, method, packed, header_offset, item)
           VALUES (1, 1, '', ?, 300, ?, 0, 300, 0, ?)`,
        ).run(`${key}.jpg`, crc, takeoutId(key));
        db.close();
        const item = takeoutItem(key, { description: `words of ${key}`, size: 300 }, '2020-01-01T00:00:00Z');
        writer.transaction(() => writer.takeout.put([item]));
      };
      takeIn('one', 11);
      pick(pickedItem('first', { size: 300, crc: 11 }));
      pick(pickedItem('second', { size: 300, crc: 22 }));
      takeIn('two', 22);
      assert.deepEqual(names(), ['one.jpg', 'second.jpg']);
      for (const [name, words] of [
        ['one.jpg', 'words of one'],
        ['second.jpg', 'words of two'],
      ] as const) {
        const item = see((view) => found(view, name)) ?? assert.fail();
        assert.equal(item.source, 'takeout', name);
        assert.equal(see((view) => view.details(item.rowId))?.description, words);
      }
    }));

  it('an item that Takeout says is in the trash or locked shows once it is picked, and is hidden again when the pick is removed', () =>
    withPicked(({ pick, names, writer }) => {
      writer.transaction(() => writer.takeout.put([takeoutItem('a', { shelf: 'locked' }), takeoutItem('other')]));
      assert.deepEqual(names(), ['other.jpg']);
      pick(pickedItem('a'));
      assert.deepEqual(names(), ['a.jpg', 'other.jpg']);
      // The export is read again.
      writer.transaction(() => writer.takeout.put([takeoutItem('a', { shelf: 'locked', description: 'read again' })]));
      assert.deepEqual(names(), ['a.jpg', 'other.jpg']);
      writer.transaction(() => writer.picked.remove([pickedId('a')]));
      assert.deepEqual(names(), ['other.jpg']);
    }));

  it('an album of picked items is that of Google with its title, before or after; members of Google keep their places, and those of a removed pick leave', () =>
    withPicked(({ pick, put, see, writer }) => {
      const rows = put(photo('g1', '2024-01-01T00:00:00Z'), photo('g2', '2024-01-02T00:00:00Z'));
      writer.transaction(() => {
        writer.albums.put([album('A', 'Rome', 2)], 0);
        setMembers(writer.albums, 1, rows);
      });
      pick(pickedItem('p1'), pickedItem('p2', { creationTime: 5 }));
      const setAlbums = (...albums: [string, ...string[]][]): void =>
        writer.transaction(() =>
          writer.picked.setAlbums(albums.map(([title, ...keys]) => ({ title, members: keys.map(pickedId) }))),
        );
      const list = (title: string): string[] =>
        see((view) => {
          const { rowId } = view.albumByName(title) ?? assert.fail(title);
          return view.listItems({ by: 'album', albumRowId: rowId }).map(({ name }) => name);
        });
      setAlbums(['Rome', 'p1'], ['Oslo', 'p2']);
      assert.deepEqual(list('Rome'), ['g1.jpg', 'g2.jpg', 'p1.jpg']);
      assert.deepEqual(list('Oslo'), ['p2.jpg']);
      const local = see((view) => view.albumByName('Oslo')) ?? assert.fail();
      assert.match(local.albumId, /^picked:album:/);
      writer.transaction(() => {
        writer.albums.put([album('B', 'Oslo', 1)], 0);
        setMembers(writer.albums, local.rowId, rows.slice(0, 1));
      });
      assert.deepEqual(see((view) => view.albumById('B' as AlbumId))?.rowId, local.rowId);
      assert.deepEqual(see((view) => view.albums()).length, 2);
      assert.deepEqual(list('Oslo').sort(), ['g1.jpg', 'p2.jpg']);
      writer.transaction(() => writer.albums.markGone([local.rowId]));
      assert.deepEqual(list('Oslo'), ['p2.jpg']);
      setAlbums(['Rome']);
      assert.deepEqual(list('Rome'), ['g1.jpg', 'g2.jpg']);
      assert.equal(
        see((view) => view.albumByName('Oslo')),
        undefined,
      );
    }));

  it('a list of everything removes the picked items that it does not name, and none of another source', () =>
    withPicked(({ pick, put, names, writer }) => {
      put(photo('g', '2024-01-01T00:00:00Z'));
      pick(pickedItem('a'), pickedItem('b'));
      writer.transaction(() => writer.picked.removeOthers(new Set([pickedId('b')])));
      assert.deepEqual(names(), ['b.jpg', 'g.jpg']);
    }));
});
