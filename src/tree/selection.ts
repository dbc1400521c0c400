import type { AlbumId } from '../library/album.js';
import type { ItemSelection } from '../library/item-selection.js';

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
  people(): readonly NamedRow[];
  personByName(name: string): NamedRow | undefined;
  findItem(selection: ItemSelection, name: string): NamedRow | undefined;
  /** Rows of the albums that hold the item and are not gone. */
  albumsOf(itemRowId: number): readonly number[];
  /** Whether selections other than albums hold archived items. */
  readonly showArchived: boolean;
  /** Whether the folders of trashed and of locked items are there. */
  readonly showTrashed: boolean;
  readonly showLocked: boolean;
  hasItems(selection: ItemSelection): boolean;
  /** Changes whenever anything else here may. */
  revision(): number;
}
