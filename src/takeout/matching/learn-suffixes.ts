import { KNOWN_EDITED_SUFFIXES } from './edited-suffixes.js';
import { MediaNames } from './media-names.js';
import { splitExtension } from './name-rule.js';
import { SidecarIndex } from './sidecar-index.js';
import { FolderState } from './takeout-folder.js';
import type { MediaFile, TakeoutFolder } from './takeout-folder.js';

interface Count {
  withoutSidecar: number;
  withSidecar: number;
}

/** A word of 2 to 16 units after a dash. */
const ENDING = /-[^\d()[\]{}\-\u2010-\u2015]{2,16}$/;
const LEAST_FILES = 3;
const LAST_NAME_RANK = 5;

/**
 * Learns what an export adds to the names of edited versions: a word that several files without a sidecar have more than the
 * file beside them, which has one. A word that names photographs (`-evening`) mostly has sidecars of its own.
 */
export class SuffixLearner {
  readonly #counts = new Map<string, Count>();

  /** All folders of an export, in any order. */
  add(folder: TakeoutFolder): void {
    const state = new FolderState(folder);
    const endings = state.media.map((file) => endingOf(file));
    if (endings.every((ending) => ending === undefined)) return;
    const index = new SidecarIndex(state.sidecars);
    const names = new MediaNames(state.media);
    const hasSidecar = (file: MediaFile) => index.candidates(file.readings).some(({ rank }) => rank <= LAST_NAME_RANK);
    state.media.forEach((file, media) => {
      const ending = endings[media];
      if (ending === undefined) return;
      const { stem, extension } = splitExtension(file.readings[0]?.base ?? '');
      const isBeside = names
        .withStem(stem.slice(0, -ending.length))
        .some((other) => other.extension === extension && hasSidecar(fileAt(state, other.media)));
      if (isBeside) this.#count(ending, hasSidecar(file));
    });
  }

  suffixes(): string[] {
    const learnt = [...this.#counts].filter(
      ([, { withSidecar, withoutSidecar }]) => withoutSidecar >= LEAST_FILES && withSidecar * 3 <= withoutSidecar,
    );
    return learnt.map(([ending]) => ending).sort();
  }

  #count(ending: string, hasSidecar: boolean): void {
    const count = this.#counts.get(ending) ?? { withoutSidecar: 0, withSidecar: 0 };
    if (hasSidecar) count.withSidecar += 1;
    else count.withoutSidecar += 1;
    this.#counts.set(ending, count);
  }
}

/** Suffixes of editing that the folders of one export show. */
export function learnSuffixes(folders: Iterable<TakeoutFolder>): string[] {
  const learner = new SuffixLearner();
  for (const folder of folders) learner.add(folder);
  return learner.suffixes();
}

function endingOf({ readings: [reading] }: MediaFile): string | undefined {
  const { stem } = splitExtension(reading?.base ?? '');
  const ending = ENDING.exec(stem)?.[0];
  const isNew = ending !== undefined && ending.length < stem.length && !KNOWN_EDITED_SUFFIXES.includes(ending);
  return isNew ? ending : undefined;
}

function fileAt(state: FolderState, media: number): MediaFile {
  const file = state.media[media];
  if (file === undefined) throw new RangeError(`no media file ${media}`);
  return file;
}
