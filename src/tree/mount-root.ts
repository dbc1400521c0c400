import type { AlbumId } from '../library/album.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { nearest } from './nearest.js';
import type { TreeLibrary } from './selection.js';
import { Tree, type Folder } from './tree.js';

export interface MountRootOptions {
  readonly library: TreeLibrary;
  readonly nestedAlbums: boolean;
  /** `''` or `/` for all, a path such as `media/all`, or `album:<id>`. */
  readonly root: string;
}

const ALBUM_ID_PREFIX = 'album:';
const SUGGESTIONS = 3;

/**
 * The tree as mounted: all of it, or the subtree that `root` names. An album stays the root when it is renamed later.
 * Throws UserError (usage) naming near folders where there is no such folder.
 */
export function mountedTree({ library, nestedAlbums, root }: MountRootOptions): Tree {
  const whole = new Tree({ library, nestedAlbums });
  const path = root.replace(/^\/+|\/+$/g, '').normalize('NFC');
  if (path === '') return whole;
  const folder = path.startsWith(ALBUM_ID_PREFIX)
    ? albumById(whole, library, path)
    : folderByPath(whole, library, path);
  return new Tree({ library, nestedAlbums, top: { ...folder, absentIfEmpty: false } });
}

function albumById(tree: Tree, library: TreeLibrary, root: string): Folder {
  const album = library.albumById(root.slice(ALBUM_ID_PREFIX.length) as AlbumId);
  const folder = album && tree.album(album.rowId);
  if (folder !== undefined) return folder;
  throw new UserError(
    ExitCode.usage,
    `--root ${root}: the library has no album with this id.`,
    'Mount without --root and read the id of an album from the attribute user.gphotos.id of its folder.',
  );
}

function folderByPath(tree: Tree, library: TreeLibrary, root: string): Folder {
  let folder = tree.folder('');
  let reached = '';
  for (const name of root.split('/')) {
    if (folder === undefined) break;
    const next = tree.child(folder, name);
    const isFile = next === undefined ? holdsItem(library, folder, name) : next.kind === 'document';
    if (isFile) {
      throw new UserError(
        ExitCode.usage,
        `--root ${root}: ${reached}${name} is a file.`,
        'Give the folder it is in instead.',
      );
    }
    if (next?.kind !== 'folder' || (next.absentIfEmpty && !library.hasItems(next.covers))) {
      throw noSuchFolder(tree, folder, root, reached, name);
    }
    folder = next;
    reached += `${name}/`;
  }
  if (folder === undefined) throw new UserError(ExitCode.usage, `--root ${root}: no such folder.`, 'Try media/all.');
  return folder;
}

function holdsItem(library: TreeLibrary, folder: Folder, name: string): boolean {
  return folder.items !== undefined && library.findItem(folder.items, name) !== undefined;
}

function noSuchFolder(tree: Tree, within: Folder, root: string, reached: string, name: string): UserError {
  const names = tree.children(within).flatMap((child) => (child.node.kind === 'folder' ? [child.name] : []));
  const near = nearest(name, names, SUGGESTIONS).map((found) => reached + found);
  const place = reached === '' ? 'The library' : reached.slice(0, -1);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(', or ')}?`
      : `${place} has no folders yet; mount once without --root, so that the library gets listed.`;
  return new UserError(ExitCode.usage, `--root ${root}: there is no folder ${reached}${name}.`, hint);
}
