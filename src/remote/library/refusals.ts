import { RemoteError, type RemoteErrorKind } from '../../library/remote-error.js';
import type { GoogleError } from './google-error.js';
import { quoteSafely } from './redact.js';

/** The facts of a request that decide what a refusal means. */
export interface RequestContext {
  /** The request went on from a page token. */
  readonly withPageToken?: boolean;
  /** The request is about one thing named by id, which Google answers with 400 or 404 where it does not know it. */
  readonly subject?: 'item' | 'album' | 'bytes' | 'session';
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
}

interface Refusal {
  /** Machine-readable reason for status and tests, if Google gives none. */
  readonly reason: string;
  readonly kind: RemoteErrorKind;
  when(error: GoogleError, asked: RequestContext): boolean;
  readonly message: string | ((error: GoogleError) => string);
  hint?(error: GoogleError, asked: RequestContext): string;
}

const LIBRARY_PAGE = 'https://console.cloud.google.com/apis/library/photoslibrary.googleapis.com';
const PICKER_PAGE = 'https://console.cloud.google.com/apis/library/photospicker.googleapis.com';
const SCOPES_PAGE = 'https://console.cloud.google.com/auth/scopes';

/** The page for the person's own project, so that they do not change another one by mistake. */
function ofProject(page: string, { project }: RequestContext): string {
  return project === undefined || !/^\d+$/.test(project) ? page : `${page}?project=${project}`;
}

/** Whether the error is of the Picker API. Older errors name the API in their link only. */
function isPicker({ service, activationUrl }: GoogleError): boolean {
  return /photospicker/.test(service === '' ? (activationUrl ?? '') : service);
}

/** Whether the refusal says that the API is not switched on, in its newer or its older form. */
export function isSwitchedOff({ reason }: Pick<RemoteError, 'reason'>): boolean {
  return reason === 'SERVICE_DISABLED' || reason === 'accessNotConfigured';
}

/**
 * Every refusal with a message of its own. The first row that fits decides. Prose is compared only if Google gives
 * nothing else.
 */
const REFUSALS: readonly Refusal[] = [
  {
    reason: 'SERVICE_DISABLED',
    kind: 'forbidden',
    when: (error) =>
      error.httpStatus === 403 &&
      (error.reason === 'SERVICE_DISABLED' ||
        error.reason === 'accessNotConfigured' ||
        (error.reason === '' && error.activationUrl !== undefined)),
    message: (error) =>
      `The Photos ${isPicker(error) ? 'Picker' : 'Library'} API is not switched on in your Google Cloud project.`,
    hint: (error, asked) =>
      `Switch it on at ${error.activationUrl ?? ofProject(isPicker(error) ? PICKER_PAGE : LIBRARY_PAGE, asked)} and wait a few minutes.`,
  },
  {
    reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
    kind: 'forbidden',
    when: (error) =>
      error.httpStatus === 403 &&
      (error.reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' ||
        error.reason === 'insufficientPermissions' ||
        /insufficient authentication scopes/i.test(error.message)),
    message: 'This sign-in does not include the permission that is needed.',
    hint: (_, asked) =>
      `Run gphotos-mount login and tick every box on the consent page (${ofProject(SCOPES_PAGE, asked)} lists what the ` +
      'project asks for). Sign-ins made for the permissions that Google removed in March 2025 no longer work.',
  },
  {
    reason: 'PHOTOS_DISABLED',
    kind: 'forbidden',
    when: (error) => error.httpStatus === 403 && /photos is disabled/i.test(error.message),
    message: 'Google Photos is switched off for this account.',
    hint: () =>
      'Open photos.google.com with this account, or ask the administrator of your organisation to switch it on.',
  },
  {
    reason: 'DAILY_QUOTA',
    kind: 'quota-exhausted',
    when: (error) =>
      error.httpStatus === 429 &&
      (error.quotaLimit === '' ? /\bper day\b/i.test(error.message) : /PerDay/i.test(error.quotaLimit)),
    message: "The day's requests of your Google Cloud project are used up.",
    hint: () => 'They are renewed at midnight Pacific time. Everyone who uses the same OAuth client shares them.',
  },
  {
    reason: 'RATE_LIMIT',
    kind: 'rate-limited',
    // The upload endpoint says it in plain text, whatever its status.
    when: (error) => error.httpStatus === 429 || /^Insufficient tokens for quota/.test(error.message),
    message: 'Google asks for fewer requests at a time.',
    hint: () => 'This passes within a minute or so.',
  },
  {
    reason: 'UPLOAD_NOT_ALLOWED',
    kind: 'unauthenticated',
    // One answer for an access token that has ended and for one that lacks the permission to add.
    when: (error) => error.httpStatus === 401 && /session is not defined/i.test(error.message),
    message: 'Google takes no uploads with this access token.',
    hint: () =>
      'If this stays, run gphotos-mount login and tick the box for adding photos: it may not have been granted.',
  },
  {
    reason: 'UNAUTHENTICATED',
    kind: 'unauthenticated',
    when: (error) =>
      error.httpStatus === 401 ||
      (error.httpStatus === 403 &&
        (error.reason === 'CREDENTIALS_MISSING' || /missing required authentication/i.test(error.message))),
    message: 'Google does not accept the access token.',
    hint: () => 'If this stays, run: gphotos-mount login',
  },
  {
    reason: 'NOT_YOURS',
    kind: 'forbidden',
    when: (error) => error.httpStatus === 403 && error.fromApi,
    message: 'Google does not allow this.',
    hint: () => 'Since March 2025 an app sees only the photos and albums that it added itself.',
  },
  {
    reason: 'FORBIDDEN',
    kind: 'forbidden',
    when: (error) => error.httpStatus === 403,
    message: 'Access was refused.',
  },
  {
    reason: 'STORAGE_FULL',
    kind: 'invalid',
    when: (error) => error.httpStatus === 400 && /remaining storage/i.test(error.message),
    message: 'The storage of the Google account is full.',
    hint: () => 'Free some, or get more, at https://one.google.com/storage',
  },
  {
    reason: 'BAD_PAGE_TOKEN',
    kind: 'bad-page-token',
    when: (error, asked) => error.httpStatus === 400 && asked.withPageToken === true,
    message: 'Google no longer accepts the place where the listing was to go on.',
  },
  {
    reason: 'NOT_FOUND',
    kind: 'not-found',
    when: (error, asked) =>
      error.httpStatus === 410 ||
      (error.httpStatus === 404 && (error.fromApi || asked.subject === 'bytes')) ||
      (error.httpStatus === 400 && error.fromApi && asked.subject !== undefined),
    message: 'Google does not know this item or album (any more).',
  },
  {
    reason: 'PROXY_SIGN_IN',
    kind: 'offline',
    when: (error) => error.httpStatus === 407 || error.httpStatus === 511,
    message: 'This network asks for a sign-in of its own.',
    hint: () => 'Open a web page in a browser to sign in to the network, or give the proxy its user name and password.',
  },
  {
    reason: 'REDIRECT',
    kind: 'protocol',
    when: (error) => error.httpStatus >= 300 && error.httpStatus < 400,
    message: 'The request was sent elsewhere, which Google does not do here.',
    hint: () => 'A hotel or company network may ask for a sign-in: open a web page in a browser.',
  },
  {
    reason: 'SERVER',
    kind: 'server',
    when: (error) => error.httpStatus >= 500 || [408, 409, 499].includes(error.httpStatus),
    message: 'Google could not answer just now.',
  },
  {
    reason: 'NOT_THE_API',
    kind: 'protocol',
    when: (error) => error.httpStatus === 404,
    message: 'The answer did not come from Google’s API.',
    hint: () => 'A hotel or company network may ask for a sign-in: open a web page in a browser.',
  },
];

/** The error that a refused request ends in. `retryAfterMs` where the answer named a time to wait. */
export function refusalOf(error: GoogleError, asked: RequestContext, retryAfterMs?: number): RemoteError {
  const row = REFUSALS.find((refusal) => refusal.when(error, asked));
  const kind = row?.kind ?? 'invalid';
  const words = quoteSafely(error.message);
  const said = words === '' ? `HTTP ${error.httpStatus}` : `HTTP ${error.httpStatus}: ${words}`;
  const hint = row?.hint?.(error, asked);
  const what = typeof row?.message === 'function' ? row.message(error) : row?.message;
  return new RemoteError(kind, `${what ?? 'Google calls the request wrong.'} (${said})`, {
    status: error.httpStatus,
    reason: error.reason || row?.reason || error.status || 'INVALID',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(hint === undefined ? {} : { hint }),
  });
}

const RPC_STATUS: Readonly<Record<number, number>> = {
  3: 400,
  4: 504,
  5: 404,
  7: 403,
  8: 429,
  10: 409,
  13: 500,
  14: 503,
  16: 401,
};

/** The error of one entry in an answer for many, which carries a google.rpc.Code instead of an HTTP status. */
export function entryRefusal(code: number, message: string): RemoteError {
  const httpStatus = RPC_STATUS[code] ?? 500;
  const error: GoogleError = {
    httpStatus,
    message,
    status: '',
    reason: '',
    quotaLimit: '',
    service: '',
    activationUrl: undefined,
    fromApi: true,
  };
  return refusalOf(error, { subject: 'item' });
}
