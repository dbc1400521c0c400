import type {
  AlbumRecord,
  CachedItem,
  CameraRecord,
  CatalogCounts,
  CatalogView,
  ItemDetails,
  ItemRecord,
  ListingOrder,
  NamedItem,
} from '../../src/catalog/records.js';
import { boundsOf, UTC } from '../../src/library/calendar.js';
import type { ItemSelection } from '../../src/library/item-selection.js';
import type { AlbumId } from '../../src/library/album.js';
import type { MediaId } from '../../src/library/media-item.js';
import { chooseName, chooseTitle, nameKey } from '../../src/tree/choose-name.js';
import { cleanCameraName, cleanFileName, cleanTitle } from '../../src/tree/clean-name.js';
import { memoryListings } from './memory-listings.js';
import type { ItemSpec, LibrarySpec } from './world.js';

interface Row extends ItemRecord {
  spec: ItemSpec;
  gone: boolean;
}

/** A catalog of plain arrays with the promises of the real one: rows, names and sizes stay when an item goes and returns. */
export class MemoryCatalog implements CatalogView {
  readonly #items = new Map<string, Row>();
  readonly #albums = new Map<string, AlbumRecord & { keys: readonly string[]; gone: boolean }>();
  readonly #cameras = new Map<string, CameraRecord>();
  readonly showArchived: boolean;
  /** Google's listing has neither trashed nor locked items, and names no people. */
  readonly showTrashed = false;
  readonly showLocked = false;
  #revision = 0;
  #listings: ReadonlyMap<string, string> = new Map();
  /** By listing, milliseconds since the epoch. */
  readonly #listedAt = new Map<string, number>();
  #now = 0;

  constructor(library: LibrarySpec, showArchived: boolean) {
    this.showArchived = showArchived;
    this.become(library);
  }

  become({ items = [], albums = [] }: LibrarySpec): void {
    this.#revision++;
    for (const row of this.#items.values()) row.gone = true;
    for (const album of this.#albums.values()) album.gone = true;
    for (const spec of items) this.#items.set(spec.key, this.#row(spec));
    for (const { key, title, items: keys = [] } of albums) {
      const known = this.#albums.get(key ?? title);
      const id = albumIdFor(key ?? title);
      const record = known?.title === title ? known : this.#newAlbum(id, title, known?.rowId);
      this.#albums.set(key ?? title, { ...record, keys, gone: false });
    }
    this.#dateListings();
  }

  findItem(selection: ItemSelection, name: string): ItemRecord | undefined {
    const row = this.#select(selection).find((candidate) => candidate.name === name);
    return row && { ...row, albumCount: this.albumsOf(row.rowId).length };
  }

  listItems(selection: ItemSelection): NamedItem[] {
    return this.#select(selection).map(({ rowId, name }) => ({ rowId, name }));
  }

  hasItems(selection: ItemSelection): boolean {
    return this.#select(selection).length > 0;
  }

  listedAt(listing: string): number | undefined {
    return this.#listedAt.get(listing);
  }

  details(rowId: number): ItemDetails | undefined {
    const row = [...this.#items.values()].find((candidate) => candidate.rowId === rowId);
    if (row === undefined) return undefined;
    const { spec } = row;
    return {
      creationTimeText: spec.created ?? DEFAULT_CREATED,
      description: spec.description ?? '',
      productUrl: `https://photos.google.com/lr/photo/${row.mediaId}`,
      width: 640,
      height: 480,
      camera: spec.camera === undefined ? null : cleanCameraName(spec.camera.make, spec.camera.model),
      favorite: spec.favorite === true,
      people: [],
      ...{ latitude: null, longitude: null, altitude: null, editedOf: null, pickedAt: null },
    };
  }

  etag(): string | null {
    return null;
  }

  unmeasured(selection: ItemSelection, limit: number): ItemRecord[] {
    return this.#select(selection)
      .filter((row) => row.size === null)
      .sort(newestFirst)
      .slice(0, limit);
  }

  cachedItem(mediaId: MediaId): CachedItem | undefined {
    const row = this.#present().find((candidate) => candidate.mediaId === mediaId);
    return row && cachedItem(row);
  }

  cachedItems(selection: ItemSelection): CachedItem[] {
    return this.#select(selection).map(cachedItem);
  }

  following(selection: ItemSelection, mediaId: MediaId, order: ListingOrder, limit: number): CachedItem[] {
    const rows = this.#select(selection);
    if (order === 'name') rows.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
    const at = rows.findIndex((row) => row.mediaId === mediaId);
    return at < 0 ? [] : rows.slice(at + 1, at + 1 + limit).map(cachedItem);
  }

  neighbours(mediaId: MediaId, limit: number): MediaId[] {
    const rows = this.#present().sort(newestFirst);
    const at = rows.findIndex((row) => row.mediaId === mediaId);
    return rows
      .map((row, index) => ({ id: row.mediaId, distance: Math.abs(index - at) }))
      .filter(({ distance }) => at >= 0 && distance > 0)
      .sort((one, other) => one.distance - other.distance)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  years = (): number[] => this.#parts((date) => date.getUTCFullYear());
  months = (year: number): number[] =>
    this.#parts((date) => (date.getUTCFullYear() === year ? date.getUTCMonth() + 1 : undefined));
  days = (year: number, month: number): number[] =>
    this.#parts((date) =>
      date.getUTCFullYear() === year && date.getUTCMonth() + 1 === month ? date.getUTCDate() : undefined,
    );

  albums(): AlbumRecord[] {
    return [...this.#albums.values()].filter((album) => !album.gone);
  }

  albumByName(name: string): AlbumRecord | undefined {
    return this.albums().find((album) => album.name === name);
  }

  albumByRowId(rowId: number): AlbumRecord | undefined {
    return this.albums().find((album) => album.rowId === rowId);
  }

  albumById(albumId: AlbumId): AlbumRecord | undefined {
    return this.albums().find((album) => album.albumId === albumId);
  }

  cameras(): CameraRecord[] {
    return [...this.#cameras.values()].filter(({ rowId }) => this.hasItems({ by: 'camera', cameraRowId: rowId }));
  }

  cameraByName(name: string): CameraRecord | undefined {
    return this.cameras().find((camera) => camera.name === name);
  }

  people = (): [] => [];
  personByName = (): undefined => undefined;

  albumsOf(itemRowId: number): number[] {
    const key = this.#present().find(({ rowId }) => rowId === itemRowId)?.spec.key ?? '';
    return [...this.#albums.values()].filter(({ gone, keys }) => !gone && keys.includes(key)).map(({ rowId }) => rowId);
  }

  counts(): CatalogCounts {
    const rows = this.#present();
    return {
      items: rows.length,
      albums: this.albums().length,
      unmeasured: rows.filter((row) => row.size === null).length,
      bytes: rows.reduce((sum, row) => sum + (row.size ?? 0), 0),
      sources: { app: rows.length, upload: 0, picker: 0, takeout: 0 },
      appAlbums: this.albums().length,
    };
  }

  revision(): number {
    return this.#revision;
  }

  #present(): Row[] {
    return [...this.#items.values()].filter((row) => !row.gone);
  }

  #select(selection: ItemSelection): Row[] {
    const rows = this.#present();
    if (selection.by === 'album') {
      const album = [...this.#albums.values()].find(({ rowId, gone }) => rowId === selection.albumRowId && !gone);
      return (album?.keys ?? []).flatMap((key) => rows.filter((row) => row.spec.key === key));
    }
    const loose = new Set(this.#present().map((row) => row.spec.key));
    for (const album of this.#albums.values()) if (!album.gone) album.keys.forEach((key) => loose.delete(key));
    return rows
      .filter((row) => this.showArchived || selection.by === 'shelf' || row.shelf === 'shown')
      .filter((row) => isSelected(row, selection, loose))
      .sort(newestFirst);
  }

  #parts(partOf: (date: Date) => number | undefined): number[] {
    const parts = this.#select({ by: 'all' }).map((row) => partOf(new Date(row.creationTime)));
    return [...new Set(parts)].filter((part) => part !== undefined).sort((a, b) => b - a);
  }

  /** Notes the time where the names in a folder are not what they were. */
  #dateListings(): void {
    this.#now = Math.max(Date.now(), this.#now + 1);
    const now = memoryListings(this.#select({ by: 'all' }), this.albums(), this.cameras(), (selection) =>
      this.#select(selection).map(({ name }) => name),
    );
    for (const listing of new Set([...this.#listings.keys(), ...now.keys()])) {
      if (now.get(listing) !== this.#listings.get(listing)) this.#listedAt.set(listing, this.#now);
    }
    this.#listings = now;
  }

  #row(spec: ItemSpec): Row {
    const known = this.#items.get(spec.key);
    const mimeType = spec.mimeType ?? DEFAULT_TYPE;
    const mediaId = mediaIdFor(spec.key);
    if (spec.camera !== undefined) this.#camera(spec.camera);
    const kind = mimeType.startsWith('video/') ? 'video' : 'photo';
    const taken = new Set([...this.#items.values()].map((row) => nameKey(row.name)));
    const creationTime = Date.parse(spec.created ?? DEFAULT_CREATED);
    return {
      rowId: known?.rowId ?? this.#items.size + 1,
      inode: null,
      source: 'app',
      mediaId,
      name: known?.name ?? chooseName(cleanFileName(filenameOf(spec), mimeType), mediaId, (key) => taken.has(key)),
      kind,
      mimeType,
      creationTime,
      mtime: creationTime,
      ctime: creationTime,
      size: spec.unmeasured === true ? null : bytesFor(spec.key).length,
      videoStatus: kind === 'video' ? (spec.videoStatus ?? 'READY') : null,
      shelf: spec.archived === true ? 'archived' : 'shown',
      favorite: spec.favorite === true,
      albumCount: 0,
      cameraRowId: this.#cameraRow(spec),
      peopleCount: 0,
      spec,
      gone: false,
    };
  }

  #newAlbum(albumId: AlbumId, title: string, rowId = this.#albums.size + 1): AlbumRecord {
    const taken = new Set(
      [...this.#albums.values()].filter((album) => album.rowId !== rowId).map(({ name }) => nameKey(name)),
    );
    return { rowId, albumId, title, name: chooseTitle(cleanTitle(title), albumId, (key) => taken.has(key)) };
  }

  #cameraRow({ camera }: ItemSpec): number | null {
    return camera === undefined ? null : (this.#cameras.get(cleanCameraName(camera.make, camera.model))?.rowId ?? null);
  }

  #camera({ make, model }: { make: string; model: string }): void {
    const name = cleanCameraName(make, model);
    if (!this.#cameras.has(name)) this.#cameras.set(name, { rowId: this.#cameras.size + 1, name });
  }
}

const DEFAULT_CREATED = '2024-07-19T12:00:00Z';
const DEFAULT_TYPE = 'image/jpeg';

export function filenameOf(spec: ItemSpec): string {
  return spec.filename ?? `${spec.key}.${spec.mimeType?.startsWith('video/') === true ? 'mp4' : 'jpg'}`;
}

export function mediaIdFor(key: string): MediaId {
  return `media-${key}` as MediaId;
}

export function albumIdFor(key: string): AlbumId {
  return `album-${key}` as AlbumId;
}

/** Bytes that no two items share, a few hundred to a few thousand. */
export function bytesFor(key: string): Uint8Array {
  const seed = Array.from(key).reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) % 9973, 7);
  return Buffer.from(`bytes of ${key}. `.repeat(20 + (seed % 200)), 'utf8');
}

function isSelected(row: Row, selection: Exclude<ItemSelection, { by: 'album' }>, loose: ReadonlySet<string>): boolean {
  switch (selection.by) {
    case 'all':
      return true;
    case 'date': {
      const { from, to } = boundsOf(UTC, selection);
      return row.creationTime >= from && row.creationTime < to;
    }
    case 'kind':
      return row.kind === selection.kind;
    case 'favorite':
      return row.spec.favorite === true;
    case 'not-in-album':
      return loose.has(row.spec.key);
    case 'shelf':
      return row.shelf === selection.shelf;
    case 'person':
    case 'in-people':
      return false;
    case 'camera':
      return row.cameraRowId === selection.cameraRowId;
  }
}

function newestFirst(one: Row, other: Row): number {
  return other.creationTime - one.creationTime || other.rowId - one.rowId;
}

function cachedItem({ mediaId, name, kind, size, videoStatus }: ItemRecord): CachedItem {
  const isReadable = videoStatus !== 'PROCESSING' && videoStatus !== 'FAILED';
  return { mediaId, name, kind, size, etag: null, isReadable };
}
