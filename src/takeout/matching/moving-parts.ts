import type { MatchDraft } from './match-draft.js';
import type { MediaNames, NamedMedia } from './media-names.js';
import { isPhotoExtension, mayBeMovingPart } from './media-types.js';
import { splitExtension } from './name-rule.js';
import type { Reading } from './name-rule.js';
import type { SidecarIndex } from './sidecar-index.js';
import { byUnits } from './takeout-folder.js';
import type { Candidate, FolderState } from './takeout-folder.js';

/** The stills of one name. */
interface Stills {
  readonly list: readonly NamedMedia[];
  readonly byNumber: ReadonlyMap<number, readonly NamedMedia[]>;
}

/** A moving part, and the stills that it may belong to. */
interface Part {
  readonly media: number;
  readonly number: number;
  readonly base: string;
  readonly stills: Stills;
  /** Stills of its own number, under any reading of its name: brackets may be part of the title. */
  readonly alike: readonly NamedMedia[];
}

/** Stills that cameras write with a moving part; others only where there are none of these. */
const LIVE_STILL = /^\.(?:jpe?g|hei[cf])$/i;
const NO_STILLS: Stills = { list: [], byNumber: new Map() };
const STILL_EXTENSIONS = ['.HEIC', '.heic', '.JPG', '.jpg', '.JPEG', '.jpeg', '.HEIF', '.heif'];

/** Finds the still of each moving part. Numbers mostly agree; where they do not, only a single still decides. */
export function pairMovingParts(state: FolderState, index: SidecarIndex, names: MediaNames, draft: MatchDraft): void {
  const open: Part[] = [];
  const partOf = partFinder(state, names, draft);
  state.media.forEach((file, media) => {
    if (!mayBeMovingPart(file.extension) || draft.editedOf.has(media)) return;
    if (state.pairs[media] !== undefined) joinWithOwnSidecar(state, draft, partOf(media, file.readings));
    else if (state.isOpen(media)) open.push(partOf(media, file.readings));
  });
  const taken = new Set(draft.movingOf.values());
  pairEqualNumbers(open.filter(isOfOneStill(open, taken)), draft, taken);
  for (const [stills, group] of groupsOf(open.filter(({ media }) => !draft.movingOf.has(media)))) {
    pairGroup(state, stills, group, draft, taken);
  }
  for (const part of open) {
    if (part.stills === NO_STILLS) pairWithSidecar(state, index, part);
  }
}

/** A part with a sidecar of its own is a moving part only if that sidecar speaks of the still. */
function joinWithOwnSidecar(state: FolderState, draft: MatchDraft, { media, stills }: Part): void {
  const own = sidecarOf(state, media);
  if (own?.title === undefined || own.takenAt === undefined) return;
  const [still, second] = stills.list.filter((one) => {
    const other = sidecarOf(state, one.media);
    return other !== undefined && other.title === own.title && other.takenAt === own.takenAt;
  });
  if (still !== undefined && second === undefined) draft.movingOf.set(media, still.media);
}

function sidecarOf(state: FolderState, media: number) {
  const pair = state.pairs[media];
  return pair === undefined ? undefined : state.sidecars[pair.sidecar];
}

/** Parts of one name share their stills. */
function partFinder(
  state: FolderState,
  names: MediaNames,
  draft: MatchDraft,
): (media: number, readings: readonly Reading[]) => Part {
  const byBase = new Map<string, Stills>();
  const stillsFor = (base: string) => {
    let stills = byBase.get(base);
    if (stills === undefined) byBase.set(base, (stills = numbered(withoutEdits(stillsOf(state, names, base), draft))));
    return stills;
  };
  return (media, readings) => {
    const known = readings.map(({ base, number }) => ({ base, number, stills: stillsFor(base) }));
    const alike = known.flatMap(({ number, stills }) => stills.byNumber.get(number) ?? []);
    const [first = { base: '', number: 0, stills: NO_STILLS }] = known;
    return { media, alike, ...(known.find(({ stills }) => stills !== NO_STILLS) ?? first) };
  };
}

/** An edited version whose suffix was cut away has the name of a namesake. */
function withoutEdits(stills: readonly NamedMedia[], draft: MatchDraft): readonly NamedMedia[] {
  const all = new Set(stills.map(({ media }) => media));
  return stills.filter(({ media }) => !all.has(draft.editedOf.get(media) ?? -1));
}

function numbered(list: readonly NamedMedia[]): Stills {
  if (list.length === 0) return NO_STILLS;
  const byNumber = new Map<number, NamedMedia[]>();
  for (const still of list) {
    const present = byNumber.get(still.number);
    if (present === undefined) byNumber.set(still.number, [still]);
    else present.push(still);
  }
  return { list, byNumber };
}

/** `X.MP` belongs to `X.MP.jpg`, `X.MP~2` to `X~2.jpg`, else to `X.jpg`. */
function stillsOf(state: FolderState, names: MediaNames, base: string): readonly NamedMedia[] {
  const { stem, extension } = splitExtension(base);
  const variant = /~\d+$/.exec(extension)?.[0];
  const stems = [base, ...(variant === undefined ? [] : [stem + variant]), stem];
  const isStill = (file: NamedMedia) =>
    isPhotoExtension(file.extension) && names.isReadSo(file, state.pairs[file.media]?.reading);
  for (const wanted of stems) {
    const stills = names.withStem(wanted).filter(isStill);
    if (stills.length > 0) return likelyStills(stills);
  }
  return likelyStills(names.cutStillsOf(stem).filter(isStill));
}

function likelyStills(stills: readonly NamedMedia[]): readonly NamedMedia[] {
  const likely = stills.filter(({ extension }) => LIVE_STILL.test(extension));
  return likely.length > 0 ? likely : stills;
}

/**
 * Whether the number of a part says which still it belongs to. Where there are fewer parts than stills, parts that are counted from the
 * first on without a gap may be counted for themselves, and belong to any.
 */
function isOfOneStill(parts: readonly Part[], taken: ReadonlySet<number>): (part: Part) => boolean {
  const groups = new Map<string, { readonly free: number; readonly numbers: Map<string, number[]>; parts: number }>();
  for (const { stills, base, number } of parts) {
    const key = groupKey(stills);
    const free = stills.list.filter(({ media }) => !taken.has(media)).length;
    const group = groups.get(key) ?? { free, numbers: new Map<string, number[]>(), parts: 0 };
    group.parts += 1;
    groups.set(key, group);
    const numbers = group.numbers.get(base);
    if (numbers === undefined) group.numbers.set(base, [number]);
    else numbers.push(number);
  }
  return ({ stills, base, alike }) => {
    const { free = 0, parts: count = 0, numbers } = groups.get(groupKey(stills)) ?? {};
    const own = numbers?.get(base) ?? [];
    const isOfOther = alike.some(({ media }) => stills.list.every((still) => still.media !== media));
    return isOfOther || count >= free || own.some((_, number) => !own.includes(number));
  };
}

function pairEqualNumbers(parts: readonly Part[], draft: MatchDraft, taken: Set<number>): void {
  const wanted = new Map<number, number[]>();
  for (const { media, alike } of parts) {
    const [still, second] = alike.filter((one) => !taken.has(one.media));
    if (still === undefined || second !== undefined) continue;
    wanted.set(still.media, [...(wanted.get(still.media) ?? []), media]);
  }
  for (const [still, [media, second]] of wanted) {
    if (media === undefined || second !== undefined) continue;
    draft.movingOf.set(media, still);
    taken.add(still);
  }
}

/** Parts that may belong to the same stills. */
function groupsOf(parts: readonly Part[]): Iterable<[Stills, Part[]]> {
  const groups = new Map<string, [Stills, Part[]]>();
  for (const part of parts) {
    if (part.stills === NO_STILLS) continue;
    const key = groupKey(part.stills);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [part.stills, [part]]);
    else group[1].push(part);
  }
  return groups.values();
}

/** Names that were cut may differ and have the same stills all the same. */
function groupKey({ list }: Stills): string {
  return `${list[0]?.media ?? ''}/${list.length}`;
}

/**
 * As many stills as parts: the counter runs over the parts' own names, in the order of the stills (`IMG_1.HEIC` and `IMG_1.JPG`
 * have `IMG_1.MP4` and `IMG_1(1).MP4`). Else a still that is the only one left. Else undecided.
 */
function pairGroup(
  state: FolderState,
  stills: Stills,
  parts: readonly Part[],
  draft: MatchDraft,
  taken: Set<number>,
): void {
  const free = stills.list.filter(({ media }) => !taken.has(media)).sort(byNumberAndExtension);
  const candidates = free.flatMap((file) => state.pairs[file.media]?.sidecar ?? []);
  const isEachMoving = free.length === parts.length && isCountedInOrder(parts);
  const inOrder = [...parts].sort((a, b) => a.number - b.number);
  inOrder.forEach(({ media }, position) => {
    const still = isEachMoving ? free[position] : undefined;
    if (still !== undefined) {
      draft.movingOf.set(media, still.media);
      taken.add(still.media);
    } else if (free.length > 0) {
      state.undecided.set(media, candidates);
    }
  });
}

function isCountedInOrder(parts: readonly Part[]): boolean {
  return new Set(parts.map(({ number }) => number)).size === parts.length;
}

function byNumberAndExtension(a: NamedMedia, b: NamedMedia): number {
  return a.number - b.number || byUnits(a.extension.toLowerCase(), b.extension.toLowerCase());
}

/** The still lies in a part that is not here: its sidecar is enough. */
function pairWithSidecar(state: FolderState, index: SidecarIndex, { media, number, base }: Part): void {
  const { stem } = splitExtension(base);
  const found = new Map<number, Candidate>();
  for (const name of new Set([base, stem])) {
    for (const extension of STILL_EXTENSIONS) {
      for (const candidate of index.candidates([{ base: name + extension, number, isAsWritten: number === 0 }])) {
        if (candidate.rank < 6 && !state.isUsed(candidate.sidecar)) found.set(candidate.sidecar, candidate);
      }
    }
  }
  const [candidate, second] = found.values();
  if (candidate === undefined) return;
  if (second === undefined) state.take(media, candidate);
  else state.undecided.set(media, [...found.keys()]);
}
