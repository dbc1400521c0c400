import type { Argv } from 'yargs';
import { ExitCode, UserError } from '../support/user-error.js';
import { parseDuration } from './durations.js';
import { optionSpec } from './option-table.js';

/** What all commands about accounts take. */
interface Common {
  /** Undefined: the one that settings name. */
  readonly profile: string | undefined;
  readonly caFile: string | undefined;
}

export type AccountCommand = Common &
  (
    | {
        readonly kind: 'login';
        readonly clientFile: string | undefined;
        readonly from: { readonly kind: 'browser' | 'stdin' } | { readonly kind: 'rclone'; readonly remote: string };
        readonly browser: boolean;
        readonly port: number;
        readonly timeoutMs: number;
        readonly keyring: boolean;
      }
    | { readonly kind: 'logout' }
    | { readonly kind: 'accounts'; readonly json: boolean }
    | {
        readonly kind: 'doctor';
        readonly json: boolean;
        /** Where to write the bundle; empty text for a name of its own choosing. */
        readonly bundle: string | undefined;
        readonly yes: boolean;
        readonly mountpoint: string | undefined;
      }
  );

type Given = Record<string, unknown>;

const COMMON = ['profile', 'ca-cert'];
const HINT = 'See: gphotos-mount --help';
const TEN_MINUTES = 600_000;

/** Adds `login`, `logout`, `accounts` and `doctor`; `found` takes what was asked for. */
export function addAccountCommands(
  parser: Argv,
  refuseUnknown: (given: Given, known: readonly string[]) => void,
  found: (command: AccountCommand) => void,
): Argv {
  const common = (builder: Argv, usage: string): Argv =>
    builder
      .usage(usage)
      .option('profile', { type: 'string', describe: 'keeps accounts apart' })
      .option('ca-cert', { type: 'string', describe: optionSpec('ca-cert').describe });
  const words = (given: Given, most: number): string[] => {
    const all = (Array.isArray(given['_']) ? given['_'].map(String) : []).slice(1);
    const named = ['client', 'mountpoint'].map((name) => textOf(given[name])).filter((word) => word !== undefined);
    const list = [...named, ...all];
    refuseSecrets(list);
    if (list.length > most) throw new UserError(ExitCode.usage, 'There is a word too many on the command line.', HINT);
    return list;
  };
  return parser
    .command(
      'login [client]',
      'sign in to Google, also while mounted',
      (builder) =>
        common(
          builder,
          'Sign in to Google.\n\nUsage:\n  $0 login [client_secret.json] [options]\n\n' +
            'Without a file, the newest client_secret*.json of ~/Downloads is taken; where\n' +
            'there is none, the steps that make one are shown.',
        )
          .option('no-browser', {
            type: 'boolean',
            describe: 'say the address instead, and take what is pasted: for servers',
          })
          .option('port', { type: 'string', describe: 'port to wait on for the browser, for an ssh tunnel' })
          .option('timeout', {
            type: 'string',
            describe: 'how long to wait for the browser',
            defaultDescription: '10m',
          })
          .option('refresh-token', { type: 'boolean', describe: 'read a refresh token from standard input instead' })
          .option('from-rclone', { type: 'string', describe: 'take client and token of this remote of rclone' })
          .option('keyring', { type: 'boolean', describe: 'keep the sign-in in the keyring of the desktop' })
          .option('no-keyring', { type: 'boolean', describe: 'keep it in a file (the default)' }),
      (given: Given) => {
        const known = ['no-browser', 'port', 'timeout', 'refresh-token', 'from-rclone', 'keyring', 'no-keyring'];
        refuseUnknown(given, [...COMMON, ...known, 'client']);
        found({
          kind: 'login',
          ...commonOf(given),
          clientFile: words(given, 1)[0],
          from: sourceOf(given),
          browser: given['no-browser'] !== true,
          port: portOf(textOf(given['port'])),
          timeoutMs: timeoutOf(textOf(given['timeout'])),
          keyring: given['keyring'] === true && given['no-keyring'] !== true,
        });
      },
    )
    .command(
      'logout',
      'take the access back at Google and delete the sign-in',
      (builder) =>
        common(builder, 'Take the access back at Google and delete the sign-in.\n\nUsage:\n  $0 logout [options]'),
      (given: Given) => {
        refuseUnknown(given, COMMON);
        words(given, 0);
        found({ kind: 'logout', ...commonOf(given) });
      },
    )
    .command(
      'accounts',
      'list the profiles that are signed in, and how they are',
      (builder) =>
        common(builder, 'List the profiles that are signed in.\n\nUsage:\n  $0 accounts [options]').option('json', {
          type: 'boolean',
          describe: 'print JSON',
        }),
      (given: Given) => {
        refuseUnknown(given, [...COMMON, 'json']);
        words(given, 0);
        found({ kind: 'accounts', ...commonOf(given), json: given['json'] === true });
      },
    )
    .command(
      'doctor [mountpoint]',
      'check everything that a mount needs, and say how to fix it',
      (builder) =>
        common(builder, 'Check everything that a mount needs.\n\nUsage:\n  $0 doctor [mountpoint] [options]')
          .option('json', { type: 'boolean', describe: 'print JSON' })
          .option('bundle', { type: 'string', describe: 'write a file for a bug report, without secrets' })
          .option('yes', { type: 'boolean', alias: 'y', describe: 'write the bundle without asking' }),
      (given: Given) => {
        refuseUnknown(given, [...COMMON, 'json', 'bundle', 'yes', 'y', 'mountpoint']);
        found({
          kind: 'doctor',
          ...commonOf(given),
          json: given['json'] === true,
          bundle: textOf(given['bundle']),
          yes: given['yes'] === true,
          mountpoint: words(given, 1)[0],
        });
      },
    );
}

function commonOf(given: Given): Common {
  return { profile: textOf(given['profile']), caFile: textOf(given['ca-cert']) };
}

function sourceOf(given: Given): (AccountCommand & { kind: 'login' })['from'] {
  const remote = textOf(given['from-rclone']);
  const isToken = given['refresh-token'] === true;
  if (remote !== undefined && isToken)
    throw new UserError(ExitCode.usage, '--from-rclone and --refresh-token exclude each other.', HINT);
  if (remote === '') throw new UserError(ExitCode.usage, '--from-rclone needs the name of a remote.', HINT);
  if (remote !== undefined) return { kind: 'rclone', remote };
  return { kind: isToken ? 'stdin' : 'browser' };
}

/** Secrets are refused here: every user of the machine can read a command line. */
function refuseSecrets(words: readonly string[]): void {
  if (words.some((word) => /^(?:1\/\/|ya29\.|GOCSPX-|4\/)/.test(word)))
    throw new UserError(
      ExitCode.usage,
      'A secret does not belong on a command line, where everybody can read it.',
      'Give it on standard input: gphotos-mount login --refresh-token < token.txt. Then make a new one, as this one was seen.',
    );
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1024 && port <= 65535) return port;
  throw new UserError(ExitCode.usage, '--port must be a number from 1024 to 65535.', HINT);
}

function timeoutOf(text: string | undefined): number {
  const time = text === undefined ? TEN_MINUTES : parseDuration(text);
  if (time !== undefined && time >= 1000 && time <= 86_400_000) return time;
  throw new UserError(ExitCode.usage, '--timeout must be a duration such as 10m, from 1s to 24h.', HINT);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
