import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import { FsError, type FsErrorCode } from './file-system.js';

const CONTENT_CODES: ReadonlySet<unknown> = new Set<FsErrorCode>(['EIO', 'EAGAIN', 'ESTALE', 'EINTR']);
const LATER: ReadonlySet<RemoteErrorKind> = new Set(['rate-limited', 'not-ready']);

/** The answer to a program for a failure below: the code of a ContentError, EAGAIN if Google asks to wait, else EIO. */
export function toFsError(error: unknown): FsError {
  if (error instanceof FsError) return error;
  if (error instanceof RemoteError) return new FsError(LATER.has(error.kind) ? 'EAGAIN' : 'EIO', error.message, error);
  if (!(error instanceof Error)) return new FsError('EIO', String(error), error);
  const code = 'code' in error && CONTENT_CODES.has(error.code) ? (error.code as FsErrorCode) : 'EIO';
  return new FsError(code, error.message, error);
}

/** The next step that an error brings along, or `otherwise`. */
export function hintOf(error: unknown, otherwise: string): string {
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
  return typeof hint === 'string' && hint !== '' ? hint : otherwise;
}
