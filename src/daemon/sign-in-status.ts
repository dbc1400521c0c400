import { mayRead, missingPermissions, shortScope } from '../auth/scopes.js';
import type { RemoteError } from '../library/remote-error.js';
import type { SignInStatus } from './status-document.js';

/** A sign-in that Google accepts, but that permits no reading. */
const UNREADABLE = {
  message: 'This sign-in may not see photos and albums: that permission was not granted.',
  hint: 'Run gphotos-mount login and tick every box on the consent page; the mount then goes on by itself.',
};

/** What the status document says of a sign-in that Google took, or refused. */
export function signInStatus(refusal: RemoteError | undefined, scopes: readonly string[] | undefined): SignInStatus {
  if (refusal !== undefined)
    return {
      state: 'refused',
      reason: refusal.reason ?? null,
      message: refusal.message,
      hint: refusal.hint ?? '',
      scopes: null,
      missing: [],
    };
  const missing = scopes === undefined ? [] : missingPermissions(scopes);
  const words = mayRead(scopes) ? { message: null, hint: null } : UNREADABLE;
  return {
    state: 'ok',
    reason: null,
    ...words,
    scopes: scopes?.map(shortScope) ?? null,
    missing: missing.map(({ allows, without }) => `not granted: to ${allows}; ${without}`),
  };
}
