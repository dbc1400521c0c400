import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openCatalogView, type CatalogViewOptions } from '../../../src/catalog/catalog-view.js';
import type { CatalogView } from '../../../src/catalog/records.js';
import type { TakeoutItem } from '../../../src/catalog/takeout-items.js';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import { album, photo, withCatalog, type Fixture } from './catalog-fixture.js';
import { takeoutId, takeoutItem } from './takeout-rows.js';

const ALL: ItemSelection = { by: 'all' };
const NOON = '2024-07-19T12:00:00Z';
const shelf = (name: 'archived' | 'trashed' | 'locked'): ItemSelection => ({ by: 'shelf', shelf: name });

interface World extends Fixture {
  readonly takeIn: (...items: TakeoutItem[]) => readonly number[];
  readonly see: <T>(look: (view: CatalogView) => T, options?: CatalogViewOptions) => T;
  /** Names in a selection, sorted. */
  readonly names: (selection: ItemSelection, options?: CatalogViewOptions) => string[];
}

function withTakeout(work: (world: World) => void): void {
  withCatalog((fixture) => {
    const see: World['see'] = (look, options = { showArchived: false }) => {
      const view = openCatalogView(fixture.file, options);
      try {
        return look(view);
      } finally {
        view.close();
      }
    };
    work({
      ...fixture,
      see,
      takeIn: (...items) => fixture.writer.transaction(() => fixture.writer.takeout.put(items).rowIds),
      names: (selection, options) =>
        see((view) => view.listItems(selection).map(({ name }) => name), options).sort((one, other) =>
          one < other ? -1 : 1,
        ),
    });
  });
}

describe('items of Takeout in the catalog', () => {
  it('a trashed or locked item of Takeout is in the selection of its shelf alone, found by name there alone, and not counted', () =>
    withTakeout(({ takeIn, names, see }) => {
      const more = { favorite: true, people: ['Anna'], cameraMake: 'ACME', cameraModel: 'One' };
      takeIn(
        takeoutItem('open', more),
        ...(['archived', 'trashed', 'locked'] as const).map((name) => takeoutItem(name, { ...more, shelf: name })),
      );
      for (const showArchived of [false, true]) {
        const options = { showArchived, showTrashed: true, showLocked: true };
        const shown = showArchived ? ['archived.jpg', 'open.jpg'] : ['open.jpg'];
        const selections: ItemSelection[] = [
          ...[ALL, { by: 'favorite' }, { by: 'not-in-album' }, { by: 'kind', kind: 'photo' }, { by: 'in-people' }],
          ...[
            { by: 'camera', cameraRowId: 1 },
            { by: 'person', personRowId: 1 },
          ],
          { by: 'date', year: 2024, month: 7, day: 19 },
        ] as ItemSelection[];
        for (const selection of selections) {
          assert.deepEqual(names(selection, options), shown, JSON.stringify(selection));
          see((view) => {
            for (const name of ['trashed', 'locked'])
              assert.equal(view.findItem(selection, `${name}.jpg`), undefined, JSON.stringify(selection));
            const ids = view.following(selection, takeoutId('archived'), 'name', 9).map(({ mediaId }) => mediaId);
            assert.deepEqual(ids, [takeoutId('open')], JSON.stringify(selection));
          }, options);
        }
      }
      for (const name of ['archived', 'trashed', 'locked'] as const)
        assert.deepEqual(names(shelf(name)), [`${name}.jpg`]);
      const { items, bytes, sources } = see((view) => view.counts());
      assert.deepEqual([items, bytes, sources.takeout], [2, 200, 2]);
    }));

  it('an item of Takeout that gets another shelf, star, date or people is counted and shown anew, and the same again changes nothing', () =>
    withTakeout(({ takeIn, names, see, writer }) => {
      const [row = 0] = takeIn(takeoutItem('a', { shelf: 'locked' }));
      assert.equal(
        see((view) => view.counts().items),
        0,
      );
      const next = takeoutItem('a', { favorite: true, people: ['Anna', 'Otto'] }, '2020-01-01T00:00:00Z');
      const first = writer.transaction(() => writer.takeout.put([next]));
      assert.deepEqual(first, { added: 0, changed: 1, returned: 0, rowIds: [row] });
      assert.deepEqual(names({ by: 'favorite' }), ['a.jpg']);
      assert.deepEqual(names({ by: 'date', year: 2020, month: 0, day: 0 }), ['a.jpg']);
      assert.deepEqual(
        see((view) => [view.people().map(({ name }) => name), view.details(row)?.people, view.counts().items]),
        [['Anna', 'Otto'], ['Anna', 'Otto'], 1],
      );
      const again = writer.transaction(() => writer.takeout.put([next]));
      assert.deepEqual(again, { added: 0, changed: 0, returned: 0, rowIds: [row] });
      takeIn({ ...next, people: ['Otto'], latitude: 41.9 });
      assert.deepEqual(
        see((view) => [view.people().map(({ name }) => name), view.details(row)?.latitude]),
        [['Otto'], 41.9],
      );
    }));

  it('a person seen on trashed and locked items only has no folder, and one of an archived item only with showArchived', () =>
    withTakeout(({ takeIn, see }) => {
      takeIn(
        takeoutItem('t', { shelf: 'trashed', people: ['Only trashed', 'Both'] }),
        takeoutItem('l', { shelf: 'locked', people: ['Only locked', 'Both'] }),
        takeoutItem('a', { shelf: 'archived', people: ['Archived'] }),
        takeoutItem('o', { people: ['Both'] }),
      );
      const people = (options: CatalogViewOptions): string[] =>
        see((view) => view.people().map(({ name }) => name), options);
      assert.deepEqual(people({ showArchived: false, showTrashed: true, showLocked: true }), ['Both']);
      assert.deepEqual(people({ showArchived: true, showTrashed: true, showLocked: true }), ['Archived', 'Both']);
      see((view) => {
        assert.equal(view.personByName('Only locked'), undefined);
        assert.equal(view.personByName('Both')?.name, 'Both');
      });
    }));

  it('edited versions and moving parts are listed but not counted, and a moving part shows among photos', () =>
    withTakeout(({ takeIn, names, see }) => {
      const [original] = takeIn(
        takeoutItem('IMG-edited', { role: 'edited', belongsTo: takeoutId('IMG') }),
        takeoutItem('IMG.MP4', { role: 'moving', belongsTo: takeoutId('IMG'), kind: 'video', mimeType: 'video/mp4' }),
        takeoutItem('IMG', { filename: 'IMG.HEIC', mimeType: 'image/heic' }),
      );
      assert.deepEqual(names({ by: 'kind', kind: 'photo' }), ['IMG-edited.jpg', 'IMG.HEIC', 'IMG.MP4.jpg']);
      assert.deepEqual(names({ by: 'kind', kind: 'video' }), []);
      see((view) => {
        const { items, bytes, sources } = view.counts();
        assert.deepEqual([items, bytes, sources.takeout], [1, 300, 1]);
        assert.equal(view.findItem(ALL, 'IMG.MP4.jpg')?.mimeType, 'video/mp4');
        assert.equal(view.details(original ?? 0)?.editedOf, 'IMG.HEIC');
      });
    }));

  it('an edited version never becomes one item with a photo of Google that has its name and second', () =>
    withTakeout(({ takeIn, names, put }) => {
      takeIn(takeoutItem('IMG'), takeoutItem('IMG-edited', { role: 'edited', belongsTo: takeoutId('IMG') }));
      put(photo('g', NOON, { filename: 'IMG-edited.jpg' }));
      takeIn(takeoutItem('other-edited', { role: 'edited', filename: 'IMG-edited.jpg' }));
      assert.deepEqual(names(ALL), ['IMG-edited.jpg', 'IMG-edited.jpg~2', 'IMG-edited.jpg~3', 'IMG.jpg']);
    }));

  it('a person’s folder lists the newest item first, also after a date was corrected', () =>
    withTakeout(({ takeIn, see }) => {
      const people = ['Anna'];
      takeIn(
        takeoutItem('a', { people }, '2020-01-01T00:00:00Z'),
        takeoutItem('b', { people }, '2021-01-01T00:00:00Z'),
      );
      const listed = (): string[] =>
        see((view) => view.listItems({ by: 'person', personRowId: 1 }).map(({ name }) => name));
      assert.deepEqual(listed(), ['b.jpg', 'a.jpg']);
      takeIn(takeoutItem('a', { people }, '2022-01-01T00:00:00Z'));
      assert.deepEqual(listed(), ['a.jpg', 'b.jpg']);
    }));

  it('a moving part is wherever its still is, whatever changes the still, and whichever of the two is read first', () =>
    withTakeout(({ takeIn, names, writer, put }) => {
      const part = takeoutItem('p', {
        role: 'moving',
        belongsTo: takeoutId('s'),
        mimeType: 'video/mp4',
        kind: 'video',
      });
      takeIn(part);
      assert.deepEqual(names({ by: 'kind', kind: 'video' }), ['p.jpg'], 'its still is not known');
      const [still = 0] = takeIn(takeoutItem('s', { people: ['Anna'], cameraMake: 'A', cameraModel: '1' }));
      takeIn(part);
      const both = ['p.jpg', 's.jpg'];
      const isWith = (selection: ItemSelection): void => assert.deepEqual(names(selection), both);
      isWith({ by: 'kind', kind: 'photo' });
      isWith({ by: 'camera', cameraRowId: 1 });
      isWith({ by: 'person', personRowId: 1 });
      writer.transaction(() => writer.takeout.putAlbum(album('takeout:A', 'Rome'), [takeoutId('s'), takeoutId('p')]));
      isWith({ by: 'album', albumRowId: 1 });
      takeIn(takeoutItem('s', { shelf: 'archived', people: ['Otto'] }, '2019-01-01T00:00:00Z'));
      isWith(shelf('archived'));
      isWith({ by: 'album', albumRowId: 1 });
      takeIn(takeoutItem('s', { favorite: true }, '2019-01-01T00:00:00Z'), part);
      isWith({ by: 'favorite' });
      isWith({ by: 'date', year: 2019, month: 0, day: 0 });
      put(photo('g', '2019-01-01T00:00:00.500Z', { filename: 's.jpg' }));
      writer.transaction(() => {
        writer.items.setFlag('favorite', 0, [still]);
      });
      assert.deepEqual(names({ by: 'favorite' }), []);
      writer.transaction(() => writer.takeout.putAlbum(album('takeout:A', 'Rome'), []));
      isWith({ by: 'not-in-album' });
    }));

  it('Google decides shelf and star of an item that it lists, and Takeout those of one that it does not', () =>
    withTakeout(({ takeIn, names, writer, put }) => {
      const [google = 0] = put(photo('g', NOON, { filename: 'both.jpg' }));
      const [row] = takeIn(takeoutItem('both', { filename: 'both.jpg', shelf: 'trashed', favorite: true }));
      assert.equal(row, google, 'one item');
      assert.deepEqual([names(ALL), names({ by: 'favorite' })], [['both.jpg'], []]);
      writer.transaction(() => {
        writer.items.markGone([google]);
      });
      assert.deepEqual([names(ALL), names(shelf('trashed'))], [[], ['both.jpg']], 'Google has it no more');
      put(photo('g', NOON, { filename: 'both.jpg' }));
      assert.deepEqual([names(ALL), names(shelf('trashed'))], [['both.jpg'], []], 'Google has it again');
      writer.transaction(() => {
        writer.items.setFlag('archived', 1, [google]);
      });
      takeIn(takeoutItem('both', { filename: 'both.jpg', shelf: 'locked' }));
      assert.deepEqual(names(shelf('archived')), ['both.jpg'], 'another export changes nothing');
    }));

  it('an item that Takeout has no more is gone, with its people, and comes back with its name, row and the shelf that is said then', () =>
    withTakeout(({ takeIn, names, see, writer }) => {
      const [row] = takeIn(takeoutItem('a', { people: ['Anna'] }));
      writer.transaction(() => {
        writer.takeout.remove([takeoutId('a'), takeoutId('unknown')]);
      });
      assert.deepEqual([names(ALL), see((view) => view.people())], [[], []]);
      assert.deepEqual(takeIn(takeoutItem('a', { shelf: 'locked', people: ['Anna'] })), [row]);
      assert.deepEqual([names(ALL), names(shelf('locked'))], [[], ['a.jpg']]);
    }));
});

describe('albums of Takeout in the catalog', () => {
  const titles = ({ see }: World): string[] => see((view) => view.albums().map(({ title }) => title));

  it('an album of Takeout that holds trashed and locked items only is not listed nor counted, an empty one and one with a shown item are', () =>
    withTakeout((world) => {
      const { writer, takeIn, see } = world;
      takeIn(takeoutItem('l', { shelf: 'locked' }), takeoutItem('t', { shelf: 'trashed' }), takeoutItem('o'));
      writer.transaction(() => {
        writer.takeout.putAlbum(album('takeout:1', 'Hidden'), [takeoutId('l'), takeoutId('t')]);
        writer.takeout.putAlbum(album('takeout:2', 'Empty'), []);
        writer.takeout.putAlbum(album('takeout:3', 'Mixed'), [takeoutId('l'), takeoutId('o')]);
      });
      assert.deepEqual(titles(world), ['Empty', 'Mixed']);
      see((view) => {
        assert.equal(view.counts().albums, 2);
        assert.equal(view.albumByName('Hidden'), undefined);
        assert.equal(view.albumById(album('takeout:1', '').id), undefined);
        const { rowId: albumRowId } = view.albumByName('Mixed') ?? assert.fail();
        assert.deepEqual(
          view.listItems({ by: 'album', albumRowId }).map(({ name }) => name),
          ['o.jpg'],
        );
        assert.equal(view.findItem({ by: 'album', albumRowId }, 'l.jpg'), undefined);
      });
    }));

  it('an album of Takeout comes and goes with the shelves of its items, and with what is put into it', () =>
    withTakeout((world) => {
      const { writer, takeIn } = world;
      takeIn(takeoutItem('a', { shelf: 'locked' }), takeoutItem('b'));
      const hold = (...keys: string[]): void => {
        writer.transaction(() => writer.takeout.putAlbum(album('takeout:1', 'Rome'), keys.map(takeoutId)));
      };
      hold('a');
      assert.deepEqual(titles(world), []);
      hold('a');
      assert.deepEqual(titles(world), [], 'the same again');
      takeIn(takeoutItem('a', { shelf: 'archived' }));
      assert.deepEqual(titles(world), ['Rome']);
      takeIn(takeoutItem('a', { shelf: 'trashed' }));
      assert.deepEqual(titles(world), []);
      hold('a', 'b');
      assert.deepEqual(titles(world), ['Rome']);
      writer.transaction(() => {
        writer.takeout.remove([takeoutId('b')]);
      });
      assert.deepEqual(titles(world), [], 'what is left is hidden');
      hold();
      assert.deepEqual(titles(world), ['Rome'], 'empty in Takeout');
      hold('a');
      writer.transaction(() => {
        writer.takeout.removeAlbums([album('takeout:1', '').id]);
      });
      assert.deepEqual(titles(world), []);
      hold('b');
      assert.deepEqual(titles(world), ['Rome']);
    }));

  it('an album that Google lists stays listed whatever its items are', () =>
    withTakeout((world) => {
      const { writer, put } = world;
      const [row = 0] = put(photo('g', NOON));
      writer.transaction(() => {
        writer.albums.put([album('G', 'Google’s', 1)], 1);
        writer.albums.place(1, [{ item: row, position: 0, isNew: true }]);
        writer.items.setFlag('archived', 1, [row]);
      });
      assert.deepEqual(titles(world), ['Google’s']);
    }));
});
