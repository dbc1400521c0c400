import { basename } from 'node:path';
import {
  counted,
  dayInWords,
  missingSentences,
  sidecarSentence,
  type TakeoutFacts,
} from '../filesystem/takeout-texts.js';
import type { StatusDocument } from './status-document.js';

/** What people are told of the exports of a profile, in short; undefined where there are none. */
export function takeoutSummary({
  takeout,
  catalog,
}: Pick<StatusDocument, 'takeout' | 'catalog'>): TakeoutFacts | undefined {
  const { exports, reading } = takeout;
  if (exports.length === 0 && reading === null) return undefined;
  const parts = exports.flatMap((one) => one.parts);
  return {
    items: catalog.sources.takeout,
    exports: exports.length,
    parts: parts.length,
    newest: newestDay(exports.map(({ name }) => name)),
    missing: exports
      .filter(({ missingParts }) => missingParts.length > 0)
      .map(({ name, missingParts }) => ({ exportName: name, numbers: missingParts })),
    unreadable: parts.filter(({ error }) => error !== null).length,
    without: exports.reduce((sum, one) => sum + one.without, 0),
    ambiguous: exports.reduce((sum, one) => sum + one.ambiguous, 0),
    reading,
  };
}

/** How whole the exports are, and what is being read, for status; empty where there are none. */
export function takeoutLines(status: Pick<StatusDocument, 'takeout' | 'catalog'>): string[] {
  const summary = takeoutSummary(status);
  if (summary === undefined) return [];
  const { exports, parts, items, newest, missing, unreadable, reading } = summary;
  const made = newest === undefined ? '' : `, newest ${dayInWords(newest)}`;
  const lines = [`${counted(items, 'item')} from ${counted(exports, 'export')} in ${counted(parts, 'part')}${made}`];
  if (reading !== null) {
    const part = reading.part === '' ? '' : `: ${basename(reading.part)}`;
    lines.push(`reading, ${reading.done.toLocaleString('en-US')} of ${counted(reading.total, 'part')} done${part}`);
  }
  if (unreadable > 0) lines.push(`${counted(unreadable, 'part')} cannot be read; see the troubles`);
  return [...lines, ...missingSentences(missing), sidecarSentence(summary)].filter((line) => line !== '');
}

const STAMP = /(\d{4})(\d\d)(\d\d)T\d{6}Z/;

/** Milliseconds since the epoch of the day that the newest name tells; undefined where no name tells one. */
function newestDay(names: readonly string[]): number | undefined {
  const days = names.flatMap((name) => {
    const [, year, month, day] = STAMP.exec(name) ?? [];
    const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
    return Number.isNaN(time) ? [] : [time];
  });
  return days.length === 0 ? undefined : Math.max(...days);
}
