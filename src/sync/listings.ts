import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogWriter } from '../catalog/catalog-writer.js';
import { ROWS_A_TRANSACTION } from '../catalog/transaction-size.js';
import type { AlbumToList } from '../catalog/album-store.js';
import type { MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { MediaSearch, Page, RemoteLibrary } from '../library/remote-library.js';
import { BudgetSpentError } from './budget.js';
import type { RepeatedPages } from './repeated-pages.js';
import { PageWatch } from './page-watch.js';
import { decideMembership, decideShrinking } from './shrink-rule.js';

export const ITEMS_A_PAGE = 100;
export const ALBUMS_A_PAGE = 50;

/** Marks of a full pass on items: the listings that held them. */
export const Mark = { listed: 1, withArchived: 2, withoutArchived: 4, elsewhere: 8, foundById: 16 } as const;
/** Any listing held it. */
export const ANY_MARK = 15;

/** The state of a search that broke off. */
interface HalfRead {
  readonly seen: Set<number>;
  readonly watch: PageWatch;
  pageToken: string | undefined;
  /** A page had nothing new. */
  isBarren: boolean;
  /** A page only repeated the answer to the request before it. */
  hasRepeatedPage: boolean;
}

/** What every pass works with. */
export interface PassContext {
  readonly library: RemoteLibrary;
  readonly catalog: CatalogWriter;
  /** Stores the base URLs of listed items while they are fresh. */
  readonly learn: (items: readonly MediaItem[]) => void;
  /** Something visible changed. */
  readonly changed: () => void;
  readonly repeatedPages: RepeatedPages;
  /** Searches that broke off, by album id (empty: favourites). They go on at the failed page, not at the first. */
  readonly halfRead?: Map<string, HalfRead>;
}

/** Stores a page in the catalog, with `alongside` in the same transaction. Returns how much of it was new. */
export function storePage(
  context: PassContext,
  items: readonly MediaItem[],
  mark: number,
  alongside: (news: number) => void = () => undefined,
): { news: number; newlyMarked: number; rowIds: readonly number[] } {
  const { catalog } = context;
  // The search without archived items repeats what the pass has just read of the others.
  if (mark !== Mark.withoutArchived) context.learn(items);
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

/** Rows that lose a mark in one transaction. */
const ROWS_UNMARKED = 10_000;

/** Removes a mark from all items. If the process is killed in between, it must be done again. */
export async function unmarkAll(catalog: CatalogWriter, mark: number): Promise<void> {
  const last = catalog.marks.lastMarked();
  for (let from = 0; mark !== 0 && from <= last; from += ROWS_UNMARKED) {
    catalog.transaction(() => {
      catalog.marks.unmark(mark, from, from + ROWS_UNMARKED - 1);
    });
    await nextTurn();
  }
}

/** Reads a search to its end, one transaction a page; resumes where it broke off. Returns each row once, in order. */
async function searchToTheEnd(
  context: PassContext,
  search: MediaSearch,
  signal: AbortSignal,
): Promise<{ rowIds: number[]; isBarren: boolean; hasRepeatedPage: boolean }> {
  const key = search.albumId ?? '';
  const half: HalfRead = context.halfRead?.get(key) ?? {
    seen: new Set(),
    watch: new PageWatch(),
    pageToken: undefined,
    isBarren: false,
    hasRepeatedPage: false,
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
      const { rowIds } = storePage(context, page.items, sightingMark(context.catalog));
      for (const rowId of rowIds) seen.add(rowId);
      half.pageToken = page.nextPageToken;
      half.isBarren ||= seen.size === before;
      half.hasRepeatedPage ||= context.repeatedPages.has(page);
      watch.pageRead(rowIds, page.nextPageToken);
      if (page.nextPageToken !== undefined) continue;
      context.halfRead?.delete(key);
      return { ...half, rowIds: [...seen] };
    }
  } catch (error) {
    const isPassing =
      error instanceof BudgetSpentError || (error instanceof RemoteError && error.kind !== 'bad-page-token');
    if (!isPassing) context.halfRead?.delete(key);
    throw error;
  }
}

/** Reads the members of an album to the end before it changes any: a half-read album is never shown. */
export async function readMembership(context: PassContext, album: AlbumToList, signal: AbortSignal): Promise<void> {
  const { catalog } = context;
  let listed: number[];
  let hasRepeatedPage: boolean;
  try {
    ({ rowIds: listed, hasRepeatedPage } = await searchToTheEnd(context, { albumId: album.albumId }, signal));
  } catch (error) {
    // Deleted since the albums were listed: the next full pass removes it.
    if (error instanceof RemoteError && error.kind === 'not-found') return;
    throw error;
  }
  const decision = decideMembership({
    before: catalog.albums.members(album.rowId),
    listed,
    announced: album.remoteCount,
    odd: hasRepeatedPage,
    heldDigest: catalog.albums.held(album.rowId) ?? undefined,
  });
  const moved = await storeMembers(catalog, album.rowId, decision.members, () => {
    if (decision.hold === undefined) catalog.albums.membersListed(album);
    else catalog.albums.hold(album.rowId, decision.hold);
  });
  if (moved) context.changed();
}

/**
 * Adds members before it removes others, so that no member is missing in between. If broken off, the album is read
 * again.
 */
async function storeMembers(
  catalog: CatalogWriter,
  rowId: number,
  members: readonly number[],
  remember: () => void,
): Promise<boolean> {
  const { albums } = catalog;
  const { placed, removed } = albums.changesTo(rowId, members);
  const isLarge = placed.length + removed.length > ROWS_A_TRANSACTION;
  if (isLarge) {
    catalog.transaction(() => {
      albums.membersUncertain(rowId);
    });
    await catalog.inSlices(placed, (some) => {
      albums.place(rowId, some);
    });
    await takeOutMembers(catalog, rowId, removed);
  }
  catalog.transaction(() => {
    if (!isLarge) albums.place(rowId, placed);
    if (!isLarge) albums.takeOut(rowId, removed);
    remember();
  });
  return placed.length + removed.length > 0;
}

export function takeOutMembers(catalog: CatalogWriter, rowId: number, items: readonly number[]): Promise<void> {
  return catalog.inSlices(items, (some) => {
    catalog.albums.takeOut(rowId, some);
  });
}

/** Reads all favourites and updates the catalog; a sudden loss must be seen twice. Returns their number. */
export async function readFavorites(context: PassContext, signal: AbortSignal): Promise<number> {
  const { catalog } = context;
  const search: MediaSearch = { favorites: true, includeArchived: true };
  const { rowIds, isBarren, hasRepeatedPage } = await searchToTheEnd(context, search, signal);
  const before = catalog.items.favorites();
  const known = new Set(before);
  const now = new Set(rowIds);
  const missing = before.filter((rowId) => !now.has(rowId));
  const heldDigest = catalog.state.get('held.favorites');
  const decision = decideShrinking({ known: before.length, missing, heldDigest, odd: isBarren || hasRepeatedPage });
  // If broken off between two transactions, the next read of the favourites does the rest.
  await catalog.inSlices(
    rowIds.filter((rowId) => !known.has(rowId)),
    (some) => {
      catalog.items.setFlag('favorite', 1, some);
    },
  );
  if (decision.action === 'apply')
    await catalog.inSlices(missing, (some) => {
      catalog.items.setFlag('favorite', 0, some);
    });
  catalog.transaction(() => {
    catalog.state.set('held.favorites', decision.action === 'hold' ? decision.digest : undefined);
  });
  if (missing.length > 0 || rowIds.length > before.length) context.changed();
  return rowIds.length;
}
