import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { AlbumToList } from '../catalog/album-store.js';
import type { MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { MediaSearch, Page, RemoteLibrary } from '../library/remote-library.js';
import type { Echoes } from './echoes.js';
import { PageWatch } from './page-watch.js';
import { decideMembership, decideShrinking } from './shrink-rule.js';

export const ITEMS_A_PAGE = 100;
export const ALBUMS_A_PAGE = 50;

/** Marks of a full pass on items: which of its listings held them. */
export const Mark = { listed: 1, withArchived: 2, withoutArchived: 4, elsewhere: 8 } as const;
export const ANY_MARK = 15;

/** A search that broke off, as far as it had come. */
interface HalfRead {
  readonly seen: Set<number>;
  readonly watch: PageWatch;
  pageToken: string | undefined;
  /** Some page brought nothing new. */
  isBarren: boolean;
  /** Some page only repeated the answer before it, whatever that belonged to. */
  isEchoed: boolean;
}

/** What every pass works with. */
export interface PassContext {
  readonly library: RemoteLibrary;
  readonly catalog: CatalogWriter;
  /** Takes note of base URLs while they are fresh. */
  readonly learn: (items: readonly MediaItem[]) => void;
  /** Something visible changed. */
  readonly changed: () => void;
  readonly echoes: Echoes;
  /** Searches that are read as a whole, by what they ask for: an error costs one page of a large album, not the album. */
  readonly halfRead?: Map<string, HalfRead>;
}

/** Puts a page into the catalog in one transaction, with whatever belongs to the same step; tells how much of it was news. */
export function takeIn(
  context: PassContext,
  items: readonly MediaItem[],
  mark: number,
  alongside: (news: number) => void = () => undefined,
): { news: number; newlyMarked: number; rowIds: readonly number[] } {
  const { catalog } = context;
  context.learn(items);
  const result = catalog.transaction(() => {
    const outcome = catalog.items.put(items, mark);
    const news = outcome.added + outcome.changed + outcome.returned;
    alongside(news);
    return { news, newlyMarked: outcome.newlyMarked, rowIds: outcome.rowIds };
  });
  if (result.news > 0) context.changed();
  return result;
}

/** The mark for items seen outside the full pass's own listings, while one is under way. */
export function sightingMark(catalog: CatalogWriter): number {
  return catalog.state.get('pass') === undefined ? 0 : Mark.elsewhere;
}

/** Reads a search to its end, a transaction a page, going on where it broke off; answers the rows in its order, each once. */
async function searchToTheEnd(
  context: PassContext,
  search: MediaSearch,
  signal: AbortSignal,
): Promise<{ rowIds: number[]; isBarren: boolean; isEchoed: boolean }> {
  const key = search.albumId ?? '';
  const half: HalfRead = context.halfRead?.get(key) ?? {
    seen: new Set(),
    watch: new PageWatch(),
    pageToken: undefined,
    isBarren: false,
    isEchoed: false,
  };
  context.halfRead?.set(key, half);
  try {
    for (;;) {
      const { pageToken, seen, watch } = half;
      const page: Page<MediaItem> = await context.library.searchMediaItems(search, {
        pageSize: ITEMS_A_PAGE,
        ...(pageToken === undefined ? {} : { pageToken }),
        signal,
      });
      const before = seen.size;
      for (const rowId of takeIn(context, page.items, sightingMark(context.catalog)).rowIds) seen.add(rowId);
      half.pageToken = page.nextPageToken;
      half.isBarren ||= seen.size === before;
      half.isEchoed ||= context.echoes.has(page);
      watch.turned(seen.size - before, page.nextPageToken);
      if (page.nextPageToken !== undefined) continue;
      context.halfRead?.delete(key);
      return { ...half, rowIds: [...seen] };
    }
  } catch (error) {
    if (!(error instanceof RemoteError) || error.kind === 'bad-page-token') context.halfRead?.delete(key);
    throw error;
  }
}

/** Reads what an album holds and commits it at once: a half-read album is never shown as whole. */
export async function readMembership(context: PassContext, album: AlbumToList, signal: AbortSignal): Promise<void> {
  const { catalog } = context;
  let listed: number[];
  let isEchoed: boolean;
  try {
    ({ rowIds: listed, isEchoed } = await searchToTheEnd(context, { albumId: album.albumId }, signal));
  } catch (error) {
    // Deleted since the albums were listed: the next full pass draws the conclusion.
    if (error instanceof RemoteError && error.kind === 'not-found') return;
    throw error;
  }
  const decision = decideMembership({
    before: catalog.albums.members(album.rowId),
    listed,
    announced: album.remoteCount,
    odd: isEchoed,
    heldDigest: catalog.albums.held(album.rowId) ?? undefined,
  });
  const moved = catalog.transaction(() => {
    if (decision.hold === undefined) catalog.albums.membersListed(album);
    else catalog.albums.hold(album.rowId, decision.hold);
    return catalog.albums.setMembers(album.rowId, decision.members);
  });
  if (moved) context.changed();
}

/** Reads all favourites and makes the catalog's the same; a sudden loss must be seen twice. Answers how many there are. */
export async function readFavorites(context: PassContext, signal: AbortSignal): Promise<number> {
  const { catalog } = context;
  const search: MediaSearch = { favorites: true, includeArchived: true };
  const { rowIds, isBarren, isEchoed } = await searchToTheEnd(context, search, signal);
  const before = catalog.items.favorites();
  const now = new Set(rowIds);
  const missing = before.filter((rowId) => !now.has(rowId));
  const heldDigest = catalog.state.get('held.favorites');
  const decision = decideShrinking({ known: before.length, missing, heldDigest, odd: isBarren || isEchoed });
  catalog.transaction(() => {
    catalog.items.setFlag('favorite', 1, rowIds);
    if (decision.action === 'apply') catalog.items.setFlag('favorite', 0, missing);
    catalog.state.set('held.favorites', decision.action === 'hold' ? decision.digest : undefined);
  });
  if (missing.length > 0 || rowIds.length > before.length) context.changed();
  return rowIds.length;
}
