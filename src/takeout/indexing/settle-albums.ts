import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { FolderRecord } from '../../catalog/takeout-files.js';
import type { AlbumId } from '../../library/album.js';
import type { MediaId } from '../../library/media-item.js';
import { uniteAlbums, type ExportedAlbum } from '../matching/unite-albums.js';
import { folderName } from './settle-items.js';

/** Albums as they were written last, by id: most do not change when a part comes. */
export type WrittenAlbums = Map<string, string>;

/**
 * Finds the members that albums name by a sidecar alone, and writes the albums of all exports. Returns the items that a sidecar of an
 * album was found to describe, or describes no more.
 */
export async function settleAlbums(catalog: CatalogWriter, written: WrittenAlbums): Promise<Set<string>> {
  const described = new Set<string>();
  const albums: ExportedAlbum[] = [];
  for (const folder of catalog.takeoutFiles.albumFolders()) {
    const album = await exportedAlbum(catalog, folder, described);
    if (album !== undefined) albums.push(album);
  }
  const united = uniteAlbums(albums);
  const ids = new Set(united.map(({ id }) => id));
  for (const { id, title, items } of united) {
    const members = inOrderOfTime(catalog, items);
    const now = JSON.stringify([title, members]);
    if (written.get(id) === now) continue;
    catalog.transaction(() => {
      const album = { id: id as AlbumId, title, productUrl: '', mediaItemsCount: members.length, isWriteable: false };
      catalog.takeout.putAlbum(album, members as MediaId[]);
    });
    written.set(id, now);
  }
  const gone = catalog.takeoutReadings.albumIds().filter((id) => !ids.has(id));
  catalog.transaction(() => catalog.takeout.removeAlbums(gone as AlbumId[]));
  for (const id of gone) written.delete(id);
  return described;
}

async function exportedAlbum(
  catalog: CatalogWriter,
  { id, age: exportName, path }: FolderRecord & { readonly age: string },
  described: Set<string>,
): Promise<ExportedAlbum | undefined> {
  const json = catalog.takeoutFiles.json(id);
  const own = json.find(({ kind }) => kind === 'album');
  if (own === undefined) return undefined;
  const items = new Set(catalog.takeoutReadings.itemsIn(id));
  await catalog.inSlices(catalog.takeoutReadings.unmatched(id), (some) => {
    for (const { id: row, title, takenAt, use } of some) {
      const [item, second] =
        title === null || takenAt === null ? [] : catalog.takeoutReadings.itemsTitled(title, takenAt);
      const found = second === undefined ? item : undefined;
      if (found !== undefined) for (const one of [found, ...catalog.takeoutReadings.editedOf(found)]) items.add(one);
      if ((found !== undefined) === (use === 'membership')) continue;
      catalog.takeoutFiles.setUse(row, found === undefined ? 'orphan' : 'membership');
      if (item !== undefined) described.add(item);
    }
  });
  return {
    ...{ exportName, folder: folderName(path), items: [...items] },
    ...(own.title === null ? {} : { title: own.title }),
  };
}

/** Oldest first, as Google shows albums. */
function inOrderOfTime(catalog: CatalogWriter, items: readonly string[]): string[] {
  return items
    .map((item) => ({ item, time: catalog.takeoutReadings.timeOf(item) ?? 0 }))
    .sort((a, b) => a.time - b.time || (a.item < b.item ? -1 : 1))
    .map(({ item }) => item);
}
