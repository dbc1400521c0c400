import * as fs from 'node:fs';
import { isTooManyOpen } from '../support/open-file-limit.js';
import { isOwnPlainFile } from '../support/own-file.js';

/** A file whose descriptors can be closed and opened again. */
export interface Parkable {
  /** Closes the descriptors until they are needed again; false while they are in use. */
  park(): boolean;
}

/**
 * The descriptors of the disk cache: at most so many files have theirs open. When one more is needed, those of the file used longest
 * ago are closed; its next use opens them again.
 */
export class DescriptorPool {
  /** Files with open descriptors, the one used longest ago first. */
  readonly #open = new Set<Parkable>();
  readonly #waiting: (() => void)[] = [];

  /** `most` counts files. */
  constructor(private readonly most: number) {}

  get size(): number {
    return this.#open.size;
  }

  /** `file` has its descriptors open, and is being used now. */
  used(file: Parkable): void {
    this.#open.delete(file);
    this.#open.add(file);
  }

  /** `file` has closed its descriptors. */
  closed(file: Parkable): void {
    this.#open.delete(file);
    this.#waiting.shift()?.();
  }

  /** A file may be parked that could not be before. */
  idle(): void {
    this.#waiting.shift()?.();
  }

  /** Parks what is too much for one more file; false where all that are open are in use. */
  makeRoom(): boolean {
    return this.#open.size < this.most || this.#parkUntil(this.most - 1);
  }

  /** Resolves when there may be room that there was not. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Opens for reading and writing. Where the process has too many files open, half of those here are parked first. Throws what the system says. */
  open(path: string): number {
    try {
      return openPlain(path);
    } catch (error) {
      if (!isTooManyOpen(error) || !this.relieve()) throw error;
      return openPlain(path);
    }
  }

  /** Parks half of the files, as somebody else needs descriptors; false where all are in use. */
  relieve(): boolean {
    const before = this.#open.size;
    this.#parkUntil(Math.floor(before / 2));
    return this.#open.size < before;
  }

  #parkUntil(count: number): boolean {
    for (const oldest of this.#open) {
      if (this.#open.size <= count) break;
      if (oldest.park()) this.#open.delete(oldest);
    }
    return this.#open.size <= count;
  }
}

/** Opens a file of the cache without waiting for the other end of a pipe. Throws where it is anything but a plain file of ours. */
function openPlain(path: string): number {
  const descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW);
  if (isOwnPlainFile(fs.fstatSync(descriptor))) return descriptor;
  fs.closeSync(descriptor);
  throw new Error('not a plain file of this user');
}
