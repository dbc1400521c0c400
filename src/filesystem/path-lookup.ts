import type { CatalogView, ItemRecord } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import { composedPath } from '../tree/composed-path.js';
import type { Tree, TreeNode } from '../tree/tree.js';
import { FsError } from './file-system.js';

const MAX_NAME_BYTES = 255;

/** An item and the folder it was looked up in. */
export interface FoundItem {
  readonly kind: 'item';
  readonly item: ItemRecord;
  readonly within: ItemSelection;
}

/** Finds what a path names, in whatever Unicode composition. */
export class PathLookup {
  readonly #tree: Tree;
  readonly #catalog: Pick<CatalogView, 'findItem' | 'hasItems'>;

  constructor(tree: Tree, catalog: Pick<CatalogView, 'findItem' | 'hasItems'>) {
    this.#tree = tree;
    this.#catalog = catalog;
  }

  /** Throws FsError as Linux answers; a folder that is not listed while it is empty does not exist either. */
  find(path: string): TreeNode | FoundItem {
    const node = this.lookUp(path);
    if (node.kind === 'folder' && node.absentIfEmpty && !this.#catalog.hasItems(node.covers)) throw holdsNothing(path);
    return node;
  }

  /** As {@link find}, but also finds folders that are not listed while they are empty. */
  lookUp(path: string): TreeNode | FoundItem {
    const found = this.#at(path);
    if (found !== undefined) return found;
    const composed = composedPath(path);
    return (composed === undefined ? undefined : this.#at(composed)) ?? this.#notFound(path);
  }

  #at(path: string): TreeNode | FoundItem | undefined {
    if (path === '/') return this.#tree.folder('');
    const cut = path.lastIndexOf('/');
    const parent = this.#tree.folder(path.slice(0, cut));
    if (parent === undefined) return undefined;
    const name = path.slice(cut + 1);
    if (parent.items !== undefined) {
      const item = this.#catalog.findItem(parent.items, name);
      if (item !== undefined) return { kind: 'item', item, within: parent.items };
      if (parent.leaf) return undefined;
    }
    return this.#tree.child(parent, name);
  }

  /** What Linux answers, which walks a path from its start. */
  #notFound(path: string): never {
    const cut = path.lastIndexOf('/');
    if (cut > 0) {
      const above = path.slice(0, cut);
      if (this.find(above).kind !== 'folder') throw new FsError('ENOTDIR', `${above} is a file`);
    }
    const tooLong = Buffer.byteLength(path.slice(cut + 1)) > MAX_NAME_BYTES;
    if (tooLong) throw new FsError('ENAMETOOLONG', 'the name is longer than 255 bytes');
    throw new FsError('ENOENT', `${path} does not exist`);
  }
}

/** The error of a folder that is not listed while it is empty. */
export function holdsNothing(path: string): FsError {
  return new FsError('ENOENT', `${path} holds no items`);
}
