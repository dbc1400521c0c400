import assert from 'node:assert/strict';
import type { CatalogView, ItemRecord } from '../../../src/catalog/records.js';
import type { ItemSelection } from '../../../src/library/item-selection.js';
import type { AlbumId } from '../../../src/library/album.js';
import { sourceOf } from '../../../src/library/source.js';
import type { EmulatedLibrary } from '../../emulator/emulated-library.js';

/**
 * Asserts that the catalog (made without archived items) shows what the emulated library holds: items, dates, words, albums,
 * favourites. `idOf` gives Google's id of an item, and undefined for one that Google does not list, which is left out.
 */
export function catalogMatches(
  view: CatalogView,
  library: EmulatedLibrary,
  idOf: (item: ItemRecord) => string | undefined = ({ mediaId }) => mediaId,
): void {
  const items = [...library.items()];
  const shown = items.filter(({ archived }) => !archived);
  const ids = (selection: ItemSelection): string[] =>
    view.listItems(selection).flatMap(({ name }) => {
      const item = view.findItem(selection, name);
      return item === undefined ? [`no item ${name}`] : (idOf(item) ?? []);
    });
  const sorted = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id).sort();
  assert.deepEqual(ids({ by: 'all' }).sort(), sorted(shown), 'every item once');
  assert.deepEqual(ids({ by: 'favorite' }).sort(), sorted(shown.filter(({ favorite }) => favorite)), 'favourites');
  assert.equal(view.counts().sources.app, items.length, 'archived items are known');
  const byId = new Map(items.map((item) => [item.id, item]));
  for (const { name, rowId } of view.listItems({ by: 'all' })) {
    const record = view.findItem({ by: 'all' }, name);
    const id = record && idOf(record);
    if (id === undefined) continue;
    const item = byId.get(id);
    assert.equal(record?.creationTime, item?.time);
    assert.equal(view.details(rowId)?.description, item?.description);
  }
  assert.deepEqual(
    view
      .albums()
      .filter(({ albumId }) => sourceOf(albumId).name === 'app')
      .map(({ albumId, title }) => [albumId, title])
      .sort(),
    library
      .albums()
      .map(({ id, title }) => [id, title])
      .sort(),
  );
  for (const { id } of library.albums()) {
    const albumRowId = view.albumById(id as AlbumId)?.rowId ?? 0;
    assert.deepEqual(
      ids({ by: 'album', albumRowId }),
      library.albumItems(id).map((item) => item.id),
      'album order',
    );
  }
}
