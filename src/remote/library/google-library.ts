import type { Album } from '../../library/album.js';
import type { MediaItem } from '../../library/media-item.js';
import type { Priority } from '../../library/media-source.js';
import type { QuotaKind } from '../../library/quota.js';
import type { MediaSearch, Page, PageRequest, RemoteLibrary } from '../../library/remote-library.js';
import type { TokenSource } from '../../library/token-source.js';
import type { Clock } from '../../support/clock.js';
import { decodeAlbum } from './album-codec.js';
import { LONGEST_ANSWER } from './answer-limits.js';
import { ApiClient } from './api-client.js';
import { libraryRoot } from '../http/endpoint-rules.js';
import type { Http } from '../http/http.js';
import { getBatch } from './get-batch.js';
import type { JsonObject } from './json-reader.js';
import { decodeMediaItem } from './media-item-codec.js';
import { Pacer, type Wait } from '../http/pacer.js';
import { decodePage } from './page-codec.js';
import { DEFAULT_RETRY_LIMITS, type RetryLimits } from '../http/retry-limits.js';
import { searchBody } from './search-body.js';

export interface RemoteLibraryDeps {
  /** Root before `v1/`. Google's, or one on this machine. */
  readonly baseUrl: string;
  readonly token: TokenSource;
  readonly http: Http;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called once per HTTP request that reached the wire. */
  readonly onRequest: (kind: QuotaKind) => void;
  /**
   * Priority of the requests. `background` (sync) waits out rate limits and retries for minutes. Default `foreground`.
   */
  readonly priority?: Priority;
  /** Replaces the default of the priority. */
  readonly retryLimits?: RetryLimits;
  /** Pause after a rate limit, default 30,000 ms. */
  readonly rateLimitPauseMs?: number;
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
  /** Called with a sentence when something unusable was left out of an answer. */
  readonly report?: (message: string) => void;
}

/** A {@link RemoteLibrary} that keeps to the pauses that Google asks for. */
export interface PacedLibrary extends RemoteLibrary {
  /** The pause at present. */
  wait(): Wait | undefined;
  /** A person asks: one request is sent at once, during a pause too. */
  allowOneRequest(): void;
}

/**
 * Google Photos over HTTP.
 * @throws UserError (config) where `baseUrl` is neither Google's nor on this machine.
 */
export function createRemoteLibrary(deps: RemoteLibraryDeps): PacedLibrary {
  const { priority = 'foreground', rateLimitPauseMs, report } = deps;
  const retryLimits = deps.retryLimits ?? DEFAULT_RETRY_LIMITS[priority];
  const pacer = new Pacer({
    clock: deps.clock,
    maxPauseMs: retryLimits.deadlineMs,
    ...(rateLimitPauseMs === undefined ? {} : { rateLimitPauseMs }),
  });
  const client = new ApiClient({
    root: libraryRoot(deps.baseUrl),
    token: deps.token,
    http: deps.http,
    project: deps.project,
    clock: deps.clock,
    random: deps.random,
    pacer,
    priority,
    retryLimits,
    onRequest: () => {
      deps.onRequest('api');
    },
  });

  function pageOf<T>(
    body: JsonObject,
    name: 'mediaItems' | 'albums',
    decode: (json: JsonObject) => T | undefined,
  ): Page<T> {
    const { page, skipped } = decodePage(body, name, decode);
    if (skipped > 0) report?.(`Left out ${skipped} entries of a page of ${name}: they have no usable id.`);
    return page;
  }

  async function list<T>(
    path: string,
    name: 'mediaItems' | 'albums',
    page: PageRequest,
    decode: (json: JsonObject) => T | undefined,
  ): Promise<Page<T>> {
    const query = new URLSearchParams({ pageSize: String(page.pageSize) });
    if (page.pageToken !== undefined) query.set('pageToken', page.pageToken);
    const asked = { withPageToken: page.pageToken !== undefined };
    const limit = name === 'albums' ? LONGEST_ANSWER.albums : LONGEST_ANSWER.items;
    return pageOf(await client.call({ path, query, limit, asked, signal: page.signal }), name, decode);
  }

  async function search(search: MediaSearch, page: PageRequest): Promise<Page<MediaItem>> {
    const body = await client.call({
      path: 'v1/mediaItems:search',
      limit: LONGEST_ANSWER.items,
      body: searchBody(search, page),
      asked: {
        withPageToken: page.pageToken !== undefined,
        ...(search.albumId === undefined ? {} : { subject: 'album' }),
      },
      signal: page.signal,
    });
    return pageOf(body, 'mediaItems', decodeMediaItem);
  }

  return {
    listMediaItems: (page) => list('v1/mediaItems', 'mediaItems', page, decodeMediaItem),
    searchMediaItems: search,
    batchGetMediaItems: (ids, signal, hints) => getBatch(client, ids, signal, hints),
    listAlbums: (page): Promise<Page<Album>> => list('v1/albums', 'albums', page, decodeAlbum),
    wait: () => pacer.wait,
    allowOneRequest: () => {
      pacer.allowOneRequest();
    },
  };
}
