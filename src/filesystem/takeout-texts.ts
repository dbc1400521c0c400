/** What texts say of the Takeout exports of a profile. Items that are hidden do not count in `items`. */
export interface TakeoutFacts {
  readonly items: number;
  readonly exports: number;
  readonly parts: number;
  /** Day of the newest export, in milliseconds since the epoch; undefined where the names tell none. */
  readonly newest: number | undefined;
  /** Exports with gaps in the numbers of their parts. */
  readonly missing: readonly { readonly exportName: string; readonly numbers: readonly number[] }[];
  /** Parts that cannot be read at present. */
  readonly unreadable: number;
  /** Files of which no sidecar is there, and those of which names leave open which one it is. */
  readonly without: number;
  readonly ambiguous: number;
  /** Undefined or null: all is read. `done` and `total` are parts. */
  readonly reading: { readonly part: string; readonly done: number; readonly total: number } | null;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** `1 May 2026`. */
export function dayInWords(time: number): string {
  const date = new Date(time);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `1 item`, `12,345 items`. */
export function counted(amount: number, noun: string): string {
  return `${amount.toLocaleString('en-US')} ${noun}${amount === 1 ? '' : 's'}`;
}

/** What is missing of exports, a sentence each. */
export function missingSentences(missing: TakeoutFacts['missing']): string[] {
  return missing.map(({ exportName, numbers }) => {
    const names = numbers.map((number) => String(number).padStart(3, '0')).join(', ');
    return numbers.length === 1
      ? `Part ${names} of ${exportName} is missing.`
      : `Parts ${names} of ${exportName} are missing.`;
  });
}

/** Of files without a sidecar, and what shows them; empty where there are none. */
export function sidecarSentence({ without, ambiguous }: Pick<TakeoutFacts, 'without' | 'ambiguous'>): string {
  const amount = without + ambiguous;
  if (amount === 0) return '';
  return `${counted(amount, 'file')} ${amount === 1 ? 'has' : 'have'} no sidecar: gphotos-mount takeout check`;
}

/** The paragraphs of README.txt about exports. `fromGoogle`: items that Google lists. */
export function takeoutParagraphs(facts: TakeoutFacts, fromGoogle: number): string[] {
  const { items, exports, newest, missing, unreadable, reading } = facts;
  const made = newest === undefined ? '' : ` (newest ${dayInWords(newest)})`;
  const come = `${counted(items, 'item')} ${items === 1 ? 'comes' : 'come'}`;
  const others = fromGoogle === 0 ? '' : `; ${fromGoogle.toLocaleString('en-US')} from Google directly`;
  const first =
    exports === 0
      ? 'The Takeout exports that were added are being read: items show as each part is read.'
      : `${come} from ${counted(exports, 'Takeout export')}${made}, with original bytes and places${others}.`;
  const growing = exports > 0 && reading !== null ? ' They are being read, so more will show.' : '';
  const left = [
    ...missingSentences(missing),
    ...(unreadable === 0 ? [] : [`${counted(unreadable, 'part')} cannot be read: see below.`]),
    ...[sidecarSentence(facts)].filter((text) => text !== '').map((text) => `${text}.`),
  ];
  return [
    first + growing,
    'Newer photos than that are not here until the next export: takeout.google.com, Google Photos only, every 2 ' +
      'months. Then: gphotos-mount takeout add. Keep the archives where they are: files are read out of them.',
    ...(left.length === 0 ? [] : [left.join(' ')]),
  ];
}
