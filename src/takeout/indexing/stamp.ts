import type { LocalTime } from '../matching/time-in-name.js';

const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/;

/** When an export was made, in milliseconds: the date of items of which nothing else tells one. */
export function timeOfStamp(stamp: string): number {
  const [, year, month, day, hour, minute, second] = STAMP.exec(stamp) ?? [];
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return Number.isNaN(time) ? 0 : time;
}

/** The stamp of a moment, as Google spells it. */
export function stampOf(time: number): string {
  return new Date(time)
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
}

/** A time on a clock, as if that clock showed UTC. */
export function shownTime({ year, month, day, hour, minute, second, millisecond }: LocalTime): number {
  // Date.UTC would read the years 0 to 99 as 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000 + millisecond;
}
