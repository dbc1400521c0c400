import type { Arguments } from './arguments.js';
import { usage } from './arguments.js';
import type { CommandOption } from './command.js';

export const TAKEOUT_USAGE = `Show Google Takeout exports in the mount, without an account and without unpacking.

Usage:
  $0 takeout add PATH... [--wait] [--json]
  $0 takeout [list] [--json]
  $0 takeout check [--bytes] [--list WHICH] [--json]
  $0 takeout remove EXPORT

Ask takeout.google.com for Google Photos only, as .zip; parts of 50 GB are fine.
add: .zip parts, folders of parts, extracted exports, from one or more exports.
They are read where they lie: keep them. Nothing is ever written to them.

check counts what was found: each entry once, in sums that must hold. ambiguous:
files of which names leave open which sidecar is theirs; without: files that
have none; orphans: sidecars that have no file; refused: entries not used.
It ends with 65 if a part is missing or damaged, or if --bytes finds wrong
bytes; add ends with 65 if it refused a part.`;

/** What `takeout check --list` can name. */
export const CHECK_LISTS = ['ambiguous', 'without', 'orphans', 'refused'] as const;
export type CheckList = (typeof CHECK_LISTS)[number];

export const TAKEOUT_OPTIONS = {
  profile: { takesValue: true, offers: 'profiles', describe: 'keeps accounts apart' },
  wait: { only: ['add'], describe: 'return when all of it is read' },
  json: { only: ['add', 'list', 'check'], describe: 'print JSON' },
  bytes: { only: ['check'], describe: 'read every byte and compare checksums' },
  list: { only: ['check'], takesValue: true, describe: `name the files that are: ${CHECK_LISTS.join(', ')}` },
} as const satisfies Readonly<Record<string, CommandOption>>;

type Given = Arguments<keyof typeof TAKEOUT_OPTIONS>;

export interface TakeoutRequest {
  /** Undefined: the one that settings name. */
  readonly profile: string | undefined;
  readonly json: boolean;
}

export interface TakeoutAddRequest extends TakeoutRequest {
  readonly paths: readonly string[];
  readonly wait: boolean;
}

export interface TakeoutCheckRequest extends TakeoutRequest {
  readonly bytes: boolean;
  readonly list: CheckList | undefined;
}

export interface TakeoutRemoveRequest extends TakeoutRequest {
  readonly exportName: string;
}

export function takeoutAddRequest(given: Given): TakeoutAddRequest {
  if (given.words.length === 0)
    throw usage('Say what to add.', 'For example: gphotos-mount takeout add ~/Downloads/takeout-*.zip');
  return { ...commonRequest(given), paths: given.words, wait: given.isSet('wait') };
}

export function takeoutListRequest(given: Given): TakeoutRequest {
  refuseWords(given);
  return commonRequest(given);
}

export function takeoutCheckRequest(given: Given): TakeoutCheckRequest {
  refuseWords(given);
  const word = given.text('list');
  const list = CHECK_LISTS.find((known) => known === word);
  if (word !== undefined && list === undefined)
    throw usage(`There is no list "${word}".`, `There are: ${CHECK_LISTS.join(', ')}.`);
  return { ...commonRequest(given), bytes: given.isSet('bytes'), list };
}

export function takeoutRemoveRequest(given: Given): TakeoutRemoveRequest {
  const [exportName, extra] = given.words;
  if (exportName === undefined || extra !== undefined)
    throw usage('Say which export to remove.', 'gphotos-mount takeout list shows their names.');
  return { ...commonRequest(given), exportName };
}

function commonRequest(given: Given): TakeoutRequest {
  return { profile: given.text('profile'), json: given.isSet('json') };
}

function refuseWords({ words }: Given): void {
  if (words.length > 0) throw usage(`"${words[0] ?? ''}" is a word too many.`);
}
