import type { SourceName } from '../library/source.js';
import { pickedParagraphs, type PickedFactsShown } from './picked-texts.js';
import { textsOf, type ReadmeSection } from './source-texts.js';
import { counted, takeoutParagraphs, type TakeoutFacts } from './takeout-texts.js';

/** What README.txt shows. Times are milliseconds since the epoch. */
export interface ReadmeFacts {
  readonly profile: string;
  /** Those that bring items to the profile. */
  readonly sources: readonly SourceName[];
  /** E-mail address or name of the Google account, where it is known. */
  readonly account?: string;
  readonly readOnly: boolean;
  readonly showArchived: boolean;
  readonly showTrashed: boolean;
  readonly showLocked: boolean;
  /** What date folders follow. */
  readonly timeZone: string;
  readonly counts: { readonly items: number; readonly albums: number; readonly unmeasured: number };
  /** Of `items`, those that Google lists. */
  readonly fromGoogle: number;
  /** Undefined where nothing was picked. */
  readonly picked: PickedFactsShown | undefined;
  /** Undefined where no export was added. */
  readonly takeout: TakeoutFacts | undefined;
  readonly firstSyncDone: boolean;
  readonly lastSuccess: number | undefined;
  /** The last sync's failure, if it failed. */
  readonly lastError: string | undefined;
  /** What Google last said of the sign-in. */
  readonly signIn?: {
    readonly state: 'none' | 'unknown' | 'ok' | 'refused';
    /** `NO_CREDENTIALS` if there is no sign-in. */
    readonly reason: string | null;
    readonly message: string | null;
    readonly hint: string | null;
    readonly missing: readonly string[];
  };
  readonly problems: readonly { readonly message: string; readonly hint: string }[];
}

const WIDTH = 78;
const PROBLEMS_SHOWN = 10;

/** Renders README.txt in plain words, lines of at most 78 characters where words allow. */
export function renderReadme(facts: ReadmeFacts): string {
  const sections = [
    paragraph(`Google Photos${ofAccount(facts)}`),
    whatIsHere(facts),
    fromTakeout(facts),
    fromPicking(facts),
    deadSignIn(facts),
    unreadable(facts),
    ...whyEmpty(facts),
    whereThingsAre(facts),
    ...whatIsNotShown(facts),
    whatIsLeft(facts),
    problems(facts),
    paragraph('More detail: .gphotos/status.json, or run: gphotos-mount status'),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function ofAccount({ account, profile }: ReadmeFacts): string {
  return account === undefined ? `, profile "${profile}"` : ` of ${account}, profile "${profile}"`;
}

/** Nothing more comes from Google until the person signs in. */
function waitsForSignIn({ signIn }: ReadmeFacts): boolean {
  return signIn !== undefined && signIn.message !== null;
}

function whatIsHere(facts: ReadmeFacts): string {
  const { sources, counts, lastSuccess, firstSyncDone, readOnly } = facts;
  const lastRead = lastSuccess === undefined ? undefined : timeText(lastSuccess);
  const read = textsOf(sources).flatMap(({ freshness }) => (freshness === undefined ? [] : ` ${freshness(lastRead)}`));
  const growing = firstSyncDone
    ? ''
    : waitsForSignIn(facts)
      ? ' The first reading waits for a new sign-in.'
      : ' The first reading is still going on, so more will show.';
  const write = readOnly ? ' This mount is read-only: nothing in it can be changed.' : '';
  const amount = `This folder shows ${counted(counts.items, 'item')} and ${counted(counts.albums, 'album')}.`;
  return paragraph(`${amount}${read.join('')}${growing}${write}`);
}

/** How new and how whole the exports are. */
function fromTakeout({ takeout, fromGoogle }: ReadmeFacts): string {
  if (takeout === undefined) return '';
  return section({ title: 'From Google Takeout', text: takeoutParagraphs(takeout, fromGoogle).map(oneLine) });
}

/** What was picked, and what comes. */
function fromPicking({ picked }: ReadmeFacts): string {
  if (picked === undefined) return '';
  return section({ title: 'Picked', text: pickedParagraphs(picked).map(oneLine) });
}

/** With an ended sign-in all files are still shown; this text says so where people look. */
function deadSignIn({ signIn }: ReadmeFacts): string {
  if (signIn?.state !== 'refused') return '';
  const isSignedOut = signIn.reason === 'NO_CREDENTIALS';
  const sections = [
    isSignedOut ? 'There is no sign-in' : 'The sign-in does not work any more',
    paragraph(`${oneLine(signIn.message ?? '')} ${oneLine(signIn.hint ?? '')}`),
    ...(isSignedOut ? [] : [usualReasons()]),
    paragraph(
      'What is listed here stays, and so does what is in the cache. After gphotos-mount login everything goes on by ' +
        'itself; there is no need to mount again.',
    ),
  ];
  return sections.join('\n\n');
}

function usualReasons(): string {
  return paragraph(
    'Usual reasons: the consent screen of the Google Cloud project is still in testing mode, where every sign-in ends ' +
      'after 7 days (publish it); access was revoked in the Google account; the sign-in was not used for 6 months; ' +
      'the password of the account was changed.',
  );
}

/** The sign-in is valid, but lacks the permission to read anything. */
function unreadable({ signIn, counts }: ReadmeFacts): string {
  if (signIn?.state !== 'ok' || signIn.message === null) return '';
  const what =
    counts.items > 0
      ? 'What was known before stays, and so does what is in the cache.'
      : 'This folder is empty so far.';
  return [
    'Why nothing comes from Google',
    '',
    paragraph(`${oneLine(signIn.message)} ${what} ${oneLine(signIn.hint ?? '')}`),
  ].join('\n');
}

/** Why the sources that were read show nothing. */
function whyEmpty({ sources, counts, firstSyncDone, lastSuccess }: ReadmeFacts): string[] {
  if (!firstSyncDone || lastSuccess === undefined || counts.items > 0) return [];
  return textsOf(sources).flatMap(({ empty }) => (empty === undefined ? [] : section(empty.readme)));
}

function whereThingsAre({ showArchived, showTrashed, showLocked, sources, timeZone }: ReadmeFacts): string {
  const archived = showArchived
    ? 'Archived items are shown too.'
    : 'Archived items show only in their albums and in feature/archive/.';
  const people = sources.includes('takeout');
  return [
    'album/               one folder for each album',
    'feature/favorites/   what is marked as a favourite',
    'feature/archive/     what is archived',
    ...(showTrashed ? ['feature/trash/       what is in the trash'] : []),
    ...(showLocked ? ['feature/locked/      what is in the locked folder'] : []),
    'media/all/           everything',
    `media/by-year/       also by-month/ and by-day/, by date (${timeZone})`,
    'media/photos/        also videos/, by-camera/ and not-in-album/',
    ...(people ? ['people/              one folder for each person, while there is any'] : []),
    '',
    paragraph(`An item has the same name in every folder. ${archived}`),
  ].join('\n');
}

function whatIsNotShown({ sources, takeout }: ReadmeFacts): string[] {
  return textsOf(sources).flatMap(({ limits, limitsBesideTakeout }) => {
    const shown = takeout === undefined ? limits : (limitsBesideTakeout ?? limits);
    return shown === undefined ? [] : section(shown);
  });
}

function section({ title, text }: ReadmeSection): string {
  const lines = [title];
  text.forEach((part, index) => {
    const isNextOfList = part.startsWith('- ') && text[index - 1]?.startsWith('- ') === true;
    lines.push(...(isNextOfList ? [] : ['']), paragraph(part));
  });
  return lines.join('\n');
}

function whatIsLeft(facts: ReadmeFacts): string {
  const { counts, firstSyncDone } = facts;
  if (waitsForSignIn(facts)) return '';
  const left: string[] = [];
  if (!firstSyncDone) left.push('- finish reading the list of items and albums');
  if (counts.unmeasured > 0) {
    left.push(`- learn the size of ${counted(counts.unmeasured, 'file')}; one you look at is measured at once`);
  }
  return left.length === 0 ? '' : ['Still to do, by itself', '', ...left].join('\n');
}

function problems({ lastError, problems: all, signIn }: ReadmeFacts): string {
  const lines = all
    .slice(0, PROBLEMS_SHOWN)
    .map(({ message, hint }) => paragraph(`- ${oneLine(message)} ${oneLine(hint)}`));
  if (lastError !== undefined) lines.unshift(paragraph(`- The last sync failed: ${oneLine(lastError)}`));
  for (const missing of signIn?.missing ?? []) lines.push(paragraph(`- Permission ${oneLine(missing)}.`));
  if (all.length > PROBLEMS_SHOWN) lines.push(`- and ${all.length - PROBLEMS_SHOWN} more in .gphotos/status.json`);
  return lines.length === 0 ? '' : ['What is wrong', '', ...lines].join('\n');
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Removes line breaks from names, which come from outside. */
function oneLine(text: string): string {
  return text.replace(/[\p{Control}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

function paragraph(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
