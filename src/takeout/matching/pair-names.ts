import { isPhotoExtension, mayBeMovingPart } from './media-types.js';
import { SIDECAR_SUFFIX, sidecarReadings, splitExtension } from './name-rule.js';
import type { SidecarIndex } from './sidecar-index.js';
import type { Candidate, FolderState, Rank } from './takeout-folder.js';
import { judgeTitle } from './title-judge.js';

interface Pair extends Candidate {
  readonly media: number;
  /** The title first, then the style. Higher is better. */
  readonly title: number;
  readonly style: number;
}

const RANKS: readonly Rank[] = [0, 1, 2, 3, 4, 5, 6, 7];
const LAST_NAME_RANK = 5;

/** Pairs media with sidecars by name, rank by rank. What could have several of one rank is undecided. */
export function pairNames(state: FolderState, index: SidecarIndex): void {
  const byRank = new Map<Rank, Pair[]>(RANKS.map((rank) => [rank, []]));
  const add = (media: number, candidates: readonly Candidate[]) => {
    const pairs = [...bestOfEachSidecar(candidates)].map((candidate) => pairOf(state, media, candidate));
    // Two exports unpacked into one folder: a whole name of the old style is no better than a cut one of the newer style.
    const hasNewer = pairs.some(({ rank, style }) => rank === 1 && style > 0);
    for (const pair of pairs) {
      const rank = pair.rank === 0 && pair.style === 0 && hasNewer ? 1 : pair.rank;
      const own = rankBesideStills(state, pair, rank);
      byRank.get(own)?.push({ ...pair, rank: own });
    }
  };
  markUncutTwins(state, index);
  state.media.forEach(({ readings }, media) => {
    if (state.isOpen(media)) add(media, index.candidates(readings));
  });
  for (const rank of RANKS) {
    if (rank === LAST_NAME_RANK + 1) {
      // These need many look-ups, and few files come here.
      state.media.forEach(({ readings }, media) => {
        if (state.isOpen(media)) add(media, index.lastCandidates(readings));
      });
    }
    pairOneRank(state, withoutParts(state, index, rank, byRank.get(rank) ?? []));
  }
}

/** A file without extension is no better than a still of its name, to whose title Google added one. */
function rankBesideStills(state: FolderState, { media }: Pair, rank: Rank): Rank {
  if (state.media[media]?.extension !== '') return rank;
  return rank === 0 ? 4 : rank === 1 ? 5 : rank;
}

/**
 * The sidecar of a title without extension fits a still and its moving part, which has none of its own. Where there are no more such
 * sidecars than stills they are those of the stills.
 */
function withoutParts(state: FolderState, index: SidecarIndex, rank: Rank, pairs: readonly Pair[]): readonly Pair[] {
  if (rank !== 4 && rank !== 5) return pairs;
  const stems = new Map<number, string>();
  const stills = new Map<string, Set<number>>();
  const open = openPairs(state, pairs);
  const extensionOf = (media: number): string => state.media[media]?.extension ?? '';
  for (const { media, sidecar } of open) {
    const stem = sidecarReadings(state.sidecars[sidecar]?.stem ?? '').find((one) => !one.isMiddle && !one.isAsWritten);
    const base = stem?.base ?? state.sidecars[sidecar]?.stem ?? '';
    stems.set(sidecar, base);
    if (isPhotoExtension(extensionOf(media))) stills.set(base, (stills.get(base) ?? new Set()).add(media));
  }
  return open.filter(({ media, sidecar }) => {
    const stem = stems.get(sidecar) ?? '';
    const own = stills.get(stem)?.size ?? 0;
    if (own === 0 || !mayBeMovingPart(extensionOf(media))) return true;
    return index.withStem(stem).filter((entry) => !state.isUsed(entry.sidecar)).length > own;
  });
}

/** Several titles that were cut to one media name only: which media is whose, names do not tell. */
function markUncutTwins(state: FolderState, index: SidecarIndex): void {
  const byBase = new Map<string, readonly number[]>();
  const twinsOf = (base: string) => {
    let twins = byBase.get(base);
    if (twins === undefined) byBase.set(base, (twins = uncutTwins(state, index, base)));
    return twins;
  };
  state.media.forEach(({ readings }, media) => {
    if (!state.isOpen(media)) return;
    const twins = readings.map(({ base }) => twinsOf(base)).find(({ length }) => length > 0);
    if (twins !== undefined) state.undecided.set(media, twins);
  });
}

function uncutTwins(state: FolderState, index: SidecarIndex, base: string): readonly number[] {
  const uncut = [...index.uncutFor(base), ...index.uncutFor(splitExtension(base).stem)];
  if (uncut.length === 0) return [];
  const entries = [...uncut, ...index.withStem(base + SIDECAR_SUFFIX)];
  const fitting = entries
    .map(({ sidecar }) => sidecar)
    .filter((sidecar) => !state.isUsed(sidecar) && judgeTitle(state.sidecars[sidecar]?.title, base) !== 0);
  const titles = new Set(fitting.map((sidecar) => uncountedStem(state.sidecars[sidecar]?.stem ?? '')));
  return titles.size > 1 ? [...new Set(fitting)] : [];
}

function uncountedStem(stem: string): string {
  return stem.slice(0, stem.lastIndexOf(SIDECAR_SUFFIX));
}

function bestOfEachSidecar(candidates: readonly Candidate[]): Iterable<Candidate> {
  if (candidates.length < 2) return candidates;
  const best = new Map<number, Candidate>();
  for (const candidate of candidates) {
    const present = best.get(candidate.sidecar);
    if (present === undefined || candidate.rank < present.rank) best.set(candidate.sidecar, candidate);
  }
  return best.values();
}

function pairOf(state: FolderState, media: number, candidate: Candidate): Pair {
  const { title, stem = '' } = state.sidecars[candidate.sidecar] ?? {};
  const style = Number(/\.su[a-z-]*(?:\(\d+\))?$/.test(stem));
  return { ...candidate, media, title: judgeTitle(title, candidate.reading.base) ?? 1, style };
}

function pairOneRank(state: FolderState, pairs: readonly Pair[]): void {
  let open = openPairs(state, pairs);
  for (let moved = true; moved && open.length > 0;) {
    const onlyOfMedia = onlyBest(open, ({ media }) => media, true);
    const onlyOfSidecar = onlyBest(open, ({ sidecar }) => sidecar, false);
    moved = false;
    for (const [media, pair] of onlyOfMedia) {
      if (pair === undefined || onlyOfSidecar.get(pair.sidecar) !== pair) continue;
      state.take(media, pair);
      moved = true;
    }
    open = openPairs(state, open);
  }
  const left = new Map<number, number[]>();
  for (const { media, sidecar } of open) {
    const sidecars = left.get(media);
    if (sidecars === undefined) left.set(media, [sidecar]);
    else sidecars.push(sidecar);
  }
  for (const [media, sidecars] of left) state.undecided.set(media, sidecars);
}

function openPairs(state: FolderState, pairs: readonly Pair[]): Pair[] {
  return pairs.filter(({ media, sidecar }) => state.isOpen(media) && !state.isUsed(sidecar));
}

/** The best pair of each key, undefined where several are as good. */
function onlyBest(
  pairs: readonly Pair[],
  keyOf: (pair: Pair) => number,
  withStyle: boolean,
): Map<number, Pair | undefined> {
  const best = new Map<number, { pair: Pair; isOnly: boolean }>();
  for (const pair of pairs) {
    const key = keyOf(pair);
    const present = best.get(key);
    const order = present === undefined ? 1 : compare(pair, present.pair, withStyle);
    if (order > 0) best.set(key, { pair, isOnly: true });
    else if (order === 0 && present !== undefined) present.isOnly = false;
  }
  return new Map([...best].map(([key, { pair, isOnly }]) => [key, isOnly ? pair : undefined]));
}

function compare(a: Pair, b: Pair, withStyle: boolean): number {
  return a.title - b.title || (withStyle ? a.style - b.style : 0);
}
