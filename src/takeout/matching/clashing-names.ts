import { cutSidecarStem, folded, mediaNameOf, SIDECAR_SUFFIX, SIDECAR_UNITS, sidecarReadings } from './name-rule.js';
import type { Reading } from './name-rule.js';
import type { FolderState } from './takeout-folder.js';
import { judgeTitle } from './title-judge.js';

interface NumberedSidecar {
  readonly sidecar: number;
  readonly number: number;
}

interface NumberedMedia {
  readonly media: number;
  readonly reading: Reading;
}

/** Sidecars with one cut stem, and the media whose names give that stem. */
interface Clash {
  readonly sidecars: NumberedSidecar[];
  readonly media: Map<string, NumberedMedia[]>;
}

/**
 * Titles alike in 46 units but not in 47 give sidecars that are counted and media that are not, or are counted apart. There
 * the numbers say nothing: the titles split the sidecars, then both sides are paired by the order of their numbers.
 */
export function pairClashingNames(state: FolderState): void {
  for (const { sidecars, media } of clashesOf(state).values()) {
    if (media.size < 2 || !isComplete(sidecars)) continue;
    const split = splitByTitle(state, sidecars, [...media.keys()]);
    if (split === undefined) continue;
    for (const [base, files] of media) pairInOrder(state, files, split.get(base) ?? []);
  }
}

function clashesOf(state: FolderState): Map<string, Clash> {
  const clashes = new Map<string, Clash>();
  state.sidecars.forEach(({ stem }, sidecar) => {
    const readings = sidecarReadings(stem).filter(({ isMiddle }) => !isMiddle);
    const { base, number } = readings.at(-1) ?? { base: stem, number: 0 };
    if (base.length > SIDECAR_UNITS || base.length < SIDECAR_UNITS - 1) return;
    const clash = clashes.get(base);
    if (clash === undefined) clashes.set(base, { sidecars: [{ sidecar, number }], media: new Map() });
    else clash.sidecars.push({ sidecar, number });
  });
  if (clashes.size === 0) return clashes;
  state.media.forEach(({ readings: [reading] }, media) => {
    if (reading === undefined) return;
    const clash = clashes.get(cutSidecarStem(reading.base + SIDECAR_SUFFIX));
    if (clash === undefined) return;
    const files = clash.media.get(reading.base);
    if (files === undefined) clash.media.set(reading.base, [{ media, reading }]);
    else files.push({ media, reading });
  });
  return clashes;
}

/** The sidecars of each base, or undefined where a title names none of them or more than one. */
function splitByTitle(
  state: FolderState,
  sidecars: readonly NumberedSidecar[],
  bases: readonly string[],
): Map<string, NumberedSidecar[]> | undefined {
  const split = new Map<string, NumberedSidecar[]>();
  const exact = new Map(bases.map((base) => [folded(base), base]));
  for (const numbered of sidecars) {
    const title = state.sidecars[numbered.sidecar]?.title;
    if (title === undefined) return undefined;
    const named = exact.get(folded(mediaNameOf(title))) ?? exact.get(folded(mediaNameOf(title.normalize('NFC'))));
    const [base, second] = named !== undefined ? [named] : bases.filter((name) => judgeTitle(title, name) === 1);
    // A sidecar of none of them: its media lies in a part that is not here.
    if (base === undefined) continue;
    if (second !== undefined) return undefined;
    const present = split.get(base);
    if (present === undefined) split.set(base, [numbered]);
    else present.push(numbered);
  }
  return split;
}

function pairInOrder(state: FolderState, files: NumberedMedia[], sidecars: NumberedSidecar[]): void {
  const numbered = files.map(({ media, reading }) => ({ media, reading, number: reading.number }));
  if (files.length !== sidecars.length || !isComplete(numbered)) return;
  const inOrder = [...sidecars].sort(byNumber);
  [...numbered].sort(byNumber).forEach(({ media, reading }, index) => {
    const sidecar = inOrder[index]?.sidecar;
    if (sidecar !== undefined) state.take(media, { sidecar, rank: 1, reading });
  });
}

/** None, 1, 2 …: nothing is missing among them. */
function isComplete(numbered: readonly { readonly number: number }[]): boolean {
  return [...numbered].sort(byNumber).every(({ number }, index) => number === index);
}

function byNumber(a: { readonly number: number }, b: { readonly number: number }): number {
  return a.number - b.number;
}
