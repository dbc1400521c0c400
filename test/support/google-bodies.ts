/** One answer of Google that is no success, to the letter as it was seen or documented. */
export interface GoogleAnswer {
  readonly status: number;
  readonly body: string;
}

export const PROJECT = '123456789012';
const SERVICE = 'photoslibrary.googleapis.com';

const activationOf = (service: string): string =>
  `https://console.developers.google.com/apis/api/${service}/overview?project=${PROJECT}`;
const notUsed = (api: string, service: string): string =>
  `${api} has not been used in project ${PROJECT} before or it is disabled. Enable it by visiting ${activationOf(service)} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`;
const helpOf = (description: string, url: string): object => ({
  '@type': 'type.googleapis.com/google.rpc.Help',
  links: [{ description, url }],
});
const infoOf = (reason: string, metadata: Readonly<Record<string, string>>): object => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata,
});

function flat(status: number, error: string, description: string, more: object = {}): GoogleAnswer {
  return { status, body: JSON.stringify({ error, error_description: description, ...more }) };
}

function api(code: number, status: string, message: string, details?: readonly object[]): GoogleAnswer {
  const error = { code, message, status, ...(details === undefined ? {} : { details }) };
  return { status: code, body: JSON.stringify({ error }, undefined, 2) };
}

function quota(metric: string, limit: string, info: Readonly<Record<string, string>>): GoogleAnswer {
  return api(
    429,
    'RESOURCE_EXHAUSTED',
    `Quota exceeded for quota metric '${metric}' and limit '${limit}' of service '${SERVICE}' for consumer 'project_number:${PROJECT}'.`,
    [
      infoOf('RATE_LIMIT_EXCEEDED', {
        service: SERVICE,
        ...info,
        quota_location: 'global',
        consumer: `projects/${PROJECT}`,
      }),
      helpOf('Request a higher quota limit.', 'https://cloud.google.com/docs/quota#requesting_higher_quota'),
    ],
  );
}

/** The token endpoint. */
export const TOKEN_ANSWERS = {
  expiredOrRevoked: flat(400, 'invalid_grant', 'Token has been expired or revoked.'),
  sameHoursLater: flat(400, 'invalid_grant', 'Bad Request'),
  malformedCode: flat(400, 'invalid_grant', 'Malformed auth code.'),
  usedCode: flat(400, 'invalid_grant', 'Bad Request'),
  wrongVerifier: flat(400, 'invalid_grant', 'Invalid code verifier.'),
  missingVerifier: flat(400, 'invalid_grant', 'Missing code verifier.'),
  sessionControl: flat(400, 'invalid_grant', 'reauth related error', { error_subtype: 'invalid_rapt' }),
  wrongSecret: flat(401, 'invalid_client', 'Unauthorized'),
  wrongSecretNewer: flat(401, 'invalid_client', 'The provided client secret is invalid.'),
  unknownClient: flat(401, 'invalid_client', 'The OAuth client was not found.'),
  deletedClient: flat(401, 'deleted_client', 'The OAuth client was deleted.'),
  otherClient: flat(401, 'unauthorized_client', 'Unauthorized'),
  redirectMismatch: flat(400, 'redirect_uri_mismatch', 'Bad Request'),
  grantType: flat(400, 'unsupported_grant_type', 'Invalid grant_type: x'),
} as const satisfies Readonly<Record<string, GoogleAnswer>>;

const BAD_TOKEN =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';
const NO_TOKEN =
  'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.';
const SCOPES_MISSING = 'Request had insufficient authentication scopes.';
const LINK = 'Google developers console API activation';
const PICKER = 'photospicker.googleapis.com';

/** The Library and Picker APIs, and the endpoint for uploads. */
export const API_ANSWERS = {
  badToken: api(401, 'UNAUTHENTICATED', BAD_TOKEN),
  badTokenNewer: api(401, 'UNAUTHENTICATED', BAD_TOKEN, [infoOf('ACCESS_TOKEN_EXPIRED', { service: SERVICE })]),
  noToken: api(401, 'UNAUTHENTICATED', NO_TOKEN, [infoOf('CREDENTIALS_MISSING', { service: SERVICE })]),
  noTokenForbidden: api(403, 'PERMISSION_DENIED', NO_TOKEN, [infoOf('CREDENTIALS_MISSING', { service: SERVICE })]),
  scopeMissing: api(403, 'PERMISSION_DENIED', SCOPES_MISSING),
  scopeMissingNewer: api(403, 'PERMISSION_DENIED', SCOPES_MISSING, [
    infoOf('ACCESS_TOKEN_SCOPE_INSUFFICIENT', {
      service: SERVICE,
      method: 'google.photos.library.v1.PhotosLibrary.ListMediaItems',
    }),
  ]),
  apiOff: api(403, 'PERMISSION_DENIED', notUsed('Photos Library API', SERVICE), [helpOf(LINK, activationOf(SERVICE))]),
  apiOffNewer: api(403, 'PERMISSION_DENIED', notUsed('Photos Library API', SERVICE), [
    helpOf(LINK, activationOf(SERVICE)),
    infoOf('SERVICE_DISABLED', {
      service: SERVICE,
      consumer: `projects/${PROJECT}`,
      activationUrl: activationOf(SERVICE),
    }),
  ]),
  apiOffLegacy: {
    status: 403,
    body: JSON.stringify({
      error: {
        code: 403,
        message: notUsed('Photos Library API', SERVICE),
        status: 'PERMISSION_DENIED',
        errors: [{ message: notUsed('Photos Library API', SERVICE), domain: 'global', reason: 'accessNotConfigured' }],
      },
    }),
  },
  pickerOff: api(403, 'PERMISSION_DENIED', notUsed('Google Photos Picker API', PICKER), [
    helpOf(LINK, activationOf(PICKER)),
  ]),
  pickerOffNewer: api(403, 'PERMISSION_DENIED', notUsed('Google Photos Picker API', PICKER), [
    helpOf(LINK, activationOf(PICKER)),
    infoOf('SERVICE_DISABLED', {
      service: PICKER,
      consumer: `projects/${PROJECT}`,
      activationUrl: activationOf(PICKER),
    }),
  ]),
  photosDisabled: api(403, 'PERMISSION_DENIED', 'Google Photos is disabled for the user'),
  notYours: api(403, 'PERMISSION_DENIED', 'The caller does not have permission'),
  perMinute: quota('Write requests', 'Write requests per minute per user', {
    quota_metric: `${SERVICE}/write_requests`,
    quota_limit: 'WritesPerMinutePerUser',
    quota_limit_value: '30',
  }),
  perDay: quota('All requests', 'All requests per day', {
    quota_metric: `${SERVICE}/all_requests`,
    quota_limit: 'ApiCallsPerProjectPerDay',
    quota_limit_value: '10000',
  }),
  perDayInWordsAlone: api(
    429,
    'RESOURCE_EXHAUSTED',
    `Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service '${SERVICE}' for consumer 'project_number:${PROJECT}'.`,
  ),
  concurrentWrite: api(
    429,
    'RESOURCE_EXHAUSTED',
    `Quota exceeded for quota 'concurrent write request' of service '${SERVICE}'.`,
  ),
  storageFull: api(
    400,
    'INVALID_ARGUMENT',
    "The remaining storage in the user's account is not enough to perform this operation.",
  ),
  badItemId: api(400, 'INVALID_ARGUMENT', 'Invalid media item ID.'),
  tooMany: api(400, 'INVALID_ARGUMENT', 'Request must have less than 50 items.'),
  uploadNotAllowed: {
    status: 401,
    body: '{"code":16,"message":"Authentication session is not defined."}',
  },
  uploadQuota: {
    status: 429,
    body: "Insufficient tokens for quota 'write_requests' and limit 'WritesPerMinutePerUser'",
  },
} as const satisfies Readonly<Record<string, GoogleAnswer>>;
