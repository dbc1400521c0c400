import { LRUCache } from 'lru-cache';
import { assertSame, PartFile, type ExpectedIdentity } from './part-file.js';

/** Archives that a thread holds open for the next request. */
const OPEN_PARTS = 16;

/** Keeps files open. One thread's; every method may wait for the disk. */
export class OpenParts {
  readonly #kept = new LRUCache<string, PartFile>({ max: OPEN_PARTS, dispose: (file) => file.close() });

  /**
   * What `use` returns for the file at the path. Throws ArchiveError where another file is there than expected, at the start or when
   * `use` has returned: then its bytes may be those of two files.
   */
  use<T>(path: string, expected: ExpectedIdentity | undefined, use: (file: PartFile) => T): T {
    const file = this.#open(path);
    try {
      if (expected !== undefined) assertSame(path, expected, file.identity);
      const result = use(file);
      file.assertUnchanged();
      return result;
    } catch (error) {
      this.#kept.delete(path);
      throw error;
    }
  }

  #open(path: string): PartFile {
    const known = this.#kept.get(path);
    if (known !== undefined) {
      try {
        known.assertUnchanged();
        return known;
      } catch {
        // Another file, or none: opening it says which.
        this.#kept.delete(path);
      }
    }
    const file = PartFile.open(path);
    this.#kept.set(path, file);
    return file;
  }
}
