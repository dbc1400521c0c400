import { API_ERRORS, Refusal, apiError, invalidArgument } from './api-errors.js';
import type { BaseUrls } from './base-urls.js';
import type { Call, Route } from './call.js';
import type { EmulatedLibrary } from './emulated-library.js';
import { albumJson, mediaItemJson } from './json-shapes.js';
import { SCOPES } from './oauth-state.js';
import { pageSizeOf, type PageOf, type Pager } from './paging.js';
import { json, type Reply } from './reply.js';
import { matches, readSearch, timeBounds, type Search } from './search-filters.js';
import type { Switches } from './switches.js';
import type { Place } from './timeline.js';

/** What the handlers of the Library API share. */
export interface LibraryContext {
  readonly library: EmulatedLibrary;
  readonly urls: BaseUrls;
  readonly pager: Pager;
  readonly switches: Switches;
  readonly now: () => number;
}

const READ = { scopes: [SCOPES.read], quota: 'api' } as const;
const LIST: Search = readSearch({});

export async function jsonBody(call: Call): Promise<Readonly<Record<string, unknown>>> {
  const text = (await call.body()).toString('utf8');
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidArgument('Invalid JSON payload received. Unexpected token.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidArgument('Invalid JSON payload received.');
  return value as Readonly<Record<string, unknown>>;
}

export function unknownId(switches: Switches, what: string): Reply {
  return switches.unknownIdStatus === 404
    ? apiError('NOT_FOUND', 'Requested entity was not found.')
    : apiError('INVALID_ARGUMENT', `Invalid ${what} ID.`);
}

/** Listing and reading media items and albums. */
export function libraryRoutes(context: LibraryContext): Route[] {
  const { library, urls, pager, switches } = context;
  const tokenOf = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;

  const itemsPage = (search: Search, parameters: unknown, pageSize: number, pageToken: string | undefined): Reply => {
    const page = pager.page(parameters, { pageSize, pageToken }, (after: Place | undefined, limit) =>
      readTimeline(context, search, after, limit),
    );
    return listReply(
      'mediaItems',
      page.items.map((number) => itemJson(number)),
      page.nextPageToken,
    );
  };

  const itemJson = (number: number): unknown => {
    const item = library.itemAt(number);
    return item === undefined ? {} : mediaItemJson(item, urls);
  };

  const albumItemsPage = (
    albumId: string,
    parameters: unknown,
    pageSize: number,
    pageToken: string | undefined,
  ): Reply => {
    const album = library.findAlbum(albumId);
    if (album === undefined) throw new Refusal(unknownId(switches, 'album'));
    const page = pager.page(parameters, { pageSize, pageToken }, (from: number | undefined, limit) =>
      slice(album.members, from, limit),
    );
    return listReply(
      'mediaItems',
      page.items.map((number) => itemJson(number)),
      page.nextPageToken,
    );
  };

  return [
    {
      name: 'mediaItems.list',
      methods: ['GET'],
      path: /^\/v1\/mediaItems$/,
      ...READ,
      handle: ({ url }) =>
        itemsPage(
          LIST,
          'mediaItems.list',
          pageSizeOf(url.searchParams.get('pageSize'), 25, 100),
          tokenOf(url.searchParams.get('pageToken')),
        ),
    },
    {
      name: 'mediaItems.search',
      methods: ['POST'],
      path: /^\/v1\/mediaItems:search$/,
      ...READ,
      handle: async (call) => {
        const body = await jsonBody(call);
        const search = readSearch(body);
        const { pageSize, pageToken, ...parameters } = body;
        const size = pageSizeOf(pageSize, 25, 100);
        const { albumId } = body;
        if (albumId === undefined || albumId === '')
          return itemsPage(search, { search: parameters }, size, tokenOf(pageToken));
        if (search.filtered || body['orderBy'] !== undefined)
          throw invalidArgument('Album ID and filters cannot both be set.');
        return albumItemsPage(
          typeof albumId === 'string' ? albumId : '',
          { search: parameters },
          size,
          tokenOf(pageToken),
        );
      },
    },
    {
      name: 'mediaItems.batchGet',
      methods: ['GET'],
      path: /^\/v1\/mediaItems:batchGet$/,
      ...READ,
      handle: ({ url }) => batchGet(context, url.searchParams.getAll('mediaItemIds')),
    },
    {
      name: 'mediaItems.get',
      methods: ['GET'],
      path: /^\/v1\/mediaItems\/(?<id>[^/:]+)$/,
      ...READ,
      mediaId: ({ params }) => params['id'],
      handle: ({ params }) => {
        const item = library.find(params['id'] ?? '');
        return item === undefined ? unknownId(switches, 'media item') : json(mediaItemJson(item, urls));
      },
    },
    {
      name: 'albums.list',
      methods: ['GET'],
      path: /^\/v1\/albums$/,
      ...READ,
      handle: ({ url }) => {
        const pageSize = pageSizeOf(url.searchParams.get('pageSize'), 20, 50);
        const query = { pageSize, pageToken: tokenOf(url.searchParams.get('pageToken')) };
        const page = pager.page('albums.list', query, (from: number | undefined, limit) =>
          slice(library.albums(), from, limit),
        );
        return listReply(
          'albums',
          page.items.map((album) => albumJson(album, urls, (number) => library.idOf(number))),
          page.nextPageToken,
        );
      },
    },
    {
      name: 'albums.get',
      methods: ['GET'],
      path: /^\/v1\/albums\/(?<id>[^/:]+)$/,
      ...READ,
      handle: ({ params }) => {
        const album = library.findAlbum(params['id'] ?? '');
        return album === undefined
          ? unknownId(switches, 'album')
          : json(albumJson(album, urls, (number) => library.idOf(number)));
      },
    },
    {
      // Closed to everybody since the scopes were removed on 2025-03-31.
      name: 'sharedAlbums',
      methods: ['GET', 'POST'],
      path: /^\/v1\/(sharedAlbums(\/.*|:.*)?|albums\/[^/:]+:(share|unshare))$/,
      quota: 'api',
      handle: () => API_ERRORS['missing-scope'](),
    },
  ];
}

function listReply(name: string, items: readonly unknown[], nextPageToken: string | undefined): Reply {
  return json({
    ...(items.length === 0 ? {} : { [name]: items }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  });
}

function slice<T>(list: readonly T[], from: number | undefined, limit: number): PageOf<T, number> {
  const start = from ?? 0;
  const end = start + limit;
  return { items: list.slice(start, end), next: end < list.length ? end : undefined, again: end - 1 };
}

/** Numbers of the items that a search finds, from a place on. */
function readTimeline(
  { library, switches, now }: LibraryContext,
  search: Search,
  after: Place | undefined,
  limit: number,
): PageOf<number, Place> {
  const { from, to } = timeBounds(search);
  const newestFirst = search.direction === 'newest-first';
  // A date filter on a huge library starts where its first item can be.
  const edge = newestFirst ? { time: to, number: -1 } : { time: from, number: Infinity };
  const start = after ?? (search.days.length > 0 ? edge : undefined);
  const found: Place[] = [];
  const at = now();
  for (const place of library.places(search.direction, start)) {
    if (newestFirst ? place.time < from : place.time > to) break;
    const traits = library.traitsAt(place.number);
    if (place.number < switches.appSeesFrom) continue;
    if (traits === undefined || !matches(search, traits, place.number, switches, at)) continue;
    if (found.length === limit)
      return { items: found.map(({ number }) => number), next: found.at(-1), again: found.at(-2) };
    found.push(place);
  }
  return { items: found.map(({ number }) => number), next: undefined, again: undefined };
}

function batchGet({ library, urls, switches }: LibraryContext, ids: readonly string[]): Reply {
  if (ids.length === 0) throw invalidArgument('Request must contain at least one media item id.');
  if (ids.length > 50) throw invalidArgument('Request must have less than 50 items.');
  if (new Set(ids).size !== ids.length) throw invalidArgument('Request must not contain duplicated ids.');
  const results = ids.map((id) => {
    const item = library.find(id);
    if (item !== undefined && item.number >= switches.appSeesFrom) return { mediaItem: mediaItemJson(item, urls) };
    const known = library.numberOf(id) !== undefined;
    return { status: known ? { code: 5, message: 'NOT_FOUND' } : { code: 3, message: 'Invalid media item ID.' } };
  });
  if (switches.batchGetFailsWhole && results.some((result) => 'status' in result)) return API_ERRORS.internal();
  return json({ mediaItemResults: results });
}
