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
  itemsLeft,
  membersPart,
  parsePart,
  rangePart,
  searchOf,
  splitRest,
  WITH_ARCHIVED,
  WITHOUT_ARCHIVED,
  type Part,
  type PartKind,
  type RangeProgress,
} from './pass-parts.js';
import { itemsLeftOf, outlookOf, type Outlook } from './outlook.js';
import { PageDoubts } from './page-doubt.js';
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

export type RunResult = { readonly done: false } | { readonly done: true; readonly outcome: SweepOutcome };

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
  #parallel = 1;

  constructor(context: PassContext) {
    this.#context = context;
    this.#doubts = new PageDoubts(context);
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
      open.filter(({ kind }) => kind === 'with-archived').map((part) => this.#progress(part, now) ?? part.range),
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
    return { done: true, outcome: await sweep(this.#context, now, signal) };
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
        ? this.#split(
            open.filter(({ part }) => isWithArchived(part)),
            now,
          )
        : undefined;
      if (half !== undefined) return half;
    }
    if (first !== undefined) return open.find(({ part }) => part === first.name);
    return isSplitting ? this.#split(open, now) : undefined;
  }

  #split(open: readonly PassPart[], now: number): PassPart | undefined {
    const { catalog } = this.#context;
    let best: { part: Part; progress: RangeProgress } | undefined;
    for (const { part: name } of open) {
      const part = parsePart(name);
      const progress = this.#progress(part, now);
      if (progress === undefined || splitRest(progress) === undefined) continue;
      if (best === undefined || itemsLeft(progress) > itemsLeft(best.progress)) best = { part, progress };
    }
    const cut = best && splitRest(best.progress);
    if (best === undefined || cut === undefined) return undefined;
    const { part } = best;
    const rest = rangePart(part.kind === 'with-archived' ? part.kind : 'without-archived', cut.rest);
    const isNew = catalog.transaction(() => {
      if (catalog.state.addParts([rest]) === 0) return false;
      catalog.state.set(`pass.at/stop/${part.name}`, String(cut.stop));
      return true;
    });
    if (!isNew) return undefined;
    return catalog.state.openParts().find(({ part: name }) => name === rest);
  }

  #progress(part: Part, now: number): RangeProgress | undefined {
    const { state } = this.#context.catalog;
    const reached = state.get(`pass.at/reached/${part.name}`);
    if (part.range === undefined || reached === undefined) return undefined;
    const stop = state.get(`pass.at/stop/${part.name}`);
    const from = stop === undefined ? part.range.from : Math.max(part.range.from, Number(stop));
    const { seen, pages } = this.#liveOf(part.name);
    const perPage = seen / Math.max(1, pages);
    return { range: { ...part.range, from }, reached: Number(reached), seen, perPage, today: dayOf(now) };
  }

  async #step(stored: PassPart, now: number, signal: AbortSignal): Promise<void> {
    const part = parsePart(stored.part);
    try {
      await this.#read(part, stored, now, signal);
      this.#liveOf(part.name).restarts = 0;
    } catch (error) {
      if (error instanceof RemoteError && error.kind === 'bad-page-token') this.#restart(part, error);
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
        await readFavorites(this.#context, signal);
        break;
      case 'members': {
        const album = catalog.albums.byRow(part.albumRowId ?? 0);
        if (album !== undefined) await readMembership(this.#context, album, signal);
      }
    }
    catalog.transaction(() => {
      state.advancePart(part.name, undefined);
      this.#settle();
    });
  }

  #itemsPage(part: Part, stored: PassPart, page: Page<MediaItem>, now: number): void {
    const { state } = this.#context.catalog;
    const live = this.#liveOf(part.name);
    const stop = state.get(`pass.at/stop/${part.name}`);
    const oldest = page.items.reduce((least, { creationTime }) => Math.min(least, creationTime), Infinity);
    const isPastStop = stop !== undefined && dayOf(oldest) < Number(stop);
    const next = isPastStop ? undefined : page.nextPageToken;
    const { newlyMarked } = takeIn(this.#context, page.items, MARKS[part.kind] ?? 0, () => {
      state.advancePart(part.name, next);
      if (Number.isFinite(oldest)) state.set(`pass.at/reached/${part.name}`, String(dayOf(oldest)));
      if (part.kind === 'items') this.#layOut(stored.pages + 1, next === undefined, now);
      this.#settle();
    });
    live.seen += newlyMarked;
    live.pages += 1;
    live.watch.turned(newlyMarked, next);
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
  #settle(): void {
    const { state } = this.#context.catalog;
    const first = state.get('pass.at/first');
    if (first === undefined || first === 'unranged' || state.get('first.done') !== undefined) return;
    if (state.openParts().some(({ part }) => part !== ITEMS)) return;
    flagArchived(this.#context);
    state.set('pass.at/flagged', '1');
    state.set('first.done', '1');
    this.#context.changed();
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
      this.#settle();
      return changes;
    });
    if (news > 0) this.#context.changed();
    this.#liveOf(stored.part).watch.turned(page.items.length, page.nextPageToken);
  }

  /** A refused token costs its listing another beginning, where dates allow it not before what it has read. */
  #restart(part: Part, error: RemoteError): void {
    const { catalog } = this.#context;
    const { state } = catalog;
    const live = this.#liveOf(part.name);
    catalog.transaction(() => {
      const reached = state.get(`pass.at/reached/${part.name}`);
      const isPlain = part.kind === 'items';
      // In the first pass nothing may stand in for the plain list. Later the sweep asks for each missing item by its id.
      const isResumed =
        reached !== undefined && live.restarts === 0 && part.kind !== 'albums' && !(isPlain && this.isFirst);
      const from = isPlain ? 'pass.at/rest' : `pass.at/again/${part.name}`;
      if (isResumed) state.set(from, reached);
      else if (part.range === undefined) {
        catalog.items.unmark(MARKS[part.kind] ?? 0);
        state.set(from, undefined);
      }
      state.restartPart(part.name);
    });
    live.watch = new PageWatch();
    this.#doubts.begunAnew(part.name);
    live.restarts += 1;
    if (live.restarts > MAX_RESTARTS)
      throw new EndlessListingError('Google refuses its own page tokens.', { cause: error });
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
