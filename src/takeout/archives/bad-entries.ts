import type { ExpectedIdentity } from './part-file.js';

/** An entry whose bytes proved to be damaged. */
export interface BadEntry {
  readonly file: string;
  readonly headerOffset: number;
  /** What is wrong, in a sentence that names the file. */
  readonly message: string;
}

/** Entries that may not be opened until their part changes: a reader found a wrong CRC or length. */
export class BadEntries {
  readonly #known = new Map<string, BadEntry & { readonly part: string }>();
  readonly #added: (bad: BadEntry) => void;

  constructor(added: (bad: BadEntry) => void = () => undefined) {
    this.#added = added;
  }

  get list(): readonly BadEntry[] {
    return [...this.#known.values()].map(({ file, headerOffset, message }) => ({ file, headerOffset, message }));
  }

  add(bad: BadEntry, part: ExpectedIdentity): void {
    const key = keyOf(bad.file, bad.headerOffset);
    const isKnown = this.#known.get(key)?.part === versionOf(part);
    this.#known.set(key, { ...bad, part: versionOf(part) });
    if (!isKnown) this.#added(bad);
  }

  /** Of this version of the part. An entry of another version is forgotten. */
  find(file: string, headerOffset: number, part: ExpectedIdentity): BadEntry | undefined {
    const key = keyOf(file, headerOffset);
    const known = this.#known.get(key);
    if (known === undefined || known.part === versionOf(part)) return known;
    this.#known.delete(key);
    return undefined;
  }
}

function keyOf(file: string, headerOffset: number): string {
  return `${headerOffset} ${file}`;
}

function versionOf({ size, mtimeMs }: ExpectedIdentity): string {
  return `${size} ${mtimeMs === undefined ? '' : Math.floor(mtimeMs)}`;
}
