import type { AlbumId } from '../library/album.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { MediaId, MediaKind, VideoStatus } from '../library/media-item.js';
import type { PartRecord } from './takeout-parts.js';
import type { TakeoutPlace } from './takeout-places.js';
import type { Shelf } from '../library/shelf.js';
import type { SourceName } from '../library/source.js';

/** A media item as a directory needs it. Row ids are never reused, so inodes derive from them. */
export interface ItemRecord {
  readonly rowId: number;
  /** The inode, where it does not follow from the row id. */
  readonly inode: number | null;
  /** The copy that is shown. */
  readonly mediaId: MediaId;
  readonly source: SourceName;
  /**
   * The one name it has in every view; unique among all items, case-folded NFC. Looked up in an album where its entry has a name
   * of its own: that.
   */
  readonly name: string;
  readonly kind: MediaKind;
  readonly mimeType: string;
  /** Milliseconds since the epoch, UTC; negative before 1970. */
  readonly creationTime: number;
  /** Bytes; null until measured. */
  readonly size: number | null;
  readonly videoStatus: VideoStatus | null;
  readonly shelf: Shelf;
  /** When the bytes last changed (ms); the creation time if they never did. */
  readonly mtime: number;
  /** As `mtime`. Also moves when another copy of the item is shown, or its date changes. */
  readonly ctime: number;
  readonly favorite: boolean;
  /** Albums that hold it and are not gone. */
  readonly albumCount: number;
  readonly cameraRowId: number | null;
  /** People named on it. */
  readonly peopleCount: number;
}

/** The rest of an item, for extended attributes. */
export interface ItemDetails {
  readonly creationTimeText: string;
  readonly description: string;
  readonly productUrl: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly camera: string | null;
  readonly favorite: boolean;
  /** Names of the people on it, in their order. */
  readonly people: readonly string[];
  /** Where it was taken: degrees, metres. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly altitude: number | null;
  /** Of an edited version: the name of the original, where that is shown. */
  readonly editedOf: string | null;
  /** When it was picked on Google's page (ms); the last time of several. */
  readonly pickedAt: number | null;
}

export interface AlbumRecord {
  readonly rowId: number;
  readonly albumId: AlbumId;
  /** Unique among albums, case-folded NFC. A `/` of the title stands in it as `／` (U+FF0F). */
  readonly name: string;
  readonly title: string;
}

export interface CameraRecord {
  readonly rowId: number;
  /** Clean, unique directory name made of make and model. */
  readonly name: string;
}

export interface PersonRecord {
  readonly rowId: number;
  /** Clean, unique directory name. */
  readonly name: string;
}

/**
 * `name`: by the bytes of the name, as shells and viewers sort. `listing`: in the order of {@link CatalogView.listItems}, as
 * `find` and `cp -r` read.
 */
export type ListingOrder = 'name' | 'listing';

/** What fetching an item whole takes. */
export interface CachedItem {
  readonly mediaId: MediaId;
  readonly name: string;
  readonly kind: MediaKind;
  readonly size: number | null;
  readonly etag: string | null;
  /** False for a video that Google is processing or could not process. */
  readonly isReadable: boolean;
}

export interface NamedItem {
  readonly rowId: number;
  /** Where it does not follow from the row id. */
  readonly inode?: number;
  readonly name: string;
}

export interface CatalogCounts {
  /** Edited versions, moving parts, trashed and locked items do not count. */
  readonly items: number;
  readonly albums: number;
  readonly unmeasured: number;
  /** Sum of the sizes known. */
  readonly bytes: number;
  /** Items by source; one with copies of two counts in both. */
  readonly sources: Readonly<Record<SourceName, number>>;
  /** Albums that Google lists. */
  readonly appAlbums: number;
}

/**
 * The catalog for readers: synchronous, microseconds for each call, never waits for the writer (WAL). Made for one
 * value of `showArchived`, which all selections except `album` and `shelf` obey. Items and albums that are gone are not visible; trashed
 * and locked items are in the selection of their shelf alone.
 */
export interface CatalogView {
  /** Point lookup: the item of that exact name, if the selection holds it. */
  findItem(selection: ItemSelection, name: string): ItemRecord | undefined;
  /** Every item of the selection; album order in albums, else newest first. */
  listItems(selection: ItemSelection): NamedItem[];
  hasItems(selection: ItemSelection): boolean;
  /** When the names of a listing last changed (ms), see `Listing`; undefined if it never had any. */
  listedAt(listing: string): number | undefined;
  details(rowId: number): ItemDetails | undefined;
  /** ETag that came with the size; null where there is none. */
  etag(rowId: number): string | null;
  /**
   * Items of the selection that show Google's copy and have no size yet, newest first, at most `limit`. Used for the other
   * items of a folder that a person looks at.
   */
  unmeasured(selection: ItemSelection, limit: number): ItemRecord[];
  /** The item of a copy, whichever of its copies is shown. */
  cachedItem(mediaId: MediaId): CachedItem | undefined;
  cachedItems(selection: ItemSelection): CachedItem[];
  /** Items of the selection that follow this one, at most `limit`. By name, only the next 300 names are examined. */
  following(selection: ItemSelection, mediaId: MediaId, order: ListingOrder, limit: number): CachedItem[];
  /** Items that show Google's copy, nearest in time on both sides, at most `limit`. Empty if the item is unknown. */
  neighbours(mediaId: MediaId, limit: number): MediaId[];
  /** Parts of the profile's calendar that hold items, newest first. Months and days count from 1. */
  years(): number[];
  months(year: number): number[];
  days(year: number, month: number): number[];
  albums(): AlbumRecord[];
  albumByName(name: string): AlbumRecord | undefined;
  albumById(albumId: AlbumId): AlbumRecord | undefined;
  albumByRowId(rowId: number): AlbumRecord | undefined;
  cameras(): CameraRecord[];
  cameraByName(name: string): CameraRecord | undefined;
  /** People with items that are shown. */
  people(): PersonRecord[];
  personByName(name: string): PersonRecord | undefined;
  /** Rows of the albums that hold the item and are not gone. */
  albumsOf(itemRowId: number): number[];
  readonly showArchived: boolean;
  /** Whether the tree has the folder of trashed items, and that of locked ones. */
  readonly showTrashed: boolean;
  readonly showLocked: boolean;
  counts(): CatalogCounts;
  /** A number that changes whenever the writer commits anything; lets callers keep derived data. */
  revision(): number;
}

/** What the catalog knows of picked items, for readers. */
export interface PickedView {
  /** Copies of an item that were picked; `mediaId`: of any copy of it. */
  pickedCopies(mediaId: MediaId): MediaId[];
}

/** What the catalog knows of Takeout's archives, for readers. */
export interface TakeoutView {
  /** Where the bytes of an item of Takeout lie; undefined where no archive has it. */
  takeoutPlace(id: MediaId): TakeoutPlace | undefined;
  /** Parts of Takeout exports as they were read. */
  takeoutParts(): PartRecord[];
}

/** A catalog with all that its sources need of it. */
export interface OpenedCatalog extends CatalogView, TakeoutView, PickedView {
  close(): void;
}
