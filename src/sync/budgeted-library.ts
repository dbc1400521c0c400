import type { Album } from '../library/album.js';
import type { MediaId, MediaItem } from '../library/media-item.js';
import type { RemoteError } from '../library/remote-error.js';
import type { MediaSearch, Page, PageRequest, RemoteLibrary } from '../library/remote-library.js';
import { BudgetSpentError, type Budget } from './budget.js';
import { RepeatedPages } from './repeated-pages.js';

/**
 * The library for syncing: each request asks the budget first, so that no listing exceeds the day's share. Rejects with
 * BudgetSpentError if it would.
 */
export class BudgetedLibrary implements RemoteLibrary {
  /** Repeated pages among the answers to searches. */
  readonly repeatedPages = new RepeatedPages();
  /** A person asked for this work: it may use requests up to the day's limit, not only up to the reserve. */
  mayUseReserve = false;
  readonly #library: RemoteLibrary;
  readonly #budget: Budget;
  #asked = 0;
  /** Requests under way, which the budget does not count yet. */
  #underWay = 0;

  constructor(library: RemoteLibrary, budget: Budget) {
    this.#library = library;
    this.#budget = budget;
  }

  /** Requests asked so far. */
  get asked(): number {
    return this.#asked;
  }

  listMediaItems(page: PageRequest): Promise<Page<MediaItem>> {
    return this.#ask(() => this.#library.listMediaItems(page));
  }

  async searchMediaItems(search: MediaSearch, page: PageRequest): Promise<Page<MediaItem>> {
    return this.repeatedPages.record(await this.#ask(() => this.#library.searchMediaItems(search, page)));
  }

  batchGetMediaItems(
    ids: readonly MediaId[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<MediaId, MediaItem | RemoteError>> {
    return this.#ask(() => this.#library.batchGetMediaItems(ids, signal));
  }

  listAlbums(page: PageRequest): Promise<Page<Album>> {
    return this.#ask(() => this.#library.listAlbums(page));
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    if (!this.#budget.hasRoom('api', this.#underWay, this.mayUseReserve))
      throw new BudgetSpentError('The requests of the day are spent.');
    this.#asked += 1;
    this.#underWay += 1;
    try {
      return await request();
    } finally {
      this.#underWay -= 1;
    }
  }
}
