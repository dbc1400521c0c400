import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseGoogleError } from '../../../../src/remote/library/google-error.js';
import { API_ANSWERS } from '../../../support/google-bodies.js';
import { refusalOf, type RequestContext } from '../../../../src/remote/library/refusals.js';

const html = '<!DOCTYPE html><html><title>502</title>';

function envelope(code: number, status: string, message: string, details?: unknown[]): string {
  return JSON.stringify({ error: { code, message, status, ...(details === undefined ? {} : { details }) } });
}

function info(reason: string, metadata: Record<string, string> = {}): unknown {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata };
}

const activation = 'https://console.developers.google.com/apis/api/photoslibrary.googleapis.com/overview?project=12345';

interface Row {
  readonly name: string;
  readonly status: number;
  readonly body: string;
  readonly asked?: RequestContext;
  readonly kind: string;
  readonly reason?: string;
  readonly hint?: RegExp;
}

const rows: readonly Row[] = [
  {
    name: 'a bad or expired access token',
    status: 401,
    body: API_ANSWERS.badToken.body,
    kind: 'unauthenticated',
  },
  {
    name: 'a missing scope without details',
    status: 403,
    body: API_ANSWERS.scopeMissing.body,
    kind: 'forbidden',
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    hint: /tick every box/,
  },
  {
    name: 'a missing scope by its reason, whatever the text',
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', 'other words', [info('ACCESS_TOKEN_SCOPE_INSUFFICIENT')]),
    kind: 'forbidden',
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    hint: /gphotos-mount login/,
  },
  {
    name: 'an API that is off, with a Help link alone',
    status: 403,
    body: API_ANSWERS.apiOff.body,
    kind: 'forbidden',
    reason: 'SERVICE_DISABLED',
    hint: /overview\?project=123456789012 /,
  },
  {
    name: 'an API that is off, with a reason and an address in its metadata',
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', 'other words', [info('SERVICE_DISABLED', { activationUrl: activation })]),
    kind: 'forbidden',
    reason: 'SERVICE_DISABLED',
    hint: /overview\?project=12345 /,
  },
  {
    name: 'a missing scope in the newer form',
    status: 403,
    body: API_ANSWERS.scopeMissingNewer.body,
    kind: 'forbidden',
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    hint: /tick every box/,
  },
  {
    name: 'an API that is off, in the newer form',
    status: 403,
    body: API_ANSWERS.apiOffNewer.body,
    kind: 'forbidden',
    reason: 'SERVICE_DISABLED',
    hint: /overview\?project=123456789012 /,
  },
  {
    name: 'an API that is off, in the oldest form',
    status: 403,
    body: API_ANSWERS.apiOffLegacy.body,
    kind: 'forbidden',
    reason: 'accessNotConfigured',
    hint: /Switch it on at https:\/\/console\.cloud\.google\.com\//,
  },
  { name: 'an access token in the newer form', ...API_ANSWERS.badTokenNewer, kind: 'unauthenticated' },
  { name: 'no access token', ...API_ANSWERS.noToken, kind: 'unauthenticated' },
  { name: 'no access token, with 403', ...API_ANSWERS.noTokenForbidden, kind: 'unauthenticated' },
  {
    name: 'the limit of a day',
    ...API_ANSWERS.perDay,
    kind: 'quota-exhausted',
    reason: 'RATE_LIMIT_EXCEEDED',
    hint: /midnight Pacific/,
  },
  { name: 'the quota of uploads, in plain text', ...API_ANSWERS.uploadQuota, kind: 'rate-limited' },
  { name: 'a storage that is full', ...API_ANSWERS.storageFull, kind: 'invalid', reason: 'STORAGE_FULL' },
  {
    name: 'an API that is off, in the older form',
    status: 403,
    body: JSON.stringify({ error: { code: 403, message: 'x', errors: [{ reason: 'accessNotConfigured' }] } }),
    kind: 'forbidden',
    reason: 'accessNotConfigured',
    hint: /Switch it on at https:\/\/console\.cloud\.google\.com\//,
  },
  {
    name: 'an address to follow that is not the console of Google',
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', 'x', [
      info('SERVICE_DISABLED', { activationUrl: 'https://console.developers.google.com.evil.example/' }),
    ]),
    kind: 'forbidden',
    reason: 'SERVICE_DISABLED',
    hint: /^(?!.*evil)/,
  },
  {
    name: 'Photos switched off for the account',
    status: 403,
    body: API_ANSWERS.photosDisabled.body,
    kind: 'forbidden',
    reason: 'PHOTOS_DISABLED',
    hint: /photos\.google\.com/,
  },
  {
    name: 'something that is not ours',
    status: 403,
    body: API_ANSWERS.notYours.body,
    kind: 'forbidden',
    reason: 'NOT_YOURS',
    hint: /only the photos and albums that it added/,
  },
  {
    name: 'the limit of a minute',
    status: 429,
    body: API_ANSWERS.perMinute.body,
    kind: 'rate-limited',
  },
  {
    name: 'the limit of a day by its name',
    status: 429,
    body: envelope(429, 'RESOURCE_EXHAUSTED', 'words', [
      info('RATE_LIMIT_EXCEEDED', { quota_limit: 'ApiCallsPerProjectPerDay' }),
    ]),
    kind: 'quota-exhausted',
    hint: /midnight Pacific/,
  },
  {
    name: 'the limit of a day where there is text alone',
    status: 429,
    body: API_ANSWERS.perDayInWordsAlone.body,
    kind: 'quota-exhausted',
    reason: 'DAILY_QUOTA',
  },
  {
    name: 'writes at the same time',
    status: 429,
    body: API_ANSWERS.concurrentWrite.body,
    kind: 'rate-limited',
  },
  { name: 'a 429 in HTML', status: 429, body: html, kind: 'rate-limited' },
  {
    name: 'a page token',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'Invalid page token.'),
    asked: { withPageToken: true },
    kind: 'bad-page-token',
  },
  {
    name: 'an unknown item with 400',
    status: 400,
    body: API_ANSWERS.badItemId.body,
    asked: { subject: 'item' },
    kind: 'not-found',
  },
  {
    name: 'an unknown item with 404',
    status: 404,
    body: envelope(404, 'NOT_FOUND', 'Not found.'),
    asked: { subject: 'item' },
    kind: 'not-found',
  },
  {
    name: 'a wrong request',
    status: 400,
    body: API_ANSWERS.tooMany.body,
    kind: 'invalid',
    reason: 'INVALID_ARGUMENT',
  },
  { name: 'a conflict', status: 409, body: envelope(409, 'ABORTED', 'x'), kind: 'server' },
  { name: 'an internal error', status: 500, body: envelope(500, 'INTERNAL', 'x'), kind: 'server' },
  { name: 'a gateway in HTML', status: 502, body: html, kind: 'server' },
  { name: 'an empty 503', status: 503, body: '', kind: 'server' },
  { name: 'truncated JSON with 500', status: 500, body: '{"error": {"code": 5', kind: 'server' },
  {
    name: 'bytes that are gone, with a picture',
    status: 404,
    body: '\u0089PNG',
    asked: { subject: 'bytes' },
    kind: 'not-found',
  },
  { name: 'bytes refused, in HTML', status: 403, body: html, asked: { subject: 'bytes' }, kind: 'forbidden' },
  { name: 'a 404 in HTML, which the API does not send', status: 404, body: html, kind: 'protocol' },
  { name: 'a redirect', status: 302, body: html, kind: 'protocol', hint: /browser/ },
  { name: 'a proxy that wants a password', status: 407, body: html, kind: 'offline', hint: /proxy/ },
  {
    name: 'the flat form of uploads',
    status: 401,
    body: API_ANSWERS.uploadNotAllowed.body,
    kind: 'unauthenticated',
  },
  { name: 'an unknown status', status: 418, body: 'short and stout', kind: 'invalid' },
  { name: 'JSON that is no envelope', status: 500, body: '[1,2]', kind: 'server' },
];

describe('a refusal of Google', () => {
  for (const { name, status, body, asked = {}, kind, reason, hint } of rows) {
    it(`a refusal of Google (${name}) is read as ${kind}`, () => {
      const error = refusalOf(parseGoogleError(status, body), asked);
      assert.equal(error.kind, kind);
      assert.equal(error.status, status);
      if (reason !== undefined) assert.equal(error.reason, reason);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
      assert.doesNotMatch(error.message, /<|DOCTYPE|PNG/);
    });
  }

  it('the message of a refusal never repeats an address, a token or an id that Google quotes', () => {
    const secrets = [
      'https://lh3.googleusercontent.com/lr/AAbbCC',
      'ya29.a0AfB_short',
      'Bearer abc.def',
      'AF1QipNxyzAF1QipNxyzAF1QipNxyz',
      '1//0gRefresh',
    ];
    for (const secret of secrets) {
      const error = refusalOf(parseGoogleError(400, envelope(400, 'X', `bad: ${secret} (sent)`)), {});
      assert.match(error.message, /bad: /);
      assert.ok(!error.message.includes(secret), error.message);
    }
  });
});
