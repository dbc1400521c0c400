import type { PassPart } from '../catalog/sync-state-store.js';
import type { MediaItem } from '../library/media-item.js';
import type { Page } from '../library/remote-library.js';
import { storePage, type PassContext } from './listings.js';
import { dayOf, SLACK, type DayRange, type Part } from './pass-parts.js';

/** How often a doubtful page is asked for before it is accepted. */
const MOST_ASKS = 4;
/** After this many doubtful pages in a row, pages are asked for only once: many empty pages in a row are legal. */
const DOUBTFUL_PAGES = 10;

/** What is known of a search by date before its next page. */
interface SearchSoFar {
  /** The days that it asks for; undefined for all. */
  readonly range: DayRange | undefined;
  /** The day of the oldest item on the page before; undefined before the first. */
  readonly reached: number | undefined;
}

/** Whether a page may be wrong: it is empty, has days that were not asked for, or newer days than the page before. */
export function isDoubtful(items: readonly MediaItem[], { range, reached }: SearchSoFar): boolean {
  if (items.length === 0) return true;
  const days = items.map(({ creationTime }) => dayOf(creationTime));
  const isElsewhere = range !== undefined && days.some((day) => day > range.to + SLACK || day < range.from - SLACK);
  return isElsewhere || (reached !== undefined && Math.max(...days) > reached + SLACK);
}

interface Doubt {
  /** Ids on the last page. */
  last: string;
  /** How often the next page was asked for in vain. */
  asked: number;
  /** Pages in a row that stayed in doubt. */
  inARow: number;
}

/**
 * Checks pages of the plain list and of the searches for archived items. Items missing on a wrong page would look
 * removed or archived, so a doubtful page is asked for again.
 */
export class PageDoubts {
  readonly #context: PassContext;
  readonly #doubts = new Map<string, Doubt>();

  constructor(context: PassContext) {
    this.#context = context;
  }

  /**
   * True if the same page is to be asked for once more; its items are stored, but the page does not count. If the doubt
   * remains, the page counts, and this pass archives nothing new. An empty range is no reason for doubt in the end.
   */
  isAskedAgain(part: Part, stored: PassPart, page: Page<MediaItem>): boolean {
    const { catalog, repeatedPages } = this.#context;
    const { state } = catalog;
    const doubt = this.#doubts.get(part.name) ?? { last: '', asked: 0, inARow: 0 };
    this.#doubts.set(part.name, doubt);
    const reached = state.get(`pass.at/reached/${part.name}`);
    const soFar = { range: part.range, reached: reached === undefined ? undefined : Number(reached) };
    const ids = page.items.map(({ id }) => id).join(' ');
    const isRepeated = (ids !== '' && ids === doubt.last) || repeatedPages.has(page);
    // The plain list has no promised order. Items that one of its pages lost are found by searches or by id.
    const isOdd =
      part.kind === 'items' ? ids === '' && page.nextPageToken === undefined : isDoubtful(page.items, soFar);
    const isDoubted = isRepeated || isOdd;
    doubt.asked += 1;
    if (isDoubted && doubt.asked < MOST_ASKS && doubt.inARow < DOUBTFUL_PAGES) {
      storePage(this.#context, page.items, 0);
      return true;
    }
    const isEmptyRange = ids === '' && part.range !== undefined && stored.token === undefined && stored.pages === 0;
    if (isDoubted && !isEmptyRange) catalog.transaction(() => state.set(`pass.at/odd/${part.kind}`, '1'));
    doubt.asked = 0;
    doubt.inARow = isDoubted ? doubt.inARow + 1 : 0;
    doubt.last = ids;
    return false;
  }

  /** The listing starts again, at its first page or at the date reached. */
  restarted(name: string): void {
    this.#doubts.delete(name);
  }

  clear(): void {
    this.#doubts.clear();
  }
}
