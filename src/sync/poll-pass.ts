import type { Album } from '../library/album.js';
import type { MediaItem } from '../library/media-item.js';
import type { Page } from '../library/remote-library.js';
import {
  ALBUMS_A_PAGE,
  ITEMS_A_PAGE,
  readFavorites,
  readMembership,
  sightingMark,
  takeIn,
  type PassContext,
} from './listings.js';
import { PageWatch } from './page-watch.js';

/** A short look: newest items until known ground, albums that changed, favourites. Removes no item and no album. */
export async function runPollPass(context: PassContext, signal: AbortSignal): Promise<void> {
  await readNewest(context, signal);
  await readAlbums(context, signal);
  for (const album of context.catalog.albums.changed()) await readMembership(context, album, signal);
  await readFavorites(context, signal);
}

/**
 * Reads newest first until a page brings nothing new. A pass that broke off after pages with news left a gap below them, so
 * their number is kept: the next one goes at least that deep before it trusts known ground.
 */
async function readNewest(context: PassContext, signal: AbortSignal): Promise<void> {
  const { catalog, library } = context;
  const gapDepth = Number(catalog.state.get('poll.depth') ?? 0);
  const watch = new PageWatch();
  let pageToken: string | undefined;
  let pagesWithNews = 0;
  for (let pages = 1; ; pages += 1) {
    const page: Page<MediaItem> = await library.listMediaItems({
      pageSize: ITEMS_A_PAGE,
      ...(pageToken === undefined ? {} : { pageToken }),
      signal,
    });
    const { news } = takeIn(context, page.items, sightingMark(catalog), (found) => {
      if (found > 0) catalog.state.set('poll.depth', String(Math.max(gapDepth + pagesWithNews + 1, pages)));
    });
    if (news > 0) pagesWithNews += 1;
    pageToken = page.nextPageToken;
    const known = page.items.length > 0 && news === 0 && pages > gapDepth + pagesWithNews;
    if (known || pageToken === undefined) break;
    watch.turned(page.items.length, pageToken);
  }
  if (catalog.state.get('poll.depth') !== undefined)
    catalog.transaction(() => catalog.state.set('poll.depth', undefined));
}

async function readAlbums(context: PassContext, signal: AbortSignal): Promise<void> {
  const { catalog, library } = context;
  const watch = new PageWatch();
  let pageToken: string | undefined;
  do {
    const page: Page<Album> = await library.listAlbums({
      pageSize: ALBUMS_A_PAGE,
      ...(pageToken === undefined ? {} : { pageToken }),
      signal,
    });
    const pass = Number(catalog.state.get('pass') ?? 0);
    const news = catalog.transaction(() => catalog.albums.put(page.items, pass));
    if (news > 0) context.changed();
    pageToken = page.nextPageToken;
    watch.turned(page.items.length, pageToken);
  } while (pageToken !== undefined);
}
