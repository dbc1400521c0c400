/**
 * How Google names the files of an export: a name is cut to 51 UTF-16 units with its extension kept; then files of one
 * folder whose names became equal get `(1)`, `(2)` before the last dot.
 */
export const NAME_UNITS = 51;
/** A sidecar's name without `.json`. */
export const SIDECAR_UNITS = 46;
/** What exports since late 2024 add to the title, before they cut. */
export const SIDECAR_SUFFIX = '.supplemental-metadata';

/** `.MP~2` is one; `.12 - 2` is none. */
const EXTENSION = /\.[a-z0-9]{1,5}(?:~\d+)?$/i;
const COUNTER_BEFORE_LAST_DOT = /^(.+)\(([1-9]\d{0,5})\)(\.[^.]*)$/s;
const COUNTER_AT_END = /^(.+)\(([1-9]\d{0,5})\)$/s;
const COUNTER_IN_MIDDLE = /^(.+)\(([1-9]\d{0,5})\)(\.suppl[a-z-]*)$/s;
/** What a file name cannot hold; Google writes `_` for each. */
const FORBIDDEN = /[/\\:?*"<>|\u0000-\u001f]/g;
/** As {@link FORBIDDEN}, and what was seen both kept and replaced. */
const PERHAPS_REPLACED = /[/\\:?*"<>|\u0000-\u001f&%']/g;

export interface SplitName {
  readonly stem: string;
  /** With its dot; '' where the name has none. */
  readonly extension: string;
}

/** One way to understand a name that may carry a counter. */
export interface Reading {
  /** The name without the counter. */
  readonly base: string;
  /** 0: no counter. */
  readonly number: number;
  /** Brackets, if there are any, are part of the title. */
  readonly isAsWritten: boolean;
}

export interface SidecarReading extends Reading {
  /** The counter stood before `.supplemental-metadata`. */
  readonly isMiddle: boolean;
}

export function splitExtension(name: string): SplitName {
  const extension = EXTENSION.exec(name)?.[0] ?? '';
  if (extension.length === name.length) return { stem: name, extension: '' };
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** Replaces what no file name can hold. The length stays. */
export function cleanedTitle(title: string): string {
  return title.replace(FORBIDDEN, '_');
}

/** A form in which a title and a file name made of it are equal, whichever characters were replaced. The length stays but for NFC. */
export function folded(text: string): string {
  return text.replace(PERHAPS_REPLACED, '_').normalize('NFC');
}

/** The file name of a title before counting. A surrogate pair at the cut is kept. */
export function mediaNameOf(title: string): string {
  return cutName(cleanedTitle(title));
}

/** Cuts a media name to {@link NAME_UNITS}, extension kept. */
export function cutName(name: string): string {
  if (name.length <= NAME_UNITS) return name;
  const { stem, extension } = splitExtension(name);
  return cutKeepingPair(stem, NAME_UNITS - extension.length) + extension;
}

/** Cuts a stem to so many units; a surrogate pair at the cut is kept whole. */
export function cutKeepingPair(text: string, units: number): string {
  return text.slice(0, splitsPair(text, units) ? units + 1 : units);
}

/** Cuts the stem of a sidecar; a surrogate pair at the cut is dropped whole. */
export function cutSidecarStem(text: string): string {
  return text.slice(0, splitsPair(text, SIDECAR_UNITS) ? SIDECAR_UNITS - 1 : SIDECAR_UNITS);
}

function splitsPair(text: string, units: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(units - 1, units + 1));
}

/** Whether the name is as long as names get, so that its end may have been cut. */
export function isFullLength(name: string): boolean {
  return name.length >= NAME_UNITS;
}

/** The readings of a media name: as it is written and, where it has a counter, without it. */
export function mediaReadings(name: string): Reading[] {
  const asWritten = { base: name, number: 0, isAsWritten: true };
  const [, stem, number, extension = ''] = COUNTER_BEFORE_LAST_DOT.exec(name) ?? COUNTER_AT_END.exec(name) ?? [];
  if (stem === undefined) return [asWritten];
  return [{ base: stem + extension, number: Number(number), isAsWritten: false }, asWritten];
}

/** The readings of a sidecar's name without `.json`. */
export function sidecarReadings(stem: string): SidecarReading[] {
  const readings = [{ base: stem, number: 0, isAsWritten: true, isMiddle: false }];
  const [, before, number] = COUNTER_AT_END.exec(stem) ?? [];
  if (before !== undefined) {
    readings.push({ base: before, number: Number(number), isAsWritten: false, isMiddle: false });
  }
  const [, title, middle, suffix = ''] = COUNTER_IN_MIDDLE.exec(stem) ?? [];
  if (title !== undefined && SIDECAR_SUFFIX.startsWith(suffix)) {
    readings.push({ base: title + suffix, number: Number(middle), isAsWritten: false, isMiddle: true });
  }
  return readings;
}

/** A sidecar's name without `.json`. */
export function withoutJson(name: string): string {
  return name.replace(/\.json$/i, '');
}
