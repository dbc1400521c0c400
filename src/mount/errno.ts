import { constants } from 'node:os';
import { FsError, type FsErrorCode } from '../filesystem/file-system.js';

const { errno } = constants;

/** macOS asks for ENOATTR where Linux asks for ENODATA; Node does not name it. */
const DARWIN_ENOATTR = 93;

type Code = FsErrorCode | 'EBADF' | 'ERANGE';

const ERRNO: Readonly<Record<Code, number>> = {
  ENOENT: errno.ENOENT,
  ENOTDIR: errno.ENOTDIR,
  EISDIR: errno.EISDIR,
  EROFS: errno.EROFS,
  EACCES: errno.EACCES,
  EIO: errno.EIO,
  EAGAIN: errno.EAGAIN,
  ENODATA: errno.ENODATA,
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
export function errnoResult(code: Code, platform: NodeJS.Platform = process.platform): number {
  return -(code === 'ENODATA' && platform === 'darwin' ? DARWIN_ENOATTR : ERRNO[code]);
}

/** The errno result for what an operation threw. Undefined if it is no FsError, but a fault of this program. */
export function errnoResultOf(thrown: unknown, platform: NodeJS.Platform = process.platform): number | undefined {
  return thrown instanceof FsError ? errnoResult(thrown.code, platform) : undefined;
}
