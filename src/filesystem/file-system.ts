import type { Change } from '../library/change.js';
import type { MaybePromise } from '../support/maybe-promise.js';

/** POSIX error names that the file system answers with. */
export type FsErrorCode =
  | 'ENOENT'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'EROFS'
  | 'EACCES'
  | 'EIO'
  | 'EAGAIN'
  | 'ENODATA'
  | 'ENOTSUP'
  | 'EINVAL'
  | 'ESTALE'
  | 'ENAMETOOLONG'
  | 'EPERM'
  | 'EINTR';

/**
 * The error answer of an operation. `message` says why, for the log and status. It has no stack: it may be given
 * thousands of times a second to a program that looks for missing files. A fault of the program is its `cause`, with a
 * stack.
 */
export class FsError extends Error {
  override readonly name = 'FsError';

  constructor(
    readonly code: FsErrorCode,
    message: string = code,
    cause?: unknown,
  ) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message, cause === undefined ? undefined : { cause });
    Error.stackTraceLimit = limit;
  }
}

export type EntryKind = 'file' | 'directory';

export interface Attributes {
  /** 32 bits, stable across remounts. */
  readonly inode: number;
  readonly kind: EntryKind;
  /** Bytes; 0 for directories. */
  readonly size: number;
  /** Permission bits only, umask applied. */
  readonly permissions: number;
  /** Milliseconds since the epoch; may be negative. */
  readonly mtime: number;
  /** Milliseconds since the epoch of the last change that a backup should notice. */
  readonly ctime: number;
  /**
   * Of a file: number of its names in the mounted tree. Of a directory: 2 + subdirectories if that is cheap to know,
   * else 1 (`find` then looks into it).
   */
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: EntryKind;
  readonly inode: number;
}

export interface OpenFile {
  /**
   * Fills `buffer` from byte `position`. Returns the bytes filled, fewer than asked for only at the end of the file.
   */
  read(buffer: Uint8Array, position: number): MaybePromise<number>;
  /** Ends a read into this buffer that waits for the network: it rejects with EINTR. A read from the disk goes on. */
  interrupt?(buffer: Uint8Array): void;
  /** Once, when the last descriptor is gone. */
  release(): void;
}

export interface FileSystemStatistics {
  readonly totalBytes: number;
  readonly files: number;
}

/** Absolute slash-separated paths, `/` being the root of the mount. Rejects or throws FsError only. */
export interface FileSystem {
  getattr(path: string): MaybePromise<Attributes>;
  readdir(path: string): MaybePromise<DirectoryEntry[]>;
  /** Reading only; the caller has refused writing flags already. */
  open(path: string): MaybePromise<OpenFile>;
  listxattr(path: string): MaybePromise<string[]>;
  /** FsError ENODATA where there is no such attribute. */
  getxattr(path: string, name: string): MaybePromise<Uint8Array>;
  statfs(): FileSystemStatistics;
  /** Why a program may not make this change at a path, which need not exist; undefined where it may. */
  refusal(change: Change, path: string): FsErrorCode | undefined;
}
