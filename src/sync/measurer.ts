import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MeasuredSize, UnmeasuredItem } from '../catalog/size-store.js';
import type { MediaSource } from '../library/media-source.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import { judge } from '../library/size-statement.js';
import type { Clock } from '../support/clock.js';
import { messageOf } from '../support/message-of.js';
import type { Budget } from './budget.js';
import { askForSizes, type Failure, type MeasuringRound, type Measured } from './measuring-round.js';
import { setbackFrom, type Setback, type SyncTrouble } from './trouble.js';
import { Wakeable } from './wakeable.js';

/*
 * How it works
 * - `run` repeats: wait while `#waitBefore` says so (a setback, or the budget is spent), take 64
 *   items without a size, newest first (`#worklist`), and measure them (`#measure`).
 * - `askForSizes` measures a batch, 8 items side by side. Its MeasuringRound holds sizes and
 *   failures.
 * - `#commit` writes the sizes to the catalog, also while the last items of a batch still run.
 * - If 3 different items fail with no size in between, the cause is shared: `#putOff` makes
 *   everything wait (`#setback`) and notes the items in `#suspects`, which are then asked for last.
 * - If fewer fail, `#putAside` gives each item a retry time of its own: after 5 minutes, doubling
 *   up to a day; for failures of the network or the account first the shorter wait of a setback.
 * - With nothing left to measure, `#recheck` asks again for sizes that an earlier program version
 *   stored.
 * - `wake` ends a wait early. The loop ends when its signal aborts.
 */

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

/** Items measured in one round. */
const BATCH = 64;
const LONGEST_WAIT = 60_000;
const FIRST_RETRY = 5 * 60_000;
const LAST_RETRY = 24 * 3_600_000;

/** Most items remembered as having failed together. */
const SUSPECTS_KEPT = 512;

/**
 * Sizes stored by an earlier version may stem from broken transfers: 50 at a time (one API request), 2,000 a day, are
 * asked for again.
 */
const RECHECK_BATCH = 50;
const RECHECK_EVERY = 36 * 60_000;

const USUALLY_SHARED: ReadonlySet<RemoteErrorKind> = new Set<RemoteErrorKind>([
  'offline',
  'rate-limited',
  'quota-exhausted',
  'signed-out',
]);
/** After this many failures a shared failure counts as the item's own. */
const MANY_TRIES = 10;

/** Measures sizes in the background, newest items first, as far as the budget allows. */
export class Measurer {
  readonly #deps: MeasurerDeps;
  readonly #wakeable: Wakeable;
  #setbacks = 0;
  /** Nothing is asked for between these two times. */
  #retryFrom = -Infinity;
  #retryAt = -Infinity;
  #resumesAt: number | undefined;
  /** Row ids of items that failed together when everything was put off. */
  readonly #suspects = new Set<number>();
  #paused: SyncTrouble | undefined;
  #isPlanned = false;
  #recheckedAt = -Infinity;

  constructor(deps: MeasurerDeps) {
    this.#deps = deps;
    this.#wakeable = new Wakeable(deps.clock);
  }

  /** Why it waits; undefined while it works or has nothing to do. */
  get paused(): SyncTrouble | undefined {
    return this.#paused;
  }

  /** When it goes on, milliseconds since the epoch. */
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
        this.#planRecheck();
        const work = this.#worklist();
        if (work.length > 0) await this.#measure(work, signal);
        else {
          await this.#recheck(signal);
          await this.#wakeable.wait(LONGEST_WAIT, signal);
        }
      } catch (error) {
        this.#setback(error);
      }
    }
  }

  /** Milliseconds until anything may be asked; 0 for now. */
  #waitBefore(): number {
    const { budget, clock } = this.#deps;
    const now = clock.now();
    // If the clock went back to before the failure, the wait is over.
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

  #planRecheck(): void {
    if (this.#isPlanned) return;
    const { catalog } = this.#deps;
    catalog.transaction(() => catalog.sizes.planRecheck());
    this.#isPlanned = true;
  }

  #worklist(): UnmeasuredItem[] {
    const { catalog, clock } = this.#deps;
    const work = catalog.sizes.worklist(BATCH + this.#suspects.size, clock.now());
    const isSuspect = ({ rowId }: UnmeasuredItem): boolean => this.#suspects.has(rowId);
    return [...work.filter((item) => !isSuspect(item)), ...work.filter(isSuspect)].slice(0, BATCH);
  }

  async #measure(work: readonly UnmeasuredItem[], signal: AbortSignal): Promise<void> {
    // Sizes that have come must not wait for an item that hangs.
    const round = await this.#ask(work, signal, (halfway) => this.#commit(halfway));
    if (round.hasSize) this.#setbacks = 0;
    if (round.isStuck) this.#putOff(round);
    else this.#putAside(round);
  }

  #ask(
    items: readonly UnmeasuredItem[],
    signal: AbortSignal,
    atEnd?: (round: MeasuringRound) => void,
  ): Promise<MeasuringRound> {
    return askForSizes(items, {
      ...this.#deps,
      signal,
      suspects: this.#suspects,
      ...(atEnd === undefined ? {} : { atEnd }),
    });
  }

  /** Asks once more for sizes stored by an earlier version, one batch at a time, and corrects wrong ones. */
  async #recheck(signal: AbortSignal): Promise<void> {
    const { catalog, clock, media, budget, changed } = this.#deps;
    const sinceLast = clock.now() - this.#recheckedAt;
    if (sinceLast >= 0 && sinceLast < RECHECK_EVERY) return;
    const items = catalog.sizes.toRecheck(RECHECK_BATCH);
    if (items.length === 0) return;
    this.#recheckedAt = clock.now();
    media.prepare?.(items);
    const round = await this.#ask(items, signal);
    budget.flush();
    if (signal.aborted) return;
    const stuckOn = round.isStuck ? round.undecided.at(-1) : undefined;
    if (stuckOn !== undefined) {
      this.#setback(stuckOn.error);
      return;
    }
    const known = new Map(items.map((item) => [item.rowId, item.known]));
    const wrong = round.measured.filter(({ item, facts }) => {
      const version = known.get(item.rowId);
      return version !== undefined && judge(version, facts) === 'changed';
    });
    catalog.transaction(() => {
      catalog.sizes.put(wrong.map(sizeOf));
      catalog.sizes.rechecked(items.at(-1)?.rowId ?? 0);
    });
    if (wrong.length > 0) changed();
  }

  /** Several different items failed in a row: the failure is shared, and everything waits. */
  #putOff(round: MeasuringRound): void {
    for (const { item } of round.undecided) this.#suspects.add(item.rowId);
    if (this.#suspects.size > SUSPECTS_KEPT) this.#suspects.clear();
    const last = round.undecided.at(-1);
    round.undecided = [];
    this.#commit(round);
    if (last !== undefined) this.#setback(last.error);
  }

  /**
   * Too few failed to tell if the cause is shared: each waits as for a shared failure, or longer if others were
   * measured.
   */
  #putAside(round: MeasuringRound): void {
    if (round.hasSize) round.blameItems();
    const few = round.undecided;
    round.undecided = [];
    this.#commit(round);
    this.#fail(few, ({ item, error }) =>
      isUsuallyShared(error) && item.failures < MANY_TRIES
        ? this.#setbackFrom(error, item.failures + 1).waitMs
        : ownWait(item),
    );
  }

  #commit(round: MeasuringRound): void {
    const { catalog, budget, changed } = this.#deps;
    const { own } = round;
    const sizes = round.measured.map(sizeOf);
    for (const { item } of own) this.#suspects.delete(item.rowId);
    round.measured = [];
    round.own = [];
    if (sizes.length > 0) catalog.transaction(() => catalog.sizes.put(sizes));
    this.#fail(own, ({ item }) => ownWait(item));
    budget.flush();
    if (sizes.length > 0) changed();
  }

  #fail(failures: readonly Failure[], waitOf: (failure: Failure) => number): void {
    const { catalog, clock, trouble } = this.#deps;
    const [first] = failures;
    if (first === undefined) return;
    const now = clock.now();
    catalog.transaction(() => {
      for (const failure of failures) {
        const retryAt = now + Math.min(LAST_RETRY, waitOf(failure));
        catalog.sizes.failed(failure.item.rowId, Math.ceil(retryAt), messageOf(failure.error));
      }
    });
    trouble({
      code: 'not-measured',
      message:
        `The size of ${failures.length === 1 ? 'an item' : `${failures.length} items`} could not be measured: ` +
        messageOf(first.error),
      hint: 'It is tried again by itself, and at once when the file is looked at.',
      at: now,
    });
  }

  #setback(error: unknown): void {
    const { clock, trouble } = this.#deps;
    this.#setbacks += 1;
    const setback = this.#setbackFrom(error, this.#setbacks);
    this.#retryFrom = clock.now();
    this.#retryAt = this.#retryFrom + setback.waitMs;
    this.#resumesAt = this.#retryAt;
    this.#paused = setback.trouble;
    trouble(setback.trouble);
  }

  #setbackFrom(error: unknown, attempt: number): Setback {
    const { clock, budget, random } = this.#deps;
    return setbackFrom(error, { now: clock.now(), attempt, quotaReset: budget.nextReset(), random: random() });
  }
}

function sizeOf({ item, facts }: Measured): MeasuredSize {
  return { mediaId: item.id, size: facts.length, etag: facts.etag };
}

/** Usually caused by the network or the account, and cheap to ask again. */
function isUsuallyShared(error: unknown): boolean {
  return error instanceof RemoteError && USUALLY_SHARED.has(error.kind);
}

function ownWait({ failures }: UnmeasuredItem): number {
  return FIRST_RETRY * 2 ** Math.min(failures, 20);
}
