import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { userErrorFrom } from '../../../src/account/user-error-from.js';
import { consentRefusal } from '../../../src/auth/consent-refusals.js';
import { tokenRefusal, type Exchanged } from '../../../src/auth/token-refusals.js';
import type { RemoteError } from '../../../src/library/remote-error.js';
import { parseGoogleError } from '../../../src/remote/google-error.js';
import { networkFault } from '../../../src/remote/network-fault.js';
import { refusalOf } from '../../../src/remote/refusals.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

interface Row {
  readonly what: string;
  readonly error: RemoteError;
  readonly says: RegExp;
  readonly hint: RegExp;
  readonly exitCode: ExitCode;
}

/** An answer of the token endpoint. */
const token = (
  status: number,
  error: string,
  description: string,
  more: object = {},
  exchanged?: Exchanged,
): RemoteError => tokenRefusal(status, JSON.stringify({ error, error_description: description, ...more }), exchanged);

const SERVICE = 'photoslibrary.googleapis.com';

/** An error of the API in its envelope. */
const api = (code: number, status: string, message: string, details?: readonly object[]): RemoteError => {
  const body = JSON.stringify({ error: { code, message, status, ...(details === undefined ? {} : { details }) } });
  return refusalOf(parseGoogleError(code, body), { project: '123456789012' });
};

const info = (reason: string, metadata: object = {}): object => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata: { service: SERVICE, ...metadata },
});

const ACTIVATION = `https://console.developers.google.com/apis/api/${SERVICE}/overview?project=123456789012`;
const NOT_USED = `Photos Library API has not been used in project 123456789012 before or it is disabled. Enable it by visiting ${ACTIVATION} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`;
const quota = (metric: string, limit: string, name: string, value: string): RemoteError =>
  api(
    429,
    'RESOURCE_EXHAUSTED',
    `Quota exceeded for quota metric '${metric}' and limit '${limit}' of service '${SERVICE}' for consumer 'project_number:123456789012'.`,
    [
      info('RATE_LIMIT_EXCEEDED', {
        quota_limit: name,
        quota_limit_value: value,
        quota_location: 'global',
        consumer: 'projects/123456789012',
      }),
    ],
  );
const network = (code: string): RemoteError =>
  networkFault(Object.assign(new Error('connect'), { code }), 'oauth2.googleapis.com').error;
const html = (status: number): RemoteError => refusalOf(parseGoogleError(status, '<html>Hotel Wi-Fi</html>'), {});

const { signIn, config, google, network: offline } = ExitCode;
const LOGIN = /gphotos-mount login/;

const ROWS: readonly Row[] = [
  // The token endpoint, renewing.
  {
    what: 'an expired or revoked sign-in',
    error: token(400, 'invalid_grant', 'Token has been expired or revoked.'),
    says: /no longer accepts the sign-in/,
    hint: /login.*7 days.*testing mode.*revoked.*6 months.*password/,
    exitCode: signIn,
  },
  {
    what: 'the same some hours later',
    error: token(400, 'invalid_grant', 'Bad Request'),
    says: /no longer accepts the sign-in/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'session control of an organisation',
    error: token(400, 'invalid_grant', 'reauth related error', { error_subtype: 'invalid_rapt' }),
    says: /organisation asks for a new sign-in/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'a wrong client secret',
    error: token(401, 'invalid_client', 'Unauthorized'),
    says: /does not accept the client secret/,
    hint: /auth\/clients/,
    exitCode: signIn,
  },
  {
    what: 'a wrong client secret in the newer words',
    error: token(401, 'invalid_client', 'The provided client secret is invalid.'),
    says: /does not accept the client secret/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'an unknown client',
    error: token(401, 'invalid_client', 'The OAuth client was not found.'),
    says: /does not know the OAuth client/,
    hint: /client id/,
    exitCode: signIn,
  },
  {
    what: 'a deleted client',
    error: token(401, 'deleted_client', 'The OAuth client was deleted.'),
    says: /was deleted/,
    hint: /30 days/,
    exitCode: signIn,
  },
  {
    what: 'the token of another client',
    error: token(401, 'unauthorized_client', 'Unauthorized'),
    says: /another OAuth client/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'an administrator',
    error: token(400, 'admin_policy_enforced', ''),
    says: /administrator/,
    hint: /trust/,
    exitCode: signIn,
  },
  // The token endpoint, redeeming a code.
  {
    what: 'a code that is none',
    error: token(400, 'invalid_grant', 'Malformed auth code.', {}, 'code'),
    says: /not an authorization code/,
    hint: /whole address/,
    exitCode: signIn,
  },
  {
    what: 'a code used or too old',
    error: token(400, 'invalid_grant', 'Bad Request', {}, 'code'),
    says: /works once and for a few minutes/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'a wrong verifier',
    error: token(400, 'invalid_grant', 'Invalid code verifier.', {}, 'code'),
    says: /asked for the code/,
    hint: /latest one/,
    exitCode: signIn,
  },
  {
    what: 'a missing verifier',
    error: token(400, 'invalid_grant', 'Missing code verifier.', {}, 'code'),
    says: /asked for the code/,
    hint: /latest one/,
    exitCode: signIn,
  },
  {
    what: 'another redirect address',
    error: token(400, 'redirect_uri_mismatch', 'Bad Request', {}, 'code'),
    says: /redirect address/,
    hint: /Desktop app/,
    exitCode: signIn,
  },
  {
    what: 'a failing token endpoint',
    error: tokenRefusal(503, '<html>'),
    says: /could not renew the sign-in just now/,
    hint: /later/,
    exitCode: google,
  },
  {
    what: 'a web page in place of a token',
    error: tokenRefusal(200, '<html>hotel</html>'),
    says: /did not come from Google/,
    hint: /hotel or company network/,
    exitCode: google,
  },
  // The consent page.
  {
    what: 'a no on the consent page',
    error: consentRefusal('access_denied'),
    says: /not allowed on the consent page/,
    hint: /test users/,
    exitCode: signIn,
  },
  {
    what: 'an app of one organisation',
    error: consentRefusal('org_internal'),
    says: /one organisation/,
    hint: /External/,
    exitCode: signIn,
  },
  {
    what: 'a scope that the project may not ask for',
    error: consentRefusal('invalid_scope'),
    says: /permissions of Google Photos/,
    hint: /Photos Library API/,
    exitCode: signIn,
  },
  {
    what: 'a word of the consent page unknown to us',
    error: consentRefusal('brand_new'),
    says: /brand_new/,
    hint: LOGIN,
    exitCode: signIn,
  },
  // The API.
  {
    what: 'a missing scope',
    error: api(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.'),
    says: /does not include the permission/,
    hint: /login and tick every box.*auth\/scopes\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a missing scope in the newer form',
    error: api(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
      info('ACCESS_TOKEN_SCOPE_INSUFFICIENT', { method: 'google.photos.library.v1.PhotosLibrary.ListMediaItems' }),
    ]),
    says: /does not include the permission/,
    hint: /project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'an API not enabled',
    error: api(403, 'PERMISSION_DENIED', NOT_USED, [
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console API activation', url: ACTIVATION }],
      },
    ]),
    says: /Photos Library API is not switched on/,
    hint: /overview\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'an API not enabled in the newer form',
    error: api(403, 'PERMISSION_DENIED', NOT_USED, [
      info('SERVICE_DISABLED', { consumer: 'projects/123456789012', activationUrl: ACTIVATION }),
    ]),
    says: /not switched on/,
    hint: /overview\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'an API not enabled without a link',
    error: api(403, 'PERMISSION_DENIED', 'x', [info('SERVICE_DISABLED')]),
    says: /not switched on/,
    hint: /apis\/library\/photoslibrary\.googleapis\.com\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'Photos disabled for the user',
    error: api(403, 'PERMISSION_DENIED', 'Google Photos is disabled for the user'),
    says: /switched off for this account/,
    hint: /photos\.google\.com/,
    exitCode: signIn,
  },
  {
    what: 'what is not yours',
    error: api(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
    says: /does not allow this/,
    hint: /March 2025/,
    exitCode: signIn,
  },
  {
    what: 'an access token that is refused',
    error: api(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'),
    says: /does not accept the access token/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'the quota of a minute',
    error: quota('Write requests', 'Write requests per minute per user', 'WritesPerMinutePerUser', '30'),
    says: /fewer requests at a time/,
    hint: /minute/,
    exitCode: google,
  },
  {
    what: 'the quota of a day',
    error: quota('All requests', 'All requests per day', 'ApiCallsPerProjectPerDay', '10000'),
    says: /day's requests .* used up/,
    hint: /midnight Pacific/,
    exitCode: google,
  },
  {
    what: 'writes at the same time',
    error: api(
      429,
      'RESOURCE_EXHAUSTED',
      `Quota exceeded for quota 'concurrent write request' of service '${SERVICE}'.`,
    ),
    says: /fewer requests at a time/,
    hint: /minute/,
    exitCode: google,
  },
  // The way there.
  {
    what: 'a clock that is wrong',
    error: network('CERT_NOT_YET_VALID'),
    says: /certificate/,
    hint: /clock of this machine/,
    exitCode: offline,
  },
  {
    what: 'a certificate that has expired',
    error: network('CERT_HAS_EXPIRED'),
    says: /certificate/,
    hint: /clock of this machine/,
    exitCode: offline,
  },
  {
    what: 'TLS interception',
    error: network('SELF_SIGNED_CERT_IN_CHAIN'),
    says: /not to be trusted/,
    hint: /company proxy.*--ca-cert/,
    exitCode: offline,
  },
  {
    what: 'no network',
    error: network('ENETUNREACH'),
    says: /cannot be reached/,
    hint: /network connection/,
    exitCode: offline,
  },
  {
    what: 'no name service',
    error: network('EAI_AGAIN'),
    says: /cannot be reached/,
    hint: /network connection/,
    exitCode: offline,
  },
  {
    what: 'a proxy that is not there',
    error: network('ECONNREFUSED'),
    says: /cannot be reached/,
    hint: /proxy settings/,
    exitCode: offline,
  },
  {
    what: 'a proxy that wants a password',
    error: html(407),
    says: /sign-in of its own/,
    hint: /proxy its user name and password/,
    exitCode: offline,
  },
  {
    what: 'a network that wants a sign-in',
    error: html(511),
    says: /sign-in of its own/,
    hint: /browser/,
    exitCode: offline,
  },
];

describe('every refusal has its sentence, hint and exit code', () => {
  for (const { what, error, says, hint, exitCode } of ROWS) {
    it(`for ${what}`, () => {
      const shown = userErrorFrom(error);
      assert.ok(shown instanceof UserError);
      assert.match(shown.message, says);
      assert.match(shown.hint, hint);
      assert.equal(shown.exitCode, exitCode);
    });
  }
});
