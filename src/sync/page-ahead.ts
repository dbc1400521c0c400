import type { Page, PageRequest } from '../library/remote-library.js';

/** Asks for the next page of a listing while the page before it is being stored. */
export class PageAhead<T> {
  #next: { readonly token: string; readonly page: Promise<Page<T>> } | undefined;

  /** The page that is asked for. When it has come, the request for the one after it is sent. */
  async take(asked: PageRequest, ask: (request: PageRequest) => Promise<Page<T>>): Promise<Page<T>> {
    const ahead = this.#next;
    this.#next = undefined;
    const page = await (ahead?.token === asked.pageToken && ahead !== undefined ? ahead.page : ask(asked));
    const token = page.nextPageToken;
    if (token === undefined) return page;
    const next = { token, page: ask({ ...asked, pageToken: token }) };
    this.#next = next;
    // A failure that nothing waited for is no answer: the page may be taken much later.
    next.page.catch(() => {
      if (this.#next === next) this.#next = undefined;
    });
    return page;
  }

  /** The listing begins again. */
  clear(): void {
    this.#next = undefined;
  }
}
