import { createHash } from 'node:crypto';

/** Empty pages in a row. About 80 have been seen from Google, and they are legal. */
const MAX_EMPTY_PAGES = 500;
/**
 * Pages in a row with only entries of earlier pages. Uploads during a listing can shift entries by one or two pages.
 */
const MAX_REPEATED_PAGES = 50;
/** Pages without a new entry in all, plus one for each new entry: also ends a listing with a new entry now and then. */
const MAX_BARREN_PAGES = 5000;

/** A listing that does not end. Its items stay in the catalog; items that it did not list must not be removed. */
export class EndlessListingError extends Error {
  override readonly name = 'EndlessListingError';

  constructor(
    message: string,
    /** Pages that were read: the cost of another try. */
    readonly pages: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Detects a listing that never ends, by the number of new entries on its pages and by repeated page tokens. */
export class PageWatch {
  readonly #tokens = new Set<string>();
  readonly #rows = new RowSet();
  readonly #ids = new Set<string>();
  #pages = 0;
  #fresh = 0;
  #barren = 0;
  #emptyInARow = 0;
  #repeatedInARow = 0;

  /** Call after each page, with its entries (row or id) and the next page token. Throws EndlessListingError. */
  pageRead(entries: readonly (number | string)[], nextPageToken: string | undefined): void {
    const before = this.#fresh;
    for (const entry of entries) this.#add(entry);
    const isBarren = this.#fresh === before;
    this.#pages += 1;
    this.#barren += isBarren ? 1 : 0;
    this.#emptyInARow = entries.length === 0 ? this.#emptyInARow + 1 : 0;
    this.#repeatedInARow =
      entries.length > 0 && isBarren ? this.#repeatedInARow + 1 : entries.length > 0 ? 0 : this.#repeatedInARow;
    if (nextPageToken === undefined) return;
    if (this.#emptyInARow >= MAX_EMPTY_PAGES) this.#end(`${MAX_EMPTY_PAGES} empty pages in a row`);
    if (this.#repeatedInARow >= MAX_REPEATED_PAGES)
      this.#end(`${MAX_REPEATED_PAGES} pages in a row that repeat earlier ones`);
    if (this.#barren >= MAX_BARREN_PAGES + this.#fresh) this.#end(`${this.#barren} pages without anything new on them`);
    const token = createHash('sha1').update(nextPageToken).digest('base64').slice(0, 16);
    if (this.#tokens.has(token)) this.#end('the same page token twice');
    this.#tokens.add(token);
  }

  #add(entry: number | string): void {
    const isNew = typeof entry === 'number' ? this.#rows.add(entry) : !this.#ids.has(entry);
    if (!isNew) return;
    if (typeof entry === 'string') this.#ids.add(entry);
    this.#fresh += 1;
  }

  #end(what: string): never {
    throw new EndlessListingError(`Google sent ${what} in one listing.`, this.#pages);
  }
}

/** A set of row ids, one bit each: a million rows take 125 kB. */
class RowSet {
  #bits = new Uint8Array(1024);

  /** True where the row is new. */
  add(row: number): boolean {
    const at = row >>> 3;
    const bit = 1 << (row & 7);
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const old = this.#bits[at] ?? 0;
    this.#bits[at] = old | bit;
    return (old & bit) === 0;
  }
}
