import type { CatalogWriter } from '../../catalog/catalog-writer.js';
import type { AlbumFolder } from '../../catalog/takeout-files.js';
import type { AlbumId } from '../../library/album.js';
import type { MediaId } from '../../library/media-item.js';
import { uniteAlbums, type ExportedAlbum, type UnitedAlbum } from '../matching/unite-albums.js';
import { folderName } from './settle-items.js';

/** Albums as they were written last, by id: most do not change when a part comes. */
export type WrittenAlbums = Map<string, string>;

interface AlbumOfFolder extends ExportedAlbum {
  readonly folderId: number;
}

/**
 * Finds the members that albums name by a sidecar alone, and writes the albums of all exports. Returns the items that a sidecar of an
 * album was found to describe, or describes no more.
 */
export async function settleAlbums(catalog: CatalogWriter, written: WrittenAlbums): Promise<Set<string>> {
  const described = new Set<string>();
  const albums: AlbumOfFolder[] = [];
  for (const folder of catalog.takeoutFiles.albumFolders()) {
    const album = await exportedAlbum(catalog, folder, described);
    if (album !== undefined) albums.push(album);
  }
  const united = uniteAlbums(albums, (id) => catalog.takeoutReadings.albumShown(id));
  for (const album of united) await writeAlbum(catalog, album, written);
  await removeAlbums(catalog, new Set(united.map(({ id }) => id)), written);
  return described;
}

/** Takes albums out of the catalog of which no archive has a folder any more: before their items go, which would make them empty ones. */
export function removeLostAlbums(catalog: CatalogWriter, written: WrittenAlbums): Promise<void> {
  return removeAlbums(catalog, new Set(catalog.takeoutFiles.albumFolders().map(({ albumId }) => albumId)), written);
}

async function removeAlbums(
  catalog: CatalogWriter,
  kept: ReadonlySet<string | undefined>,
  written: WrittenAlbums,
): Promise<void> {
  const gone = catalog.takeoutReadings.albumIds().filter((id) => !kept.has(id));
  await catalog.inSlices(gone, (some) => catalog.takeout.removeAlbums(some as AlbumId[]));
  for (const id of gone) written.delete(id);
  // Those of large albums; of a killed process too.
  for (const rowId of catalog.albums.goneWithMembers('takeout'))
    await catalog.inSlices(catalog.albums.members(rowId, 'takeout'), (some) =>
      catalog.albums.takeOut(rowId, some, 'takeout'),
    );
}

async function writeAlbum(
  catalog: CatalogWriter,
  { id, title, items, parts }: UnitedAlbum<AlbumOfFolder>,
  written: WrittenAlbums,
): Promise<void> {
  const members = inOrderOfTime(catalog, items);
  const now = JSON.stringify([title, members, parts.map(({ folderId }) => folderId)]);
  if (written.get(id) === now) return;
  const folders = parts.filter(({ knownId }) => knownId !== id).map(({ folderId }) => folderId);
  const left = catalog.transaction(() => {
    catalog.takeoutFiles.setAlbum(id, folders, folders.length === parts.length);
    const album = { id: id as AlbumId, title, productUrl: '', mediaItemsCount: members.length, isWriteable: false };
    return catalog.takeout.putAlbum(album, members as MediaId[]);
  });
  await catalog.inSlices(left.placed, (some) => catalog.albums.place(left.rowId, some, 'takeout'));
  await catalog.inSlices(left.removed, (some) => catalog.albums.takeOut(left.rowId, some, 'takeout'));
  written.set(id, now);
}

async function exportedAlbum(
  catalog: CatalogWriter,
  { id, age: exportName, path, albumId }: AlbumFolder,
  described: Set<string>,
): Promise<AlbumOfFolder | undefined> {
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
    ...{ exportName, folder: folderName(path), folderId: id, items: [...items] },
    ...(own.title === null ? {} : { title: own.title }),
    ...(albumId === undefined ? {} : { knownId: albumId }),
  };
}

/** Oldest first, as Google shows albums. */
function inOrderOfTime(catalog: CatalogWriter, items: readonly string[]): string[] {
  return items
    .map((item) => ({ item, time: catalog.takeoutReadings.timeOf(item) ?? 0 }))
    .sort((a, b) => a.time - b.time || (a.item < b.item ? -1 : 1))
    .map(({ item }) => item);
}
