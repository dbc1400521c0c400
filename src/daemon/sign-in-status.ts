import { missingPermissions, shortScope } from '../auth/scopes.js';
import type { RemoteError } from '../library/remote-error.js';
import type { SignInStatus } from './status-document.js';

/** What the status document says of a sign-in that Google took, or refused. */
export function signInStatus(refusal: RemoteError | undefined, scopes: readonly string[] | undefined): SignInStatus {
  if (refusal !== undefined)
    return { state: 'refused', message: refusal.message, hint: refusal.hint ?? '', scopes: null, missing: [] };
  const missing = scopes === undefined ? [] : missingPermissions(scopes);
  return {
    state: 'ok',
    message: null,
    hint: null,
    scopes: scopes?.map(shortScope) ?? null,
    missing: missing.map(({ allows, without }) => `not granted: to ${allows}; ${without}`),
  };
}
