import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import { AUDIENCE_PAGE, CLIENTS_PAGE, inProject } from './console-pages.js';
import { objectIn } from './json-object.js';

/** What was to be exchanged for an access token. */
export type Exchanged = 'refresh-token' | 'code';

interface TokenRefusal {
  /** Only where this was to be exchanged. */
  readonly exchanged?: Exchanged;
  /** The `error` member of Google's answer. */
  readonly error: string;
  /** Distinguishes rows with the same `error`. */
  readonly subtype?: string;
  readonly description?: RegExp;
  readonly kind: RemoteErrorKind;
  readonly message: string;
  readonly hint: string;
}

const CHECK_CLIENT = `Compare client id and client secret with those at ${CLIENTS_PAGE}, then run: gphotos-mount login`;
const ONCE_MORE = 'Run gphotos-mount login once more, and agree within a few minutes.';

/** Every answer of the token endpoint that has a sentence of its own; the first row that fits decides. */
const REFUSALS: readonly TokenRefusal[] = [
  {
    error: 'invalid_grant',
    exchanged: 'code',
    description: /verifier/i,
    kind: 'signed-out',
    message: 'Google does not accept that this sign-in asked for the code.',
    hint: 'The code belongs to another sign-in that was begun: use the address of the latest one only.',
  },
  {
    error: 'invalid_grant',
    exchanged: 'code',
    description: /malformed/i,
    kind: 'signed-out',
    message: 'This is not an authorization code of Google, or a part of it is missing.',
    hint: 'Copy the whole address that the browser ends on.',
  },
  {
    error: 'invalid_grant',
    exchanged: 'code',
    kind: 'signed-out',
    message: 'Google no longer accepts the code: it works once and for a few minutes.',
    hint: ONCE_MORE,
  },
  {
    error: 'invalid_grant',
    subtype: 'invalid_rapt',
    kind: 'signed-out',
    message: 'Your organisation asks for a new sign-in from time to time, and that time has come.',
    hint: 'Run: gphotos-mount login',
  },
  {
    error: 'invalid_grant',
    kind: 'signed-out',
    message: 'Google no longer accepts the sign-in.',
    hint:
      'Run: gphotos-mount login. A sign-in ends 7 days after it was made while the consent screen of the project is in ' +
      `testing mode (publish it at ${AUDIENCE_PAGE}), when access is revoked in the Google account, after 6 months ` +
      'without use, and sometimes when the password changes.',
  },
  {
    error: 'invalid_client',
    description: /not found/i,
    kind: 'signed-out',
    message: 'Google does not know the OAuth client.',
    hint: CHECK_CLIENT,
  },
  {
    error: 'invalid_client',
    kind: 'signed-out',
    message: 'Google does not accept the client secret.',
    hint: CHECK_CLIENT,
  },
  {
    error: 'deleted_client',
    kind: 'signed-out',
    message: 'The OAuth client was deleted.',
    hint: `Restore it within 30 days at ${CLIENTS_PAGE}, or create a new one there and run: gphotos-mount login`,
  },
  {
    error: 'disabled_client',
    kind: 'signed-out',
    message: 'Google has disabled the OAuth client.',
    hint: `Look for a notice at ${CLIENTS_PAGE}, or create a new client there and run: gphotos-mount login`,
  },
  {
    error: 'unauthorized_client',
    kind: 'signed-out',
    message: 'The refresh token was made with another OAuth client.',
    hint: 'Use the client file that the sign-in was made with, or run: gphotos-mount login',
  },
  {
    error: 'admin_policy_enforced',
    kind: 'signed-out',
    message: 'The administrator of this account does not allow access to Google Photos.',
    hint: 'Ask the administrator to trust your OAuth client.',
  },
  {
    error: 'org_internal',
    kind: 'signed-out',
    message: 'The OAuth client is for the members of one organisation only.',
    hint: `Make the audience "External" at ${AUDIENCE_PAGE}, or sign in with an account of that organisation.`,
  },
  {
    error: 'access_denied',
    kind: 'signed-out',
    message: 'Google refused the sign-in.',
    hint: `While the app is in testing mode, publish it at ${AUDIENCE_PAGE}, or add this account to its test users there.`,
  },
  {
    error: 'redirect_uri_mismatch',
    kind: 'signed-out',
    message: 'The OAuth client does not allow the redirect address.',
    hint: `Make an OAuth client of type "Desktop app" at ${CLIENTS_PAGE} and use its file.`,
  },
];

/**
 * The error for an answer of the token endpoint without a token. Words of the answer are not repeated: they may quote
 * what was sent.
 */
export function tokenRefusal(
  status: number,
  body: string,
  exchanged: Exchanged = 'refresh-token',
  clientId = '',
): RemoteError {
  const json = objectIn(body) ?? {};
  const { error, error_description: description, error_subtype: subtype } = json;
  const row = REFUSALS.find(
    (refusal) =>
      refusal.error === error &&
      (refusal.exchanged === undefined || refusal.exchanged === exchanged) &&
      (refusal.subtype === undefined || refusal.subtype === subtype) &&
      (refusal.description === undefined || (typeof description === 'string' && refusal.description.test(description))),
  );
  if (status < 500 && row !== undefined)
    return new RemoteError(row.kind, row.message, { status, reason: row.error, hint: inProject(row.hint, clientId) });
  const reason = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : 'TOKEN_ENDPOINT';
  const said = `(HTTP ${status})`;
  const isRenewal = exchanged === 'refresh-token';
  if (status >= 500 || status === 408)
    return new RemoteError(
      'server',
      `Google could not ${isRenewal ? 'renew' : 'complete'} the sign-in just now ${said}.`,
      { status, reason },
    );
  if (status === 429)
    return new RemoteError('rate-limited', `Google asks for fewer sign-ins at a time ${said}.`, {
      status,
      reason,
      retryAfterMs: 30_000,
    });
  if (typeof error !== 'string')
    return new RemoteError('protocol', `The answer did not come from Google's sign-in ${said}.`, {
      status,
      reason,
      hint: 'A hotel or company network may ask for a sign-in of its own: open a web page in a browser.',
    });
  return new RemoteError(
    'signed-out',
    `Google refused ${isRenewal ? 'to renew ' : ''}the sign-in: ${reason} ${said}.`,
    {
      status,
      reason,
      hint: 'Run: gphotos-mount login',
    },
  );
}
