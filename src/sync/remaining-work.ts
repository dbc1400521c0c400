import { ITEMS_A_PAGE } from './listings.js';
import { itemsLeft, type DayRange, type RangeProgress } from './pass-parts.js';

/** Estimate of what the first sync has still to read. */
export interface RemainingWork {
  /** Items that are not in the catalog yet. */
  readonly items: number;
  /** Pages of all listings except the plain list, which goes on after the first sync. */
  readonly pages: number;
}

/**
 * Estimated items left in all ranges. Of a range without a page so far only its number of days is known. Undefined if
 * no range had a page.
 */
export function itemsLeftOf(
  ranges: readonly (RangeProgress | DayRange | undefined)[],
  today: number,
): number | undefined {
  const begun = ranges.filter((range) => range !== undefined && 'reached' in range);
  const waiting = ranges.filter((range) => range !== undefined && 'from' in range);
  const listed = begun.reduce((sum, { range, reached }) => sum + Math.min(range.to, today) - reached + 1, 0);
  const seen = begun.reduce((sum, range) => sum + range.seen, 0);
  if (waiting.length > 0 && (listed <= 0 || seen === 0)) return undefined;
  // Few photos are older than 20 years: earlier days are not counted.
  const days = waiting.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, today) - Math.max(from, today - 20 * 366)),
    0,
  );
  return begun.reduce((sum, range) => sum + itemsLeft(range), 0) + (days === 0 ? 0 : (days * seen) / listed);
}

export interface RemainingCounts {
  /** Items still to come; undefined if there is no basis for an estimate. */
  readonly left: number | undefined;
  readonly known: number;
  /** Pages read of the search without archived items, which lists nearly every item a second time. */
  readonly again: number;
  /** Other listings still to be read. */
  readonly others: number;
}

export function remainingWorkOf({ left, known, again, others }: RemainingCounts): RemainingWork | undefined {
  if (left === undefined) return undefined;
  const items = Math.round(left);
  return { items, pages: items / ITEMS_A_PAGE + Math.max(0, (known + items) / ITEMS_A_PAGE - again) + others };
}
