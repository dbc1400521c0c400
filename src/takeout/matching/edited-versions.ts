import { KNOWN_EDITED_SUFFIXES } from './edited-suffixes.js';
import type { MediaNames, NamedMedia } from './media-names.js';
import type { MatchDraft } from './match-draft.js';
import { isPhotoExtension, mayBeMovingPart } from './media-types.js';
import { cutName, isFullLength, splitExtension } from './name-rule.js';
import type { Reading } from './name-rule.js';
import type { SidecarIndex } from './sidecar-index.js';
import type { Candidate, FolderState } from './takeout-folder.js';

/** A file whose name says that it is the edited version of another. */
interface Edit {
  readonly media: number;
  readonly number: number;
  readonly originalStem: string;
  readonly extension: string;
}

const LAST_NAME_RANK = 5;

/** Finds the originals of edited versions: files without a sidecar whose name ends with a suffix of editing. */
export function pairEditedVersions(
  state: FolderState,
  index: SidecarIndex,
  names: MediaNames,
  learnt: readonly string[],
  draft: MatchDraft,
): void {
  const suffixes = [...new Set([...KNOWN_EDITED_SUFFIXES, ...learnt])].sort((a, b) => b.length - a.length);
  const groups = new Map<string, Edit[]>();
  state.media.forEach(({ readings }, media) => {
    if (!state.isOpen(media)) return;
    const edit = editOf(media, readings, suffixes, names, index, state);
    if (edit === undefined) return;
    draft.edited.add(media);
    const key = `${edit.originalStem}\0${edit.extension.toLowerCase()}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [edit]);
    else group.push(edit);
  });
  for (const edits of groups.values()) pairGroup(state, index, names, edits, draft);
  pairEditsWithoutSuffix(state, draft);
}

function editOf(
  media: number,
  readings: readonly Reading[],
  suffixes: readonly string[],
  names: MediaNames,
  index: SidecarIndex,
  state: FolderState,
): Edit | undefined {
  for (const { base, number } of readings) {
    const { stem, extension } = splitExtension(base);
    // The moving part of an edited still.
    if (mayBeMovingPart(extension) && names.withStem(stem).some((file) => isPhotoExtension(file.extension))) continue;
    for (const suffix of suffixes) {
      if (stem.length > suffix.length && stem.endsWith(suffix)) {
        return { media, number, originalStem: stem.slice(0, -suffix.length), extension };
      }
    }
    if (!isFullLength(base)) continue;
    for (const originalStem of cutOriginals(base, suffixes)) {
      const edit = { media, number, originalStem, extension };
      // A cut suffix is short, so the original must be there.
      if (originalsOf(edit, names, state).length > 0 || sidecarsOf(edit, index, state).length > 0) return edit;
    }
  }
  return undefined;
}

/** Stems of originals whose edited version, cut to 51 units, has this name. */
function cutOriginals(base: string, suffixes: readonly string[]): Set<string> {
  const { stem, extension } = splitExtension(base);
  const found = new Set<string>();
  for (const suffix of suffixes) {
    for (let length = suffix.length - 1; length > 0; length--) {
      if (!stem.endsWith(suffix.slice(0, length))) continue;
      const original = stem.slice(0, -length);
      if (original !== '' && cutName(original + suffix + extension) === base) found.add(original);
    }
  }
  return found;
}

function pairGroup(
  state: FolderState,
  index: SidecarIndex,
  names: MediaNames,
  edits: readonly Edit[],
  draft: MatchDraft,
): void {
  const [first] = edits;
  if (first === undefined) return;
  const originals = originalsOf(first, names, state);
  if (originals.length === 0) {
    pairWithSidecars(state, edits, sidecarsOf(first, index, state));
    return;
  }
  const byNumber = new Map(originals.map((original) => [original.number, original]));
  const isEachEdited = edits.length === originals.length && edits.every(({ number }) => byNumber.has(number));
  const candidates = sidecarsOfMedia(state, originals);
  for (const { media, number } of edits) {
    const original = originals.length === 1 ? originals[0] : isEachEdited ? byNumber.get(number) : undefined;
    if (original !== undefined) draft.editedOf.set(media, original.media);
    // The counter of edited versions is their own: with namesakes a lone one may be of either.
    else state.undecided.set(media, candidates);
  }
}

function sidecarsOfMedia(state: FolderState, media: readonly NamedMedia[]): number[] {
  return media.flatMap((file) => state.pairs[file.media]?.sidecar ?? []);
}

/** The originals are not in this folder, only their sidecars are. */
function pairWithSidecars(state: FolderState, edits: readonly Edit[], found: readonly Candidate[]): void {
  const candidates = [...new Map(found.map((one) => [one.sidecar, one])).values()];
  if (candidates.length === 0) return;
  const byNumber = new Map(candidates.map((candidate) => [candidate.reading.number, candidate]));
  const isSingle = edits.length === 1 && candidates.length === 1;
  const isEachEdited =
    edits.length === candidates.length &&
    byNumber.size === candidates.length &&
    edits.every(({ number }) => byNumber.has(number));
  const sidecars = candidates.map(({ sidecar }) => sidecar);
  for (const { media, number } of edits) {
    const candidate = isSingle ? candidates[0] : isEachEdited ? byNumber.get(number) : undefined;
    if (candidate !== undefined) state.take(media, candidate);
    else state.undecided.set(media, sidecars);
  }
}

/** Media named like the original, of the edit's own extension if there are such, else of its kind. */
function originalsOf(edit: Edit, names: MediaNames, state: FolderState): NamedMedia[] {
  const named = names
    .withStem(edit.originalStem)
    .filter((file) => file.media !== edit.media && names.isReadSo(file, state.pairs[file.media]?.reading));
  const extension = edit.extension.toLowerCase();
  const same = named.filter((file) => file.extension.toLowerCase() === extension);
  return same.length > 0 ? same : named.filter((file) => names.isSameKind(file.extension, edit.extension));
}

/** Unused sidecars of the original, whatever their numbers. */
function sidecarsOf(edit: Edit, index: SidecarIndex, state: FolderState): Candidate[] {
  const extensions = [edit.extension, edit.extension.toLowerCase(), edit.extension.toUpperCase(), ...OTHER_EXTENSIONS];
  for (const extension of new Set(extensions)) {
    const base = edit.originalStem + extension;
    const found = index.anyNumber(base).filter(({ sidecar, rank }) => rank <= LAST_NAME_RANK && !state.isUsed(sidecar));
    if (found.length > 0) return found;
  }
  return [];
}

const OTHER_EXTENSIONS = ['.HEIC', '.heic', '.jpg', '.JPG', '.jpeg', '.JPEG'];

/**
 * A title of 47 units or more leaves no room for the suffix: the edited version has the name of its original and a counter.
 * It is known by a sidecar too few.
 */
function pairEditsWithoutSuffix(state: FolderState, draft: MatchDraft): void {
  const groups = new Map<string, number[]>();
  state.media.forEach(({ readings: [reading] }, media) => {
    if (reading === undefined || !isFullLength(reading.base)) return;
    const group = groups.get(reading.base);
    if (group === undefined) groups.set(reading.base, [media]);
    else group.push(media);
  });
  for (const group of groups.values()) {
    const [first, second] = group;
    if (first === undefined || second === undefined || group.length > 2) continue;
    const [original, edited] = state.pairs[first] === undefined ? [second, first] : [first, second];
    const isCounted = (state.media[edited]?.readings[0]?.number ?? 0) > 0;
    if (!isCounted || !state.isOpen(edited) || draft.edited.has(edited) || state.pairs[original] === undefined)
      continue;
    draft.edited.add(edited);
    draft.editedOf.set(edited, original);
  }
}
