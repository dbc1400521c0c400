import { json, type Reply } from './reply.js';

const CODES = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
} as const;

export type RpcStatus = keyof typeof CODES;

const SERVICE = 'photoslibrary.googleapis.com';
const PROJECT = '123456789012';

/** The error envelope of Google's JSON methods. */
export function apiError(
  status: RpcStatus,
  message: string,
  details?: readonly unknown[],
  code: number = CODES[status],
): Reply {
  return json({ error: { code, message, status, ...(details === undefined ? {} : { details }) } }, code);
}

function errorInfo(reason: string, metadata: Readonly<Record<string, string>>): unknown {
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason,
    domain: 'googleapis.com',
    metadata: { service: SERVICE, ...metadata },
  };
}

function quotaError(metric: string, limit: string, info: Readonly<Record<string, string>>): Reply {
  const message = `Quota exceeded for quota metric '${metric}' and limit '${limit}' of service '${SERVICE}' for consumer 'project_number:${PROJECT}'.`;
  return apiError('RESOURCE_EXHAUSTED', message, [
    errorInfo('RATE_LIMIT_EXCEEDED', { ...info, quota_location: 'global', consumer: `projects/${PROJECT}` }),
    {
      '@type': 'type.googleapis.com/google.rpc.Help',
      links: [
        {
          description: 'Request a higher quota limit.',
          url: 'https://cloud.google.com/docs/quota#requesting_higher_quota',
        },
      ],
    },
  ]);
}

function switchedOff(api: string, service: string): Reply {
  const url = `https://console.developers.google.com/apis/api/${service}/overview?project=${PROJECT}`;
  return apiError(
    'PERMISSION_DENIED',
    `${api} has not been used in project ${PROJECT} before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    [
      {
        '@type': 'type.googleapis.com/google.rpc.Help',
        links: [{ description: 'Google developers console API activation', url }],
      },
      errorInfo('SERVICE_DISABLED', { service, consumer: `projects/${PROJECT}`, activationUrl: url }),
    ],
  );
}

/** The errors that do not depend on the request, by name: for handlers and for injected faults alike. */
export const API_ERRORS = {
  'invalid-token': () =>
    apiError(
      'UNAUTHENTICATED',
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    ),
  'no-token': () =>
    apiError(
      'UNAUTHENTICATED',
      'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
      [errorInfo('CREDENTIALS_MISSING', {})],
    ),
  'missing-scope': () =>
    apiError('PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
      errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', {
        method: 'google.photos.library.v1.PhotosLibrary.ListMediaItems',
      }),
    ]),
  'service-disabled': () => switchedOff('Photos Library API', SERVICE),
  'picker-disabled': () => switchedOff('Google Photos Picker API', 'photospicker.googleapis.com'),
  'photos-disabled': () => apiError('PERMISSION_DENIED', 'Google Photos is disabled for the user'),
  'not-yours': () => apiError('PERMISSION_DENIED', 'The caller does not have permission'),
  'rate-limit': () =>
    quotaError('Write requests', 'Write requests per minute per user', {
      quota_metric: `${SERVICE}/write_requests`,
      quota_limit: 'WritesPerMinutePerUser',
      quota_limit_value: '30',
    }),
  'daily-quota': () =>
    quotaError('All requests', 'All requests per day', {
      quota_metric: `${SERVICE}/all_requests`,
      quota_limit: 'ApiCallsPerProjectPerDay',
      quota_limit_value: '10000',
    }),
  'concurrent-write': () =>
    apiError('RESOURCE_EXHAUSTED', `Quota exceeded for quota 'concurrent write request' of service '${SERVICE}'.`),
  'bad-page-token': () => apiError('INVALID_ARGUMENT', 'Invalid page token.'),
  'changed-parameters': () =>
    apiError(
      'INVALID_ARGUMENT',
      'All parameters other than the page token must be the same as in the previous request.',
    ),
  internal: () => apiError('INTERNAL', 'Internal error encountered.'),
  unavailable: () => apiError('UNAVAILABLE', 'The service is currently unavailable.'),
} as const satisfies Readonly<Record<string, () => Reply>>;

export type ApiErrorName = keyof typeof API_ERRORS;

/** An answer that ends a handler early. */
export class Refusal extends Error {
  constructor(readonly reply: Reply) {
    super(`answered ${reply.status}`);
  }
}

export function invalidArgument(message: string): Refusal {
  return new Refusal(apiError('INVALID_ARGUMENT', message));
}
