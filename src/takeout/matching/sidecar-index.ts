import {
  cutName,
  cutSidecarStem,
  cutKeepingPair,
  NAME_UNITS,
  SIDECAR_SUFFIX,
  SIDECAR_UNITS,
  sidecarReadings,
  splitExtension,
} from './name-rule.js';
import type { Reading } from './name-rule.js';
import { isMediaExtension } from './media-types.js';
import type { Candidate, Rank, SidecarFile } from './takeout-folder.js';
import { isTitleOfOtherKind, judgeTitle } from './title-judge.js';

interface Entry {
  readonly sidecar: number;
  readonly number: number;
  readonly isMiddle: boolean;
}

/** By name, then by number: a folder may hold thousands of one name. */
type Entries = Map<string, Map<number, Entry[]>>;

const NO_ENTRIES: ReadonlyMap<number, Entry[]> = new Map();

/** Lengths of the extensions that Google adds to a title without one. */
const ADDED_EXTENSIONS = [4, 5];
const ANY_NUMBER = -1;
const UNKNOWN_WORD = /^(.+)\.([^.()]+)$/s;

/** The sidecars of a folder by the names that they may belong to. Candidates of a media file are looked up, never searched for. */
export class SidecarIndex {
  readonly #sidecars: readonly SidecarFile[];
  readonly #byStem: Entries = new Map();
  /** Sidecars that were not cut, by the media name that their title is cut to. */
  readonly #uncut: Entries = new Map();
  readonly #byWord: Entries = new Map();

  constructor(sidecars: readonly SidecarFile[]) {
    this.#sidecars = sidecars;
    sidecars.forEach(({ stem }, sidecar) => {
      for (const reading of sidecarReadings(stem)) this.#add(sidecar, reading, reading.isMiddle);
    });
  }

  #add(sidecar: number, { base, number }: Reading, isMiddle: boolean): void {
    const entry = { sidecar, number, isMiddle };
    push(this.#byStem, base, entry);
    if (base.length > SIDECAR_UNITS && base.endsWith(SIDECAR_SUFFIX)) {
      for (const name of mediaNamesOf(base.slice(0, -SIDECAR_SUFFIX.length))) push(this.#uncut, name, entry);
    }
    const [, named, word = ''] = UNKNOWN_WORD.exec(base) ?? [];
    if (named !== undefined && !isMediaExtension(`.${word}`)) push(this.#byWord, named, entry);
  }

  /** The sidecars whose name less its counter is this stem, with their counters. */
  withStem(stem: string): readonly { readonly sidecar: number; readonly number: number }[] {
    return allOf(this.#byStem, stem);
  }

  /** Sidecars of titles that were not cut, but whose media have this name. */
  uncutFor(base: string): readonly { readonly sidecar: number; readonly number: number }[] {
    return allOf(this.#uncut, base);
  }

  /** Candidates of ranks 0 to 5, and those that their title moves further down. */
  candidates(readings: readonly Reading[]): Candidate[] {
    const found: Candidate[] = [];
    for (const reading of readings) this.#addCandidates(reading, readings.length > 1, found);
    return found;
  }

  /** Candidates of ranks 6 and 7. */
  lastCandidates(readings: readonly Reading[]): Candidate[] {
    const found: Candidate[] = [];
    for (const reading of readings) {
      for (let length = 1; length < SIDECAR_SUFFIX.length; length++) {
        this.#collect(this.#byStem, reading.base + SIDECAR_SUFFIX.slice(0, length), reading, 6, found);
      }
      if (isMediaExtension(splitExtension(reading.base).extension)) {
        this.#collect(this.#byWord, reading.base, reading, 7, found);
      }
    }
    return found;
  }

  /** Candidates of a name whatever their counters, ranks 0 to 5. The readings have the sidecars' numbers. */
  anyNumber(base: string): Candidate[] {
    const found: Candidate[] = [];
    this.#addCandidates({ base, number: ANY_NUMBER, isAsWritten: true }, false, found);
    return found;
  }

  #addCandidates(reading: Reading, hasBrackets: boolean, found: Candidate[]): void {
    const cutRank = reading.isAsWritten && hasBrackets ? 2 : 1;
    this.#collectStem(reading.base, reading, 0, cutRank, found);
    this.#collect(this.#uncut, reading.base, reading, cutRank, found);
    const { stem, extension } = splitExtension(reading.base);
    if (extension === '') return;
    this.#collectStem(stem, reading, 4, 5, found);
    this.#collect(this.#uncut, stem, reading, 5, found);
  }

  /** Whole names, the cut one, and in a decomposed spelling of the title the cut may fall elsewhere. */
  #collectStem(base: string, reading: Reading, whole: Rank, cut: Rank, found: Candidate[]): void {
    this.#collect(this.#byStem, base, reading, whole, found);
    const named = base + SIDECAR_SUFFIX;
    this.#collect(this.#byStem, named, reading, whole, found);
    if (named.length <= SIDECAR_UNITS) return;
    const stem = cutSidecarStem(named);
    if (stem !== base) this.#collect(this.#byStem, stem, reading, cut, found);
    const decomposed = named.normalize('NFD');
    if (decomposed === named) return;
    const other = cutSidecarStem(decomposed).normalize('NFC');
    if (other !== stem && other !== base) this.#collect(this.#byStem, other, reading, cut, found);
  }

  #collect(entries: Entries, key: string, reading: Reading, rank: Rank, found: Candidate[]): void {
    const isAny = reading.number === ANY_NUMBER;
    const fitting = isAny ? allOf(entries, key) : entries.get(key)?.get(reading.number);
    for (const { sidecar, number, isMiddle } of fitting ?? []) {
      const judged = this.#rankByTitle(sidecar, reading.base, isMiddle && rank < 3 ? 3 : rank, rank);
      if (judged === undefined) continue;
      found.push({
        sidecar,
        rank: judged,
        reading: isAny ? { ...reading, number, isAsWritten: number === 0 } : reading,
      });
    }
  }

  /** A cut name fits many titles: one whose title gives another name goes to the end, one of the other kind is none. */
  #rankByTitle(sidecar: number, base: string, rank: Rank, nameRank: Rank): Rank | undefined {
    if (nameRank !== 1 && nameRank !== 2 && nameRank !== 5) return rank;
    const { title } = this.#sidecars[sidecar] ?? {};
    if (isTitleOfOtherKind(title, base)) return undefined;
    if (judgeTitle(title, base) !== 0) return rank;
    return nameRank === 1 ? 6 : 7;
  }
}

/** What a title that was not cut in the sidecar's name is cut to in that of its media. */
function mediaNamesOf(title: string): Set<string> {
  const names = new Set<string>();
  // A title without extension leaves more room than its media has.
  const added = isMediaExtension(splitExtension(title).extension) ? [] : ADDED_EXTENSIONS;
  // The title may be decomposed, and is cut as it is.
  for (const spelt of new Set([title, title.normalize('NFD')])) {
    if (spelt.length > NAME_UNITS) names.add(cutName(spelt).normalize('NFC'));
    for (const length of added) {
      const units = NAME_UNITS - length;
      if (spelt.length > units) names.add(cutKeepingPair(spelt, units).normalize('NFC'));
    }
  }
  return names;
}

function push(entries: Entries, key: string, entry: Entry): void {
  let numbers = entries.get(key);
  if (numbers === undefined) entries.set(key, (numbers = new Map<number, Entry[]>()));
  const present = numbers.get(entry.number);
  if (present === undefined) numbers.set(entry.number, [entry]);
  else present.push(entry);
}

function allOf(entries: Entries, key: string): Entry[] {
  return [...(entries.get(key) ?? NO_ENTRIES).values()].flat();
}
