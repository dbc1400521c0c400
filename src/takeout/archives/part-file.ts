import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import { ArchiveError, toArchiveError } from './archive-error.js';

/** What tells a file from another one at the same path, or from itself before it was changed. */
export interface FileIdentity {
  /** Bytes. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly dev: number;
  readonly ino: number;
}

/**
 * What is known of a file beforehand. Only what is given is compared: a drive that is plugged in again may get other numbers of device and
 * inode.
 */
export type ExpectedIdentity = Pick<FileIdentity, 'size'> & Partial<FileIdentity>;

/**
 * An open archive, read synchronously. Only a thread of its own may do so: a drive may take seconds, or never answer.
 * Methods throw ArchiveError.
 */
export class PartFile {
  readonly path: string;
  readonly identity: FileIdentity;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number, identity: FileIdentity) {
    this.path = path;
    this.#descriptor = descriptor;
    this.identity = identity;
  }

  /** Opens a plain file, or a link to one. Nothing else is opened: a FIFO would wait for its other end, a device may act. */
  static open(path: string): PartFile {
    try {
      requireFile(path, statSync(path));
      const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
      const descriptor = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
      try {
        const facts = fstatSync(descriptor);
        // It may have been exchanged between the two calls.
        requireFile(path, facts);
        return new PartFile(path, descriptor, identityOf(facts));
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
    } catch (error) {
      throw toArchiveError(error, path);
    }
  }

  get size(): number {
    return this.identity.size;
  }

  /** Fills `buffer` with the bytes from `position` on. Throws where the file ends before. */
  read(buffer: Uint8Array, position: number): void {
    const filled = this.readUpTo(buffer, position);
    if (filled < buffer.length) throw this.#cut();
  }

  /** Returns the bytes filled: fewer only at the end of the file. */
  readUpTo(buffer: Uint8Array, position: number): number {
    let filled = 0;
    try {
      while (filled < buffer.length) {
        const count = readSync(this.#descriptor, buffer, filled, buffer.length - filled, position + filled);
        if (count === 0) break;
        filled += count;
      }
      return filled;
    } catch (error) {
      throw toArchiveError(error, this.path);
    }
  }

  /** Throws where the path leads to another file by now, or the file was changed since it was opened. */
  assertUnchanged(): void {
    try {
      assertSame(this.path, this.identity, statSync(this.path));
    } catch (error) {
      throw toArchiveError(error, this.path);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #cut(): ArchiveError {
    const { size } = fstatSync(this.#descriptor);
    return cutError(this.path, size);
  }
}

export function identityOf({ size, mtimeMs, dev, ino }: Stats): FileIdentity {
  return { size, mtimeMs, dev, ino };
}

/** Throws ArchiveError where the file that was found at the path is not the one expected. */
export function assertSame(path: string, expected: ExpectedIdentity, found: FileIdentity): void {
  if (found.size < expected.size) throw cutError(path, found.size);
  const { size, mtimeMs = found.mtimeMs, dev = found.dev, ino = found.ino } = expected;
  const isSame = found.size === size && isSameTime(found.mtimeMs, mtimeMs) && found.dev === dev && found.ino === ino;
  if (!isSame) throw new ArchiveError('replaced', path, `${path} was replaced or changed`);
}

/** A catalog may keep whole milliseconds only, and a tool that copies times may cut what is below. */
function isSameTime(a: number, b: number): boolean {
  return Math.abs(a - b) < 1;
}

function cutError(path: string, size: number): ArchiveError {
  return new ArchiveError('cut', path, `${path} was cut: it has ${size} bytes`);
}

/** Throws ArchiveError, with the kind of thing that it is, unless it is a plain file. */
function requireFile(path: string, facts: Stats): void {
  if (facts.isFile()) return;
  throw new ArchiveError('not-a-file', path, `${path} is ${kindOfFile(facts)}, not a plain file`);
}

/** In words: `a folder`, `a pipe (FIFO)`. */
export function kindOfFile(facts: Stats): string {
  if (facts.isFile()) return 'a plain file';
  if (facts.isDirectory()) return 'a folder';
  if (facts.isFIFO()) return 'a pipe (FIFO)';
  if (facts.isSocket()) return 'a socket';
  return 'a device';
}
