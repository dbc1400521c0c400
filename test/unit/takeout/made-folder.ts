import { seededNumbers } from '../../support/chance.js';
import type { TakeoutFolder } from '../../../src/takeout/matching/takeout-folder.js';

/** How an export names its sidecars. */
export type SidecarStyle = 'old' | 'new' | 'uncut';

/** A number from 0 to below the limit. */
export type Random = (limit: number) => number;

export interface MadeTruth {
  /** Which photograph of the list it is of. */
  readonly photograph: Photograph;
  readonly sidecar: string;
  readonly role: 'original' | 'edited' | 'moving';
  /** The file that an edited version or moving part belongs to. */
  readonly of?: string;
  /** Names cannot tell: it may be ambiguous, but not wrong. */
  readonly isUndecidable: boolean;
  /** Another title of the folder was cut to the same name. */
  readonly sharesName: boolean;
}

export interface MadeFolder {
  readonly folder: TakeoutFolder;
  readonly truth: ReadonlyMap<string, MadeTruth>;
}

/** A photograph or video before it got names. */
export interface Photograph {
  readonly title: string;
  /** Of the media where the title has none. */
  readonly addedExtension: string;
  readonly hasEdit: boolean;
  /** Extension of its moving part, undefined without one. */
  readonly moving?: string;
  readonly takenAt: number;
}

/** The low bits of the seeded numbers repeat soon. */
export function chance(seed: number): Random {
  const numbers = seededNumbers(seed);
  return (limit) => Math.floor((numbers(2 ** 31) / 2 ** 31) * limit);
}

export const EDITED_WORDS = ['-edited', '-bearbeitet', '-modifié', '-ha editado', '-編集済み', '-แก้ไขแล้ว'];

/** A folder as Google writes it, from photographs that chance makes, with what belongs to what. */
export function makeFolder(random: Random, style: SidecarStyle, editedWord: string, size: number): MadeFolder {
  return writeFolder(makePhotographs(random, size), style, editedWord);
}

export function makePhotographs(random: Random, size: number): Photograph[] {
  const photographs: Photograph[] = [];
  for (let number = 1; photographs.length < size; number++) photographs.push(...somePhotographs(random, number));
  // Google's counters follow one order; which one is not known.
  return photographs.sort((a, b) => (a.title < b.title ? -1 : Number(a.title > b.title)));
}

function somePhotographs(random: Random, number: number): Photograph[] {
  const one = (title: string, more: Partial<Photograph> = {}): Photograph => ({
    title,
    addedExtension: '',
    hasEdit: false,
    takenAt: 1_000_000_000_000 + random(1_000_000) * 1000,
    ...more,
  });
  const often = (times: number, photograph: () => Photograph) => Array.from({ length: times }, photograph);
  const extension = ['.jpg', '.JPG', '.HEIC', '.jpeg', '.png', '.heic'][random(6)] ?? '.jpg';
  const hasEdit = random(3) === 0;
  const long = (end: number, word = 'Long') => `${word} ${number} `.padEnd(end, 'abcdefghij ').replace(/ $/, 'z');
  switch (random(13)) {
    case 0:
      return [one(`VID_${number}.mp4`)];
    case 1: {
      // All of them edited or none, all of them live or none: else names do not tell which.
      const moving = random(3) === 0 ? { moving: '.MP4' } : {};
      return often(1 + random(3), () => one(`IMG_${number}${extension}`, { hasEdit, ...moving }));
    }
    case 2:
      return [one(`IMG_${number}.HEIC`, { moving: '.MP4', hasEdit }), one(`IMG_${number}.JPG`, { moving: '.MP4' })];
    case 3:
      return [one(`PXL_${number}.MP.jpg`, { moving: '.MP', hasEdit }), one(`MVIMG_${number}.jpg`, { moving: '' })];
    case 4:
      return [one(`${long(46 + random(14))}${extension}`, { hasEdit })];
    case 5:
      // Alike in 46 units, not in 47: the sidecars are counted and the media are not.
      return [one(`${long(46)}P${number}.jpg`), one(`${long(46)}Q${number}.jpg`), one(`${long(46)}P${number}.mp4`)];
    case 6:
      // Alike in all that is left of them.
      return [one(`${long(49, 'Alike')}one.jpg`), one(`${long(49, 'Alike')}two.jpg`)];
    case 7:
      return [one(`Trip ${number}`, { addedExtension: '.jpg', hasEdit })];
    case 8:
      return [one(`Scan ${number} (${1 + random(9)}).jpg`, { hasEdit })];
    case 9:
      return often(1 + random(2), () => one(`Q: ${number}/what? "*" is|this.jpg`, { hasEdit }));
    case 10:
      return [one(`${'😀'.repeat(20 + random(8))}${number}.jpg`)];
    case 11:
      return [one(`Café ${number} ${'é'.repeat(random(20))}`.normalize('NFD') + extension)];
    default:
      return [one(`Paris ${number}.jpg`, { hasEdit }), one(`Paris ${number}-evening.jpg`)];
  }
}

/** Writes photographs into a folder. Those of `elsewhere` have a sidecar there and no media. */
export function writeFolder(
  photographs: readonly Photograph[],
  style: SidecarStyle,
  editedWord: string,
  elsewhere: ReadonlySet<Photograph> = new Set(),
): MadeFolder {
  const media = new Counter();
  const sidecars = new Counter();
  const truth = new Map<string, MadeTruth>();
  const written: { name: string; title: string; takenAt: number }[] = [];
  for (const photograph of photographs) {
    const { title, addedExtension, hasEdit, moving, takenAt } = photograph;
    const whole = title + addedExtension;
    const sidecar = sidecars.next(sidecarName(clean(title), style));
    written.push({ name: sidecar, title, takenAt });
    if (elsewhere.has(photograph)) continue;
    const name = media.next(cut(clean(whole), 51));
    const sharesName = isShared(photographs, title);
    const certainty = { photograph, sharesName, isUndecidable: style === 'uncut' && sharesName };
    truth.set(name, { sidecar, role: 'original', ...certainty });
    const [stem, extension] = split(clean(whole));
    if (hasEdit) {
      const edited = media.next(cut(stem + editedWord + extension, 51));
      truth.set(edited, { sidecar, role: 'edited', of: name, ...certainty });
    }
    if (moving !== undefined) {
      const base = moving === '.MP' ? stem.replace(/\.MP$/, '') : stem;
      const part = media.next(cut(base + moving, 51));
      truth.set(part, { sidecar, role: 'moving', of: name, ...certainty });
    }
  }
  return { folder: { media: [...truth.keys()], sidecars: written, isAlbum: false }, truth };
}

function isShared(photographs: readonly Photograph[], title: string): boolean {
  const name = cut(clean(title), 51);
  return photographs.some((other) => other.title !== title && cut(clean(other.title), 51) === name);
}

function sidecarName(title: string, style: SidecarStyle): string {
  if (style === 'uncut') return `${title}.supplemental-metadata.json`;
  const stem = style === 'old' ? title : `${title}.supplemental-metadata`;
  return `${cutText(stem, 46, false)}.json`;
}

function clean(title: string): string {
  return title.replace(/[/\\:?*"<>|]/g, '_');
}

function cut(name: string, units: number): string {
  const [stem, extension] = split(name);
  return name.length <= units ? name : cutText(stem, units - extension.length, true) + extension;
}

function cutText(text: string, units: number, keepsPair: boolean): string {
  if (text.length <= units) return text;
  const code = text.charCodeAt(units - 1);
  if (code < 0xd800 || code > 0xdbff) return text.slice(0, units);
  return text.slice(0, keepsPair ? units + 1 : units - 1);
}

function split(name: string): [string, string] {
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 6 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

/** Counts files that got the same name. */
class Counter {
  readonly #given = new Map<string, number>();

  next(name: string): string {
    const number = this.#given.get(name) ?? 0;
    this.#given.set(name, number + 1);
    if (number === 0) return name;
    const dot = name.lastIndexOf('.');
    return dot > 0 ? `${name.slice(0, dot)}(${number})${name.slice(dot)}` : `${name}(${number})`;
  }
}
