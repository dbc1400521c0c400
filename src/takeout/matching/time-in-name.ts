import { isDay } from '../../library/calendar.js';

/** What a clock on the wall shows; month and day from 1. */
export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

/** A moment, or a time of which the zone is not known. */
export type TimeHint = { readonly instant: number } | { readonly local: LocalTime };

/** A name that gives a day only: the middle of it, which is that day in most zones. */
const NOON = 12;

const DATE = '(?<year>(?:19|20)\\d\\d)(?<month>\\d\\d)(?<day>\\d\\d)';
const CLOCK = '(?<hour>\\d\\d)(?<minute>\\d\\d)(?<second>\\d\\d)(?<fraction>\\d{3})?';
const DASHED_DATE = '(?<year>(?:19|20)\\d\\d)[-._](?<month>\\d\\d)[-._](?<day>\\d\\d)';
const DASHED_CLOCK = '(?<hour>\\d\\d)[-.:_h](?<minute>\\d\\d)[-.:_m](?<second>\\d\\d)';

/** The first that fits and gives a true date counts. */
const PATTERNS: readonly RegExp[] = [
  new RegExp(`(?<!\\d)${DATE}[-_ T.]?${CLOCK}(?!\\d)`),
  new RegExp(`(?<!\\d)${DASHED_DATE}(?: at |[-_ T.]+)${DASHED_CLOCK}(?!\\d)`),
  new RegExp(`(?<!\\d)${DASHED_DATE}[-_ T.]${CLOCK}(?!\\d)`),
  new RegExp(`(?<!\\d)${DATE}(?!\\d)`),
  new RegExp(`(?<!\\d)${DASHED_DATE}(?!\\d)`),
];

const UNIX_MILLISECONDS = /(?<!\d)1\d{12}(?!\d)/;
/** Pixel phones name their files by UTC. */
const NAMED_BY_UTC = /^PXL_/;

/** The time in the digits of a file name, as cameras, phones and messengers write it; undefined without a true date. */
export function timeInName(name: string): TimeHint | undefined {
  for (const pattern of PATTERNS) {
    const local = localTimeOf(pattern.exec(name)?.groups);
    if (local === undefined) continue;
    return NAMED_BY_UTC.test(name) && pattern === PATTERNS[0] ? { instant: utcOf(local) } : { local };
  }
  const milliseconds = UNIX_MILLISECONDS.exec(name)?.[0];
  return milliseconds === undefined ? undefined : { instant: Number(milliseconds) };
}

function localTimeOf(groups: Readonly<Record<string, string | undefined>> | undefined): LocalTime | undefined {
  if (groups === undefined) return undefined;
  const number = (part: string, absent: number) => Number(groups[part] ?? absent);
  const local = {
    year: number('year', 0),
    month: number('month', 0),
    day: number('day', 0),
    hour: number('hour', NOON),
    minute: number('minute', 0),
    second: number('second', 0),
    millisecond: number('fraction', 0),
  };
  const isDate = local.month >= 1 && local.month <= 12 && isDay(local.year, local.month, local.day);
  return isDate && local.hour < 24 && local.minute < 60 && local.second < 60 ? local : undefined;
}

function utcOf({ year, month, day, hour, minute, second, millisecond }: LocalTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second, millisecond);
}
