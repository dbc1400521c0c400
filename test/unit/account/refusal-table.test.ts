import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { userErrorFrom } from '../../../src/account/user-error-from.js';
import { consentRefusal, silentPages } from '../../../src/auth/consent-refusals.js';
import { tokenRefusal, type Exchanged } from '../../../src/auth/token-refusals.js';
import type { RemoteError } from '../../../src/library/remote-error.js';
import { parseGoogleError } from '../../../src/remote/google-error.js';
import { networkFault } from '../../../src/remote/network-fault.js';
import { refusalOf } from '../../../src/remote/refusals.js';
import { API_ERRORS, type ApiErrorName } from '../../emulator/api-errors.js';
import { API_ANSWERS, PROJECT, TOKEN_ANSWERS } from '../../support/google-bodies.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

interface Row {
  readonly what: string;
  readonly error: RemoteError;
  readonly says: RegExp;
  readonly hint: RegExp;
  readonly exitCode: ExitCode;
}

const CLIENT = `${PROJECT}-abc.apps.googleusercontent.com`;

/** An answer of the token endpoint, to a refresh token unless told otherwise. */
const token = (name: keyof typeof TOKEN_ANSWERS, exchanged?: Exchanged): RemoteError =>
  tokenRefusal(TOKEN_ANSWERS[name].status, TOKEN_ANSWERS[name].body, exchanged, CLIENT);

/** An answer of the API. */
const api = (name: keyof typeof API_ANSWERS): RemoteError =>
  refusalOf(parseGoogleError(API_ANSWERS[name].status, API_ANSWERS[name].body), { project: PROJECT });

const network = (code: string): RemoteError =>
  networkFault(Object.assign(new Error('connect'), { code }), 'oauth2.googleapis.com').error;
const html = (status: number): RemoteError => refusalOf(parseGoogleError(status, '<html>Hotel Wi-Fi</html>'), {});

const { signIn, config, google, network: offline } = ExitCode;
const LOGIN = /gphotos-mount login/;

const ROWS: readonly Row[] = [
  // The token endpoint, renewing.
  {
    what: 'an expired or revoked sign-in',
    error: token('expiredOrRevoked'),
    says: /no longer accepts the sign-in/,
    hint: /login.*7 days.*testing mode.*revoked.*6 months.*password/,
    exitCode: signIn,
  },
  {
    what: 'the same some hours later',
    error: token('sameHoursLater'),
    says: /no longer accepts the sign-in/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'session control of an organisation',
    error: token('sessionControl'),
    says: /organisation asks for a new sign-in/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'a wrong client secret',
    error: token('wrongSecret'),
    says: /does not accept the client secret/,
    hint: /auth\/clients\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a wrong client secret in the newer words',
    error: token('wrongSecretNewer'),
    says: /does not accept the client secret/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'an unknown client',
    error: token('unknownClient'),
    says: /does not know the OAuth client/,
    hint: /client id.*auth\/clients\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a deleted client',
    error: token('deletedClient'),
    says: /was deleted/,
    hint: /30 days at https:\/\/console\.cloud\.google\.com\/auth\/clients\?project=123456789012,/,
    exitCode: signIn,
  },
  {
    what: 'the token of another client',
    error: token('otherClient'),
    says: /another OAuth client/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'an administrator',
    error: tokenRefusal(400, '{"error":"admin_policy_enforced"}'),
    says: /administrator/,
    hint: /trust/,
    exitCode: signIn,
  },
  // The token endpoint, redeeming a code.
  {
    what: 'a code that is none',
    error: token('malformedCode', 'code'),
    says: /not an authorization code/,
    hint: /whole address/,
    exitCode: signIn,
  },
  {
    what: 'a code used or too old',
    error: token('usedCode', 'code'),
    says: /works once and for a few minutes/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'a wrong verifier',
    error: token('wrongVerifier', 'code'),
    says: /asked for the code/,
    hint: /latest one/,
    exitCode: signIn,
  },
  {
    what: 'a missing verifier',
    error: token('missingVerifier', 'code'),
    says: /asked for the code/,
    hint: /latest one/,
    exitCode: signIn,
  },
  {
    what: 'another redirect address',
    error: token('redirectMismatch', 'code'),
    says: /redirect address/,
    hint: /Desktop app.*auth\/clients\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a kind of exchange that Google does not know',
    error: token('grantType'),
    says: /unsupported_grant_type/,
    hint: LOGIN,
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
    error: consentRefusal('access_denied', CLIENT),
    says: /not allowed on the consent page/,
    hint: /auth\/audience\?project=123456789012 .*test users/,
    exitCode: signIn,
  },
  {
    what: 'an app of one organisation',
    error: consentRefusal('org_internal', CLIENT),
    says: /one organisation/,
    hint: /External.*auth\/audience\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a scope that the project may not ask for',
    error: consentRefusal('invalid_scope', CLIENT),
    says: /permissions of Google Photos/,
    hint: /photoslibrary\.googleapis\.com\?project=123456789012 and .*photospicker\.googleapis\.com\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a word of the consent page unknown to us',
    error: consentRefusal('brand_new', CLIENT),
    says: /brand_new/,
    hint: LOGIN,
    exitCode: signIn,
  },
  // The API.
  {
    what: 'a missing scope',
    error: api('scopeMissing'),
    says: /does not include the permission/,
    hint: /login and tick every box.*auth\/scopes\?project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'a missing scope in the newer form',
    error: api('scopeMissingNewer'),
    says: /does not include the permission/,
    hint: /project=123456789012/,
    exitCode: signIn,
  },
  {
    what: 'an API not enabled',
    error: api('apiOff'),
    says: /Photos Library API is not switched on/,
    hint: /overview\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'an API not enabled in the newer form',
    error: api('apiOffNewer'),
    says: /not switched on/,
    hint: /overview\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'an API not enabled in the oldest form',
    error: api('apiOffLegacy'),
    says: /Photos Library API is not switched on/,
    hint: /apis\/library\/photoslibrary\.googleapis\.com\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'the Picker API not enabled',
    error: api('pickerOff'),
    says: /Photos Picker API is not switched on/,
    hint: /api\/photospicker\.googleapis\.com\/overview\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'the Picker API not enabled in the newer form',
    error: api('pickerOffNewer'),
    says: /Photos Picker API is not switched on/,
    hint: /api\/photospicker\.googleapis\.com\/overview\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'an API not enabled without a link',
    error: refusalOf(
      parseGoogleError(
        403,
        '{"error":{"code":403,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"}]}}',
      ),
      { project: PROJECT },
    ),
    says: /not switched on/,
    hint: /apis\/library\/photoslibrary\.googleapis\.com\?project=123456789012/,
    exitCode: config,
  },
  {
    what: 'Photos disabled for the user',
    error: api('photosDisabled'),
    says: /switched off for this account/,
    hint: /photos\.google\.com/,
    exitCode: signIn,
  },
  {
    what: 'what is not yours',
    error: api('notYours'),
    says: /does not allow this/,
    hint: /March 2025/,
    exitCode: signIn,
  },
  {
    what: 'an access token that is refused',
    error: api('badToken'),
    says: /does not accept the access token/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'an access token that is refused in the newer form',
    error: api('badTokenNewer'),
    says: /does not accept the access token/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'no access token',
    error: api('noToken'),
    says: /does not accept the access token/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'no access token, as some hosts say it',
    error: api('noTokenForbidden'),
    says: /does not accept the access token/,
    hint: LOGIN,
    exitCode: signIn,
  },
  {
    what: 'an upload with an old token or without the permission',
    error: api('uploadNotAllowed'),
    says: /takes no uploads/,
    hint: /login and tick the box for adding photos/,
    exitCode: signIn,
  },
  {
    what: 'the quota of a minute',
    error: api('perMinute'),
    says: /fewer requests at a time/,
    hint: /minute/,
    exitCode: google,
  },
  {
    what: 'the quota of a day',
    error: api('perDay'),
    says: /day's requests .* used up/,
    hint: /midnight Pacific/,
    exitCode: google,
  },
  {
    what: 'the quota of a day, in words alone',
    error: api('perDayInWordsAlone'),
    says: /day's requests .* used up/,
    hint: /midnight Pacific/,
    exitCode: google,
  },
  {
    what: 'writes at the same time',
    error: api('concurrentWrite'),
    says: /fewer requests at a time/,
    hint: /minute/,
    exitCode: google,
  },
  {
    what: 'the quota of uploads',
    error: api('uploadQuota'),
    says: /fewer requests at a time/,
    hint: /minute/,
    exitCode: google,
  },
  {
    what: 'a storage that is full',
    error: api('storageFull'),
    says: /storage of the Google account is full/,
    hint: /one\.google\.com\/storage/,
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

describe('the emulator', () => {
  const SAME: Readonly<Partial<Record<ApiErrorName, keyof typeof API_ANSWERS>>> = {
    'invalid-token': 'badToken',
    'no-token': 'noToken',
    'missing-scope': 'scopeMissingNewer',
    'service-disabled': 'apiOffNewer',
    'picker-disabled': 'pickerOffNewer',
    'photos-disabled': 'photosDisabled',
    'not-yours': 'notYours',
    'rate-limit': 'perMinute',
    'daily-quota': 'perDay',
    'concurrent-write': 'concurrentWrite',
  };
  for (const [name, google] of Object.entries(SAME))
    it(`says ${name} as Google does`, () => {
      const { status, body } = API_ERRORS[name as ApiErrorName]();
      assert.equal(status, API_ANSWERS[google].status);
      assert.deepEqual(body, { type: 'json', json: JSON.parse(API_ANSWERS[google].body) as unknown });
    });
});

describe('a page that Google shows in the browser only', () => {
  const ROWS: readonly (readonly [string, RegExp])[] = [
    ['"redirect_uri_mismatch"', /type "Web application".*auth\/clients\?project=123456789012/],
    ['"invalid_client" or "deleted_client"', /does not exist.*auth\/clients\?project=123456789012/],
    ['"Access blocked" with "being tested"', /publish.*auth\/audience\?project=123456789012/],
    ['"org_internal"', /"External" at .*auth\/audience\?project=123456789012/],
    ['"admin_policy_enforced" or "policy_enforced"', /administrator.*Advanced Protection/],
    ['"disallowed_useragent"', /ordinary browser/],
    ['"invalid_request"', /copy the whole/],
    ['"Google hasn\'t verified this app"', /no error.*"Advanced", then "Go to/],
  ];
  it('has its sentence, and there are no others', () => {
    const lines = silentPages(CLIENT);
    assert.equal(lines.length, ROWS.length);
    for (const [seen, means] of ROWS) assert.match(lines.find((line) => line.startsWith(`${seen}: `)) ?? '', means);
  });
});

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
