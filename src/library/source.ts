import type { AlbumId } from './album.js';
import type { MediaId } from './media-item.js';

/** Where copies of items come from. */
export type SourceName = 'app' | 'upload' | 'picker' | 'takeout';

/** What is particular to a source. */
export interface Source {
  readonly name: SourceName;
  /** What stands before the ids of its copies, so that ids of two sources never meet. Google's own ids have none. */
  readonly prefix: string;
  /** One bit in the catalog's sets of sources. Part of the file format. */
  readonly bit: number;
  /** Of several copies, that of the source with the greatest rank is shown. */
  readonly bytesRank: number;
  /** Date, description, camera and pixels are those of the source with the greatest rank. */
  readonly factsRank: number;
  /** Whether its items can be shown only after a sign-in. */
  readonly needsAccount: boolean;
}

/** Every source, in the order in which status and README.txt name them. */
export const SOURCES: readonly Source[] = [
  { name: 'app', prefix: '', bit: 1, bytesRank: 1, factsRank: 4, needsAccount: true },
  { name: 'upload', prefix: 'upload:', bit: 2, bytesRank: 4, factsRank: 3, needsAccount: true },
  { name: 'picker', prefix: 'picked:', bit: 4, bytesRank: 2, factsRank: 2, needsAccount: false },
  { name: 'takeout', prefix: 'takeout:', bit: 8, bytesRank: 3, factsRank: 1, needsAccount: false },
];

const BY_NAME = Object.fromEntries(SOURCES.map((source) => [source.name, source])) as Record<SourceName, Source>;

export function sourceNamed(name: SourceName): Source {
  return BY_NAME[name];
}

/** The sources that a profile may have. Which of them it has shows at its start. */
export const PROFILE_SOURCES: readonly Source[] = [BY_NAME.app, BY_NAME.picker, BY_NAME.takeout];

/** Whether a profile with these sources has to be signed in. */
export function needAccount(sources: readonly Source[]): boolean {
  return sources.some((source) => source.needsAccount);
}

/** A count for each source, at the start. */
export function countsBySource(): Record<SourceName, number> {
  return Object.fromEntries(SOURCES.map(({ name }) => [name, 0])) as Record<SourceName, number>;
}

/** The bit of Google's listing: what asks Google, or sweeps, uses copies with it only. */
export const APP_BIT = BY_NAME.app.bit;

/** The source of a copy or of an album, by its id. */
export function sourceOf(id: MediaId | AlbumId): Source {
  return SOURCES.find(({ prefix }) => prefix !== '' && id.startsWith(prefix)) ?? BY_NAME.app;
}

/** The sources whose bits are set, in the order of {@link SOURCES}. */
export function sourcesIn(bits: number): Source[] {
  return SOURCES.filter(({ bit }) => (bits & bit) !== 0);
}
