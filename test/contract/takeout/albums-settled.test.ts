import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { ROWS_A_TRANSACTION } from '../../../src/catalog/transaction-size.js';
import { describeLibrary } from '../../takeout/builder/library.js';
import { writeExport } from '../../takeout/builder/write-export.js';
import { withIndexedProfile } from './indexed-export.js';

const OLDER = '20260101T101112Z';
const NEWER = '20260501T101112Z';

/** Calls `then` after each transaction with the number of album entries that it changed. */
function afterEach(catalog: CatalogWriter, then: (entries: number) => void): void {
  let entries = 0;
  const { albums } = catalog;
  const [place, takeOut] = [albums.place.bind(albums), albums.takeOut.bind(albums)];
  albums.place = (rowId, members, source) => {
    entries += members.length;
    place(rowId, members, source);
  };
  albums.takeOut = (rowId, items, source) => {
    entries += items.length;
    takeOut(rowId, items, source);
  };
  const transaction = catalog.transaction.bind(catalog);
  catalog.transaction = (work) => {
    entries = 0;
    const result = transaction(work);
    then(entries);
    return result;
  };
}

describe('albums of Takeout exports in the catalog', () => {
  it('an album without a title keeps its folder and inode whichever export is read next, and when exports go and come back', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const photos = ['a', 'b', 'c', 'd'].map((key) => ({ key, title: `${key}.jpg` }));
      const library = describeLibrary({ photos, albums: [{ title: '', members: ['a', 'b', 'c'] }] });
      const newer = await writeExport(library, {
        ...{ folder, only: new Set(['b', 'c', 'd']), language: 'de', stamp: NEWER },
      });
      const older = await writeExport(library, { folder, only: new Set(['a', 'b']), stamp: OLDER });
      const albums = async (...written: (typeof older)[]): Promise<Readonly<Record<string, number>>> => {
        await run(written, () => Promise.resolve());
        return look((shown) => shown.albums());
      };
      const first = await albums(newer);
      assert.deepEqual(Object.keys(first), ['Unbenannt']);
      assert.deepEqual(await albums(newer, older), first);
      assert.deepEqual(
        look(({ album }) => album('Unbenannt').sort()),
        ['a.jpg', 'b.jpg', 'c.jpg'],
      );
      assert.deepEqual(await albums(older), first);
      assert.deepEqual(await albums(), {});
      assert.deepEqual(await albums(older), first);
    }));

  it('a large album comes and goes in transactions of bounded size, and is whole and gone at the end', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const most = 2 * ROWS_A_TRANSACTION + 100;
      const photos = Array.from({ length: most }, (_, index) => ({ key: `k${index}`, title: `${index}.jpg` }));
      const library = describeLibrary({ photos, albums: [{ title: 'All', members: photos.map(({ key }) => key) }] });
      const written = await writeExport(library, { folder, compression: 'stored' });
      let largest = 0;
      let sum = 0;
      const before = (catalog: CatalogWriter): void =>
        afterEach(catalog, (entries) => {
          largest = Math.max(largest, entries);
          sum += entries;
        });
      await run([written], () => Promise.resolve(), { before });
      assert.equal(look(({ album }) => album('All')).length, most);
      const left = await run([], ({ catalog }) => Promise.resolve(catalog.albums.goneWithMembers('takeout')), {
        before,
      });
      assert.deepEqual(left, []);
      assert.deepEqual(
        look(({ albums, names }) => [albums(), names()]),
        [{}, []],
      );
      assert.ok(sum >= 2 * most, `${sum} entries were seen`);
      assert.ok(largest <= ROWS_A_TRANSACTION, `${largest} entries in one transaction`);
    }));

  it('the album of locked items only is listed at no moment while its export comes and goes', () =>
    withIndexedProfile(async ({ folder, run, look }) => {
      const library = describeLibrary({
        photos: [
          { key: 'l', title: 'l.jpg', locked: true },
          { key: 'o', title: 'o.jpg' },
        ],
        albums: [
          { title: 'Secret', members: ['l'] },
          { title: 'Open', members: ['o'] },
        ],
      });
      const written = await writeExport(library, { folder });
      const seen = new Set<string>();
      const before = (catalog: CatalogWriter): void =>
        afterEach(catalog, () => Object.keys(look(({ albums }) => albums())).forEach((name) => seen.add(name)));
      await run([written], () => Promise.resolve(), { before });
      await run([], () => Promise.resolve(), { before });
      assert.deepEqual([...seen], ['Open']);
    }));
});
