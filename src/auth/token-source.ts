import type { OAuth2ClientOptions } from 'google-auth-library';
import { RemoteError } from '../library/remote-error.js';
import type { TokenSource } from '../library/token-source.js';
import type { Clock } from '../support/clock.js';
import { backoff, retry } from '../support/retry.js';
import type { Credentials } from './credentials.js';
import { objectIn } from './json-object.js';
import { checkedTokenUrl, GOOGLE_TOKEN_URL } from './token-endpoint.js';
import { tokenRefusal } from './token-refusals.js';

/** Posts a form and gives back the answer whatever its status. Rejects with RemoteError where there is none. */
export type FormExchange = (url: string, form: string) => Promise<{ readonly status: number; readonly body: string }>;

export interface TokenSourceDeps {
  readonly exchange: FormExchange;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Google's where absent; else one on this machine. */
  readonly tokenUrl?: string | undefined;
  /** Keeps a refresh token that came with an access token. Its failure does not stop the token from being used. */
  readonly store?: (refreshToken: string) => Promise<void>;
  /** Looks for other credentials while these are dead, so that a new sign-in is taken up by itself. */
  readonly reload?: () => Promise<Credentials>;
  /** Told in words what went wrong beside the way. */
  readonly report?: (message: string) => void;
}

interface AccessToken {
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly renewAt: number;
  readonly endsAt: number;
}

interface Renewal {
  readonly accessToken: string;
  readonly lifetimeMs: number;
  readonly refreshToken: string | undefined;
}

const LONGEST_SLACK_MS = 5 * 60_000;
const TRIES = 3;
const DEADLINE_MS = 8_000;
const RELOAD_INTERVAL_MS = 2_000;

/**
 * Access tokens from a refresh token: kept until shortly before they end, renewed by one exchange however many wait.
 * A refused sign-in is not tried again until the credentials are others.
 * @throws UserError (config) where `tokenUrl` is neither Google's nor on this machine.
 */
export function createTokenSource(initial: Credentials, deps: TokenSourceDeps): TokenSource {
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
        () => exchangeRefreshToken(credentials, tokenUrl, deps.exchange),
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
      const slack = Math.min(LONGEST_SLACK_MS, renewal.lifetimeMs / 10);
      const endsAt = clock.now() + renewal.lifetimeMs;
      current = { text: renewal.accessToken, renewAt: endsAt - slack, endsAt };
      await keep(renewal.refreshToken);
      return renewal.accessToken;
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'signed-out') {
        dead = error;
        current = undefined;
      }
      throw error;
    }
  }

  async function keep(refreshToken: string | undefined): Promise<void> {
    if (refreshToken === undefined || refreshToken === credentials.refreshToken) return;
    credentials = { ...credentials, refreshToken };
    try {
      await deps.store?.(refreshToken);
    } catch {
      report?.('Google gave a new refresh token, but it could not be kept: the next start may ask for a new sign-in.');
    }
  }

  async function lookForNewCredentials(error: RemoteError): Promise<void> {
    const now = clock.now();
    const isSoon = reloadedAt !== undefined && now >= reloadedAt && now - reloadedAt < RELOAD_INTERVAL_MS;
    if (deps.reload === undefined || isSoon) throw error;
    reloadedAt = now;
    const found = await deps.reload().catch(() => credentials);
    if (sameCredentials(found, credentials)) throw error;
    credentials = found;
  }

  return async (refused) => {
    const isUsable = current !== undefined && current.text !== refused && clock.now() < current.renewAt;
    if (current !== undefined && isUsable) return current.text;
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    try {
      return await renewing;
    } catch (error) {
      // Renewing begins early, so that there is still something to go on with when Google or the network is away.
      const last = current;
      if (last === undefined || last.text === refused || clock.now() >= last.endsAt) throw error;
      return last.text;
    }
  };
}

async function exchangeRefreshToken(
  { clientId, clientSecret, refreshToken }: Credentials,
  tokenUrl: string,
  exchange: FormExchange,
): Promise<Renewal> {
  // Loaded on first use: it takes longer to load than the rest of the program.
  const { OAuth2Client } = await import('google-auth-library');
  let renewal: Renewal | undefined;
  const adapter: NonNullable<OAuth2ClientOptions['transporterOptions']>['adapter'] = async (config) => {
    const answer = await exchange(tokenUrl, config.body instanceof URLSearchParams ? config.body.toString() : '');
    renewal = readRenewal(answer.status, answer.body);
    const data = JSON.parse(answer.body) as never;
    return Object.assign(new Response(answer.body, { status: answer.status }), { config, data });
  };
  const client = new OAuth2Client({
    clientId,
    clientSecret,
    endpoints: { oauth2TokenUrl: tokenUrl },
    // The library's own retries know neither our deadlines nor that a refused sign-in stays refused.
    transporterOptions: { adapter, retryConfig: { shouldRetry: () => false } },
  });
  client.setCredentials({ refresh_token: refreshToken });
  try {
    await client.refreshAccessToken();
  } catch (error) {
    throw remoteErrorIn(error);
  }
  return renewal ?? Promise.reject(new RemoteError('protocol', 'The sign-in library did not ask Google for a token.'));
}

function readRenewal(status: number, body: string): Renewal {
  const { access_token: accessToken, expires_in: expiresIn, refresh_token: refreshToken } = objectIn(body) ?? {};
  if (status !== 200 || typeof accessToken !== 'string' || accessToken === '') throw tokenRefusal(status, body);
  const seconds = Number(expiresIn);
  return {
    accessToken,
    lifetimeMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 3_600_000,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
  };
}

// The library wraps what the exchange threw into an error that also holds the request, secrets included: only ours goes on.
function remoteErrorIn(error: unknown): RemoteError {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth++)
    if (inner instanceof RemoteError) return inner;
  return new RemoteError('protocol', 'Renewing the sign-in failed in a way that is not known.');
}

function sameCredentials(a: Credentials, b: Credentials): boolean {
  return a.refreshToken === b.refreshToken && a.clientId === b.clientId && a.clientSecret === b.clientSecret;
}
