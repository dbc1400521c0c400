import * as fs from 'node:fs';
import { isTooManyOpen } from '../support/open-file-limit.js';
import { isOwnPlainFile } from '../support/own-file.js';

/** A file whose descriptors can be closed and opened again. */
export interface Parkable {
  /** Closes the descriptors until they are needed again; false while they are in use. */
  park(): boolean;
}

/**
 * Limits how many cache files have open descriptors. When one more is needed, the least recently used file closes its
 * descriptors; its next use opens them again.
 */
export class DescriptorPool {
  readonly #most: number;
  /** Files with open descriptors, least recently used first. */
  readonly #open = new Set<Parkable>();
  readonly #waiting: (() => void)[] = [];

  /** `most` counts files. */
  constructor(most: number) {
    this.#most = most;
  }

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

  /** A file is no longer in use and may be parked. */
  idle(): void {
    this.#waiting.shift()?.();
  }

  /** Parks files until there is room for one more; false if all open ones are in use. */
  makeRoom(): boolean {
    return this.#open.size < this.#most || this.#parkUntil(this.#most - 1);
  }

  /** Resolves when there may be room again. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Opens for reading and writing. If the process has too many open files, parks half of those here and tries again.
   * Throws the system's error.
   */
  open(path: string): number {
    try {
      return openPlain(path);
    } catch (error) {
      if (!isTooManyOpen(error) || !this.relieve()) throw error;
      return openPlain(path);
    }
  }

  /** Parks half of the files, because the process needs descriptors; false if all are in use. */
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

/** Opens a cache file; never waits for the other end of a pipe. Throws unless it is a plain file of this user. */
function openPlain(path: string): number {
  const descriptor = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_NONBLOCK | fs.constants.O_NOFOLLOW);
  if (isOwnPlainFile(fs.fstatSync(descriptor))) return descriptor;
  fs.closeSync(descriptor);
  throw new Error('not a plain file of this user');
}
