import type { PassPart } from '../catalog/sync-state-store.js';
import type { MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { Page, PageRequest } from '../library/remote-library.js';
import {
  ALBUMS_A_PAGE,
  ITEMS_A_PAGE,
  Mark,
  readFavorites,
  readMembership,
  storePage,
  unmarkAll,
  type PassContext,
} from './listings.js';
import { PageAhead } from './page-ahead.js';
import { EndlessListingError, PageWatch } from './page-watch.js';
import {
  ALBUMS,
  dayOf,
  FAVORITES,
  inOrder,
  isWithArchived,
  ITEMS,
  membersPart,
  parsePart,
  searchOf,
  searchParts,
  WITHOUT_ARCHIVED,
  type Part,
  type PartKind,
} from './pass-parts.js';
import { itemsLeftOf, remainingWorkOf, type RemainingWork } from './remaining-work.js';
import { PageDoubts } from './page-doubt.js';
import { RangeSplitter } from './range-splitter.js';
import type { PassStart, RunOptions, RunResult } from './pass-run.js';
import { flagArchived, sweep } from './sweep.js';

/*
 * How it works. A pass is a set of parts in the catalog: the plain list, a search with archived
 * items and one without them (the difference is the archive), albums, the members of each album,
 * favourites. `begin` adds the parts. `run` takes open parts (`#next`), `parallel` at a time, and
 * reads one page of each (`#step`; members and favourites to their end). A page, the marks of its
 * items and the next page token are one transaction, so a restart goes on at the same page. When no
 * part is open, `sweep` removes what is missing. In the first pass, and in one that a person asked
 * for, the searches are cut into ranges of dates (RangeSplitter), read side by side. Searches lag
 * behind uploads and hide future dates, so the plain list is read to its end as well; the first sync
 * is done when only that list is left (`#finishFirstSync`). After a refused page token `#restart` reads
 * the part again, from the date reached if possible. `abandon` forgets the pass, removing nothing.
 */

/** How often in a row a part may start again because its page token was refused. */
const MAX_RESTARTS = 3;
/** If the plain list ends within this many pages, the searches are not cut into ranges. */
const SMALL_PAGES = 3;

const MARKS: Readonly<Partial<Record<PartKind, number>>> = {
  items: Mark.listed,
  'with-archived': Mark.withArchived,
  'without-archived': Mark.withoutArchived,
};

const ENDLESS = 'pass.at/endless';

/** What is kept of a listing between its pages, in memory only. */
interface ListingProgress {
  watch: PageWatch;
  restarts: number;
  seen: number;
  pages: number;
}

/** The full pass: reads everything, page by page. Only its end, {@link sweep}, removes anything. */
export class FullPass {
  readonly #context: PassContext;
  readonly #progress = new Map<string, ListingProgress>();
  readonly #doubts: PageDoubts;
  readonly #ranges: RangeSplitter;
  readonly #ahead = new PageAhead<MediaItem>();
  #parallel = 1;
  #isSettling = false;

  constructor(context: PassContext) {
    this.#context = context;
    this.#doubts = new PageDoubts(context);
    this.#ranges = new RangeSplitter(context.catalog, (name) => this.#progressOf(name));
  }

  get open(): boolean {
    return this.#context.catalog.state.get('pass') !== undefined;
  }

  /** Begins a pass. With `archive` it also finds out what is archived, which triples its requests for items. */
  begin({ archive, now }: PassStart): void {
    const { catalog } = this.#context;
    const isRanged = now !== undefined && catalog.counts().sources.app > SMALL_PAGES * ITEMS_A_PAGE;
    const { state } = catalog;
    catalog.transaction(() => {
      const pass = Number(state.get('pass.last') ?? 0) + 1;
      this.#forgetProgress();
      state.set('pass', String(pass));
      state.set('pass.last', String(pass));
      state.addParts([ITEMS, ALBUMS, FAVORITES]);
      if (state.get('first.done') === undefined) state.set('pass.at/first', 'unranged');
      else if (archive) state.addParts(searchParts(isRanged, now ?? 0));
      state.set('pass.at/ranged', isRanged ? '1' : undefined);
      // Only removals accepted before it began count for this pass.
      state.set('pass.at/accepted', state.get('removals.accepted'));
      state.set('pass.at/archive', archive || state.get('first.done') === undefined ? '1' : undefined);
    });
  }

  /** Ends the pass; nothing is removed because of it. */
  abandon(): void {
    this.#context.catalog.transaction(() => this.#forgetProgress());
  }

  /** True once the first page of the plain list is read. */
  get started(): boolean {
    const items = this.#context.catalog.state.openParts().find(({ part }) => part === ITEMS);
    return items === undefined || items.pages > 0;
  }

  /** Whether this is the pass that fills the catalog. */
  get isFirst(): boolean {
    return this.#context.catalog.state.get('pass.at/first') !== undefined;
  }

  /** Whether its listings may be read side by side. */
  get isParallel(): boolean {
    return this.isFirst || this.#context.catalog.state.get('pass.at/ranged') !== undefined;
  }

  /** Share of the open pass that is read, 0 to 1; undefined if none is open. */
  get share(): number | undefined {
    const { catalog } = this.#context;
    const { state } = catalog;
    if (state.get('pass') === undefined) return undefined;
    const { sources, appAlbums: albums } = catalog.counts();
    const listings = state.get('pass.at/archive') === undefined ? 1 : 3;
    const pages = Math.ceil(sources.app / ITEMS_A_PAGE) * listings + Math.ceil(albums / ALBUMS_A_PAGE) + albums + 1;
    return Math.min(1, state.pagesRead() / pages);
  }

  /** Estimate of what the first sync has still to read, from its ranges so far; undefined if there is no basis. */
  remainingWork(now: number): RemainingWork | undefined {
    const { catalog } = this.#context;
    const { state } = catalog;
    if (state.get('pass.at/first') !== 'ranged') return undefined;
    const open = state.openParts().map(({ part }) => parsePart(part));
    const left = itemsLeftOf(
      open.filter(({ kind }) => kind === 'with-archived').map((part) => this.#ranges.progress(part, now) ?? part.range),
      dayOf(now),
    );
    const others = open.filter(({ kind }) => kind === 'members' || kind === 'favorites').length;
    const known = catalog.counts().sources.app;
    return remainingWorkOf({ left, known, again: state.pagesRead(WITHOUT_ARCHIVED), others });
  }

  /**
   * Runs steps until `goOn` returns false or a step fails. Rejects with the failure when the steps under way have
   * ended; the next call repeats the failed step.
   */
  async run({ parallel, now, goOn, signal }: RunOptions): Promise<RunResult> {
    this.#parallel = parallel;
    const running = new Map<string, Promise<void>>();
    const failures: unknown[] = [];
    let begun = 0;
    for (;;) {
      while (running.size < parallel && failures.length === 0 && !signal.aborted && (begun === 0 || goOn())) {
        const part = this.#next(running, now, parallel > 1);
        if (part === undefined) break;
        begun += 1;
        const step = this.#step(part, now, signal)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => running.delete(part.part));
        running.set(part.part, step);
      }
      if (running.size === 0) break;
      await Promise.race(running.values());
    }
    if (failures.length > 0) throw failures[0];
    if (signal.aborted || this.#context.catalog.state.openParts().length > 0) return { done: false };
    const endless = this.#context.catalog.state.get(ENDLESS);
    return { done: true, outcome: { ...(await sweep(this.#context, now, signal)), endless } };
  }

  /**
   * The part to read next; if none waits, half of a range under way. The search without archived items comes after the
   * one with them: an upload that searches begin to show in between must not look archived.
   */
  #next(running: ReadonlyMap<string, unknown>, now: number, maySplit: boolean): PassPart | undefined {
    const open = this.#context.catalog.state.openParts();
    const isComparing = open.some(({ part }) => isWithArchived(part));
    const [first] = open
      .map(({ part }) => parsePart(part))
      .filter(({ name, kind }) => !running.has(name) && !(kind === 'without-archived' && isComparing))
      .sort(inOrder);
    const isSplitting = maySplit && this.isParallel;
    // Parts that bring new items come first: files show early, albums and the archive follow.
    if (isSplitting && first?.kind !== 'items' && first?.kind !== 'with-archived') {
      if (this.#context.catalog.state.get('pass.at/first') === 'unranged' && first?.kind !== 'albums') return undefined;
      const comparable = open.filter(({ part }) => isWithArchived(part));
      const half = isComparing ? this.#ranges.split(comparable, now) : undefined;
      if (half !== undefined) return half;
    }
    if (first !== undefined) return open.find(({ part }) => part === first.name);
    return isSplitting ? this.#ranges.split(open, now) : undefined;
  }

  async #step(stored: PassPart, now: number, signal: AbortSignal): Promise<void> {
    const part = parsePart(stored.part);
    try {
      await this.#read(part, stored, now, signal);
      this.#progressOf(part.name).restarts = 0;
      await this.#finishFirstSync();
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'bad-page-token') await this.#restart(part, error);
      else throw error;
    }
  }

  async #read(part: Part, stored: PassPart, now: number, signal: AbortSignal): Promise<void> {
    const { library, catalog } = this.#context;
    const { state } = catalog;
    switch (part.kind) {
      case 'items': {
        const rest = state.get('pass.at/rest');
        const asked = request(stored, ITEMS_A_PAGE, signal);
        const page =
          rest === undefined
            ? await this.#plainList(asked)
            : await library.searchMediaItems(searchOf(part, Number(rest)), asked);
        if (!this.#doubts.isAskedAgain(part, stored, page)) this.#itemsPage(part, stored, page, now);
        return;
      }
      case 'with-archived':
      case 'without-archived': {
        const again = state.get(`pass.at/again/${part.name}`);
        const search = searchOf(part, again === undefined ? undefined : Number(again));
        const page = await library.searchMediaItems(search, request(stored, ITEMS_A_PAGE, signal));
        if (!this.#doubts.isAskedAgain(part, stored, page)) this.#itemsPage(part, stored, page, now);
        return;
      }
      case 'albums':
        return this.#albumsPage(stored, signal);
      case 'favorites':
        await this.#unlessEndless(() => readFavorites(this.#context, signal));
        break;
      case 'members': {
        const album = catalog.albums.byRow(part.albumRowId ?? 0);
        if (album !== undefined) await this.#unlessEndless(() => readMembership(this.#context, album, signal));
      }
    }
    catalog.transaction(() => {
      state.advancePart(part.name, undefined);
    });
  }

  /** Side by side with others it is the longest listing: its next request does not wait until a page is stored. */
  #plainList(asked: PageRequest): Promise<Page<MediaItem>> {
    const ask = (page: PageRequest): Promise<Page<MediaItem>> => this.#context.library.listMediaItems(page);
    return this.isParallel && this.#parallel > 1 ? this.#ahead.take(asked, ask) : ask(asked);
  }

  /** A listing that never ends changes nothing, and the pass goes on: nothing else depends on it. */
  async #unlessEndless(read: () => Promise<unknown>): Promise<void> {
    const { catalog } = this.#context;
    try {
      await read();
    } catch (error) {
      if (!(error instanceof EndlessListingError)) throw error;
      catalog.transaction(() => {
        catalog.state.set(ENDLESS, error.message);
      });
    }
  }

  #itemsPage(part: Part, stored: PassPart, page: Page<MediaItem>, now: number): void {
    const { state } = this.#context.catalog;
    const progress = this.#progressOf(part.name);
    const stop = state.get(`pass.at/stop/${part.name}`);
    const oldest = page.items.reduce((least, { creationTime }) => Math.min(least, creationTime), Infinity);
    const isPastStop = stop !== undefined && dayOf(oldest) < Number(stop);
    const next = isPastStop ? undefined : page.nextPageToken;
    const { newlyMarked, rowIds } = storePage(this.#context, page.items, MARKS[part.kind] ?? 0, () => {
      state.advancePart(part.name, next);
      if (Number.isFinite(oldest)) state.set(`pass.at/reached/${part.name}`, String(dayOf(oldest)));
      if (part.kind === 'items') this.#addSearches(stored.pages + 1, next === undefined, now);
    });
    progress.seen += newlyMarked;
    progress.pages += 1;
    progress.watch.pageRead(rowIds, next);
  }

  /** First pass: adds the searches, whole or in ranges, once the plain list shows if the library is small. */
  #addSearches(pages: number, isEnd: boolean, now: number): void {
    const { state } = this.#context.catalog;
    if (state.get('pass.at/first') !== 'unranged' || (!isEnd && pages < SMALL_PAGES)) return;
    const isRanged = !isEnd && this.#parallel > 1;
    state.addParts(searchParts(isRanged, now));
    state.set('pass.at/first', isRanged ? 'ranged' : 'whole');
  }

  /** The first sync is done when only the plain list is left: it finds what the searches missed. */
  async #finishFirstSync(): Promise<void> {
    const { catalog, changed } = this.#context;
    const { state } = catalog;
    const first = state.get('pass.at/first');
    if (first === undefined || first === 'unranged' || state.get('first.done') !== undefined) return;
    if (this.#isSettling || state.openParts().some(({ part }) => part !== ITEMS)) return;
    this.#isSettling = true;
    try {
      await flagArchived(this.#context);
      catalog.transaction(() => {
        state.set('pass.at/flagged', '1');
        state.set('first.done', '1');
      });
    } finally {
      this.#isSettling = false;
    }
    changed();
  }

  async #albumsPage(stored: PassPart, signal: AbortSignal): Promise<void> {
    const { library, catalog } = this.#context;
    const page = await library.listAlbums(request(stored, ALBUMS_A_PAGE, signal));
    const pass = Number(catalog.state.get('pass') ?? 0);
    const news = catalog.transaction(() => {
      const changes = catalog.albums.put(page.items, pass);
      catalog.state.advancePart(stored.part, page.nextPageToken);
      if (page.nextPageToken === undefined)
        catalog.state.addParts(catalog.albums.all().map(({ rowId }) => membersPart(rowId)));
      return changes;
    });
    if (news > 0) this.#context.changed();
    const ids = page.items.map(({ id }) => id);
    this.#progressOf(stored.part).watch.pageRead(ids, page.nextPageToken);
  }

  /** Starts a part again after its page token was refused: from the date reached, if its listing has dates. */
  async #restart(part: Part, error: RemoteError): Promise<void> {
    const { catalog } = this.#context;
    const { state } = catalog;
    const progress = this.#progressOf(part.name);
    const reached = state.get(`pass.at/reached/${part.name}`);
    const isPlain = part.kind === 'items';
    // The first pass needs the whole plain list. In later ones the sweep asks for each missing item by its id.
    const isResumed =
      reached !== undefined && progress.restarts === 0 && part.kind !== 'albums' && !(isPlain && this.isFirst);
    const isReadAgain = !isResumed && part.range === undefined;
    // If the process is killed here, the next run meets the same refused token and does this again.
    if (isReadAgain) await unmarkAll(catalog, MARKS[part.kind] ?? 0);
    catalog.transaction(() => {
      const from = isPlain ? 'pass.at/rest' : `pass.at/again/${part.name}`;
      if (isResumed) state.set(from, reached);
      else if (isReadAgain) state.set(from, undefined);
      state.restartPart(part.name);
    });
    progress.watch = new PageWatch();
    this.#doubts.restarted(part.name);
    progress.restarts += 1;
    if (progress.restarts > MAX_RESTARTS)
      throw new EndlessListingError('Google refuses its own page tokens.', progress.pages, { cause: error });
  }

  #progressOf(name: string): ListingProgress {
    const known = this.#progress.get(name);
    const progress = known ?? { watch: new PageWatch(), restarts: 0, seen: 0, pages: 0 };
    if (known === undefined) this.#progress.set(name, progress);
    return progress;
  }

  #forgetProgress(): void {
    const { catalog } = this.#context;
    catalog.marks.clear();
    catalog.state.clearParts();
    catalog.state.set('pass', undefined);
    catalog.state.forget('pass.at/');
    this.#progress.clear();
    this.#doubts.clear();
    this.#ahead.clear();
  }
}

function request(part: PassPart, pageSize: number, signal: AbortSignal): PageRequest {
  return { pageSize, ...(part.token === undefined ? {} : { pageToken: part.token }), signal };
}
