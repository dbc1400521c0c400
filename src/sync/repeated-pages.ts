import type { Page } from '../library/remote-library.js';

/**
 * Detects a page that repeats the answer to the request before it: Google may have sent it instead of the right page.
 */
export class RepeatedPages {
  readonly #repeated = new WeakSet<Page<unknown>>();
  #before = '';

  /** Records an answer and returns it. */
  record<T extends { readonly id: string }>(page: Page<T>): Page<T> {
    const ids = page.items.map(({ id }) => id).join(' ');
    if (ids !== '' && ids === this.#before) this.#repeated.add(page);
    this.#before = ids;
    return page;
  }

  has(page: Page<unknown>): boolean {
    return this.#repeated.has(page);
  }
}
