import type { AlbumToList } from '../catalog/album-store.js';
import type { PassPart } from '../catalog/sync-state-store.js';
import type { MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { MediaSearch, Page, PageRequest } from '../library/remote-library.js';
import {
  ALBUMS_A_PAGE,
  ITEMS_A_PAGE,
  Mark,
  readFavorites,
  readMembership,
  takeIn,
  type PassContext,
} from './listings.js';
import { EndlessListingError, PageWatch } from './page-watch.js';
import { sweep, type SweepOutcome } from './sweep.js';

// Parts run in the order of their names; those of albums are added once the albums are known.
const ITEMS = '1-items';
const ALBUMS = '2-albums';
const MEMBERS = '3-members/';
const FAVORITES = '4-favorites';
const WITH_ARCHIVED = '5-with-archived';
const WITHOUT_ARCHIVED = '6-without-archived';
const FIRST_PARTS = [ITEMS, ALBUMS, FAVORITES, WITH_ARCHIVED, WITHOUT_ARCHIVED];

// A search without any filter is a plain list, which may or may not hold archived items; so both ask for every date there is.
const EVER = [{ start: { year: 1, month: 1, day: 1 }, end: { year: 9999, month: 12, day: 31 } }];
const UNARCHIVED: MediaSearch = { dateRanges: EVER };
const EVERYTHING: MediaSearch = { dateRanges: EVER, includeArchived: true };

/** How often in a row a part may begin anew because its page token was refused. */
const MAX_RESTARTS = 3;

export type StepResult = { readonly done: false } | { readonly done: true; readonly outcome: SweepOutcome };

/**
 * A look at everything, one request or one album a step, so that other work fits between and a restart goes on where it
 * was: what it has seen and where it is stand in the catalog. Only its end, {@link sweep}, removes anything.
 */
export class FullPass {
  readonly #context: PassContext;
  #watch = new PageWatch();
  #watched = '';
  #restarts = 0;

  constructor(context: PassContext) {
    this.#context = context;
  }

  get open(): boolean {
    return this.#context.catalog.state.get('pass') !== undefined;
  }

  begin(): void {
    const { catalog } = this.#context;
    catalog.transaction(() => {
      const pass = Number(catalog.state.get('pass.last') ?? 0) + 1;
      this.#forgetProgress();
      catalog.state.set('pass', String(pass));
      catalog.state.set('pass.last', String(pass));
      catalog.state.addParts(FIRST_PARTS);
    });
  }

  /** Gives the pass up: nothing is concluded from it. */
  abandon(): void {
    this.#context.catalog.transaction(() => this.#forgetProgress());
  }

  /** True once the items' listing has brought its first page. */
  get started(): boolean {
    const first = this.#context.catalog.state.openParts()[0];
    return first === undefined || first.part !== ITEMS || first.pages > 0;
  }

  /** One request or one album further. Rejects with what went wrong; the next call takes the same step again. */
  async step(now: number, signal: AbortSignal): Promise<StepResult> {
    const part = this.#context.catalog.state.openParts()[0];
    if (part === undefined) {
      const outcome = await sweep(this.#context, now, signal);
      return { done: true, outcome };
    }
    if (part.part !== this.#watched) {
      this.#watch = new PageWatch();
      this.#watched = part.part;
      this.#restarts = 0;
    }
    try {
      await this.#run(part, signal);
      this.#restarts = 0;
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'bad-page-token') this.#restart(part, error);
      else throw error;
    }
    return { done: false };
  }

  async #run(part: PassPart, signal: AbortSignal): Promise<void> {
    const { library, catalog } = this.#context;
    switch (part.part) {
      case ITEMS: {
        this.#itemsPage(part, Mark.listed, await library.listMediaItems(request(part, ITEMS_A_PAGE, signal)));
        return;
      }
      case WITH_ARCHIVED: {
        const page = await library.searchMediaItems(EVERYTHING, request(part, ITEMS_A_PAGE, signal));
        this.#itemsPage(part, Mark.withArchived, page);
        return;
      }
      case WITHOUT_ARCHIVED: {
        const page = await library.searchMediaItems(UNARCHIVED, request(part, ITEMS_A_PAGE, signal));
        this.#itemsPage(part, Mark.withoutArchived, page);
        return;
      }
      case ALBUMS:
        return this.#albumsPage(part, signal);
      case FAVORITES:
        await readFavorites(this.#context, signal);
        break;
      default:
        await this.#members(part, signal);
    }
    catalog.transaction(() => catalog.state.advancePart(part.part, undefined));
  }

  #itemsPage(part: PassPart, mark: number, page: Page<MediaItem>): void {
    const { catalog } = this.#context;
    const { newlyMarked } = takeIn(this.#context, page.items, mark, () => {
      catalog.state.advancePart(part.part, page.nextPageToken);
      // An empty last page may be the end, or a page that lost its items.
      if (page.nextPageToken === undefined && page.items.length === 0) catalog.state.set(`pass.odd/${part.part}`, '1');
    });
    this.#watch.turned(newlyMarked, page.nextPageToken);
  }

  async #albumsPage(part: PassPart, signal: AbortSignal): Promise<void> {
    const { library, catalog } = this.#context;
    const page = await library.listAlbums(request(part, ALBUMS_A_PAGE, signal));
    const pass = Number(catalog.state.get('pass') ?? 0);
    const news = catalog.transaction(() => {
      const changes = catalog.albums.put(page.items, pass);
      catalog.state.advancePart(part.part, page.nextPageToken);
      if (page.nextPageToken === undefined) catalog.state.addParts(catalog.albums.all().map(membersPart));
      return changes;
    });
    if (news > 0) this.#context.changed();
    this.#watch.turned(page.items.length, page.nextPageToken);
  }

  async #members(part: PassPart, signal: AbortSignal): Promise<void> {
    const album = this.#context.catalog.albums.byRow(Number(part.part.slice(MEMBERS.length)));
    if (album !== undefined) await readMembership(this.#context, album, signal);
  }

  /** A refused token costs its part another beginning, and nothing of what is known. */
  #restart(part: PassPart, error: RemoteError): void {
    const { catalog } = this.#context;
    catalog.transaction(() => {
      catalog.items.unmark(markOf(part.part));
      catalog.state.restartPart(part.part);
    });
    this.#watch = new PageWatch();
    this.#restarts += 1;
    if (this.#restarts > MAX_RESTARTS)
      throw new EndlessListingError('Google refuses its own page tokens.', { cause: error });
  }

  #forgetProgress(): void {
    const { catalog } = this.#context;
    catalog.items.clearMarks();
    catalog.state.clearParts();
    catalog.state.set('pass', undefined);
    for (const part of FIRST_PARTS) catalog.state.set(`pass.odd/${part}`, undefined);
    this.#watched = '';
  }
}

function markOf(part: string): number {
  if (part === ITEMS) return Mark.listed;
  if (part === WITH_ARCHIVED) return Mark.withArchived;
  return part === WITHOUT_ARCHIVED ? Mark.withoutArchived : 0;
}

function membersPart({ rowId }: AlbumToList): string {
  return MEMBERS + String(rowId).padStart(12, '0');
}

function request(part: PassPart, pageSize: number, signal: AbortSignal): PageRequest {
  return { pageSize, ...(part.token === undefined ? {} : { pageToken: part.token }), signal };
}
