import type { CatalogView, CachedItem } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { MediaId } from '../library/media-item.js';
import { composedPath } from '../tree/composed-path.js';
import { mountedTree } from '../tree/mount-root.js';
import type { Folder, Tree } from '../tree/tree.js';

/**
 * What a pinned path stands for, also after renames: one item, or all items of these selections. Plain data, kept as
 * JSON; a date is one of the profile's calendar.
 */
export type ItemGroup =
  | { readonly kind: 'item'; readonly mediaId: MediaId }
  | { readonly kind: 'folder'; readonly selections: readonly ItemSelection[] };

export interface ItemGroupsDeps {
  readonly catalog: CatalogView;
  readonly root: string;
  readonly nestedAlbums: boolean;
}

/** Turns paths of the mount into groups of items. A group stays valid when its album is renamed. */
export class ItemGroups {
  readonly #catalog: CatalogView;
  readonly #tree: Tree;

  constructor({ catalog, root, nestedAlbums }: ItemGroupsDeps) {
    this.#catalog = catalog;
    this.#tree = mountedTree({ library: catalog, nestedAlbums, root });
  }

  /** `path` is absolute within the mount. Undefined if it is neither an item nor a folder of items. */
  find(path: string): ItemGroup | undefined {
    const clean = `/${path.split('/').filter(Boolean).join('/')}`;
    const composed = composedPath(clean);
    return this.#find(clean) ?? (composed === undefined ? undefined : this.#find(composed));
  }

  #find(clean: string): ItemGroup | undefined {
    const folder = this.#tree.folder(clean === '/' ? '' : clean);
    if (folder !== undefined) {
      if (folder.absentIfEmpty && !this.#catalog.hasItems(folder.covers)) return undefined;
      return { kind: 'folder', selections: this.#selections(folder) };
    }
    const cut = clean.lastIndexOf('/');
    const parent = this.#tree.folder(clean.slice(0, cut));
    const item = parent?.items && this.#catalog.findItem(parent.items, clean.slice(cut + 1));
    return item && { kind: 'item', mediaId: item.mediaId };
  }

  /** The items that a group holds now, each once. */
  items(groups: readonly ItemGroup[]): CachedItem[] {
    const found = new Map<MediaId, CachedItem>();
    for (const group of groups) {
      if (group.kind === 'item') {
        const item = this.#catalog.cachedItem(group.mediaId);
        if (item !== undefined) found.set(item.mediaId, item);
      } else {
        for (const selection of group.selections)
          for (const item of this.#catalog.cachedItems(selection)) found.set(item.mediaId, item);
      }
    }
    return [...found.values()];
  }

  #selections(folder: Folder): ItemSelection[] {
    const inside = this.#tree
      .children(folder)
      .flatMap(({ node }) => (node.kind === 'folder' && node.albumRowId !== undefined ? this.#selections(node) : []));
    if (folder.items !== undefined) return [folder.items, ...inside];
    // A folder of albums holds only their items; any other folder of folders holds all items that it covers.
    return inside.length > 0 || folder.nest !== undefined ? inside : [folder.covers, ...this.#shelves(folder)];
  }

  /** Shelves at or below a folder: the items on them are in no other view that the folder covers. */
  #shelves(folder: Folder): ItemSelection[] {
    if (folder.items?.by === 'shelf') return [folder.items];
    // Folders of folders that have parameters below show no shelf, and may be many.
    if (folder.nest !== undefined || folder.step.variable !== undefined) return [];
    return this.#tree.children(folder).flatMap(({ node }) => (node.kind === 'folder' ? this.#shelves(node) : []));
  }
}
