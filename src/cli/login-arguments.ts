import { usage, type Arguments } from './arguments.js';
import { parseDuration } from './durations.js';

/** What all commands about accounts take. */
export interface AccountRequest {
  /** Undefined: the one that settings name. */
  readonly profile: string | undefined;
  readonly caFile: string | undefined;
}

export interface LoginRequest extends AccountRequest {
  readonly clientFile: string | undefined;
  readonly from: { readonly kind: 'browser' | 'stdin' } | { readonly kind: 'rclone'; readonly remote: string };
  readonly browser: boolean;
  readonly port: number;
  readonly timeoutMs: number;
  readonly keyring: boolean;
}

type LoginOption =
  | ('profile' | 'ca-cert' | 'no-browser' | 'port' | 'timeout' | 'refresh-token')
  | ('from-rclone' | 'keyring' | 'no-keyring');

const TEN_MINUTES = 600_000;

export function accountRequest(given: Arguments<'profile' | 'ca-cert'>): AccountRequest {
  return { profile: given.text('profile'), caFile: given.text('ca-cert') };
}

/** The words of a command about accounts. Throws UserError (usage) where there are more than `most`, or a secret. */
export function accountWords({ words }: Arguments<never>, most: number): readonly string[] {
  refuseSecrets(words);
  if (words.length > most) throw usage('There is a word too many on the command line.');
  return words;
}

/** Reads what follows `login`. Throws UserError (usage) where it makes no sense. */
export function loginRequest(given: Arguments<LoginOption>): LoginRequest {
  return {
    ...accountRequest(given),
    clientFile: accountWords(given, 1)[0],
    from: origin(given.text('from-rclone'), given.isSet('refresh-token')),
    browser: !given.isSet('no-browser'),
    port: portOf(given.text('port')),
    timeoutMs: timeoutOf(given.text('timeout')),
    keyring: given.isSet('keyring') && !given.isSet('no-keyring'),
  };
}

function origin(remote: string | undefined, isToken: boolean): LoginRequest['from'] {
  if (remote !== undefined && isToken) throw usage('--from-rclone and --refresh-token exclude each other.');
  if (remote === '') throw usage('--from-rclone needs the name of a remote.');
  if (remote !== undefined) return { kind: 'rclone', remote };
  return { kind: isToken ? 'stdin' : 'browser' };
}

/** Secrets are refused here: every user of the machine can read a command line. */
function refuseSecrets(words: readonly string[]): void {
  if (words.some((word) => /^(?:1\/\/|ya29\.|GOCSPX-|4\/)/.test(word)))
    throw usage(
      'A secret does not belong on a command line, where everybody can read it.',
      'Give it on standard input: gphotos-mount login --refresh-token < token.txt. Then make a new one, as this one was seen.',
    );
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1024 && port <= 65535) return port;
  throw usage('--port must be a number from 1024 to 65535.');
}

function timeoutOf(text: string | undefined): number {
  const time = text === undefined ? TEN_MINUTES : parseDuration(text);
  if (time !== undefined && time >= 1000 && time <= 86_400_000) return time;
  throw usage('--timeout must be a duration such as 10m, from 1s to 24h.');
}
