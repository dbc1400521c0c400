/**
 * Why a request to Google failed, in terms a caller can decide on. Decisions are made on `kind`, never on message text.
 *
 * - `unauthenticated`: the access token was refused even after one refresh (HTTP 401).
 * - `signed-out`: the refresh token is dead or missing; only a new sign-in helps.
 * - `forbidden`: 403 of the API: missing scope, API switched off, Photos disabled for the account (see `reason`).
 * - `not-found`: the item, album or bytes do not exist (404, and the 400 Google gives for unknown ids).
 * - `invalid`: a request Google calls wrong (other 400s).
 * - `bad-page-token`: a page token was refused.
 * - `rate-limited`: a per-minute or concurrency quota (429); worth another try after `retryAfterMs`.
 * - `quota-exhausted`: the daily quota (429); pointless before the reset.
 * - `server`: 5xx, 409, or a transport fault in the middle of an answer; worth another try.
 * - `offline`: no connection to the host could be made, or it did not answer within the deadline.
 * - `protocol`: an answer that is not what the interface promises (HTML with 200, wrong JSON, wrong length or
 *   Content-Range).
 * - `not-ready`: a video that Google is still processing.
 * - `failed-video`: a video that Google could not process; it has no bytes.
 * - `aborted`: the caller's signal ended it.
 */
export type RemoteErrorKind =
  | 'unauthenticated'
  | 'signed-out'
  | 'forbidden'
  | 'not-found'
  | 'invalid'
  | 'bad-page-token'
  | 'rate-limited'
  | 'quota-exhausted'
  | 'server'
  | 'offline'
  | 'protocol'
  | 'not-ready'
  | 'failed-video'
  | 'aborted';

export interface RemoteErrorDetails {
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** Google's machine-readable reason, such as `SERVICE_DISABLED` or `ACCESS_TOKEN_SCOPE_INSUFFICIENT`. */
  readonly reason?: string;
  /** Milliseconds to wait before another try is welcome. */
  readonly retryAfterMs?: number;
  /** What the person can do about it, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** A failed exchange with Google. The message is fit for a person and never holds a URL with a secret or a token. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly hint: string | undefined;

  constructor(
    readonly kind: RemoteErrorKind,
    message: string,
    details: RemoteErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
    this.hint = details.hint;
  }
}
