import { ERRNO_OF } from '../library/error-answer.js';
import type { Problem } from '../library/problem.js';
import { RemoteError } from '../library/remote-error.js';
import { messageOf } from '../support/message-of.js';

/**
 * - `EIO`: the bytes cannot be had.
 * - `EAGAIN`: not now, and a later try is worth it (rate limit, a video in processing).
 * - `ESTALE`: the file changed at Google after it was opened; opening it again gives the new version.
 * - `EINTR`: the reader was killed while it waited.
 */
export type ContentErrorCode = 'EIO' | 'EAGAIN' | 'ESTALE' | 'EINTR';

/** Why bytes or a size could not be had. `hint` is the next step for a person, where there is one. */
export class ContentError extends Error {
  override readonly name = 'ContentError';

  constructor(
    readonly code: ContentErrorCode,
    message: string,
    readonly hint?: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

export type ReportContent = (problem: Problem) => void;

/** The answer a reader gets for a failure of the remote side (or for any other one). */
export function toContentError(error: unknown): ContentError {
  if (error instanceof ContentError) return error;
  if (error instanceof RemoteError) {
    return new ContentError(ERRNO_OF[error.kind], error.message, error.hint, error);
  }
  return new ContentError('EIO', messageOf(error), undefined, error);
}
