import { ContentError } from '../content/content-error.js';
import { ERRNO_OF } from '../library/error-answer.js';
import { RemoteError } from '../library/remote-error.js';
import { messageOf } from '../support/message-of.js';
import { FsError } from './file-system.js';

/** The answer to a program for a failure below: the code of a ContentError, what `ERRNO_OF` says of a RemoteError, else EIO. */
export function toFsError(error: unknown): FsError {
  if (error instanceof FsError) return error;
  if (error instanceof ContentError) return new FsError(error.code, error.message, error);
  if (error instanceof RemoteError) return new FsError(ERRNO_OF[error.kind], error.message, error);
  return new FsError('EIO', messageOf(error), error);
}

/** The next step that an error brings along, or `otherwise`. */
export function hintOf(error: unknown, otherwise: string): string {
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
  return typeof hint === 'string' && hint !== '' ? hint : otherwise;
}
