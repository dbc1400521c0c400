import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MeasuredSize, UnmeasuredItem } from '../catalog/size-store.js';
import type { MediaSource } from '../library/media-source.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';
import { setbackFrom, type SyncTrouble } from './trouble.js';
import { Wakeable } from './wakeable.js';

export interface MeasurerDeps {
  readonly catalog: CatalogWriter;
  readonly media: MediaSource;
  readonly budget: Budget;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly changed: () => void;
  readonly trouble: (trouble: SyncTrouble) => void;
}

const PARALLEL = 8;
/** Items taken up, and committed, together. */
const BATCH = 64;
const LONGEST_WAIT = 60_000;
const FIRST_RETRY = 5 * 60_000;
const LAST_RETRY = 24 * 3_600_000;

/** Failures that say nothing about the item: everything waits. */
const GENERAL: ReadonlySet<RemoteErrorKind> = new Set<RemoteErrorKind>([
  'offline',
  'rate-limited',
  'quota-exhausted',
  'signed-out',
  'unauthenticated',
  'forbidden',
]);

/** Learns sizes in the background, newest items first, as far as the budget goes. An item that fails is put aside, not waited for. */
export class Measurer {
  readonly #deps: MeasurerDeps;
  readonly #wakeable: Wakeable;
  #setbacks = 0;
  #retryFrom = -Infinity;
  #retryAt = -Infinity;
  #resumesAt: number | undefined;
  #paused: SyncTrouble | undefined;

  constructor(deps: MeasurerDeps) {
    this.#deps = deps;
    this.#wakeable = new Wakeable(deps.clock);
  }

  /** Why it rests; undefined while it works or has nothing to do. */
  get paused(): SyncTrouble | undefined {
    return this.#paused;
  }

  /** Until when it rests, milliseconds since the epoch. */
  get resumesAt(): number | undefined {
    return this.#paused === undefined ? undefined : this.#resumesAt;
  }

  /** There may be new work. */
  wake(): void {
    this.#wakeable.wake();
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const wait = this.#waitBefore();
      if (wait > 0) {
        await this.#wakeable.wait(Math.min(wait, LONGEST_WAIT), signal);
        continue;
      }
      try {
        const work = this.#deps.catalog.sizes.worklist(BATCH, this.#deps.clock.now(), LAST_RETRY);
        if (work.length === 0) await this.#wakeable.wait(LONGEST_WAIT, signal);
        else await this.#measure(work, signal);
      } catch (error) {
        this.#setback(error);
      }
    }
  }

  /** Milliseconds until anything may be asked; 0 for now. */
  #waitBefore(): number {
    const { budget, clock } = this.#deps;
    const now = clock.now();
    // A clock that went back behind the failure must not stretch the wait.
    if (now < this.#retryAt && now >= this.#retryFrom) return this.#retryAt - now;
    if (budget.allows('media') && budget.allows('api')) {
      this.#paused = undefined;
      return 0;
    }
    if (this.#paused?.code !== 'budget') {
      this.#paused = {
        code: 'budget',
        message: 'Measuring sizes has used its share of today’s requests; the rest is kept for reading files.',
        hint: 'It goes on after midnight Pacific time; files that are looked at are measured at once.',
        at: now,
      };
      this.#deps.trouble(this.#paused);
    }
    this.#resumesAt = budget.nextReset();
    return this.#resumesAt - now;
  }

  async #measure(work: readonly UnmeasuredItem[], signal: AbortSignal): Promise<void> {
    const queue = [...work];
    const sizes: MeasuredSize[] = [];
    const failures: { item: UnmeasuredItem; message: string }[] = [];
    let stop: unknown;
    const worker = async (): Promise<void> => {
      for (let item = queue.shift(); item !== undefined && stop === undefined; item = queue.shift()) {
        try {
          const { length, etag } = await this.#deps.media.measure(item, { priority: 'background', signal });
          if (length === undefined) failures.push({ item, message: 'Google does not tell the length of this file.' });
          else sizes.push({ mediaId: item.id, size: length, etag });
        } catch (error) {
          if (isGeneral(error) || signal.aborted) stop ??= error;
          else failures.push({ item, message: error instanceof Error ? error.message : String(error) });
        }
        if (!this.#deps.budget.allows('media')) queue.length = 0;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    this.#commit(sizes, failures);
    if (stop !== undefined && !signal.aborted) this.#setback(stop);
    else if (sizes.length > 0) this.#setbacks = 0;
  }

  #commit(sizes: readonly MeasuredSize[], failures: readonly { item: UnmeasuredItem; message: string }[]): void {
    const { catalog, clock, budget, changed } = this.#deps;
    const now = clock.now();
    catalog.transaction(() => {
      catalog.sizes.put(sizes);
      for (const { item, message } of failures) {
        const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** Math.min(item.failures, 20));
        catalog.sizes.failed(item.rowId, now + wait, message);
      }
    });
    budget.flush();
    if (sizes.length > 0) changed();
    const [first] = failures;
    if (first === undefined) return;
    this.#deps.trouble({
      code: 'not-measured',
      message: `The size of ${failures.length === 1 ? 'an item' : `${failures.length} items`} could not be measured: ${first.message}`,
      hint: 'It is tried again by itself, and at once when the file is looked at.',
      at: now,
    });
  }

  #setback(error: unknown): void {
    const { clock, budget, random, trouble } = this.#deps;
    this.#setbacks += 1;
    const now = clock.now();
    const circumstances = { now, attempt: this.#setbacks, quotaReset: budget.nextReset(), random: random() };
    const setback = setbackFrom(error, circumstances);
    this.#retryFrom = now;
    this.#retryAt = now + setback.waitMs;
    this.#resumesAt = this.#retryAt;
    this.#paused = setback.trouble;
    trouble(setback.trouble);
  }
}

function isGeneral(error: unknown): boolean {
  return error instanceof RemoteError && GENERAL.has(error.kind);
}
