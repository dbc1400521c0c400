import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { consentRefusal, silentPages } from '../../../src/auth/consent-refusals.js';
import { tokenRefusal, type Exchanged } from '../../../src/auth/token-refusals.js';
import type { RemoteError } from '../../../src/library/remote-error.js';
import { ExitCode } from '../../../src/support/user-error.js';
import { PROJECT, TOKEN_ANSWERS } from '../../support/google-bodies.js';
import { testRefusals, type RefusalRow } from './refusal-row.js';

const CLIENT = `${PROJECT}-abc.apps.googleusercontent.com`;

/** An answer of the token endpoint, to a refresh token unless told otherwise. */
const token = (name: keyof typeof TOKEN_ANSWERS, exchanged?: Exchanged): RemoteError =>
  tokenRefusal(TOKEN_ANSWERS[name].status, TOKEN_ANSWERS[name].body, exchanged, CLIENT);

const { signIn, google } = ExitCode;
const LOGIN = /gphotos-mount login/;

const ROWS: readonly RefusalRow[] = [
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
    what: 'a failing token endpoint in the middle of a login',
    error: tokenRefusal(503, '<html>', 'code'),
    says: /could not complete the sign-in just now/,
    hint: /later/,
    exitCode: google,
  },
  {
    what: 'a word of the token endpoint unknown to us, in the middle of a login',
    error: tokenRefusal(400, '{"error":"brand_new"}', 'code'),
    says: /refused the sign-in: brand_new/,
    hint: LOGIN,
    exitCode: signIn,
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
];

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
  it('a page that Google shows in the browser only has a sentence that explains it, and no other sentence exists', () => {
    const lines = silentPages(CLIENT);
    assert.equal(lines.length, ROWS.length);
    for (const [seen, means] of ROWS) assert.match(lines.find((line) => line.startsWith(`${seen}: `)) ?? '', means);
  });
});

describe('every refusal of a sign-in has its sentence, hint and exit code', () => {
  testRefusals(ROWS);
});
