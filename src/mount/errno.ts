import { constants } from 'node:os';
import { FsError, type FsErrorCode } from '../filesystem/file-system.js';

const { errno } = constants;

/** macOS asks for ENOATTR where Linux asks for ENODATA; Node does not name it. */
const DARWIN_ENOATTR = 93;

const ERRNO: Readonly<Record<FsErrorCode | 'EBADF' | 'ERANGE', number>> = {
  ENOENT: errno.ENOENT,
  ENOTDIR: errno.ENOTDIR,
  EISDIR: errno.EISDIR,
  EROFS: errno.EROFS,
  EACCES: errno.EACCES,
  EIO: errno.EIO,
  EAGAIN: errno.EAGAIN,
  ENODATA: process.platform === 'darwin' ? DARWIN_ENOATTR : errno.ENODATA,
  ENOTSUP: errno.ENOTSUP,
  EINVAL: errno.EINVAL,
  ESTALE: errno.ESTALE,
  ENAMETOOLONG: errno.ENAMETOOLONG,
  EPERM: errno.EPERM,
  EINTR: errno.EINTR,
  EBADF: errno.EBADF,
  ERANGE: errno.ERANGE,
};

/** The negative number that libfuse takes for an error. */
export function errnoResult(code: keyof typeof ERRNO): number {
  return -ERRNO[code];
}

/** The number for what an operation threw; `undefined` where it is not an answer but a fault of ours. */
export function errnoResultOf(thrown: unknown): number | undefined {
  return thrown instanceof FsError ? errnoResult(thrown.code) : undefined;
}
