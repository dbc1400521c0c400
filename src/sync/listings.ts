import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CatalogWriter } from '../catalog/catalog-writer.js';
import { ROWS_A_TRANSACTION } from '../catalog/transaction-size.js';
import type { AlbumToList } from '../catalog/album-store.js';
import type { MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { MediaSearch, Page, RemoteLibrary } from '../library/remote-library.js';
import { BudgetSpentError } from './budget.js';
import type { Echoes } from './echoes.js';
import { PageWatch } from './page-watch.js';
import { decideMembership, decideShrinking } from './shrink-rule.js';

export const ITEMS_A_PAGE = 100;
export const ALBUMS_A_PAGE = 50;

/** Marks of a full pass on items: which of its listings held them. */
export const Mark = { listed: 1, withArchived: 2, withoutArchived: 4, elsewhere: 8, foundById: 16 } as const;
/** Any listing held it. */
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

/** Rows that lose a mark in one transaction. */
const ROWS_UNMARKED = 10_000;

/** Takes a mark off all items; killed in the middle, it is to be done again. */
export async function unmarkAll(catalog: CatalogWriter, mark: number): Promise<void> {
  const last = catalog.items.lastMarked();
  for (let from = 0; mark !== 0 && from <= last; from += ROWS_UNMARKED) {
    catalog.transaction(() => {
      catalog.items.unmark(mark, from, from + ROWS_UNMARKED - 1);
    });
    await nextTurn();
  }
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
      const { rowIds } = takeIn(context, page.items, sightingMark(context.catalog));
      for (const rowId of rowIds) seen.add(rowId);
      half.pageToken = page.nextPageToken;
      half.isBarren ||= seen.size === before;
      half.isEchoed ||= context.echoes.has(page);
      watch.turned(rowIds, page.nextPageToken);
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

/** Reads what an album holds to its end before it changes anything: a half-read album is never shown as whole. */
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
  const moved = await storeMembers(catalog, album.rowId, decision.members, () => {
    if (decision.hold === undefined) catalog.albums.membersListed(album);
    else catalog.albums.hold(album.rowId, decision.hold);
  });
  if (moved) context.changed();
}

/** Members come before others go, so that a large change shows nothing too few on its way; one that is broken off is read again. */
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

/** Reads all favourites and makes the catalog's the same; a sudden loss must be seen twice. Answers how many there are. */
export async function readFavorites(context: PassContext, signal: AbortSignal): Promise<number> {
  const { catalog } = context;
  const search: MediaSearch = { favorites: true, includeArchived: true };
  const { rowIds, isBarren, isEchoed } = await searchToTheEnd(context, search, signal);
  const before = catalog.items.favorites();
  const known = new Set(before);
  const now = new Set(rowIds);
  const missing = before.filter((rowId) => !now.has(rowId));
  const heldDigest = catalog.state.get('held.favorites');
  const decision = decideShrinking({ known: before.length, missing, heldDigest, odd: isBarren || isEchoed });
  // Broken off between two transactions, the next look at the favourites finds the rest.
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
