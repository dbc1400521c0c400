import type { UnmeasuredItem } from '../catalog/size-store.js';
import type { MediaFacts, MediaSource } from '../library/media-source.js';
import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';

const PARALLEL = 8;
/** An item without a size after this long has failed; milliseconds. */
const ITEM_DEADLINE = 60_000;
/** If this many different items fail with no size in between, the host, the network or the account is the cause. */
const SEVERAL = 3;
/** Kinds that may concern one item or all: the outcome for other items decides. */
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

export interface Failure {
  readonly item: UnmeasuredItem;
  readonly error: unknown;
}

export interface Measured {
  readonly item: UnmeasuredItem;
  readonly facts: MediaFacts & { readonly length: number };
}

/** The outcomes of a batch so far. */
export class MeasuringRound {
  measured: Measured[] = [];
  /** Failures of the items themselves. */
  own: Failure[] = [];
  /** Failures since the last size, whose cause may be shared. */
  undecided: Failure[] = [];
  hasSize = false;

  get isStuck(): boolean {
    return this.undecided.length >= SEVERAL;
  }

  answered(measured: Measured): void {
    this.measured.push(measured);
    this.hasSize = true;
    this.blameItems();
  }

  /** `isSuspect`: the item was among those that failed together before. */
  failed(failure: Failure, isSuspect: boolean): void {
    if (isShared(failure.error) && !(isSuspect && this.hasSize)) this.undecided.push(failure);
    else this.own.push(failure);
  }

  /** The host answers for other items, so these failures concern their items only. */
  blameItems(): void {
    this.own.push(...this.undecided);
    this.undecided = [];
  }
}

export interface AskingDeps {
  readonly media: MediaSource;
  readonly budget: Budget;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Row ids of items that failed together before; measured items are removed. */
  readonly suspects: Set<number>;
  /** Called when the last item of the batch has been started. */
  readonly atEnd?: (round: MeasuringRound) => void;
}

/** Measures these items side by side; stops if several different ones fail with no size in between. */
export async function askForSizes(items: readonly UnmeasuredItem[], deps: AskingDeps): Promise<MeasuringRound> {
  const { budget, signal, atEnd } = deps;
  const queue = [...items];
  const round = new MeasuringRound();
  const worker = async (): Promise<void> => {
    while (!round.isStuck && !signal.aborted) {
      const item = queue.shift();
      if (item === undefined) break;
      await askForSize(item, round, deps);
      if (!budget.allows('media')) queue.length = 0;
    }
    if (!round.isStuck) atEnd?.(round);
  };
  // An answer under way may still show that the host works: then the rest is measured too.
  do await Promise.all(Array.from({ length: PARALLEL }, worker));
  while (queue.length > 0 && !round.isStuck && !signal.aborted);
  return round;
}

async function askForSize(item: UnmeasuredItem, round: MeasuringRound, deps: AskingDeps): Promise<void> {
  const { media, clock, signal, suspects } = deps;
  const over = new AbortController();
  const late = new AbortController();
  clock.sleep(ITEM_DEADLINE, over.signal).then(
    () => late.abort(),
    () => undefined,
  );
  const either = AbortSignal.any([signal, late.signal]);
  try {
    const facts = await unlessAborted(media.measure(item, { priority: 'background', signal: either }), either);
    if (facts.length === undefined) round.failed({ item, error: new Error(NO_LENGTH) }, false);
    else {
      round.answered({ item, facts: { ...facts, length: facts.length } });
      suspects.delete(item.rowId);
    }
  } catch (error) {
    if (signal.aborted) return;
    const failure = { item, error: late.signal.aborted ? new RemoteError('server', TOO_LATE) : error };
    round.failed(failure, suspects.has(item.rowId));
  } finally {
    over.abort();
  }
}

const NO_LENGTH = 'Google does not tell the length of this file.';
const TOO_LATE = 'Google did not tell the size in time.';

function isShared(error: unknown): boolean {
  return error instanceof RemoteError && SHARED.has(error.kind);
}

/** The outcome of `work`, or a rejection as soon as the signal aborts, even if `work` ignores the signal. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error(TOO_LATE)), { once: true });
    work.then(resolve, reject);
  });
}
