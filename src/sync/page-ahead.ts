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
    const next = ask({ ...asked, pageToken: token });
    // Its failure counts when the page is taken.
    next.catch(() => undefined);
    this.#next = { token, page: next };
    return page;
  }

  /** The listing begins again. */
  clear(): void {
    this.#next = undefined;
  }
}
