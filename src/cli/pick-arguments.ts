import { MOST_PICKED } from '../daemon/pick-requests.js';
import type { Arguments } from './arguments.js';
import { usage } from './arguments.js';
import type { CommandOption } from './command.js';
import { optionSpec } from './option-table.js';

export const PICK_USAGE = `Pick photos and videos on a page of Google; they stay in the mount.

Usage:
  $0 pick [--count N] [--album TITLE] [--no-open] [--no-wait]
  $0 pick list|resume [--json]
  $0 pick cancel ID
  $0 pick forget PATH|ID
  $0 pick forget --session ID

pick opens Google's own page, on which you tick up to 2,000 items and press
Done. Their bytes are then fetched into the data folder and stay: without
network, sign-in or quota. A running mount fetches them itself, so that Ctrl-C
stops nothing; without one the command does. Sign in to that page with the
account of this profile.

resume looks at once whether Done was pressed, and tries again what failed.
cancel ends a session at Google and keeps what is stored. forget removes files
that were picked, here only. It ends with 0 if all is stored, with 74 if some
is not, or if nothing was picked before the page ended.`;

const MAIN = ['pick without an action'];

export const PICK_OPTIONS = {
  profile: { takesValue: true, offers: 'profiles', describe: 'keeps accounts apart' },
  count: { takesValue: true, only: MAIN, describe: 'most items to tick', standard: String(MOST_PICKED) },
  album: { takesValue: true, only: MAIN, describe: 'show them in album/TITLE too; nothing changes at Google' },
  'no-open': { only: MAIN, describe: 'say the address, and open no browser' },
  'no-wait': { only: MAIN, describe: 'return once the session is kept; a mount goes on with it' },
  session: { takesValue: true, only: ['forget'], describe: 'all items of this session that no other has' },
  json: { only: ['list', 'resume'], describe: 'print JSON' },
  'picked-dir': { takesValue: true, offers: 'folders', describe: optionSpec('picked-dir').describe },
  'ca-cert': { takesValue: true, offers: 'files', describe: optionSpec('ca-cert').describe },
} as const satisfies Readonly<Record<string, CommandOption>>;

type Given = Arguments<keyof typeof PICK_OPTIONS>;

/** What all of them take; undefined: as settings say. */
export interface PickCommon {
  readonly options: Readonly<Partial<Record<'profile' | 'picked-dir' | 'ca-cert', string>>>;
}

export interface PickRequest extends PickCommon {
  readonly most: number;
  readonly album: string | null;
  readonly open: boolean;
  readonly wait: boolean;
}

export interface PickListRequest extends PickCommon {
  readonly json: boolean;
}

export interface PickCancelRequest extends PickCommon {
  readonly id: string;
}

export interface PickForgetRequest extends PickCommon {
  /** A path, or the id of an item. */
  readonly what: string | undefined;
  readonly session: string | undefined;
}

export function pickRequest(given: Given): PickRequest {
  refuseWords(given);
  const text = given.text('count');
  const most = text === undefined ? MOST_PICKED : Number(text);
  if (!Number.isInteger(most) || most < 1 || most > MOST_PICKED)
    throw usage(`--count takes a number from 1 to ${MOST_PICKED}; "${text ?? ''}" is none.`);
  const album = given.text('album')?.trim();
  if (album === '') throw usage('--album takes the title of an album.');
  return { ...common(given), most, album: album ?? null, open: !given.isSet('no-open'), wait: !given.isSet('no-wait') };
}

export function pickListRequest(given: Given): PickListRequest {
  refuseWords(given);
  return { ...common(given), json: given.isSet('json') };
}

export function pickCancelRequest(given: Given): PickCancelRequest {
  const [id, extra] = given.words;
  if (id === undefined || extra !== undefined) throw usage('Say which session to cancel.', LIST);
  return { ...common(given), id };
}

export function pickForgetRequest(given: Given): PickForgetRequest {
  const [what, extra] = given.words;
  const session = given.text('session');
  if (extra !== undefined || (what === undefined) === (session === undefined))
    throw usage('Say what to forget: one path, the id of one item, or --session ID.', LIST);
  return { ...common(given), what, session };
}

const LIST = 'gphotos-mount pick list shows the sessions.';

function common(given: Given): PickCommon {
  const names = ['profile', 'picked-dir', 'ca-cert'] as const;
  const set = names.map((name) => [name, given.text(name)] as const).filter(([, value]) => value !== undefined);
  return { options: Object.fromEntries(set) };
}

function refuseWords({ words }: Given): void {
  if (words.length > 0) throw usage(`"${words[0] ?? ''}" is a word too many.`);
}
