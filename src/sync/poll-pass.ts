import type { Album } from '../library/album.js';
import type { MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { Page } from '../library/remote-library.js';
import {
  ALBUMS_A_PAGE,
  ITEMS_A_PAGE,
  readFavorites,
  readMembership,
  sightingMark,
  storePage,
  type PassContext,
} from './listings.js';
import { EndlessListingError, PageWatch } from './page-watch.js';

/** What a poll reads besides the newest items. */
export interface PollScope {
  readonly albums: boolean;
  /** Also read the albums if there are new items, which are often put into albums. */
  readonly albumsAfterNews: boolean;
  readonly favorites: boolean;
  /** Videos that Google was still processing. */
  readonly videos: boolean;
}

/** The outcome of a poll. Pages: what reading that part again will cost; undefined if it was left out. */
export interface PollOutcome {
  readonly news: number;
  readonly albumPages: number | undefined;
  readonly favoritePages: number | undefined;
  /** Videos asked for and still not ready; undefined if none was asked for. */
  readonly stillUnready: number | undefined;
  /** The first listing, other than the newest items, that had no end; it changed nothing. */
  readonly endless: EndlessListingError | undefined;
  /** The list of albums had no end. */
  readonly areAlbumsEndless: boolean;
}

const IDS_A_REQUEST = 50;

/**
 * A poll: reads the newest items until a page has nothing new, then what `scope` says. Removes no item and no album.
 */
export async function runPollPass(context: PassContext, scope: PollScope, signal: AbortSignal): Promise<PollOutcome> {
  const { albums, state } = context.catalog;
  let endless: EndlessListingError | undefined;
  // One listing without an end must not prevent reading the others.
  const bounded = async <T>(read: () => Promise<T>, otherwise: (error: EndlessListingError) => T): Promise<T> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof EndlessListingError)) throw error;
      endless ??= error;
      return otherwise(error);
    }
  };
  const news = await readNewest(context, signal);
  const isAlbumsTurn = scope.albums || (news > 0 && scope.albumsAfterNews);
  let areAlbumsEndless = false;
  const albumPages = isAlbumsTurn
    ? await bounded(
        () => readAlbums(context, signal),
        ({ pages }) => {
          areAlbumsEndless = true;
          return pages;
        },
      )
    : undefined;
  // During the first pass no albums are read: the pass reads every one, and polls must stay short.
  const isFilled = state.get('first.done') !== undefined;
  for (const album of isFilled ? albums.changed() : []) {
    // If it has no end: the next full pass reads it again, or a poll when Google's count of its items changes.
    const leave = (): void => context.catalog.transaction(() => albums.membersListed(album));
    await bounded(() => readMembership(context, album, signal), leave);
  }
  const favoritePages = scope.favorites
    ? await bounded(
        () => readFavoritePages(context, signal),
        ({ pages }) => pages,
      )
    : undefined;
  const stillUnready = scope.videos ? await askForVideos(context, signal) : undefined;
  return { news, albumPages, favoritePages, stillUnready, endless, areAlbumsEndless };
}

async function readFavoritePages(context: PassContext, signal: AbortSignal): Promise<number> {
  return Math.ceil(((await readFavorites(context, signal)) + 1) / ITEMS_A_PAGE);
}

/**
 * Reads newest first until a page has nothing new. If a poll broke off after pages with new items, unread items may
 * follow below them. So the number of those pages is stored, and the next poll reads at least that deep.
 */
async function readNewest(context: PassContext, signal: AbortSignal): Promise<number> {
  const { catalog, library } = context;
  const gapDepth = Number(catalog.state.get('poll.depth') ?? 0);
  const watch = new PageWatch();
  let pageToken: string | undefined;
  let pagesWithNews = 0;
  let allNews = 0;
  for (let pages = 1; ; pages += 1) {
    const page: Page<MediaItem> = await library.listMediaItems({
      pageSize: ITEMS_A_PAGE,
      ...(pageToken === undefined ? {} : { pageToken }),
      signal,
    });
    const { news, rowIds } = storePage(context, page.items, sightingMark(catalog), (found) => {
      if (found > 0) catalog.state.set('poll.depth', String(Math.max(gapDepth + pagesWithNews + 1, pages)));
    });
    allNews += news;
    if (news > 0) pagesWithNews += 1;
    pageToken = page.nextPageToken;
    const known = page.items.length > 0 && news === 0 && pages > gapDepth + pagesWithNews;
    if (known || pageToken === undefined) break;
    watch.pageRead(rowIds, pageToken);
  }
  if (catalog.state.get('poll.depth') !== undefined)
    catalog.transaction(() => catalog.state.set('poll.depth', undefined));
  return allNews;
}

async function readAlbums(context: PassContext, signal: AbortSignal): Promise<number> {
  const { catalog, library } = context;
  const watch = new PageWatch();
  let pageToken: string | undefined;
  let pages = 0;
  do {
    const page: Page<Album> = await library.listAlbums({
      pageSize: ALBUMS_A_PAGE,
      ...(pageToken === undefined ? {} : { pageToken }),
      signal,
    });
    pages += 1;
    const pass = Number(catalog.state.get('pass') ?? 0);
    const news = catalog.transaction(() => catalog.albums.put(page.items, pass));
    if (news > 0) context.changed();
    pageToken = page.nextPageToken;
    watch.pageRead(
      page.items.map(({ id }) => id),
      pageToken,
    );
  } while (pageToken !== undefined);
  return pages;
}

/** Asks for the newest videos that had no bytes yet; a video that became ready is measured next. */
async function askForVideos(context: PassContext, signal: AbortSignal): Promise<number | undefined> {
  const waiting = context.catalog.items.unready(IDS_A_REQUEST);
  if (waiting.length === 0) return undefined;
  const answers = await context.library.batchGetMediaItems(waiting, signal);
  const found = [...answers.values()].flatMap((answer) => (answer instanceof RemoteError ? [] : [answer]));
  storePage(context, found, sightingMark(context.catalog));
  return found.filter(({ videoStatus }) => videoStatus !== 'READY').length;
}
