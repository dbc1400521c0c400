import { Agent } from 'node:http';
import type { OAuth2Client, OAuth2ClientOptions } from 'google-auth-library';
import { RemoteError } from '../library/remote-error.js';
import type { OAuthClient } from './client-file.js';
import { objectIn } from './json-object.js';
import { scopesIn } from './scopes.js';
import { tokenRefusal, type Exchanged } from './token-refusals.js';

/** Posts a form and gives back the answer whatever its status. Rejects with RemoteError where there is none. */
export type FormExchange = (url: string, form: string) => Promise<{ readonly status: number; readonly body: string }>;

/** What Google gives for a code or a refresh token. */
export interface TokenAnswer {
  readonly accessToken: string;
  readonly lifetimeMs: number;
  /** Always there for a code; for a refresh token only where it is to be replaced. */
  readonly refreshToken: string | undefined;
  /** Of the refresh token; given only where its life is short: 7 days for a project in testing. */
  readonly refreshTokenLifetimeMs: number | undefined;
  /** What the person granted; undefined where Google did not say. */
  readonly scopes: readonly string[] | undefined;
}

export interface TokenEndpoint {
  readonly tokenUrl: string;
  readonly exchange: FormExchange;
}

/** A new access token for a refresh token. Rejects with RemoteError. */
export function renewAccess(
  client: OAuthClient & { readonly refreshToken: string },
  endpoint: TokenEndpoint,
): Promise<TokenAnswer> {
  return ask(client, endpoint, 'refresh-token', async (library) => {
    library.setCredentials({ refresh_token: client.refreshToken });
    await library.refreshAccessToken();
  });
}

/** The tokens for a code of the consent page. Rejects with RemoteError. */
export function redeemCode(
  client: OAuthClient,
  given: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
  endpoint: TokenEndpoint,
): Promise<TokenAnswer> {
  return ask(client, endpoint, 'code', async (library) => {
    await library.getToken({ code: given.code, codeVerifier: given.verifier, redirect_uri: given.redirectUri });
  });
}

async function ask(
  { clientId, clientSecret }: OAuthClient,
  { tokenUrl, exchange }: TokenEndpoint,
  exchanged: Exchanged,
  act: (library: OAuth2Client) => Promise<void>,
): Promise<TokenAnswer> {
  // Loaded on first use, and no more than this part of the library: it takes longer to load than the rest of the program.
  const { OAuth2Client } = await import('google-auth-library/build/src/auth/oauth2client.js');
  let found: TokenAnswer | undefined;
  const adapter: NonNullable<OAuth2ClientOptions['transporterOptions']>['adapter'] = async (config) => {
    const answer = await exchange(tokenUrl, config.body instanceof URLSearchParams ? config.body.toString() : '');
    found = readAnswer(answer.status, answer.body, exchanged, clientId);
    const data = JSON.parse(answer.body) as never;
    return Object.assign(new Response(answer.body, { status: answer.status }), { config, data });
  };
  const library = new OAuth2Client({
    clientId,
    clientSecret,
    endpoints: { oauth2TokenUrl: tokenUrl },
    transporterOptions: {
      adapter,
      // The library's own retries know neither our deadlines nor that a refused sign-in stays refused.
      retryConfig: { shouldRetry: () => false },
      // Never used, as the adapter sends the request. Without one the library reads the proxy variables by itself.
      agent: new Agent(),
    },
  });
  try {
    await act(library);
  } catch (error) {
    throw remoteErrorIn(error);
  }
  return found ?? Promise.reject(new RemoteError('protocol', 'The sign-in library did not ask Google for a token.'));
}

function readAnswer(status: number, body: string, exchanged: Exchanged, clientId: string): TokenAnswer {
  const json = objectIn(body) ?? {};
  const { access_token: accessToken, refresh_token: refreshToken, scope } = json;
  if (status !== 200 || typeof accessToken !== 'string' || accessToken === '')
    throw tokenRefusal(status, body, exchanged, clientId);
  return {
    accessToken,
    lifetimeMs: millisecondsOf(json['expires_in']) ?? 3_600_000,
    refreshToken: typeof refreshToken === 'string' && refreshToken !== '' ? refreshToken : undefined,
    refreshTokenLifetimeMs: millisecondsOf(json['refresh_token_expires_in']),
    scopes: typeof scope === 'string' ? scopesIn(scope) : undefined,
  };
}

function millisecondsOf(seconds: unknown): number | undefined {
  const value = typeof seconds === 'number' || typeof seconds === 'string' ? Number(seconds) : Number.NaN;
  return Number.isFinite(value) && value > 0 ? value * 1_000 : undefined;
}

// The library wraps what the exchange threw into an error that also holds the request, including secrets. Only the
// inner error is passed on.
function remoteErrorIn(error: unknown): RemoteError {
  for (let inner = error, depth = 0; inner instanceof Error && depth < 5; inner = inner.cause, depth++)
    if (inner instanceof RemoteError) return inner;
  return new RemoteError('protocol', 'Talking to the sign-in service failed in a way that is not known.');
}
