import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback, parseWebUrl } from '../support/loopback.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { PERMISSIONS } from './scopes.js';

export const GOOGLE_AUTH_URL = 'https://accounts.google.com/o/oauth2/v2/auth';

/** What one sign-in keeps to itself until the code arrives. */
export interface SignInSecrets {
  /** Comes back with the code and must be the same. */
  readonly state: string;
  /** Proves to Google that the program which redeems the code is the one that asked for it (PKCE). */
  readonly verifier: string;
}

/** 256 bits each, spelled in characters that need no escaping. */
export function newSignInSecrets(randomBytes: (length: number) => Buffer): SignInSecrets {
  return { state: randomBytes(32).toString('base64url'), verifier: randomBytes(32).toString('base64url') };
}

/** Compares in constant time. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/**
 * Where a browser is sent to ask for consent: Google's page, or one on this machine.
 * @throws UserError (config) for any other address.
 */
export function authorizationUrl(request: {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly secrets: SignInSecrets;
  /** Google's where absent. */
  readonly authUrl?: string | undefined;
}): string {
  const base = parseWebUrl(request.authUrl ?? GOOGLE_AUTH_URL);
  if (base === undefined || (base.href !== GOOGLE_AUTH_URL && !isLoopback(base)))
    throw new UserError(
      ExitCode.config,
      'The address of the consent page is neither that of Google nor one on this machine.',
      'Unset GPHOTOS_AUTH_URL, or point it at a loopback address.',
    );
  base.search = new URLSearchParams({
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    response_type: 'code',
    scope: PERMISSIONS.map(({ scope }) => scope).join(' '),
    state: request.secrets.state,
    code_challenge: createHash('sha256').update(request.secrets.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    access_type: 'offline',
    // Without it Google gives a refresh token for the first consent only.
    prompt: 'consent',
  }).toString();
  return base.href;
}
