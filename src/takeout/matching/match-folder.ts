import { pairClashingNames } from './clashing-names.js';
import { pairEditedVersions } from './edited-versions.js';
import { MatchDraft } from './match-draft.js';
import { MediaNames } from './media-names.js';
import { pairMovingParts } from './moving-parts.js';
import { splitExtension } from './name-rule.js';
import { pairNames } from './pair-names.js';
import { SidecarIndex } from './sidecar-index.js';
import { FolderState } from './takeout-folder.js';
import type { Rank, TakeoutFolder } from './takeout-folder.js';

/** What a file is: a photo or video of its own, or a companion of another file in its folder. */
export type MediaRole = 'original' | 'edited' | 'moving';

export interface MediaMatch {
  readonly role: MediaRole;
  /** The media file that an edited version or moving part belongs to. */
  readonly of?: string;
  /** The sidecar's name; for edited versions and moving parts mostly that of the file they belong to. */
  readonly sidecar?: string;
  /** How the sidecar was found; absent without one, and where it was found through another file. */
  readonly rank?: Rank;
  /** The name says that it is an edited version, whether or not the original is there. */
  readonly isEdited: boolean;
  /** Names do not tell which of several sidecars or stills is right. It gets none. */
  readonly isAmbiguous: boolean;
  /** The sidecars that an ambiguous file may have. */
  readonly candidates: readonly string[];
}

export interface FolderMatch {
  /** By the names as given. */
  readonly media: ReadonlyMap<string, MediaMatch>;
  /** Sidecars of an album whose media lie in another folder. */
  readonly memberships: readonly string[];
  /** Sidecars without media. */
  readonly orphans: readonly string[];
}

/**
 * Finds the sidecar of each media file of one folder, the original of each edited version and the still of each moving part.
 * Never guesses: what names and titles do not decide is ambiguous. The order of the names does not matter.
 */
export function matchFolder(folder: TakeoutFolder, learntSuffixes: readonly string[] = []): FolderMatch {
  const state = new FolderState(folder);
  const index = new SidecarIndex(state.sidecars);
  const names = new MediaNames(state.media);
  const draft = new MatchDraft();
  pairClashingNames(state);
  pairNames(state, index);
  pairEditedVersions(state, index, names, learntSuffixes, draft);
  pairMovingParts(state, index, names, draft);
  shareWithVariants(state, names, draft);
  return outcomeOf(state, draft);
}

/** `X~2.jpg` without a sidecar has that of `X.jpg`. */
function shareWithVariants(state: FolderState, names: MediaNames, draft: MatchDraft): void {
  state.media.forEach(({ readings }, media) => {
    if (!state.isOpen(media) || draft.editedOf.has(media) || draft.movingOf.has(media)) return;
    for (const { base, number } of readings) {
      const { stem, extension } = splitExtension(base);
      const plain = /^(.+)~\d+$/s.exec(stem)?.[1];
      if (plain === undefined) continue;
      const original = names
        .withStem(plain)
        .find(
          (file) =>
            file.number === number &&
            file.extension === extension &&
            state.pairs[file.media]?.reading.number === number,
        );
      if (original !== undefined) draft.variantOf.set(media, original.media);
    }
  });
}

function outcomeOf(state: FolderState, draft: MatchDraft): FolderMatch {
  // Undecided files of one name share the list of their candidates.
  const candidates = new Map<readonly number[] | undefined, readonly string[]>([[undefined, []]]);
  const doubtful = new Set<number>();
  for (const sidecars of new Set(state.undecided.values())) {
    for (const index of sidecars) doubtful.add(index);
    const names = sidecars.flatMap((index) => state.sidecars[index]?.name ?? []);
    candidates.set(sidecars, names);
  }
  const matchAt = (index: number) => {
    const source = sourceOf(state, draft, index);
    return matchOf(state, draft, index, source, candidates.get(state.undecided.get(source)) ?? []);
  };
  const media = new Map(state.media.map(({ name }, index) => [name, matchAt(index)]));
  const memberships: string[] = [];
  const orphans: string[] = [];
  state.sidecars.forEach(({ name }, index) => {
    if (state.isUsed(index)) return;
    (state.isAlbum && !doubtful.has(index) ? memberships : orphans).push(name);
  });
  return { media, memberships, orphans };
}

function matchOf(
  state: FolderState,
  draft: MatchDraft,
  media: number,
  source: number,
  candidates: readonly string[],
): MediaMatch {
  const edited = draft.editedOf.get(media);
  const moving = draft.movingOf.get(media);
  const of = edited ?? moving;
  const sidecar = state.pairs[source]?.sidecar;
  const rank = state.pairs[media]?.rank;
  const ofName = of === undefined ? undefined : state.media[of]?.name;
  const sidecarName = sidecar === undefined ? undefined : state.sidecars[sidecar]?.name;
  return {
    role: edited !== undefined ? 'edited' : moving !== undefined ? 'moving' : 'original',
    ...(ofName === undefined ? {} : { of: ofName }),
    ...(sidecarName === undefined ? {} : { sidecar: sidecarName }),
    ...(rank === undefined ? {} : { rank }),
    isEdited: draft.edited.has(media),
    isAmbiguous: state.undecided.has(source),
    candidates,
  };
}

/** The file whose own sidecar counts: the still of a moving part may be an edited version. */
function sourceOf(state: FolderState, draft: MatchDraft, media: number): number {
  let source = media;
  // Two steps at most: moving part, edited version, original.
  for (let step = 0; step < 3 && state.isOpen(source); step++) {
    const next = draft.editedOf.get(source) ?? draft.movingOf.get(source) ?? draft.variantOf.get(source);
    if (next === undefined) break;
    source = next;
  }
  return source;
}
