/** A day of the calendar that date folders follow. Month and day count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/**
 * The day of a moment (milliseconds since the epoch). Dates are in UTC, because Google gives no time zone. This and
 * {@link startOfDay} are the only places that say so.
 */
export function dayOf(time: number): CalendarDay {
  const date = new Date(time);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/**
 * When a day begins (milliseconds). Month and day may run over. Date.UTC would read the years 0 to 99 as 1900 to 1999.
 */
export function startOfDay(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
