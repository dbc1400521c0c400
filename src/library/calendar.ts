/** A day of the calendar that date folders follow. Month and day count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A year, a month of it or a day of that; a month or day of 0 means the whole year or month. */
export type CalendarPeriod = CalendarDay;

/** Days of one time zone. Times are milliseconds since the epoch. */
export interface Calendar {
  /** As the IANA database names it: `Europe/Rome`, `UTC`. */
  readonly zone: string;
  /** The day of a moment. */
  dayOf(time: number): CalendarDay;
  /** When a day begins. Month and day may run over. Where clocks skip midnight, the moment at which they are set. */
  startOfDay(year: number, month: number, day: number): number;
  /**
   * The moment at which clocks of the zone show a time, which is given as if it were UTC. A time that is skipped is the moment at which
   * clocks are set; of one that comes twice the first.
   */
  instantOf(shown: number): number;
}

/** Date.UTC would read the years 0 to 99 as 1900 to 1999. */
function startInUtc(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}

function dayInUtc(time: number): CalendarDay {
  const date = new Date(time);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

export const UTC: Calendar = { zone: 'UTC', dayOf: dayInUtc, startOfDay: startInUtc, instantOf: (shown) => shown };

/** The calendar of a time zone. Throws RangeError for a name that is not known. */
export function calendarOf(zone: string): Calendar {
  const { timeZone } = new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions();
  // Where a city has two spellings, Node knows it by the older one.
  return timeZone === 'UTC' ? UTC : new ZoneCalendar(timeZone.toLowerCase() === zone.toLowerCase() ? timeZone : zone);
}

/** The time zone of this machine. */
export function systemZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The start and the end (exclusive) of a year, month or day. */
export function boundsOf(calendar: Calendar, { year, month, day }: CalendarPeriod): { from: number; to: number } {
  const from = calendar.startOfDay(year, Math.max(month, 1), Math.max(day, 1));
  if (month === 0) return { from, to: calendar.startOfDay(year + 1, 1, 1) };
  if (day === 0) return { from, to: calendar.startOfDay(year, month + 1, 1) };
  return { from, to: calendar.startOfDay(year, month, day + 1) };
}

/** Whether the month has this day, which counts from 1. */
export function isDay(year: number, month: number, day: number): boolean {
  return day >= 1 && startInUtc(year, month, day) < startInUtc(year, month + 1, 1);
}

const DAY_MS = 86_400_000;
/** Days whose start is remembered: those of fifty years. */
const MOST_STARTS = 20_000;

class ZoneCalendar implements Calendar {
  readonly zone: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #starts = new Map<number, number>();

  constructor(zone: string) {
    this.zone = zone;
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  }

  dayOf(time: number): CalendarDay {
    const date = dayInUtc(time + this.#offset(time));
    const start = this.startOfDay(date.year, date.month, date.day);
    // Where clocks are set back over midnight, a few minutes of the new day come before the rest of the old one.
    return time >= start ? date : dayInUtc(startInUtc(date.year, date.month, date.day) - DAY_MS);
  }

  startOfDay(year: number, month: number, day: number): number {
    const midnight = startInUtc(year, month, day);
    const known = this.#starts.get(midnight);
    if (known !== undefined) return known;
    const start = this.#startOf(midnight);
    if (this.#starts.size >= MOST_STARTS) this.#starts.clear();
    this.#starts.set(midnight, start);
    return start;
  }

  instantOf(shown: number): number {
    return this.#startOf(shown);
  }

  /** When clocks show this midnight, given as if they showed UTC. */
  #startOf(midnight: number): number {
    const before = this.#offset(midnight - DAY_MS);
    const after = this.#offset(midnight + DAY_MS);
    if (before === after) return midnight - before;
    const change = this.#change(midnight - DAY_MS, midnight + DAY_MS);
    // The old offset holds until the change: clocks show midnight before it, skip it, or have not reached it.
    if (midnight - before < change && change + after >= midnight) return midnight - before;
    return Math.max(change, midnight - after);
  }

  /** When the offset changes between two moments of different offsets. */
  #change(from: number, to: number): number {
    const before = this.#offset(from);
    let [earlier, later] = [from, to];
    while (later - earlier > 1) {
      const middle = Math.floor((earlier + later) / 2);
      if (this.#offset(middle) === before) earlier = middle;
      else later = middle;
    }
    return later;
  }

  /** Milliseconds that clocks are ahead of UTC. */
  #offset(time: number): number {
    const [, sign, hours, minutes, seconds = '0'] =
      /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(this.#format.format(time)) ?? [];
    if (hours === undefined) return 0;
    const ahead = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return (sign === '-' ? -ahead : ahead) * 1000;
  }
}
