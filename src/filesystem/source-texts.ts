import type { SourceName } from '../library/source.js';

/** A part of README.txt. Lines of `text` that begin with `- ` are items of a list. */
export interface ReadmeSection {
  readonly title: string;
  readonly text: readonly string[];
}

/** What people are told of one source. */
interface SourceTexts {
  /** How new its items are; `lastRead` is a time in words, undefined before the first time. */
  readonly freshness?: (lastRead: string | undefined) => string;
  /** Why it shows nothing once it was read, and the ways on. */
  readonly empty?: {
    /** For status: one or two sentences. */
    readonly status: string;
    readonly readme: ReadmeSection;
  };
  /** What it cannot show, however much it shows. */
  readonly limits?: ReadmeSection;
  /** The same where the profile has Takeout exports. */
  readonly limitsBesideTakeout?: ReadmeSection;
}

const TAKEOUT_ADD = 'gphotos-mount takeout add ~/Downloads/takeout-*.zip';

/** The words of each source. One that has none is not spoken of. */
const SOURCE_TEXTS: Readonly<Record<SourceName, SourceTexts>> = {
  app: {
    freshness: (lastRead) =>
      lastRead === undefined ? 'The library has not been read yet.' : `Last read from Google: ${lastRead}.`,
    empty: {
      status:
        'This OAuth client has added 0 photos and videos so far, and since 2025-03-31 Google shows a program nothing else. ' +
        `Ways on: export the whole library at takeout.google.com and run ${TAKEOUT_ADD}; pick photos: gphotos-mount pick; ` +
        'upload with this client.',
      readme: {
        title: 'Why it is empty',
        text: [
          'Google says that this OAuth client has added 0 photos and videos to the library so far, and it shows a program ' +
            'nothing else. Three ways on:',
          `- Takeout: export the whole library at takeout.google.com, as .zip. Then run: ${TAKEOUT_ADD}`,
          '- Upload with this OAuth client: what is added with it shows here. rclone can do it today.',
          '- Pick: gphotos-mount pick opens a page of Google on which you tick photos, up to 2,000 at a time; they stay here.',
        ],
      },
    },
    limits: {
      title: 'What you do not see here',
      text: [
        'Since 2025-03-31 Google shows a program only the photos, videos and albums which that same program added. ' +
          'Whatever was added by the phone app, the website or another program is in your library at photos.google.com, ' +
          'but Google keeps it from this folder. No setting changes that. To have all of it here, export it at ' +
          `takeout.google.com and run: ${TAKEOUT_ADD}`,
        'Newer photos can be picked on a page of Google: gphotos-mount pick.',
        'Google also removes the location from photos it hands out, and hands out videos as its own high-quality copy: ' +
          'the bytes here are not always those of the original. Keep your originals.',
      ],
    },
    limitsBesideTakeout: {
      title: 'What you do not see here',
      text: [
        'Since 2025-03-31 Google shows a program only the photos, videos and albums which that same program added. ' +
          'All others come from Takeout here. Google removes the location from photos that it hands out, and hands ' +
          'out videos as its own high-quality copy: files of Takeout have both as they were uploaded.',
      ],
    },
  },
  upload: {},
  picker: {},
  takeout: {
    limitsBesideTakeout: {
      title: 'What is not in an export',
      text: [
        'Photos of other people in shared albums, unless you saved them to your library; comments; the steps of an ' +
          'edit (its result is there, beside the original).',
      ],
    },
  },
};

/** Why a profile with these sources shows nothing, for status; null where none of them has a reason. */
export function emptyBecause(sources: readonly SourceName[]): string | null {
  const reasons = textsOf(sources).flatMap(({ empty }) => empty?.status ?? []);
  return reasons.length === 0 ? null : reasons.join(' ');
}

/** The words of these sources, in their order. */
export function textsOf(sources: readonly SourceName[]): readonly SourceTexts[] {
  return sources.map((name) => SOURCE_TEXTS[name]);
}
