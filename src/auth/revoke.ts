import { RemoteError } from '../library/remote-error.js';
import { objectIn } from './json-object.js';
import { tokenRefusal } from './token-refusals.js';
import type { TokenEndpoint } from './token-exchange.js';

/**
 * Revokes a refresh token at Google; `already` if it was invalid before. Rejects with RemoteError if Google could not
 * be reached.
 */
export async function revoke(refreshToken: string, { tokenUrl, exchange }: TokenEndpoint): Promise<'done' | 'already'> {
  const { status, body } = await exchange(
    new URL('revoke', tokenUrl).href,
    new URLSearchParams({ token: refreshToken }).toString(),
  );
  if (status === 200) return 'done';
  if (status === 400 && objectIn(body)?.['error'] === 'invalid_token') return 'already';
  const refusal = tokenRefusal(status, body);
  throw new RemoteError(refusal.kind === 'signed-out' ? 'server' : refusal.kind, refusal.message, { status });
}
