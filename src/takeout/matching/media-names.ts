import { isPhotoExtension, mediaTypeOf } from './media-types.js';
import { isFullLength, splitExtension } from './name-rule.js';
import type { Reading } from './name-rule.js';
import type { MediaFile } from './takeout-folder.js';

/** A media file under one reading of its name. */
export interface NamedMedia {
  readonly media: number;
  readonly number: number;
  readonly isAsWritten: boolean;
  readonly extension: string;
  readonly stem: string;
}

/** Units that are left of a stem before an extension of five letters. */
const SHORTEST_CUT = 45;

/** The media of a folder by the stems of their readings. */
export class MediaNames {
  readonly #byStem = new Map<string, NamedMedia[]>();
  readonly #cutStills = new Map<string, NamedMedia[]>();

  constructor(media: readonly MediaFile[]) {
    media.forEach(({ readings }, index) => {
      for (const { base, number, isAsWritten } of readings) {
        const { stem, extension } = splitExtension(base);
        const named = { media: index, number, isAsWritten, extension, stem };
        push(this.#byStem, stem, named);
        if (isFullLength(base) && isPhotoExtension(extension)) {
          push(this.#cutStills, stem.slice(0, SHORTEST_CUT), named);
        }
      }
    });
  }

  /** Stills whose name may have been cut, by the beginning of their stem: their moving part may have been cut elsewhere. */
  cutStillsOf(stem: string): readonly NamedMedia[] {
    const stills = this.#cutStills.get(stem.slice(0, SHORTEST_CUT)) ?? [];
    return stills.filter((still) => still.stem.startsWith(stem) || stem.startsWith(still.stem));
  }

  withStem(stem: string): readonly NamedMedia[] {
    return this.#byStem.get(stem) ?? [];
  }

  /** Whether a file, paired under a reading of its name, is still to be understood so. Brackets that are its own are no counter. */
  isReadSo(file: NamedMedia, paired: Reading | undefined): boolean {
    return paired === undefined || paired.isAsWritten === file.isAsWritten;
  }

  isSameKind(one: string, other: string): boolean {
    const kind = mediaTypeOf(one)?.kind;
    return kind !== undefined && kind === mediaTypeOf(other)?.kind;
  }
}

function push(map: Map<string, NamedMedia[]>, key: string, named: NamedMedia): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [named]);
  else present.push(named);
}
