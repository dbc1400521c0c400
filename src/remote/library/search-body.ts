import type { MediaSearch, PageRequest } from '../../library/remote-library.js';
import type { JsonObject } from './json-reader.js';

/**
 * The body of `mediaItems:search`, without empty filters. With an album there are no filters at all: Google refuses
 * both together.
 */
export function searchBody(search: MediaSearch, page: PageRequest): JsonObject {
  const paging = {
    pageSize: page.pageSize,
    ...(page.pageToken === undefined ? {} : { pageToken: page.pageToken }),
  };
  if (search.albumId !== undefined) return { ...paging, albumId: search.albumId };
  const filters = filtersOf(search);
  return Object.keys(filters).length === 0 ? paging : { ...paging, filters };
}

const MEDIA_TYPES = { photo: 'PHOTO', video: 'VIDEO', all: 'ALL_MEDIA' } as const;

function filtersOf({ dateRanges, favorites, mediaKind, includeArchived }: MediaSearch): JsonObject {
  return {
    ...(dateRanges === undefined || dateRanges.length === 0
      ? {}
      : { dateFilter: { ranges: dateRanges.map(({ start, end }) => ({ startDate: start, endDate: end })) } }),
    ...(favorites === true ? { featureFilter: { includedFeatures: ['FAVORITES'] } } : {}),
    ...(mediaKind === undefined ? {} : { mediaTypeFilter: { mediaTypes: [MEDIA_TYPES[mediaKind]] } }),
    ...(includeArchived === true ? { includeArchivedMedia: true } : {}),
  };
}
