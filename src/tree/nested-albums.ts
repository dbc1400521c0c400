import { chooseTitle, nameKey } from './choose-name.js';
import type { NamedRow } from './selection.js';

/** What stands for `/` in a clean album name, and where nesting splits it. */
const SEPARATOR = '\uFF0F';

/** A folder below `album/` where albums nest: an album, the parent of some, or both. */
export interface AlbumFolder {
  readonly name: string;
  /** The whole path below `album/`. */
  readonly path: string;
  readonly rowId: number | undefined;
  readonly folders: ReadonlyMap<string, AlbumFolder>;
}

/** The nested folders of one state of the catalog. */
export interface AlbumForest {
  readonly top: AlbumFolder;
  /** The present state of a folder from an earlier state. An album is found by its row, another folder by its path. */
  now(folder: AlbumFolder): AlbumFolder | undefined;
  ofAlbum(rowId: number): AlbumFolder | undefined;
}

interface Draft {
  name: string;
  readonly path: string;
  rowId: number | undefined;
  /** By name key, so that `Trips` and `trips` are one parent on a file system that ignores case. */
  readonly byKey: Map<string, Draft>;
  readonly folders: Map<string, AlbumFolder>;
}

/**
 * Splits album names at `／` into nested folders, older rows first. A name with an empty, `.` or `..` part is not split.
 * If an album holds an item with the name of a subfolder (`isItem`), the subfolder gets a mark, so that both are shown.
 */
export function nestAlbums(
  albums: readonly NamedRow[],
  isItem: (albumRowId: number, name: string) => boolean,
): AlbumForest {
  const root = draft('', '');
  const byRow = new Map<number, AlbumFolder>();
  for (const album of [...albums].sort((a, b) => a.rowId - b.rowId)) {
    const nested = descend(root, albumPath(album.name));
    const place = nested.rowId === undefined ? nested : descend(root, [album.name]);
    place.rowId = album.rowId;
    byRow.set(album.rowId, place);
  }
  const byPath = new Map<string, AlbumFolder>();
  nameFolders(root, isItem, byPath);
  return {
    top: root,
    now: (folder) => (folder.rowId === undefined ? byPath.get(folder.path) : byRow.get(folder.rowId)),
    ofAlbum: (rowId) => byRow.get(rowId),
  };
}

/** The folders that an album's name stands for, its own last. */
export function albumPath(name: string): string[] {
  const parts = name.split(SEPARATOR);
  return parts.some((part) => part === '' || part === '.' || part === '..') ? [name] : parts;
}

function descend(root: Draft, parts: readonly string[]): Draft {
  let place = root;
  for (const part of parts) {
    const key = nameKey(part);
    let next = place.byKey.get(key);
    if (next === undefined) {
      next = draft(part, place.path === '' ? part : `${place.path}/${part}`);
      place.byKey.set(key, next);
    }
    place = next;
  }
  return place;
}

function nameFolders(
  place: Draft,
  isItem: (albumRowId: number, name: string) => boolean,
  byPath: Map<string, AlbumFolder>,
): void {
  const { rowId } = place;
  byPath.set(place.path, place);
  for (const folder of place.byKey.values()) {
    if (rowId !== undefined) {
      folder.name = chooseTitle(folder.name, folder.path, (key, name) => {
        const sibling = place.byKey.get(key);
        return (sibling !== undefined && sibling !== folder) || isItem(rowId, name);
      });
    }
    place.folders.set(folder.name, folder);
    nameFolders(folder, isItem, byPath);
  }
}

function draft(name: string, path: string): Draft {
  return { name, path, rowId: undefined, byKey: new Map(), folders: new Map() };
}
