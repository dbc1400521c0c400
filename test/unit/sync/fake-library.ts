import type { Album } from '../../../src/library/album.js';
import type { MediaId, MediaItem } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import type {
  CalendarDate,
  MediaSearch,
  Page,
  PageRequest,
  RemoteLibrary,
} from '../../../src/library/remote-library.js';
import { photo } from '../catalog/catalog-fixture.js';

const DAY = 86_400_000;

export type Listing = 'list' | 'albums' | 'album' | 'favorites' | 'with-archived' | 'without-archived' | 'batch';

export interface FakeCall {
  readonly listing: Listing;
  /** Number of the page, from 0. */
  readonly page: number;
}

/** A library in memory with small pages, whose answers a test may replace. */
export class FakeLibrary implements RemoteLibrary {
  items: MediaItem[] = [];
  albums: Album[] = [];
  readonly members = new Map<string, string[]>();
  readonly favorites = new Set<string>();
  readonly archived = new Set<string>();
  /** Uploads that searches do not show yet. */
  readonly hidden = new Set<string>();
  readonly calls: FakeCall[] = [];
  pageSize = 2;
  /** What an answer waits for. */
  latency: () => Promise<void> = () => Promise.resolve();
  /** Another answer than the right one, or an error to throw; undefined for the right one. */
  intercept: (call: FakeCall) => Page<never> | Page<MediaItem> | Page<Album> | Error | undefined = () => undefined;

  listMediaItems(page: PageRequest): Promise<Page<MediaItem>> {
    return this.#answer('list', this.#newestFirst(), page);
  }

  searchMediaItems(search: MediaSearch, page: PageRequest): Promise<Page<MediaItem>> {
    if (search.albumId !== undefined) {
      const members = this.members.get(search.albumId) ?? [];
      return this.#answer(
        'album',
        members.flatMap((id) => this.items.find((item) => item.id === id) ?? []),
        page,
      );
    }
    if (search.favorites === true) {
      return this.#answer(
        'favorites',
        this.#newestFirst().filter(({ id }) => this.favorites.has(id)),
        page,
      );
    }
    const day = ({ year, month, day: number }: CalendarDate): number =>
      new Date(0).setUTCFullYear(year, month - 1, number);
    const within = this.#newestFirst().filter(
      ({ id, creationTime }) =>
        !this.hidden.has(id) &&
        (search.dateRanges === undefined ||
          search.dateRanges.some(({ start, end }) => day(start) <= creationTime && creationTime < day(end) + DAY)),
    );
    if (search.includeArchived === true) return this.#answer('with-archived', within, page);
    return this.#answer(
      'without-archived',
      within.filter(({ id }) => !this.archived.has(id)),
      page,
    );
  }

  async batchGetMediaItems(ids: readonly MediaId[]): Promise<ReadonlyMap<MediaId, MediaItem | RemoteError>> {
    await this.#answer('batch', [], { pageSize: 1 });
    return new Map(
      ids.map((id) => [
        id,
        this.items.find((item) => item.id === id) ?? new RemoteError('not-found', 'There is no such item.'),
      ]),
    );
  }

  listAlbums(page: PageRequest): Promise<Page<Album>> {
    return this.#answer('albums', this.albums, page);
  }

  #newestFirst(): MediaItem[] {
    return [...this.items].sort((a, b) => b.creationTime - a.creationTime);
  }

  async #answer<T>(listing: Listing, all: readonly T[], { pageToken }: PageRequest): Promise<Page<T>> {
    const start = pageToken === undefined ? 0 : Number(pageToken.split(' ')[1]);
    const call = { listing, page: start / this.pageSize };
    this.calls.push(call);
    await this.latency();
    const other = this.intercept(call);
    if (other instanceof Error) throw other;
    if (other !== undefined) return other as unknown as Page<T>;
    const end = start + this.pageSize;
    return {
      items: all.slice(start, end),
      ...(end < all.length ? { nextPageToken: `from ${end}` } : {}),
    };
  }
}

/** A library of items `p1` (newest) to `pN`, a day apart. */
export function libraryOf(count: number): FakeLibrary {
  const library = new FakeLibrary();
  for (let n = 1; n <= count; n += 1) {
    const time = new Date(Date.UTC(2025, 11, 31) - n * DAY).toISOString().replace('.000Z', 'Z');
    library.items.push(photo(`p${n}`, time));
  }
  return library;
}
