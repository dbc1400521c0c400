import type { Page } from '../library/remote-library.js';

/** Notices answers that only repeat the one before them: whatever was asked for, that page may have been given in place of another. */
export class Echoes {
  readonly #echoes = new WeakSet<Page<unknown>>();
  #before = '';

  /** Takes note of an answer; hands it on. */
  heard<T extends { readonly id: string }>(page: Page<T>): Page<T> {
    const ids = page.items.map(({ id }) => id).join(' ');
    if (ids !== '' && ids === this.#before) this.#echoes.add(page);
    this.#before = ids;
    return page;
  }

  has(page: Page<unknown>): boolean {
    return this.#echoes.has(page);
  }
}
