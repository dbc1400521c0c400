import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RemoteError } from '../../../src/library/remote-error.js';
import { parseGoogleError } from '../../../src/remote/library/google-error.js';
import { networkFault } from '../../../src/remote/http/network-fault.js';
import { refusalOf } from '../../../src/remote/library/refusals.js';
import { ExitCode } from '../../../src/support/user-error.js';
import { API_ERRORS, type ApiErrorName } from '../../emulator/api-errors.js';
import { API_ANSWERS, PROJECT } from '../../support/google-bodies.js';
import { testRefusals, type RefusalRow } from './refusal-row.js';

/** An answer of the API. */
const api = (name: keyof typeof API_ANSWERS): RemoteError =>
  refusalOf(parseGoogleError(API_ANSWERS[name].status, API_ANSWERS[name].body), { project: PROJECT });

const network = (code: string): RemoteError =>
  networkFault(Object.assign(new Error('connect'), { code }), 'oauth2.googleapis.com').error;
const html = (status: number): RemoteError => refusalOf(parseGoogleError(status, '<html>Hotel Wi-Fi</html>'), {});

const { signIn, config, google, network: offline } = ExitCode;
const LOGIN = /gphotos-mount login/;

const ROWS: readonly RefusalRow[] = [
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
    it(`the emulator says ${name} as Google does`, () => {
      const { status, body } = API_ERRORS[name as ApiErrorName]();
      assert.equal(status, API_ANSWERS[google].status);
      assert.deepEqual(body, { type: 'json', json: JSON.parse(API_ANSWERS[google].body) as unknown });
    });
});

describe('every refusal of the APIs, and every fault on the way, has its sentence, hint and exit code', () => {
  testRefusals(ROWS);
});
