import { createHash } from 'node:crypto';

/** About 80 empty pages in a row have been seen from Google; a listing that brings nothing for this long goes round in circles. */
const MAX_BARREN_PAGES = 500;

/** A listing that cannot be what it claims to be. What it brought stays; nothing may be concluded from what it did not bring. */
export class EndlessListingError extends Error {
  override readonly name = 'EndlessListingError';
}

/** Watches one listing for page tokens that never end. */
export class PageWatch {
  readonly #tokens = new Set<string>();
  #barren = 0;

  /** After each page: how many entries it brought that the listing had not, and the token of the next. Throws EndlessListingError. */
  turned(fresh: number, nextPageToken: string | undefined): void {
    this.#barren = fresh > 0 ? 0 : this.#barren + 1;
    if (nextPageToken === undefined) return;
    if (this.#barren >= MAX_BARREN_PAGES) {
      throw new EndlessListingError(`Google sent ${MAX_BARREN_PAGES} pages in a row without anything new on them.`);
    }
    const token = createHash('sha1').update(nextPageToken).digest('base64').slice(0, 16);
    if (this.#tokens.has(token)) throw new EndlessListingError('Google sent the same page token twice in one listing.');
    this.#tokens.add(token);
  }
}
