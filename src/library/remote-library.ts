import type { Album, AlbumId } from './album.js';
import type { MediaId, MediaItem, MediaKind } from './media-item.js';
import type { Priority } from './media-source.js';
import type { RemoteError } from './remote-error.js';

/**
 * One page of a listing. It is the last one only if `nextPageToken` is absent; a page may be empty and still have one.
 */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken?: string;
}

export interface PageRequest {
  /** Google's maxima: 100 for media items, 50 for albums. */
  readonly pageSize: number;
  readonly pageToken?: string;
  readonly signal?: AbortSignal;
}

/** A calendar date as Google's filters take it; no time zone. */
export interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * What a search asks for. `albumId` excludes every other filter. A search without any filter equals an unfiltered list.
 */
export interface MediaSearch {
  readonly albumId?: AlbumId;
  /** Both ends inclusive; at most 5. Items dated in the future and items uploaded minutes ago may be missing. */
  readonly dateRanges?: readonly { readonly start: CalendarDate; readonly end: CalendarDate }[];
  readonly favorites?: boolean;
  /** `all` filters by no kind, but is sent as a filter: archived items are then found only with `includeArchived`. */
  readonly mediaKind?: MediaKind | 'all';
  readonly includeArchived?: boolean;
}

/** What a batch is for. */
export interface BatchHints {
  /** Instead of the library's own. */
  readonly priority?: Priority;
  /** The last so many ids only fill the batch. If the batch fails as a whole, they get no entry. */
  readonly companions?: number;
}

/**
 * Google Photos as the rest of the program sees it: what this OAuth client may list. Rejects with {@link RemoteError}
 * only.
 */
export interface RemoteLibrary {
  /** Newest first by creation time. */
  listMediaItems(page: PageRequest): Promise<Page<MediaItem>>;
  searchMediaItems(search: MediaSearch, page: PageRequest): Promise<Page<MediaItem>>;
  /** At most 50 ids, none twice. Each id gets an entry: the item, or why there is none. */
  batchGetMediaItems(
    ids: readonly MediaId[],
    signal?: AbortSignal,
    hints?: BatchHints,
  ): Promise<ReadonlyMap<MediaId, MediaItem | RemoteError>>;
  listAlbums(page: PageRequest): Promise<Page<Album>>;
}
