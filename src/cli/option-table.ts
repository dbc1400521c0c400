import { calendarOf } from '../library/calendar.js';
import type { LogLevel } from '../support/log-level.js';
import { parseByteSize } from './byte-sizes.js';
import { parseDuration } from './durations.js';
import type { Offers } from './offers.js';

/** One setting: what the help says, and how its text becomes a value (undefined where the text is not one). */
export interface OptionSpec<T> {
  readonly group: 'tree' | 'access' | 'cache' | 'sync' | 'running';
  readonly describe: string;
  readonly alias?: string;
  /** Absent for switches, which take no value. */
  readonly placeholder?: string;
  /** What shells offer for the value. */
  readonly offers?: Offers;
  /** Completes "must be ...". */
  readonly expected: string;
  /** As the help shows it. */
  readonly standard?: string;
  /** May it stand in config.json and the environment? */
  readonly argvOnly?: boolean;
  readonly parse: (text: string) => T | undefined;
}

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
/** Sockets are named after profiles, and a socket's path is short: see the profile paths. */
const PROFILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

const flag = (rest: Pick<OptionSpec<boolean>, 'group' | 'describe' | 'alias' | 'argvOnly'>): OptionSpec<boolean> => ({
  ...rest,
  expected: 'true or false',
  parse: (text) => (/^(?:true|yes|on|1)$/i.test(text) ? true : /^(?:false|no|off|0|)$/i.test(text) ? false : undefined),
});

const duration = (
  rest: Pick<OptionSpec<number>, 'group' | 'describe' | 'standard'>,
  least: number,
  leastText: string,
): OptionSpec<number> => ({
  ...rest,
  placeholder: 'TIME',
  expected: `a duration such as 90s, 5m or 24h, ${leastText}`,
  parse: (text) => atLeast(least, parseDuration(text)),
});

function atLeast(least: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= least ? value : undefined;
}

function parseShare(text: string): number | undefined {
  const percent = /^(\d{1,2}(?:\.\d+)?)%?$/.exec(text)?.[1];
  return percent !== undefined && Number(percent) <= 95 ? Number(percent) / 100 : undefined;
}

/** As the database spells it. */
function zoneNamed(text: string): string | undefined {
  try {
    return calendarOf(text).zone;
  } catch {
    return undefined;
  }
}

function parseId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1 ? Number(text) : undefined;
}

/** Every setting of a mount, by its name on the command line and in config.json. */
export const OPTIONS = {
  root: {
    group: 'tree',
    describe: 'mount this part of the tree as the root: media/all, "album/Trip to Rome", album:<id>',
    placeholder: 'PATH',
    expected: 'a path inside the mount such as media/all',
    standard: '/',
    parse: (text) => (text === '' || /[\u0000-\u001f]/.test(text) ? undefined : text),
  } satisfies OptionSpec<string>,
  'show-archived': flag({ group: 'tree', describe: 'show archived items in media/, feature/ and people/ too' }),
  'show-trashed': flag({ group: 'tree', describe: 'show feature/trash/, what Takeout says is in the trash' }),
  'show-locked': flag({ group: 'tree', describe: 'show feature/locked/, what Takeout says is in the locked folder' }),
  'nested-albums': flag({ group: 'tree', describe: 'let a / in an album title make nested folders' }),
  'time-zone': {
    group: 'tree',
    describe: 'time zone of date folders from now on: Europe/Rome, UTC',
    placeholder: 'ZONE',
    expected: 'a name of the IANA time zone database such as Europe/Rome, or UTC',
    standard: 'that of this machine when the profile was made',
    parse: zoneNamed,
  } satisfies OptionSpec<string>,
  uid: {
    group: 'access',
    describe: 'owner of all files',
    placeholder: 'ID',
    expected: 'a numeric user id',
    standard: 'you',
    parse: parseId,
  } satisfies OptionSpec<number>,
  gid: {
    group: 'access',
    describe: 'group of all files',
    placeholder: 'ID',
    expected: 'a numeric group id',
    standard: 'your group',
    parse: parseId,
  } satisfies OptionSpec<number>,
  umask: {
    group: 'access',
    describe: 'permission bits to take away, octal',
    placeholder: 'MASK',
    expected: 'an octal mask such as 022 or 077',
    standard: "the shell's umask",
    parse: (text) => (/^[0-7]{1,4}$/.test(text) && parseInt(text, 8) <= 0o777 ? parseInt(text, 8) : undefined),
  } satisfies OptionSpec<number>,
  'allow-other': flag({ group: 'access', describe: 'let other users see the mount' }),
  'attr-timeout': duration(
    {
      group: 'access',
      describe: 'how long the kernel may answer from its own cache before it asks again',
      standard: '1s',
    },
    0,
    'or 0',
  ),
  'cache-dir': {
    group: 'cache',
    describe: 'folder for downloaded files',
    placeholder: 'DIR',
    offers: 'folders',
    expected: 'an absolute path',
    standard: '~/.cache/gphotos-mount',
    parse: (text) => (text.startsWith('/') ? text : undefined),
  } satisfies OptionSpec<string>,
  'cache-max-size': {
    group: 'cache',
    describe: 'most bytes to keep on disk: 10G, 500M',
    placeholder: 'SIZE',
    expected: 'a size such as 10G or 500M',
    standard: '10G, at most a tenth of the free space',
    parse: parseByteSize,
  } satisfies OptionSpec<number>,
  'cache-max-age': duration(
    { group: 'cache', describe: 'how long a downloaded file is kept, from its download on', standard: '60m' },
    0,
    'or 0',
  ),
  'picked-dir': {
    group: 'cache',
    describe: 'folder for picked files from now on; those that are there are moved',
    placeholder: 'DIR',
    offers: 'folders',
    expected: 'an absolute path',
    standard: 'picked in the data folder',
    parse: (text) => (text.startsWith('/') ? text : undefined),
  } satisfies OptionSpec<string>,
  'poll-interval': duration(
    { group: 'sync', describe: 'how often to look for new items', standard: '5m' },
    1000,
    'at least 1s',
  ),
  'full-sync-interval': duration(
    { group: 'sync', describe: 'how often to compare everything, which alone removes items', standard: '24h' },
    1000,
    'at least 1s',
  ),
  'quota-reserve': {
    group: 'sync',
    describe: "part of Google's daily quotas that background work leaves to what you open",
    placeholder: 'SHARE',
    expected: 'a share such as 30%, from 0% to 95%',
    standard: '30%',
    parse: parseShare,
  } satisfies OptionSpec<number>,
  foreground: flag({
    group: 'running',
    alias: 'f',
    describe: 'stay in the foreground and log to stderr',
    argvOnly: true,
  }),
  profile: {
    group: 'running',
    describe: 'keeps accounts apart: own catalog, cache and sign-in',
    placeholder: 'NAME',
    offers: 'profiles',
    expected: 'at most 32 letters, digits, dots, dashes and underscores, starting with a letter or digit',
    standard: 'default',
    parse: (text) => (PROFILE.test(text) ? text : undefined),
  } satisfies OptionSpec<string>,
  'ca-cert': {
    group: 'running',
    describe: 'trust the certificate authorities in this file too, such as that of a company proxy',
    placeholder: 'FILE',
    offers: 'files',
    expected: 'an absolute path',
    parse: (text) => (text.startsWith('/') ? text : undefined),
  } satisfies OptionSpec<string>,
  'log-level': {
    group: 'running',
    describe: 'least important lines to log: debug, info, warn, error',
    placeholder: 'LEVEL',
    offers: LOG_LEVELS,
    expected: 'one of debug, info, warn, error',
    standard: 'info',
    parse: (text) => LOG_LEVELS.find((level) => level === text),
  } satisfies OptionSpec<LogLevel>,
  'log-file': {
    group: 'running',
    describe: 'where to log instead',
    placeholder: 'FILE',
    offers: 'files',
    expected: 'an absolute path',
    standard: 'daemon.log in the data folder; stderr with -f',
    parse: (text) => (text.startsWith('/') ? text : undefined),
  } satisfies OptionSpec<string>,
} as const;

export type OptionName = keyof typeof OPTIONS;

/** Settings of the command line, the environment or config.json; undefined where nothing was set. */
export type Settings = { readonly [K in OptionName]: ReturnType<(typeof OPTIONS)[K]['parse']> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The table without its value types, for code that walks it. */
export const optionSpec = (name: OptionName): OptionSpec<unknown> => OPTIONS[name];
