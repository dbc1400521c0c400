import type { PassPart } from '../catalog/sync-state-store.js';
import type { MediaItem } from '../library/media-item.js';
import type { Page } from '../library/remote-library.js';
import { takeIn, type PassContext } from './listings.js';
import { dayOf, SLACK, type DayRange, type Part } from './pass-parts.js';

/** How often a page is asked for that may not be what it claims to be; then it is taken as it is. */
const MOST_ASKS = 4;
/** After so many pages in a row that stayed in doubt, the next ones are asked for once: long rows of empty pages are legal. */
const STUBBORN_PAGES = 10;

/** What a search by date must keep to. */
interface SearchSoFar {
  /** The days that it asks for; undefined for all. */
  readonly range: DayRange | undefined;
  /** The day of the oldest item on the page before; undefined before the first. */
  readonly reached: number | undefined;
}

/** Whether a page may have lost what was on it, or shows what belongs elsewhere: nothing, days not asked for, or again what was above. */
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
  stubborn: number;
}

/**
 * Pages of the plain list and of the searches that tell what is archived. What such a page hides by mistake would look gone, or
 * archived, and go out of sight: so one that is in doubt is asked for again.
 */
export class PageDoubts {
  readonly #context: PassContext;
  readonly #doubts = new Map<string, Doubt>();

  constructor(context: PassContext) {
    this.#context = context;
  }

  /**
   * True where the same page is to be asked for once more; its items are taken in, but it does not count. Where doubt remains the
   * page counts, and the pass remembers that: nothing new looks archived for it. Only a range may well be empty.
   */
  isAskedAgain(part: Part, stored: PassPart, page: Page<MediaItem>): boolean {
    const { catalog, echoes } = this.#context;
    const { state } = catalog;
    const doubt = this.#doubts.get(part.name) ?? { last: '', asked: 0, stubborn: 0 };
    this.#doubts.set(part.name, doubt);
    const reached = state.get(`pass.at/reached/${part.name}`);
    const soFar = { range: part.range, reached: reached === undefined ? undefined : Number(reached) };
    const ids = page.items.map(({ id }) => id).join(' ');
    const isRepeated = (ids !== '' && ids === doubt.last) || echoes.has(page);
    // Of the plain list nobody promised an order, and what one page of it lost, searches and a question by id find.
    const isOdd =
      part.kind === 'items' ? ids === '' && page.nextPageToken === undefined : isDoubtful(page.items, soFar);
    const isDoubted = isRepeated || isOdd;
    doubt.asked += 1;
    if (isDoubted && doubt.asked < MOST_ASKS && doubt.stubborn < STUBBORN_PAGES) {
      takeIn(this.#context, page.items, 0);
      return true;
    }
    const isEmptyRange = ids === '' && part.range !== undefined && stored.token === undefined && stored.pages === 0;
    if (isDoubted && !isEmptyRange) catalog.transaction(() => state.set(`pass.at/odd/${part.kind}`, '1'));
    doubt.asked = 0;
    doubt.stubborn = isDoubted ? doubt.stubborn + 1 : 0;
    doubt.last = ids;
    return false;
  }

  /** The listing begins at its first page, or somewhere on its way, again. */
  begunAnew(name: string): void {
    this.#doubts.delete(name);
  }

  clear(): void {
    this.#doubts.clear();
  }
}
