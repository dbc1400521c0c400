import type { CachedItem } from '../catalog/records.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import { messageOf } from '../support/message-of.js';
import type { Service } from '../support/service.js';
import { composedPath } from '../tree/composed-path.js';
import type { KnownSizes, StoredBytes } from '../filesystem/content-access.js';
import type { ItemGroup, ItemGroups } from './item-groups.js';
import type { ReportProblem } from '../filesystem/problem-log.js';

/** What pins need of the stored bytes; content's `ContentStore` fits. */
export interface KeptBytes extends StoredBytes {
  /** Pins these items and unpins all others. */
  setPins(ids: readonly MediaId[]): Promise<void>;
}

/** Where pins last; the ledger's table fits. Throws UserError where nothing can be written. */
export interface PinList {
  list(): readonly StoredPin[];
  put(pin: StoredPin): void;
  /** False where the path was not pinned. */
  remove(path: string): boolean;
}

/** A pinned path, and what it stood for when it was pinned: an {@link ItemGroup} as JSON. */
export interface StoredPin {
  readonly path: string;
  readonly target: string;
}

export interface PinKeeperDeps {
  readonly groups: ItemGroups;
  readonly bytes: KeptBytes;
  readonly sizes: Pick<KnownSizes, 'known' | 'sizeForFetch'>;
  /** Changes whenever the catalog does. */
  readonly revision: () => number;
  readonly list: PinList;
  /** Resolves when what was written to the list would survive a power cut. */
  readonly durable: () => Promise<void>;
  /** Whether background work may still spend media requests today. */
  readonly mayFetch: () => boolean;
  readonly clock: Clock;
  readonly report: ReportProblem;
  /** Milliseconds between looks at the catalog; default 2,000. */
  readonly everyMs?: number;
}

/** Progress of fetching a list of files. */
export interface FillProgress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Includes the bytes of files that are not complete yet. */
  readonly bytes: number;
  /** Counts only files whose size is known. */
  readonly totalBytes: number;
}

/** Called with the progress; returns false to stop. */
export type OnProgress = (progress: FillProgress) => boolean;

interface Pin {
  readonly path: string;
  readonly group: ItemGroup;
}

const PARALLEL = 4;
/** Milliseconds between two progress reports while a file is being fetched. */
const PROGRESS_MS = 500;
/** A file that failed is tried again after this long. */
const AGAIN_MS = 60_000;

/** Keeps the items at pinned paths on disk, including those that come later. */
export class PinKeeper implements Service {
  readonly #deps: PinKeeperDeps;
  readonly #stopping = new AbortController();
  #pins: Pin[];
  #wake = new AbortController();
  #total = 0;
  #cached = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: PinKeeperDeps) {
    this.#deps = deps;
    this.#pins = deps.list.list().flatMap(pinOf);
  }

  run(): Promise<void> {
    this.#running = this.#loop();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
  }

  status(): { readonly pins: readonly string[]; readonly items: number; readonly cached: number } {
    return { pins: this.#pins.map(({ path }) => path), items: this.#total, cached: this.#cached };
  }

  /**
   * Pins a path, stored in the Unicode composition of listed names. Returns its number of items; undefined if nothing
   * is at that path.
   */
  async pin(given: string): Promise<number | undefined> {
    const group = this.#deps.groups.find(given);
    if (group === undefined) return undefined;
    const path = composedPath(given) ?? given;
    this.#deps.list.put({ path, target: JSON.stringify(group) });
    await this.#deps.durable();
    this.#pins = [...this.#pins.filter((pin) => pin.path !== path), { path, group }];
    await this.#changed();
    return this.#deps.groups.items([group]).length;
  }

  /** False if the path was not pinned. */
  async unpin(given: string): Promise<boolean> {
    const path = composedPath(given) ?? given;
    if (!this.#deps.list.remove(path)) return false;
    await this.#deps.durable();
    this.#pins = this.#pins.filter((pin) => pin.path !== path);
    await this.#changed();
    return true;
  }

  /** Fetches the items at `path` once, until `onProgress` returns false. Undefined if nothing is at that path. */
  async warm(path: string, onProgress: OnProgress): Promise<FillProgress | undefined> {
    const group = this.#deps.groups.find(path);
    if (group === undefined) return undefined;
    return this.#fill(this.#deps.groups.items([group]), 'read-ahead', onProgress);
  }

  async #changed(): Promise<void> {
    await this.#apply();
    this.#wake.abort();
  }

  async #apply(): Promise<CachedItem[]> {
    const items = this.#deps.groups.items(this.#pins.map(({ group }) => group));
    await this.#deps.bytes.setPins(items.map(({ mediaId }) => mediaId));
    this.#total = items.length;
    this.#cached = items.filter((item) => this.#isCached(item)).length;
    return items;
  }

  async #loop(): Promise<void> {
    const { clock, everyMs = 2_000, revision, mayFetch } = this.#deps;
    let seen = -1;
    let last = -Infinity;
    while (!this.#stopping.signal.aborted) {
      const woken = this.#wake.signal.aborted;
      if (woken) this.#wake = new AbortController();
      const now = revision();
      if (woken || now !== seen || !isWithin(clock.now(), last, AGAIN_MS)) {
        seen = now;
        last = clock.now();
        if (this.#pins.length > 0 || this.#total > 0) {
          const items = await this.#apply();
          if (mayFetch()) await this.#fill(items, 'background', () => true);
        }
      }
      await clock.sleep(everyMs, this.#wake.signal).catch(() => undefined);
    }
  }

  async #fill(
    items: readonly CachedItem[],
    priority: 'read-ahead' | 'background',
    onProgress: OnProgress,
  ): Promise<FillProgress> {
    const { mayFetch, report, bytes, clock } = this.#deps;
    const left = items.filter((item) => item.isReadable);
    const totalBytes = left.reduce((sum, item) => sum + (this.#knownSize(item) ?? 0), 0);
    const state = { done: 0, failed: items.length - left.length, total: items.length, bytes: 0, totalBytes };
    const isPinning = priority === 'background';
    const underWay = new Set<MediaId>();
    const [unwanted, over] = [new AbortController(), new AbortController()];
    const signal = AbortSignal.any([unwanted.signal, this.#stopping.signal]);
    const isUnwanted = (): boolean => signal.aborted;
    const showProgress = (): void => {
      const half = [...underWay].reduce((sum, id) => sum + bytes.bytesOf(id), 0);
      if (!onProgress({ ...state, bytes: state.bytes + half })) unwanted.abort();
    };
    const worker = async (): Promise<void> => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) {
        if (isUnwanted() || (isPinning && (this.#wake.signal.aborted || !mayFetch()))) return;
        try {
          const was = this.#isCached(item);
          if (!was) underWay.add(item.mediaId);
          const size = await this.#whole(item, priority, signal);
          state.bytes += size;
          state.done++;
          if (!was && isPinning) this.#cached++;
        } catch (error) {
          if (isUnwanted()) return;
          state.failed++;
          report(
            {
              code: isPinning ? 'pin-failed' : 'warm-failed',
              message: `${item.name} could not be fetched into the cache: ${messageOf(error)}`,
              hint: isPinning ? 'It is tried again in a minute.' : 'Run the command again.',
            },
            item.mediaId,
          );
        } finally {
          underWay.delete(item.mediaId);
        }
        showProgress();
      }
    };
    const look = async (): Promise<void> => {
      while (!over.signal.aborted) {
        showProgress();
        await clock.sleep(PROGRESS_MS, over.signal).catch(() => undefined);
      }
    };
    void look();
    await Promise.all(Array.from({ length: isPinning ? 2 : PARALLEL }, worker));
    over.abort();
    return state;
  }

  #knownSize(item: CachedItem): number | null {
    return this.#deps.sizes.known(item.mediaId) ?? item.size;
  }

  #isCached(item: CachedItem): boolean {
    const size = this.#knownSize(item);
    return size !== null && this.#deps.bytes.isCached({ id: item.mediaId, size });
  }

  /** Resolves with the size when all bytes are on disk. */
  async #whole(item: CachedItem, priority: 'read-ahead' | 'background', signal: AbortSignal): Promise<number> {
    const { bytes, sizes } = this.#deps;
    const ref = { id: item.mediaId, kind: item.kind };
    const newer = sizes.known(item.mediaId);
    const size = newer ?? item.size ?? (await sizes.sizeForFetch(ref));
    if (!bytes.isCached({ id: ref.id, size }))
      await bytes.fill(
        { ref, size, ...(newer === undefined ? { etag: item.etag ?? undefined } : {}) },
        priority,
        signal,
      );
    return size;
  }
}

/** None for a target that is not one: a later version may know more kinds. */
function pinOf({ path, target }: StoredPin): Pin[] {
  try {
    const group = JSON.parse(target) as ItemGroup | null;
    return group?.kind === 'item' || group?.kind === 'folder' ? [{ path, group }] : [];
  } catch {
    return [];
  }
}
