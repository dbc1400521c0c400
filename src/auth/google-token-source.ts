import { RemoteError } from '../library/remote-error.js';
import type { TokenSource } from '../library/token-source.js';
import type { Clock } from '../support/clock.js';
import { UserError } from '../support/user-error.js';
import { isWithin } from '../support/is-within.js';
import { backoff, retry } from '../support/retry.js';
import { AUDIENCE_PAGE, inProject } from './console-pages.js';
import type { Credentials } from './credentials.js';
import { checkedTokenUrl, GOOGLE_TOKEN_URL } from './token-endpoint.js';
import { renewAccess, type FormExchange } from './token-exchange.js';

export interface TokenSourceDeps {
  readonly exchange: FormExchange;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Google's where absent; else one on this machine. */
  readonly tokenUrl?: string | undefined;
  /** Keeps a refresh token that came with an access token. Its failure does not stop the token from being used. */
  readonly store?: (refreshToken: string, before: Credentials) => Promise<void>;
  /** Looks for other credentials while these are dead, so that a new sign-in is taken up by itself. */
  readonly reload?: () => Promise<Credentials>;
  /** Called with a sentence about a failure that does not stop the token from being used. */
  readonly report?: (message: string) => void;
  /** Called when Google has accepted or refused the sign-in. */
  readonly onState?: (state: SignInState) => void;
}

/** What the last exchange with Google said about the sign-in. */
export interface SignInState {
  /** Why it is dead; undefined where it works. */
  readonly refusal: RemoteError | undefined;
  /** What it includes; undefined where that is not known. */
  readonly scopes: readonly string[] | undefined;
}

/** A source of access tokens that can load a new sign-in. */
export interface RenewingTokenSource {
  (refused?: string): Promise<string>;
  /**
   * Takes up what `deps.reload` finds, such as a new sign-in, and asks Google for a token with it. Rejects as `token`
   * does.
   */
  reload(): Promise<void>;
}

interface AccessToken {
  readonly text: string;
  /** When it came, milliseconds since the epoch. */
  readonly from: number;
  /** Milliseconds from then until it is better renewed, and until it ends. */
  readonly freshMs: number;
  readonly lifetimeMs: number;
}

const LONGEST_SLACK_MS = 5 * 60_000;
const TRIES = 3;
const DEADLINE_MS = 8_000;
const RELOAD_INTERVAL_MS = 2_000;

/**
 * Access tokens from a refresh token. A token is kept until shortly before it ends; all callers share one renewal. A
 * refused sign-in is not tried again until the credentials change.
 * @throws UserError (config) if `tokenUrl` is neither Google's nor on this machine.
 */
export function createTokenSource(initial: Credentials, deps: TokenSourceDeps): RenewingTokenSource {
  const { clock, random, report } = deps;
  const tokenUrl = checkedTokenUrl(deps.tokenUrl ?? GOOGLE_TOKEN_URL);
  let credentials = initial;
  let current: AccessToken | undefined;
  let renewing: Promise<string> | undefined;
  let dead: RemoteError | undefined;
  let reloadedAt: number | undefined;

  async function renew(): Promise<string> {
    if (dead !== undefined) await lookForNewCredentials(dead);
    try {
      const renewal = await retry(
        () => renewAccess(credentials, { tokenUrl, exchange: deps.exchange }),
        {
          deadlineMs: DEADLINE_MS,
          delayAfter: (error, failures) =>
            error instanceof RemoteError && error.kind === 'server' && failures < TRIES
              ? backoff(failures, 1_000, random)
              : undefined,
        },
        clock,
      );
      dead = undefined;
      deps.onState?.({ refusal: undefined, scopes: renewal.scopes });
      const { accessToken: text, lifetimeMs } = renewal;
      const slack = Math.min(LONGEST_SLACK_MS, lifetimeMs / 10);
      current = { text, from: clock.now(), freshMs: lifetimeMs - slack, lifetimeMs };
      await keep(renewal.refreshToken);
      return renewal.accessToken;
    } catch (error) {
      if (!(error instanceof RemoteError) || error.kind !== 'signed-out') throw error;
      dead = endedByTesting(error, credentials, clock.now()) ?? error;
      current = undefined;
      deps.onState?.({ refusal: dead, scopes: undefined });
      throw dead;
    }
  }

  async function keep(refreshToken: string | undefined): Promise<void> {
    if (refreshToken === undefined || refreshToken === credentials.refreshToken) return;
    const before = credentials;
    credentials = { ...credentials, refreshToken };
    try {
      await deps.store?.(refreshToken, before);
    } catch {
      report?.('Google gave a new refresh token, but it could not be kept: the next start may ask for a new sign-in.');
    }
  }

  async function lookForNewCredentials(error: RemoteError): Promise<void> {
    const now = clock.now();
    const isSoon = reloadedAt !== undefined && isWithin(now, reloadedAt, RELOAD_INTERVAL_MS);
    // A keyring may ask the person to unlock it each time. The command `login` announces a new sign-in to the running
    // mount anyway.
    const isAskingAPerson = credentials.keptIn?.inKeyring === true;
    if (deps.reload === undefined || isSoon || isAskingAPerson) throw error;
    reloadedAt = now;
    const found = await deps.reload().catch(() => credentials);
    if (sameCredentials(found, credentials)) throw error;
    credentials = found;
  }

  function renewOnce(): Promise<string> {
    return (renewing ??= renew().finally(() => {
      renewing = undefined;
    }));
  }

  async function reload(): Promise<void> {
    // A renewal that is under way uses the old credentials.
    await renewing?.catch(() => undefined);
    try {
      credentials = (await deps.reload?.()) ?? credentials;
    } catch (error) {
      dead = noCredentials(error);
      current = undefined;
      deps.onState?.({ refusal: dead, scopes: undefined });
      throw dead;
    }
    dead = undefined;
    current = undefined;
    await renewOnce();
  }

  const token: TokenSource = async (refused) => {
    const isFresh = current !== undefined && isWithin(clock.now(), current.from, current.freshMs);
    if (current !== undefined && isFresh && current.text !== refused) return current.text;
    try {
      return await renewOnce();
    } catch (error) {
      // Renewing begins early, so that there is still something to go on with when Google or the network is away.
      const last = current;
      if (last === undefined || last.text === refused || !isWithin(clock.now(), last.from, last.lifetimeMs))
        throw error;
      return last.text;
    }
  };
  return Object.assign(token, { reload });
}

function noCredentials(error: unknown): RemoteError {
  if (!(error instanceof UserError)) return new RemoteError('signed-out', 'The sign-in cannot be read.');
  return new RemoteError('signed-out', error.message, { reason: 'NO_CREDENTIALS', hint: error.hint });
}

/** Google says only that a token is dead; where its end was announced, more is known. */
function endedByTesting(error: RemoteError, { endsAt, clientId }: Credentials, now: number): RemoteError | undefined {
  if (error.reason !== 'invalid_grant' || endsAt === undefined || now < endsAt) return undefined;
  return new RemoteError(
    'signed-out',
    'The sign-in ended 7 days after it was made, because the consent screen of your Google Cloud project is in testing mode.',
    {
      reason: 'invalid_grant',
      hint: `Publish the app at ${inProject(AUDIENCE_PAGE, clientId)}, then run: gphotos-mount login`,
      ...(error.status === undefined ? {} : { status: error.status }),
    },
  );
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return a.refreshToken === b.refreshToken && a.clientId === b.clientId && a.clientSecret === b.clientSecret;
}
