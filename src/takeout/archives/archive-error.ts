import { messageOf } from '../../support/message-of.js';

/**
 * Why bytes of an archive cannot be had:
 * - `missing`: nothing is at the path: the drive is unplugged, or the file was moved.
 * - `cut`: the file is shorter than it was.
 * - `replaced`: another file is at the path, or its bytes were changed.
 * - `forbidden`: this user may not read it.
 * - `not-a-file`: a FIFO, a socket, a device or a folder is at the path. Such are never opened.
 * - `damaged`: the bytes are not what the directory of the archive promises.
 * - `silent`: the drive does not answer within the deadline.
 * - `unreadable`: the disk reports an error.
 */
export type ArchiveFault =
  'missing' | 'cut' | 'replaced' | 'forbidden' | 'not-a-file' | 'damaged' | 'silent' | 'unreadable';

/** The form in which an {@link ArchiveError} passes between threads. */
export interface PlainArchiveError {
  readonly fault: ArchiveFault;
  readonly file: string;
  readonly message: string;
}

const HINTS: Readonly<Record<ArchiveFault, string>> = {
  missing: 'Plug the drive in again, or put the file back; it is read again by itself.',
  cut: 'Copy or download the file again.',
  replaced: 'Add the file again: gphotos-mount takeout add.',
  forbidden: 'Make the file readable for your user.',
  'not-a-file': 'Put the archive back as a plain file.',
  damaged: 'Download this part again.',
  silent: 'Look at the drive and its cable; reading goes on when it answers.',
  unreadable: 'Look at the drive: the kernel log says more.',
};

/** An archive cannot be read. The message names the file and is fit for a person. A program that reads gets EIO. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code = 'EIO';

  constructor(
    readonly fault: ArchiveFault,
    readonly file: string,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }

  /** The next step for a person, one sentence. */
  get hint(): string {
    return HINTS[this.fault];
  }
}

export function plainArchiveError(error: unknown, file: string): PlainArchiveError {
  const { fault, file: named, message } = toArchiveError(error, file);
  return { fault, file: named, message };
}

/** An error of the file system, or any other one, met while `file` was read. */
export function toArchiveError(error: unknown, file: string): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENODEV':
    case 'ENXIO':
      return new ArchiveError('missing', file, `${file} is not there`, error);
    case 'EACCES':
    case 'EPERM':
      return new ArchiveError('forbidden', file, `${file} may not be read by you`, error);
    case 'ELOOP':
      return new ArchiveError('not-a-file', file, `${file} is a symbolic link that leads nowhere`, error);
    default:
      return new ArchiveError('unreadable', file, `${file} cannot be read: ${messageOf(error)}`, error);
  }
}
