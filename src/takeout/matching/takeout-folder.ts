import { mediaReadings, splitExtension, withoutJson } from './name-rule.js';
import type { Reading } from './name-rule.js';

/** A sidecar as the matcher needs it. */
export interface SidecarName {
  readonly name: string;
  readonly title?: string;
  /** Milliseconds since the epoch. */
  readonly takenAt?: number;
}

/** All names of one folder of one export, from all its parts. */
export interface TakeoutFolder {
  /** Photos and videos; names that {@link isMediaName} accepts. */
  readonly media: readonly string[];
  readonly sidecars: readonly SidecarName[];
  /** Sidecars left over in an album are members of it whose bytes lie elsewhere. */
  readonly isAlbum: boolean;
}

/**
 * 0 whole · 1 cut · 2 cut, brackets of the media read as its own · 3 number in the middle of the sidecar's name · 4, 5 whole or
 * cut, against the name without extension · 6 any beginning of the suffix · 7 an unknown word.
 */
export type Rank = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** A sidecar that may be that of a media file. */
export interface Candidate {
  /** Index in the folder's list of sidecars. */
  readonly sidecar: number;
  readonly rank: Rank;
  readonly reading: Reading;
}

export interface MediaFile {
  /** As the archive spells it. */
  readonly name: string;
  /** In NFC; the counted reading first. */
  readonly readings: readonly Reading[];
  /** Of the whole name. */
  readonly extension: string;
}

export interface SidecarFile extends SidecarName {
  /** In NFC, without `.json`. */
  readonly stem: string;
}

/** What is decided so far about a folder. Media and sidecars go by their index. */
export class FolderState {
  readonly media: readonly MediaFile[];
  readonly sidecars: readonly SidecarFile[];
  readonly isAlbum: boolean;
  /** The sidecar of each media file with one of its own. */
  readonly pairs: (Candidate | undefined)[];
  /** Media that may have any of these sidecars. They get none. */
  readonly undecided = new Map<number, readonly number[]>();
  readonly #used = new Set<number>();

  constructor(folder: TakeoutFolder) {
    // Sorted, so that nothing depends on the order in which parts were read.
    this.media = [...folder.media].sort(byUnits).map(mediaFileOf);
    this.sidecars = [...folder.sidecars]
      .sort((a, b) => byUnits(a.name, b.name))
      .map((sidecar) => ({ ...sidecar, stem: withoutJson(sidecar.name).normalize('NFC') }));
    this.isAlbum = folder.isAlbum;
    this.pairs = this.media.map(() => undefined);
  }

  take(media: number, candidate: Candidate): void {
    this.pairs[media] = candidate;
    this.#used.add(candidate.sidecar);
  }

  isUsed(sidecar: number): boolean {
    return this.#used.has(sidecar);
  }

  /** Neither paired nor given up. */
  isOpen(media: number): boolean {
    return this.pairs[media] === undefined && !this.undecided.has(media);
  }
}

function mediaFileOf(name: string): MediaFile {
  const composed = name.normalize('NFC');
  return { name, readings: mediaReadings(composed), extension: splitExtension(composed).extension };
}

/** An order that depends on no language. */
export function byUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
