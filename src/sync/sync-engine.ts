import type { CatalogWriter } from '../catalog/catalog-writer.js';
import type { MediaItem } from '../library/media-item.js';
import type { RemoteLibrary } from '../library/remote-library.js';
import type { Clock } from '../support/clock.js';
import type { Budget } from './budget.js';
import { FullPass } from './full-pass.js';
import type { PassContext } from './listings.js';
import { nextTask, type Task } from './next-task.js';
import { EndlessListingError } from './page-watch.js';
import { runPollPass } from './poll-pass.js';
import type { SweepOutcome } from './sweep.js';
import type { SyncPhase } from './sync-status.js';
import { setbackFrom, type SyncTrouble } from './trouble.js';
import { Wakeable } from './wakeable.js';

export interface SyncEngineOptions {
  readonly pollIntervalMs: number;
  readonly fullSyncIntervalMs: number;
}

export interface SyncEngineDeps {
  readonly library: RemoteLibrary;
  readonly catalog: CatalogWriter;
  readonly budget: Budget;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly learn: (items: readonly MediaItem[]) => void;
  /** Something visible in the catalog changed. */
  readonly changed: () => void;
  /** Phase, last error or last success changed. */
  readonly moved: () => void;
  readonly trouble: (trouble: SyncTrouble) => void;
}

/** A held-back removal in a library whose full pass costs no more than this many items is looked at again soon. */
const CHEAP_LIBRARY = 5000;

/** Keeps the catalog like the library: decides by {@link nextTask}, carries it out, gets over what fails. */
export class SyncEngine {
  readonly #deps: SyncEngineDeps;
  readonly #options: SyncEngineOptions;
  readonly #pass: FullPass;
  readonly #context: PassContext;
  readonly #wakeable: Wakeable;
  #wanted = { poll: false, full: false };
  #lastPoll: number | undefined;
  #retryAt = -Infinity;
  #setbacks = 0;
  #phase: SyncPhase = 'starting';
  #lastError: SyncTrouble | undefined;
  #waitingUntil: number | undefined;

  constructor(deps: SyncEngineDeps, options: SyncEngineOptions) {
    this.#deps = deps;
    this.#options = options;
    const { library, catalog, learn, changed } = deps;
    this.#context = { library, catalog, learn, changed };
    this.#pass = new FullPass(this.#context);
    this.#wakeable = new Wakeable(deps.clock);
  }

  get phase(): SyncPhase {
    return this.#phase;
  }

  get lastError(): SyncTrouble | undefined {
    return this.#lastError;
  }

  get waitingUntil(): number | undefined {
    return this.#waitingUntil;
  }

  /** Looks at once, whatever it is waiting for; with `full` at everything. */
  syncNow({ full }: { full: boolean }): void {
    // A full pass begins with the newest items as a small one does.
    this.#wanted = { poll: this.#wanted.poll || !full, full: this.#wanted.full || full };
    this.#retryAt = -Infinity;
    this.#wakeable.wake();
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#turn(signal);
  }

  /** One decision and what follows from it. */
  async #turn(signal: AbortSignal): Promise<void> {
    try {
      await this.#perform(this.#decide(), signal);
    } catch (error) {
      if (!signal.aborted) this.#setback(error);
    }
  }

  #decide(): Task {
    const { catalog, budget, clock } = this.#deps;
    const now = clock.now();
    const lastFull = catalog.state.get('full.last');
    const held = ['held.items', 'held.albums', 'held.archived'].some((key) => catalog.state.get(key) !== undefined);
    return nextTask({
      now,
      retryAt: this.#retryAt,
      apiAllowed: budget.allows('api'),
      quotaReset: budget.nextReset(),
      passOpen: this.#pass.open,
      passStarted: this.#pass.open && this.#pass.started,
      firstSyncDone: this.#firstSyncDone,
      lastPoll: this.#lastPoll,
      lastFull: lastFull === undefined ? undefined : Number(lastFull),
      pollIntervalMs: this.#options.pollIntervalMs,
      fullSyncIntervalMs: this.#options.fullSyncIntervalMs,
      confirmSoon: held && catalog.counts().items <= CHEAP_LIBRARY,
      wanted: this.#wanted,
    });
  }

  async #perform(task: Task, signal: AbortSignal): Promise<void> {
    const { budget, clock } = this.#deps;
    switch (task.kind) {
      case 'wait': {
        budget.flush();
        this.#rest(clock.now() + task.ms);
        await this.#wakeable.wait(task.ms, signal);
        return;
      }
      case 'begin-pass':
        this.#wanted.full = false;
        this.#pass.begin();
        // Its first pages are those that a small pass would read.
        this.#lastPoll = clock.now();
        return;
      case 'poll':
        this.#enter('poll');
        this.#wanted.poll = false;
        await runPollPass(this.#context, signal);
        this.#lastPoll = clock.now();
        this.#succeeded();
        return;
      case 'pass-step': {
        this.#enter(this.#firstSyncDone ? 'full-pass' : 'first-sync');
        const step = await this.#pass.step(clock.now(), signal);
        this.#setbacks = 0;
        if (!step.done) return;
        // The pass has just read all that a poll would read.
        this.#lastPoll = clock.now();
        this.#succeeded();
        this.#reportHeld(step.outcome);
      }
    }
  }

  #succeeded(): void {
    const { catalog, budget, clock, moved } = this.#deps;
    this.#setbacks = 0;
    this.#lastError = undefined;
    catalog.transaction(() => catalog.state.set('success.last', String(clock.now())));
    budget.flush();
    moved();
  }

  #setback(error: unknown): void {
    const { clock, budget, random, trouble, moved } = this.#deps;
    if (error instanceof EndlessListingError && this.#pass.open) this.#abandonPass();
    this.#setbacks += 1;
    const now = clock.now();
    const circumstances = { now, attempt: this.#setbacks, quotaReset: budget.nextReset(), random: random() };
    const setback = setbackFrom(error, circumstances);
    this.#retryAt = now + setback.waitMs;
    this.#lastError = setback.trouble;
    trouble(setback.trouble);
    moved();
  }

  /** What is known stays; the next full pass comes at its usual time, the first sync after the setback's wait. */
  #abandonPass(): void {
    const { catalog, clock } = this.#deps;
    this.#pass.abandon();
    if (this.#firstSyncDone) {
      catalog.transaction(() => catalog.state.set('full.last', String(clock.now())));
    }
  }

  #reportHeld({ heldItems, heldAlbums, heldArchived }: SweepOutcome): void {
    const parts = [
      heldItems > 0 ? `${heldItems} items` : '',
      heldAlbums > 0 ? `${heldAlbums} albums` : '',
      heldArchived > 0 ? `${heldArchived} items outside the archive` : '',
    ].filter((part) => part !== '');
    if (parts.length === 0) return;
    this.#lastError = {
      code: 'removals-held',
      message: `A full pass did not find ${parts.join(', ')} that were there before; they stay visible for now.`,
      hint: 'They go when the next full pass finds exactly the same; check photos.google.com if you removed nothing.',
      at: this.#deps.clock.now(),
    };
    this.#deps.trouble(this.#lastError);
    this.#deps.moved();
  }

  #rest(until: number): void {
    const { budget, clock, trouble } = this.#deps;
    const spent = !budget.allows('api');
    if (spent && this.#lastError?.code !== 'budget') {
      this.#lastError = {
        code: 'budget',
        message: 'Syncing has used its share of today’s API requests; the rest is kept for reading files.',
        hint: 'It goes on after midnight Pacific time.',
        at: clock.now(),
      };
      trouble(this.#lastError);
    }
    const waiting = spent || clock.now() < this.#retryAt;
    this.#waitingUntil = spent ? budget.nextReset() : waiting ? this.#retryAt : until;
    this.#enter(waiting ? 'waiting' : 'idle');
  }

  #enter(phase: SyncPhase): void {
    if (phase !== 'waiting' && phase !== 'idle') this.#waitingUntil = undefined;
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#deps.moved();
  }

  get #firstSyncDone(): boolean {
    return this.#deps.catalog.state.get('first.done') !== undefined;
  }
}
