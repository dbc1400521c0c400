import { counted } from './takeout-texts.js';

/** What texts say of picked items. */
export interface PickedFactsShown {
  readonly items: number;
  readonly bytes: number;
  /** Where the files lie. */
  readonly folder: string;
  /** Sessions that wait for Done. */
  readonly open: number;
  /** Sessions whose items are being fetched. */
  readonly coming: readonly {
    readonly total: number;
    /** False: `total` are those that were listed so far. */
    readonly totalKnown: boolean;
    readonly stored: number;
    /** Why it does not go on; null where it does. */
    readonly message: string | null;
    readonly hint: string | null;
  }[];
  /** Items of sessions that ended before they were stored. */
  readonly lost: number;
}

/** `12 of at least 300 items are here`. */
export function progressOf({ total, totalKnown, stored }: PickedFactsShown['coming'][number]): string {
  const amount = totalKnown ? counted(total, 'item') : `at least ${counted(total, 'item')}`;
  return `${stored.toLocaleString('en-US')} of ${amount} ${stored === 1 ? 'is' : 'are'} here`;
}

/** The paragraphs of README.txt about picked items. */
export function pickedParagraphs({ items, folder, open, coming, lost }: PickedFactsShown): string[] {
  const moving = coming.map((one) => {
    const waits = one.message === null ? '' : ` It waits: ${one.message} ${one.hint ?? ''}`;
    return `A pick is being fetched: ${progressOf(one)}.${waits}`;
  });
  const waiting = open === 0 ? [] : ['A picking page is open at Google: press Done there (gphotos-mount pick list).'];
  const missing =
    lost === 0
      ? []
      : [`${counted(lost, 'item')} could not be fetched before their session ended (gphotos-mount pick list).`];
  return [
    `${counted(items, 'item')} ${items === 1 ? 'was' : 'were'} picked on Google's page. Their files lie in ${folder}: they are ` +
      'yours, and stay also when the sign-in ends or the access is taken back at Google. Nothing is updated: what changes ' +
      'at Google is not seen here.',
    ...[...moving, ...waiting, ...missing],
    'More: gphotos-mount pick. To remove one: gphotos-mount pick forget PATH.',
  ];
}
