import { ownFile, readOwnFile, replaceOwnFile } from '../support/own-file.js';

const PIN_FILE = ownFile('the list of pinned files');

/** The cache names of pinned items, kept in a file across restarts. */
export class CachePins {
  readonly #file: string;
  #names: ReadonlySet<string> = new Set();

  constructor(file: string) {
    this.#file = file;
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /** Reads the file. Nothing is pinned if it is missing or damaged. */
  load(): void {
    try {
      const names: unknown = JSON.parse(readOwnFile(this.#file, PIN_FILE) ?? '[]');
      this.#names = new Set(Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []);
    } catch {
      this.#names = new Set();
    }
  }

  /** Pins these and no others. False if they were pinned already. */
  replace(names: ReadonlySet<string>): boolean {
    if (names.size === this.#names.size && [...names].every((name) => this.#names.has(name))) return false;
    this.#names = names;
    return true;
  }

  /** Throws UserError where the file is not ours, and what the disk says. */
  save(): void {
    // Made again from the profile's pins at each start, so that the main thread need not wait for the disk.
    replaceOwnFile(this.#file, JSON.stringify([...this.#names]), PIN_FILE, { durable: false });
  }
}
