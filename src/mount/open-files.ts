import type { OpenFile } from '../filesystem/file-system.js';

const LARGEST_HANDLE = 0x7fff_ffff;

/** Open files by handle. Handles are positive 32-bit numbers, since the binding takes 0 for "none". */
export class OpenFiles {
  readonly #files = new Map<number, OpenFile>();
  #last: number;
  #isClosed = false;

  constructor(lastHandle = 0) {
    this.#last = lastHandle;
  }

  /** Whether the mount is gone. A file that is opened from then on must be released at once. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get size(): number {
    return this.#files.size;
  }

  add(file: OpenFile): number {
    do {
      this.#last = this.#last === LARGEST_HANDLE ? 1 : this.#last + 1;
    } while (this.#files.has(this.#last));
    this.#files.set(this.#last, file);
    return this.#last;
  }

  get(handle: number): OpenFile | undefined {
    return this.#files.get(handle);
  }

  /** Removes the file. The caller releases it. */
  take(handle: number): OpenFile | undefined {
    const file = this.#files.get(handle);
    this.#files.delete(handle);
    return file;
  }

  /** Removes all files, at the end of the mount. */
  close(): OpenFile[] {
    this.#isClosed = true;
    const files = [...this.#files.values()];
    this.#files.clear();
    return files;
  }
}
