import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MeasuredSize, UnmeasuredItem } from '../catalog/size-store.js';
import type { MediaSource } from '../library/media-source.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';
import { setbackFrom, type Setback, type SyncTrouble } from './trouble.js';
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

/** A size not told by then counts as a failure; milliseconds. */
const ITEM_DEADLINE = 60_000;
/** So many different items failing with no size in between are not to blame: the host, the network or the account is. */
const SEVERAL = 3;
/** Most items remembered as having failed together. */
const SUSPECTS_KEPT = 512;

/** Failures of one item, or of everything: which of the two shows when other items are asked for. */
const SHARED: ReadonlySet<RemoteErrorKind> = new Set<RemoteErrorKind>([
  'offline',
  'rate-limited',
  'quota-exhausted',
  'signed-out',
  'unauthenticated',
  'forbidden',
  'server',
  'protocol',
]);

const FOR_EVERYBODY: ReadonlySet<RemoteErrorKind> = new Set<RemoteErrorKind>([
  'offline',
  'rate-limited',
  'quota-exhausted',
  'signed-out',
]);
/** An item that failed so often waits as long as one that is to blame. */
const PATIENT_TRIES = 10;

interface Failure {
  readonly item: UnmeasuredItem;
  readonly error: unknown;
}

/** What came of a batch so far. */
class Round {
  sizes: MeasuredSize[] = [];
  /** Failures of the items themselves. */
  own: Failure[] = [];
  /** Failures since the last size was told that may be everybody's. */
  undecided: Failure[] = [];
  hasSize = false;

  get isStuck(): boolean {
    return this.undecided.length >= SEVERAL;
  }

  told(size: MeasuredSize): void {
    this.sizes.push(size);
    this.hasSize = true;
    this.blameItems();
  }

  /** `isSuspect`: it had failed before, beside others, when everything was put off. */
  failed(failure: Failure, isSuspect: boolean): void {
    if (isShared(failure.error) && !(isSuspect && this.hasSize)) this.undecided.push(failure);
    else this.own.push(failure);
  }

  /** The host answers for others: what failed meanwhile failed by itself. */
  blameItems(): void {
    this.own.push(...this.undecided);
    this.undecided = [];
  }
}

/**
 * Learns sizes in the background, newest items first, as far as the budget goes. An item that fails is put aside; where several
 * different ones fail, everything waits, and other items are asked for first when it goes on.
 */
export class Measurer {
  readonly #deps: MeasurerDeps;
  readonly #wakeable: Wakeable;
  #setbacks = 0;
  /** Nothing is asked between these two. */
  #retryFrom = -Infinity;
  #retryAt = -Infinity;
  /** Row ids of items that failed together when everything was put off. */
  readonly #suspects = new Set<number>();
  #paused: SyncTrouble | undefined;

  constructor(deps: MeasurerDeps) {
    this.#deps = deps;
    this.#wakeable = new Wakeable(deps.clock);
  }

  /** Why it rests; undefined while it works or has nothing to do. */
  get paused(): SyncTrouble | undefined {
    return this.#paused;
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
        const work = this.#worklist();
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
    return budget.nextReset() - now;
  }

  #worklist(): UnmeasuredItem[] {
    const { catalog, clock } = this.#deps;
    const work = catalog.sizes.worklist(BATCH + this.#suspects.size, clock.now());
    const isSuspect = ({ rowId }: UnmeasuredItem): boolean => this.#suspects.has(rowId);
    return [...work.filter((item) => !isSuspect(item)), ...work.filter(isSuspect)].slice(0, BATCH);
  }

  async #measure(work: readonly UnmeasuredItem[], signal: AbortSignal): Promise<void> {
    const queue = [...work];
    const round = new Round();
    const worker = async (): Promise<void> => {
      while (!round.isStuck && !signal.aborted) {
        const item = queue.shift();
        if (item === undefined) break;
        await this.#measureOne(item, round, signal);
        if (!this.#deps.budget.allows('media')) queue.length = 0;
      }
      // What is known must not wait for an item that hangs.
      if (!round.isStuck) this.#commit(round);
    };
    // An answer under way may still show that the host is well.
    do await Promise.all(Array.from({ length: PARALLEL }, worker));
    while (queue.length > 0 && !round.isStuck && !signal.aborted);
    if (round.hasSize) this.#setbacks = 0;
    if (round.isStuck) this.#putOff(round);
    else this.#putAside(round);
  }

  async #measureOne(item: UnmeasuredItem, round: Round, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const late = new AbortController();
    this.#deps.clock.sleep(ITEM_DEADLINE, over.signal).then(
      () => late.abort(),
      () => undefined,
    );
    const either = AbortSignal.any([signal, late.signal]);
    try {
      const facts = await unlessAborted(
        this.#deps.media.measure(item, { priority: 'background', signal: either }),
        either,
      );
      if (facts.length === undefined) round.failed({ item, error: new Error(NO_LENGTH) }, false);
      else {
        round.told({ mediaId: item.id, size: facts.length, etag: facts.etag });
        this.#suspects.delete(item.rowId);
      }
    } catch (error) {
      if (signal.aborted) return;
      const failure = { item, error: late.signal.aborted ? new RemoteError('server', TOO_LATE) : error };
      round.failed(failure, this.#suspects.has(item.rowId));
    } finally {
      over.abort();
    }
  }

  /** Several different items failed, one after another: none of them is blamed. */
  #putOff(round: Round): void {
    for (const { item } of round.undecided) this.#suspects.add(item.rowId);
    if (this.#suspects.size > SUSPECTS_KEPT) this.#suspects.clear();
    const last = round.undecided.at(-1);
    round.undecided = [];
    this.#commit(round);
    if (last !== undefined) this.#setback(last.error);
  }

  /** Too few failed to tell whose fault it is: those items wait as long as everything would, or longer where others were told. */
  #putAside(round: Round): void {
    if (round.hasSize) round.blameItems();
    const few = round.undecided;
    round.undecided = [];
    this.#commit(round);
    this.#fail(few, ({ item, error }) =>
      isForEverybody(error) && item.failures < PATIENT_TRIES
        ? this.#setbackFrom(error, item.failures + 1).waitMs
        : ownWait(item),
    );
  }

  #commit(round: Round): void {
    const { catalog, budget, changed } = this.#deps;
    const { sizes, own } = round;
    for (const { item } of own) this.#suspects.delete(item.rowId);
    round.sizes = [];
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
      message: `The size of ${failures.length === 1 ? 'an item' : `${failures.length} items`} could not be measured: ${messageOf(first.error)}`,
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
    this.#paused = setback.trouble;
    trouble(setback.trouble);
  }

  #setbackFrom(error: unknown, attempt: number): Setback {
    const { clock, budget, random } = this.#deps;
    return setbackFrom(error, { now: clock.now(), attempt, quotaReset: budget.nextReset(), random: random() });
  }
}

const NO_LENGTH = 'Google does not tell the length of this file.';
const TOO_LATE = 'Google did not tell the size in time.';

function isShared(error: unknown): boolean {
  return error instanceof RemoteError && SHARED.has(error.kind);
}

/** Mostly the network or the account, and cheap to ask again. */
function isForEverybody(error: unknown): boolean {
  return error instanceof RemoteError && FOR_EVERYBODY.has(error.kind);
}

function ownWait({ failures }: UnmeasuredItem): number {
  return FIRST_RETRY * 2 ** Math.min(failures, 20);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The outcome of `work`, or a rejection as soon as the signal aborts: what hangs may not heed it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(TOO_LATE)), { once: true });
    work.then(resolve, reject);
  });
}
