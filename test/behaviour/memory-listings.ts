import type { AlbumRecord, CameraRecord, ItemRecord } from '../../src/catalog/records.js';
import type { ItemSelection } from '../../src/library/item-selection.js';
import { Listing } from '../../src/library/listing.js';
import { nameKey } from '../../src/tree/choose-name.js';
import { albumPath } from '../../src/tree/nested-albums.js';

/** The names of each listing of a library, as one text; `namesOf` gives those of a selection. */
export function memoryListings(
  items: readonly ItemRecord[],
  albums: readonly AlbumRecord[],
  cameras: readonly CameraRecord[],
  namesOf: (selection: ItemSelection) => readonly string[],
): ReadonlyMap<string, string> {
  const names = new Map<string, Set<string>>();
  const list = (listing: string, ...all: readonly string[]): void => {
    const known = names.get(listing) ?? new Set<string>();
    names.set(listing, known);
    for (const name of all) known.add(name);
  };
  for (const listing of [Listing.fixed, Listing.feature, Listing.years, Listing.cameras, Listing.albums]) list(listing);
  list(Listing.nested(''));
  list(Listing.all, ...namesOf({ by: 'all' }));
  list(Listing.favorites, ...namesOf({ by: 'favorite' }));
  list(Listing.shelf('archived'), ...namesOf({ by: 'shelf', shelf: 'archived' }));
  list(Listing.loose, ...namesOf({ by: 'not-in-album' }));
  list(Listing.kind(0), ...namesOf({ by: 'kind', kind: 'photo' }));
  list(Listing.kind(1), ...namesOf({ by: 'kind', kind: 'video' }));
  for (const { creationTime, name } of items) {
    const [year = 0, month = 0, day = 0] = new Date(creationTime).toISOString().slice(0, 10).split('-').map(Number);
    const date = { year, month, day };
    for (const listing of [Listing.year(date), Listing.month(date), Listing.day(date)]) list(listing, name);
    list(Listing.years, `${year}`);
    list(Listing.monthsOf(date), `${month}`);
    list(Listing.daysOf(date), `${month}-${day}`);
  }
  for (const { rowId, name } of albums) {
    list(Listing.albums, name);
    list(Listing.album(rowId), ...namesOf({ by: 'album', albumRowId: rowId }));
    let above = '';
    for (const part of albumPath(name)) {
      const key = nameKey(above);
      const parent = albums.find((other) => nameKey(albumPath(other.name).join('/')) === key);
      list(parent === undefined ? Listing.nested(key) : Listing.nestedIn(parent.rowId), part);
      above = above === '' ? part : `${above}/${part}`;
    }
  }
  for (const { rowId, name } of cameras) {
    list(Listing.camera(rowId), ...namesOf({ by: 'camera', cameraRowId: rowId }));
    list(Listing.cameras, name);
  }
  return new Map(Array.from(names, ([listing, set]) => [listing, JSON.stringify([...set].sort())]));
}
