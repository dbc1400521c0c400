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
  takeIn,
  unmarkAll,
  type PassContext,
} from './listings.js';
import { EndlessListingError, PageWatch } from './page-watch.js';
import {
  ALBUMS,
  dayOf,
  FAVORITES,
  firstRanges,
  inOrder,
  ITEMS,
  membersPart,
  parsePart,
  rangePart,
  searchOf,
  WITH_ARCHIVED,
  WITHOUT_ARCHIVED,
  type Part,
  type PartKind,
} from './pass-parts.js';
import { itemsLeftOf, outlookOf, type Outlook } from './outlook.js';
import { PageDoubts } from './page-doubt.js';
import { RangeSplitter } from './range-splitter.js';
import { flagArchived, sweep, type SweepOutcome } from './sweep.js';

/** How often in a row a part may begin anew because its page token was refused. */
const MAX_RESTARTS = 3;
/** A library whose plain list ends within so many pages is not worth ranges. */
const SMALL_PAGES = 3;

const MARKS: Readonly<Partial<Record<PartKind, number>>> = {
  items: Mark.listed,
  'with-archived': Mark.withArchived,
  'without-archived': Mark.withoutArchived,
};

export interface RunOptions {
  /** Most listings read side by side. */
  readonly parallel: number;
  readonly now: number;
  /** Asked before each request after the first. */
  readonly goOn: () => boolean;
  readonly signal: AbortSignal;
}

export interface PassOutcome extends SweepOutcome {
  /** Why the favourites, or some album, could not be read to an end; undefined where all could. */
  readonly endless: string | undefined;
}

export type RunResult = { readonly done: false } | { readonly done: true; readonly outcome: PassOutcome };

const ENDLESS = 'pass.at/endless';

/** What is remembered of a listing between its pages, for as long as the program runs. */
interface Live {
  watch: PageWatch;
  restarts: number;
  seen: number;
  pages: number;
}

/**
 * A look at everything, page by page, several listings side by side, so that other work fits between and a restart goes on
 * where it was: what it has seen and where it is stand in the catalog. Only its end, {@link sweep}, removes anything.
 *
 * The first pass lists the dates in ranges, which are split as their counts become known, and beside them the plain list:
 * searches lag behind uploads and hide future dates, so the plain list alone is the truth that everything ends with.
 */
export class FullPass {
  readonly #context: PassContext;
  readonly #live = new Map<string, Live>();
  readonly #doubts: PageDoubts;
  readonly #ranges: RangeSplitter;
  #parallel = 1;
  #isSettling = false;

  constructor(context: PassContext) {
    this.#context = context;
    this.#doubts = new PageDoubts(context);
    this.#ranges = new RangeSplitter(context.catalog, (name) => this.#liveOf(name));
  }

  get open(): boolean {
    return this.#context.catalog.state.get('pass') !== undefined;
  }

  /** Begins a pass; `archive` says whether it finds out what is archived, at twice the price of the rest. */
  begin({ archive }: { readonly archive: boolean }): void {
    const { catalog } = this.#context;
    const { state } = catalog;
    catalog.transaction(() => {
      const pass = Number(state.get('pass.last') ?? 0) + 1;
      this.#forgetProgress();
      state.set('pass', String(pass));
      state.set('pass.last', String(pass));
      state.addParts([ITEMS, ALBUMS, FAVORITES]);
      if (state.get('first.done') === undefined) state.set('pass.at/first', 'unranged');
      else if (archive) state.addParts([WITH_ARCHIVED, WITHOUT_ARCHIVED]);
      // What was accepted before it began holds for this pass and for no earlier one.
      state.set('pass.at/accepted', state.get('removals.accepted'));
      state.set('pass.at/archive', archive || state.get('first.done') === undefined ? '1' : undefined);
    });
  }

  /** Gives the pass up: nothing is concluded from it. */
  abandon(): void {
    this.#context.catalog.transaction(() => this.#forgetProgress());
  }

  /** True once the items' listing has brought its first page. */
  get started(): boolean {
    const items = this.#context.catalog.state.openParts().find(({ part }) => part === ITEMS);
    return items === undefined || items.pages > 0;
  }

  /** Whether it is the one that fills the catalog. */
  get isFirst(): boolean {
    return this.#context.catalog.state.get('pass.at/first') !== undefined;
  }

  /** How much of the pass under way is read, from 0 to 1; undefined where none is open. */
  get share(): number | undefined {
    const { catalog } = this.#context;
    const { state } = catalog;
    if (state.get('pass') === undefined) return undefined;
    const { items, albums } = catalog.counts();
    const listings = state.get('pass.at/archive') === undefined ? 1 : 3;
    const pages = Math.ceil(items / ITEMS_A_PAGE) * listings + Math.ceil(albums / ALBUMS_A_PAGE) + albums + 1;
    return Math.min(1, state.pagesRead() / pages);
  }

  /** What the first sync has still to read, by what its ranges held so far; undefined where nobody can know. */
  outlook(now: number): Outlook | undefined {
    const { catalog } = this.#context;
    const { state } = catalog;
    if (state.get('pass.at/first') !== 'ranged') return undefined;
    const open = state.openParts().map(({ part }) => parsePart(part));
    const left = itemsLeftOf(
      open.filter(({ kind }) => kind === 'with-archived').map((part) => this.#ranges.progress(part, now) ?? part.range),
      dayOf(now),
    );
    const others = open.filter(({ kind }) => kind === 'members' || kind === 'favorites').length;
    return outlookOf({ left, known: catalog.counts().items, again: state.pagesRead(WITHOUT_ARCHIVED), others });
  }

  /**
   * Goes on until `goOn` says no or something fails; rejects with that once what was under way has come to its end. The next
   * call takes the failed step again.
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
   * The open listing whose turn it is; where none waits, the half of one under way. The search without the archive comes after
   * the one with it: an upload that searches begin to show in between must not look archived.
   */
  #next(running: ReadonlyMap<string, unknown>, now: number, maySplit: boolean): PassPart | undefined {
    const open = this.#context.catalog.state.openParts();
    const isComparing = open.some(({ part }) => isWithArchived(part));
    const [first] = open
      .map(({ part }) => parsePart(part))
      .filter(({ name, kind }) => !running.has(name) && !(kind === 'without-archived' && isComparing))
      .sort(inOrder);
    const isSplitting = maySplit && this.isFirst;
    // Items show before albums fill and the archive hides: first everybody reads what brings items.
    if (isSplitting && first?.kind !== 'items' && first?.kind !== 'with-archived') {
      if (this.#context.catalog.state.get('pass.at/first') === 'unranged' && first?.kind !== 'albums') return undefined;
      const half = isComparing
        ? this.#ranges.split(
            open.filter(({ part }) => isWithArchived(part)),
            now,
          )
        : undefined;
      if (half !== undefined) return half;
    }
    if (first !== undefined) return open.find(({ part }) => part === first.name);
    return isSplitting ? this.#ranges.split(open, now) : undefined;
  }

  async #step(stored: PassPart, now: number, signal: AbortSignal): Promise<void> {
    const part = parsePart(stored.part);
    try {
      await this.#read(part, stored, now, signal);
      this.#liveOf(part.name).restarts = 0;
      await this.#settle();
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
            ? await library.listMediaItems(asked)
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

  /** Nothing else hangs on such a listing: where it never ends, what it tells stays as it was, and the pass goes on. */
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
    const live = this.#liveOf(part.name);
    const stop = state.get(`pass.at/stop/${part.name}`);
    const oldest = page.items.reduce((least, { creationTime }) => Math.min(least, creationTime), Infinity);
    const isPastStop = stop !== undefined && dayOf(oldest) < Number(stop);
    const next = isPastStop ? undefined : page.nextPageToken;
    const { newlyMarked, rowIds } = takeIn(this.#context, page.items, MARKS[part.kind] ?? 0, () => {
      state.advancePart(part.name, next);
      if (Number.isFinite(oldest)) state.set(`pass.at/reached/${part.name}`, String(dayOf(oldest)));
      if (part.kind === 'items') this.#layOut(stored.pages + 1, next === undefined, now);
    });
    live.seen += newlyMarked;
    live.pages += 1;
    live.watch.turned(rowIds, next);
  }

  /** In the first pass: how the searches are laid out, once the plain list has shown whether the library is small. */
  #layOut(pages: number, isEnd: boolean, now: number): void {
    const { state } = this.#context.catalog;
    if (state.get('pass.at/first') !== 'unranged' || (!isEnd && pages < SMALL_PAGES)) return;
    const kinds = [WITH_ARCHIVED, WITHOUT_ARCHIVED] as const;
    const isRanged = !isEnd && this.#parallel > 1;
    const ranges = firstRanges(now);
    state.addParts(isRanged ? kinds.flatMap((kind) => ranges.map((range) => rangePart(kind, range))) : kinds);
    state.set('pass.at/first', isRanged ? 'ranged' : 'whole');
  }

  /** The first sync is done when only the plain list, which closes the gaps that searches leave, goes on. */
  async #settle(): Promise<void> {
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
    this.#liveOf(stored.part).watch.turned(ids, page.nextPageToken);
  }

  /** A refused token costs its listing another beginning, where dates allow it not before what it has read. */
  async #restart(part: Part, error: RemoteError): Promise<void> {
    const { catalog } = this.#context;
    const { state } = catalog;
    const live = this.#liveOf(part.name);
    const reached = state.get(`pass.at/reached/${part.name}`);
    const isPlain = part.kind === 'items';
    // In the first pass nothing may stand in for the plain list. Later the sweep asks for each missing item by its id.
    const isResumed =
      reached !== undefined && live.restarts === 0 && part.kind !== 'albums' && !(isPlain && this.isFirst);
    const isReadAgain = !isResumed && part.range === undefined;
    // Killed in the middle of this, the pass meets the same refused token again.
    if (isReadAgain) await unmarkAll(catalog, MARKS[part.kind] ?? 0);
    catalog.transaction(() => {
      const from = isPlain ? 'pass.at/rest' : `pass.at/again/${part.name}`;
      if (isResumed) state.set(from, reached);
      else if (isReadAgain) state.set(from, undefined);
      state.restartPart(part.name);
    });
    live.watch = new PageWatch();
    this.#doubts.begunAnew(part.name);
    live.restarts += 1;
    if (live.restarts > MAX_RESTARTS)
      throw new EndlessListingError('Google refuses its own page tokens.', live.pages, { cause: error });
  }

  #liveOf(name: string): Live {
    let live = this.#live.get(name);
    if (live === undefined) {
      live = { watch: new PageWatch(), restarts: 0, seen: 0, pages: 0 };
      this.#live.set(name, live);
    }
    return live;
  }

  #forgetProgress(): void {
    const { catalog } = this.#context;
    catalog.items.clearMarks();
    catalog.state.clearParts();
    catalog.state.set('pass', undefined);
    catalog.state.forget('pass.at/');
    this.#live.clear();
    this.#doubts.clear();
  }
}

function isWithArchived(part: string): boolean {
  return parsePart(part).kind === 'with-archived';
}

function request(part: PassPart, pageSize: number, signal: AbortSignal): PageRequest {
  return { pageSize, ...(part.token === undefined ? {} : { pageToken: part.token }), signal };
}
