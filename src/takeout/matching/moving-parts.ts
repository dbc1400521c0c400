import type { MatchDraft } from './match-draft.js';
import type { MediaNames, NamedMedia } from './media-names.js';
import { isPhotoExtension, mayBeMovingPart } from './media-types.js';
import { splitExtension } from './name-rule.js';
import type { Reading } from './name-rule.js';
import type { SidecarIndex } from './sidecar-index.js';
import { byUnits } from './takeout-folder.js';
import type { Candidate, FolderState } from './takeout-folder.js';

/** A moving part, and the stills that it may belong to. */
interface Part {
  readonly media: number;
  readonly number: number;
  readonly base: string;
  readonly stills: readonly NamedMedia[];
}

/** Stills that cameras write with a moving part; others only where there are none of these. */
const LIVE_STILL = /^\.(?:jpe?g|hei[cf])$/i;
const STILL_EXTENSIONS = ['.HEIC', '.heic', '.JPG', '.jpg', '.JPEG', '.jpeg', '.HEIF', '.heif'];

/** Finds the still of each moving part. Numbers mostly agree; where they do not, only a single still decides. */
export function pairMovingParts(state: FolderState, index: SidecarIndex, names: MediaNames, draft: MatchDraft): void {
  const open: Part[] = [];
  state.media.forEach((file, media) => {
    if (!mayBeMovingPart(file.extension) || draft.editedOf.has(media)) return;
    if (state.pairs[media] !== undefined) joinWithOwnSidecar(state, names, draft, media);
    else if (state.isOpen(media)) open.push(partOf(state, names, media, file.readings));
  });
  const taken = new Set(draft.movingOf.values());
  pairEqualNumbers(open, draft, taken);
  for (const group of groupsOf(open.filter(({ media }) => !draft.movingOf.has(media)))) {
    pairGroup(state, group, draft, taken);
  }
  for (const part of open) {
    if (part.stills.length === 0) pairWithSidecar(state, index, part);
  }
}

/** A part with a sidecar of its own is a moving part only if that sidecar speaks of the still. */
function joinWithOwnSidecar(state: FolderState, names: MediaNames, draft: MatchDraft, media: number): void {
  const own = sidecarOf(state, media);
  if (own?.title === undefined || own.takenAt === undefined) return;
  const stills = partOf(state, names, media, state.media[media]?.readings ?? []).stills;
  const same = stills.filter((still) => {
    const other = sidecarOf(state, still.media);
    return other !== undefined && other.title === own.title && other.takenAt === own.takenAt;
  });
  const still = same[0];
  if (still !== undefined && same.length === 1) draft.movingOf.set(media, still.media);
}

function sidecarOf(state: FolderState, media: number) {
  const pair = state.pairs[media];
  return pair === undefined ? undefined : state.sidecars[pair.sidecar];
}

function partOf(state: FolderState, names: MediaNames, media: number, readings: readonly Reading[]): Part {
  for (const { base, number } of readings) {
    const stills = stillsOf(state, names, media, base);
    if (stills.length > 0) return { media, number, base, stills };
  }
  return { media, number: readings[0]?.number ?? 0, base: readings[0]?.base ?? '', stills: [] };
}

/** `X.MP` belongs to `X.MP.jpg`, `X.MP~2` to `X~2.jpg`, else to `X.jpg`. */
function stillsOf(state: FolderState, names: MediaNames, media: number, base: string): readonly NamedMedia[] {
  const { stem, extension } = splitExtension(base);
  const variant = /~\d+$/.exec(extension)?.[0];
  const stems = [base, ...(variant === undefined ? [] : [stem + variant]), stem];
  const isStill = (file: NamedMedia) =>
    file.media !== media && isPhotoExtension(file.extension) && names.isReadSo(file, state.pairs[file.media]?.reading);
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

function pairEqualNumbers(parts: readonly Part[], draft: MatchDraft, taken: Set<number>): void {
  const wanted = new Map<number, number[]>();
  for (const { media, number, stills } of parts) {
    const equal = stills.filter((still) => still.number === number && !taken.has(still.media));
    const [still] = equal;
    if (still === undefined || equal.length > 1) continue;
    wanted.set(still.media, [...(wanted.get(still.media) ?? []), media]);
  }
  for (const [still, [media, second]] of wanted) {
    if (media === undefined || second !== undefined) continue;
    draft.movingOf.set(media, still);
    taken.add(still);
  }
}

/** Parts that may belong to the same stills. */
function groupsOf(parts: readonly Part[]): Iterable<Part[]> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    if (part.stills.length === 0) continue;
    const key = part.stills.map(({ media }) => media).join();
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  return groups.values();
}

/**
 * As many stills as parts: the counter runs over the parts' own names, in the order of the stills (`IMG_1.HEIC` and `IMG_1.JPG`
 * have `IMG_1.MP4` and `IMG_1(1).MP4`). Else a still that is the only one left. Else undecided.
 */
function pairGroup(state: FolderState, parts: readonly Part[], draft: MatchDraft, taken: Set<number>): void {
  const free = (parts[0]?.stills ?? []).filter(({ media }) => !taken.has(media)).sort(byNumberAndExtension);
  const isEachMoving = free.length === parts.length && isCountedInOrder(parts);
  const inOrder = [...parts].sort((a, b) => a.number - b.number);
  inOrder.forEach(({ media }, position) => {
    const still = isEachMoving ? free[position] : undefined;
    if (still !== undefined) {
      draft.movingOf.set(media, still.media);
      taken.add(still.media);
    } else if (free.length > 0) {
      state.undecided.set(
        media,
        free.flatMap((file) => state.pairs[file.media]?.sidecar ?? []),
      );
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
