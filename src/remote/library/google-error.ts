import { asObject, countOf, objectOf, objectsOf, parseObject, textOf, type JsonObject } from './json-reader.js';

/** What Google's error body says, in any of its formats. Empty strings for what it does not say. */
export interface GoogleError {
  readonly httpStatus: number;
  /** RPC status name, such as `PERMISSION_DENIED`. */
  readonly status: string;
  /** Reason of the ErrorInfo detail, or of the older `errors` list. */
  readonly reason: string;
  /** Name of the limit that a 429 ran into, such as `ApiCallsPerProjectPerDay`. */
  readonly quotaLimit: string;
  /** Host of the API that speaks, such as `photoslibrary.googleapis.com`. */
  readonly service: string;
  /** Page that switches the API on; only ever one of Google's console. */
  readonly activationUrl: string | undefined;
  /** Prose, unfiltered: for comparison only, never shown. */
  readonly message: string;
  /** True where the body was one of Google's envelopes rather than HTML, text, or nothing. */
  readonly fromApi: boolean;
}

/** Parses `{"error": {...}}`, the flat `{"code", "message"}` of uploads, and plain text, in this order. */
export function parseGoogleError(httpStatus: number, body: string): GoogleError {
  const json = parseObject(body);
  const envelope = json && (objectOf(json, 'error') ?? (countOf(json, 'code') === undefined ? undefined : json));
  if (envelope === undefined) return { ...NOTHING_SAID, httpStatus, message: proseIn(body) };
  const details = objectsOf(envelope, 'details');
  const info = details.find((detail) => typeIs(detail, 'ErrorInfo'));
  const metadata = (info && objectOf(info, 'metadata')) ?? {};
  const legacy = asObject(objectsOf(envelope, 'errors')[0]) ?? {};
  return {
    httpStatus,
    status: wordOf(envelope, 'status'),
    reason: (info && wordOf(info, 'reason')) || wordOf(legacy, 'reason'),
    quotaLimit: textOf(metadata, 'quota_limit'),
    service: textOf(metadata, 'service'),
    activationUrl: consoleUrl(textOf(metadata, 'activationUrl')) ?? activationLink(details),
    message: textOf(envelope, 'message'),
    fromApi: true,
  };
}

const NOTHING_SAID: Omit<GoogleError, 'httpStatus' | 'message'> = {
  status: '',
  reason: '',
  quotaLimit: '',
  service: '',
  activationUrl: undefined,
  fromApi: false,
};

function activationLink(details: readonly JsonObject[]): string | undefined {
  for (const help of details.filter((detail) => typeIs(detail, 'Help'))) {
    for (const link of objectsOf(help, 'links')) {
      const url = consoleUrl(textOf(link, 'url'));
      if (url?.includes('/apis/') === true) return url;
    }
  }
  return undefined;
}

// These links are shown to a person to follow, so they must lead to the console itself.
function consoleUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isConsole =
    url?.protocol === 'https:' && /^console\.(?:developers|cloud)\.google\.com$/.test(url.host) && url.username === '';
  return isConsole ? url.href : undefined;
}

function typeIs(detail: JsonObject, name: string): boolean {
  return textOf(detail, '@type').endsWith(`google.rpc.${name}`);
}

/** A name of letters, as Google's lists of reasons have. Anything else might repeat something that was sent. */
function wordOf(object: JsonObject, name: string): string {
  const text = textOf(object, name);
  return /^[A-Za-z_]{1,64}$/.test(text) ? text : '';
}

/** Plain text as it is; empty for HTML, images and other JSON. */
function proseIn(body: string): string {
  return /^\s*[<[{]/.test(body) || /[\u0000-\u0008\u0080-\u009f\ufffd]/.test(body) ? '' : body.trim();
}
