import { ITEMS_A_PAGE } from './listings.js';
import { itemsLeft, type DayRange, type RangeProgress } from './pass-parts.js';

/** What a first sync has still to read. Estimates. */
export interface Outlook {
  /** Items that are not in the catalog yet. */
  readonly items: number;
  /** Pages of all listings but the plain one, which goes on after the first sync. */
  readonly pages: number;
}

/** How many items ranges still hold together; of one that brought no page yet only its days are known. Undefined where none brought any. */
export function itemsLeftOf(
  ranges: readonly (RangeProgress | DayRange | undefined)[],
  today: number,
): number | undefined {
  const begun = ranges.filter((range) => range !== undefined && 'reached' in range);
  const waiting = ranges.filter((range) => range !== undefined && 'from' in range);
  const listed = begun.reduce((sum, { range, reached }) => sum + Math.min(range.to, today) - reached + 1, 0);
  const seen = begun.reduce((sum, range) => sum + range.seen, 0);
  if (waiting.length > 0 && (listed <= 0 || seen === 0)) return undefined;
  // Hardly anybody has photos older than their first digital camera.
  const days = waiting.reduce(
    (sum, { from, to }) => sum + Math.max(0, Math.min(to, today) - Math.max(from, today - 20 * 366)),
    0,
  );
  return begun.reduce((sum, range) => sum + itemsLeft(range), 0) + (days === 0 ? 0 : (days * seen) / listed);
}

export interface Remaining {
  /** Items still to come; undefined where nobody can know. */
  readonly left: number | undefined;
  readonly known: number;
  /** Pages read of the search without the archive, which shows nearly everything once more. */
  readonly again: number;
  /** Other listings still to be read. */
  readonly others: number;
}

export function outlookOf({ left, known, again, others }: Remaining): Outlook | undefined {
  if (left === undefined) return undefined;
  const items = Math.round(left);
  return { items, pages: items / ITEMS_A_PAGE + Math.max(0, (known + items) / ITEMS_A_PAGE - again) + others };
}
