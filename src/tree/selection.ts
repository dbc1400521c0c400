import type { AlbumId } from '../library/album.js';

/** Which items a folder shows. Has the same shape as the catalog's `ItemSelection`, which this room may not import. */
export type Selection =
  | { readonly by: 'all' }
  | { readonly by: 'created'; readonly from: number; readonly to: number }
  | { readonly by: 'kind'; readonly kind: 'photo' | 'video' }
  | { readonly by: 'camera'; readonly cameraRowId: number }
  | { readonly by: 'favorite' }
  | { readonly by: 'not-in-album' }
  | { readonly by: 'album'; readonly albumRowId: number };

export interface NamedRow {
  readonly rowId: number;
  readonly name: string;
}

/** What the tree asks of the catalog to list and find its folders; `CatalogView` fits. */
export interface TreeLibrary {
  years(): readonly number[];
  months(year: number): readonly number[];
  days(year: number, month: number): readonly number[];
  albums(): readonly NamedRow[];
  albumByName(name: string): NamedRow | undefined;
  albumById(albumId: AlbumId): NamedRow | undefined;
  cameras(): readonly NamedRow[];
  cameraByName(name: string): NamedRow | undefined;
  findItem(selection: Selection, name: string): NamedRow | undefined;
  /** Rows of the albums that hold the item and are not gone. */
  albumsOf(itemRowId: number): readonly number[];
  /** Whether selections other than albums hold archived items. */
  readonly showArchived: boolean;
  hasItems(selection: Selection): boolean;
  /** Changes whenever anything else here may. */
  revision(): number;
}
