import { projectOf, type OAuthClient } from '../auth/client-file.js';
import { mayRead } from '../auth/scopes.js';
import type { TokenAnswer } from '../auth/token-exchange.js';
import { RemoteError } from '../library/remote-error.js';
import { GOOGLE_LIBRARY_URL } from '../remote/http/endpoint-rules.js';
import { createRemoteLibrary } from '../remote/library/google-library.js';
import type { Http } from '../remote/http/http.js';
import type { Clock } from '../support/clock.js';

/** Whether the API answers, and whether there is anything to see. */
export type LibraryLook =
  | { readonly kind: 'open'; readonly isEmpty: boolean }
  | { readonly kind: 'closed'; readonly error: RemoteError }
  /** Not asked: seeing photos was not granted. */
  | { readonly kind: 'unreadable' };

/** Asks the Library API one small question with a token: is it switched on, allowed, and not empty? */
export async function lookAtLibrary(
  { accessToken, scopes }: Pick<TokenAnswer, 'accessToken' | 'scopes'>,
  { clientId }: Pick<OAuthClient, 'clientId'>,
  deps: { readonly http: Http; readonly env: NodeJS.ProcessEnv; readonly clock: Clock },
): Promise<LibraryLook> {
  if (!mayRead(scopes)) return { kind: 'unreadable' };
  const library = createRemoteLibrary({
    baseUrl: deps.env['GPHOTOS_LIBRARY_URL'] ?? GOOGLE_LIBRARY_URL,
    token: () => Promise.resolve(accessToken),
    http: deps.http,
    project: projectOf(clientId),
    clock: deps.clock,
    random: Math.random,
    onRequest: () => undefined,
    retryLimits: { tries: 1, deadlineMs: 10_000 },
  });
  try {
    const { items, nextPageToken } = await library.listMediaItems({ pageSize: 1 });
    return { kind: 'open', isEmpty: items.length === 0 && nextPageToken === undefined };
  } catch (error) {
    if (error instanceof RemoteError) return { kind: 'closed', error };
    throw error;
  }
}
