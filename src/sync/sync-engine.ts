import { DAILY_LIMIT } from '../library/quota.js';
import type { RemoteErrorKind } from '../library/remote-error.js';
import { BudgetSpentError } from './budget.js';
import { BudgetedLibrary } from './budgeted-library.js';
import type { SyncEngineDeps, SyncEngineOptions } from './engine-parts.js';
import { FullPass } from './full-pass.js';
import type { PassContext } from './listings.js';
import { nextTask, type Task } from './next-task.js';
import type { RemainingWork } from './remaining-work.js';
import { PassAllowance, passRate } from './pass-allowance.js';
import { EndlessListingError } from './page-watch.js';
import { PollRhythm } from './poll-rhythm.js';
import { runPollPass } from './poll-pass.js';
import { RetryPause } from './retry-pause.js';
import { SyncRequests } from './sync-requests.js';
import type { SyncPhase } from './sync-status.js';
import {
  budgetTrouble,
  endedTrouble,
  endlessTrouble,
  removalsHeldTrouble,
  setbackFrom,
  type Setback,
  type SyncTrouble,
} from './trouble.js';
import { Wakeable } from './wakeable.js';

/** After held removals, a library of at most this many items gets its next full pass soon. */
const CHEAP_LIBRARY = 5000;
/** Stretched passes look for archived items only every fourth time, unless the library is small. */
const ARCHIVE_EVERY = 4;
const ARCHIVE_ALWAYS = 3000;
/** Codes of failures that another network may end. */
const NETWORK_TROUBLES: ReadonlySet<string> = new Set<RemoteErrorKind>(['offline', 'server']);
/** Most steps of a full pass between two decisions. */
const STEPS = 200;
/** The searches of a pass are twice as long as its plain list: three beside that end before it. More would only delay its pages. */
const BESIDE_PLAIN_LIST = 4;

/**
 * How it works. `run` repeats `#turn`: `#decide` describes the situation to {@link nextTask}, and
 * `#perform` carries out the answer: wait, poll, begin a full pass, or read some of its pages
 * (`#passStep`), so that polls fit between them. An error sets a wait (`#setback`) and is reported;
 * a spent budget waits for its reset. `syncNow` and `used` end a wait early. `#requests` holds what
 * people asked for: each request is answered by the first poll or full pass that begins after it.
 */
export class SyncEngine {
  readonly #deps: SyncEngineDeps;
  readonly #options: SyncEngineOptions;
  readonly #pass: FullPass;
  readonly #context: PassContext;
  readonly #wakeable: Wakeable;
  readonly #requests = new SyncRequests();
  readonly #rhythm: PollRhythm;
  readonly #allowance: PassAllowance;
  readonly #library: BudgetedLibrary;
  #endlessPasses = 0;
  readonly #passRetry = new RetryPause();
  /** Listings without an end, of the last full pass and of the last poll that read everything. */
  #endless: { pass?: SyncTrouble | undefined; poll?: SyncTrouble | undefined } = {};
  readonly #retry = new RetryPause();
  #setbacks = 0;
  #phase: SyncPhase = 'starting';
  #lastError: SyncTrouble | undefined;
  #waitingUntil: number | undefined;

  constructor(deps: SyncEngineDeps, options: SyncEngineOptions) {
    this.#deps = deps;
    this.#options = options;
    const { catalog, learn, changed } = deps;
    this.#library = new BudgetedLibrary(deps.library, deps.budget);
    this.#context = {
      library: this.#library,
      catalog,
      learn,
      changed,
      repeatedPages: this.#library.repeatedPages,
      halfRead: new Map(),
    };
    this.#pass = new FullPass(this.#context);
    this.#wakeable = new Wakeable(deps.clock);
    this.#rhythm = new PollRhythm(options, deps.clock.now());
    this.#allowance = new PassAllowance(catalog.state);
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

  /** Share of the open full pass that is read, 0 to 1; undefined if none is open. */
  get passShare(): number | undefined {
    return this.#pass.share;
  }

  /** Estimate of what the first sync has still to read. */
  remainingWork(): RemainingWork | undefined {
    return this.#pass.remainingWork(this.#deps.clock.now());
  }

  /**
   * Begins a poll at once, or with `full` a full pass. One that is under way does not count: what it has read may have
   * changed since. Resolves at its end, with the trouble if there was any.
   */
  syncNow({ full }: { full: boolean }): Promise<SyncTrouble | undefined> {
    const done = this.#requests.add(full);
    this.#retry.end();
    if (full || !this.#firstSyncDone) this.#passRetry.end();
    this.#deps.allowOneRequest?.();
    this.#wakeable.wake();
    return done;
  }

  /** Accepts held removals, if the next full pass misses the same items. False if none are held. */
  acceptRemovals(): boolean {
    const { catalog } = this.#deps;
    if (catalog.state.get('held.count') === undefined) return false;
    catalog.transaction(() => catalog.state.set('removals.accepted', '1'));
    return true;
  }

  /**
   * The network or the clock changed. A poll is due, and a wait after a failure of the network ends. A pause that
   * Google asked for, and a wait after another failure, go on.
   */
  environmentChanged(): void {
    if (this.#lastError !== undefined && NETWORK_TROUBLES.has(this.#lastError.code)) {
      this.#retry.end();
      this.#setbacks = 0;
    }
    this.#rhythm.hurry();
    this.#wakeable.wake();
  }

  /** The mount is being used: polls become frequent again. */
  used(): void {
    if (this.#rhythm.used(this.#deps.clock.now())) this.#wakeable.wake();
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#turn(signal);
    this.#requests.failed(endedTrouble(this.#deps.clock.now()));
  }

  async #turn(signal: AbortSignal): Promise<void> {
    try {
      if (this.#isPassOutdated) this.#pass.abandon();
      await this.#perform(this.#decide(), signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof BudgetSpentError) this.#spent();
      else this.#setback(error);
    }
  }

  // A full pass was asked for after the open one began: the open one is abandoned and a new one begins.
  // Not if a person waits for the open one (else it might never end), and not the first, which may take days.
  get #isPassOutdated(): boolean {
    return this.#requests.wanted.full && this.#pass.open && this.#firstSyncDone && !this.#requests.awaitsPass;
  }

  #decide(): Task {
    const { catalog, budget, clock } = this.#deps;
    const now = clock.now();
    const hour = this.#options.hourOf?.(now);
    const lastFull = catalog.state.get('full.last');
    const held = ['held.items', 'held.albums', 'held.archived'].some((key) => catalog.state.get(key) !== undefined);
    return nextTask({
      now,
      retryFrom: this.#retry.from,
      retryAt: this.#retry.until,
      passRetryFrom: this.#passRetry.from,
      passRetryAt: this.#passRetry.until,
      apiAllowed: budget.allows('api'),
      askedAllowed: budget.used().api < DAILY_LIMIT.api,
      quotaReset: budget.nextReset(),
      passOpen: this.#pass.open,
      passStarted: this.#pass.open && this.#pass.started,
      passAllowedAt: this.#isStretched ? this.#allowance.nextAt(now, this.#passRate(now)) : now,
      firstSyncDone: this.#firstSyncDone,
      lastPoll: this.#rhythm.lastPoll,
      lastFull: lastFull === undefined ? undefined : Number(lastFull),
      pollIntervalMs: this.#rhythm.interval(now),
      fullSyncIntervalMs: this.#options.fullSyncIntervalMs,
      isQuietHour: hour !== undefined && hour >= 1 && hour < 5,
      confirmSoon: held && catalog.counts().sources.app <= CHEAP_LIBRARY,
      wanted: this.#requests.wanted,
    });
  }

  async #perform(task: Task, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    switch (task.kind) {
      case 'wait': {
        this.#rest(clock.now() + task.ms);
        await this.#wakeable.wait(task.ms, signal);
        return;
      }
      case 'begin-pass':
        this.#beginPass();
        return;
      case 'poll':
        return this.#poll(signal);
      case 'pass-step':
        return this.#passStep(signal);
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    this.#enter('poll');
    const isAsked = this.#requests.pollBegun();
    const scope = this.#rhythm.scope(clock.now(), isAsked);
    this.#library.mayUseReserve = isAsked;
    const outcome = await runPollPass(this.#context, scope, signal).finally(() => {
      this.#library.mayUseReserve = false;
    });
    const now = clock.now();
    this.#rhythm.polled(now, outcome);
    const endless = outcome.endless && endlessTrouble(outcome.endless.message, now);
    if (endless !== undefined || (scope.albums && scope.favorites)) this.#endless.poll = endless;
    this.#succeeded();
    if (endless !== undefined) this.#report(endless);
    this.#requests.done(false, endless);
  }

  #beginPass(): void {
    const { catalog, clock } = this.#deps;
    const isAsked = this.#requests.fullBegun();
    const isStretched = this.#options.stretchFullPasses === true && !isAsked;
    const skipped = Number(catalog.state.get('archive.skipped') ?? 0);
    const isHeld = catalog.state.get('held.archived') !== undefined;
    const archive =
      !isStretched || isHeld || skipped + 1 >= ARCHIVE_EVERY || catalog.counts().sources.app <= ARCHIVE_ALWAYS;
    this.#pass.begin({ archive, now: isAsked ? clock.now() : undefined });
    if (isStretched && this.#firstSyncDone) catalog.transaction(() => catalog.state.set('pass.at/stretched', '1'));
    // Its first pages are those that a poll would read.
    this.#rhythm.passBegun(clock.now());
  }

  async #passStep(signal: AbortSignal): Promise<void> {
    const { catalog, clock, budget } = this.#deps;
    const wasDone = this.#firstSyncDone;
    this.#enter(wasDone ? 'full-pass' : 'first-sync');
    const rate = this.#passRate(clock.now());
    const isStretched = this.#isStretched;
    const asked = this.#library.asked;
    let steps = 0;
    const goOn = (): boolean => {
      steps += 1;
      const now = clock.now();
      if (steps >= STEPS || !budget.allows('api') || this.#firstSyncDone !== wasDone) return false;
      if (this.#isPassOutdated) return false;
      if (this.#requests.wanted.poll || this.#rhythm.isDue(now)) return !this.#pass.started;
      return !isStretched || this.#allowance.left(now, rate) - (this.#library.asked - asked) >= 1;
    };
    const most = this.#options.parallel ?? 8;
    const parallel = this.#pass.isFirst ? most : this.#pass.isParallel ? Math.min(most, BESIDE_PLAIN_LIST) : 1;
    try {
      const step = await this.#pass.run({ parallel, now: clock.now(), goOn, signal });
      this.#setbacks = 0;
      if (this.#firstSyncDone && !wasDone) this.#succeeded();
      if (!step.done) return;
      // The pass has just read all that a poll would read.
      const now = clock.now();
      this.#rhythm.passDone(now);
      const { endless } = step.outcome;
      this.#endlessPasses = 0;
      this.#endless = { pass: endless === undefined ? undefined : endlessTrouble(endless, now) };
      this.#succeeded();
      if (this.#endless.pass !== undefined) this.#report(this.#endless.pass);
      const held = removalsHeldTrouble(step.outcome, now);
      if (held !== undefined) this.#report(held);
      this.#requests.done(true, held ?? this.#endless.pass);
    } catch (error) {
      if (!(error instanceof EndlessListingError)) throw error;
      this.#passEndless(error);
    } finally {
      if (isStretched)
        catalog.transaction(() => {
          this.#allowance.spend(this.#library.asked - asked, clock.now(), rate);
        });
    }
  }

  #succeeded(): void {
    const { catalog, budget, clock, statusChanged } = this.#deps;
    this.#setbacks = 0;
    this.#lastError = this.#endless.pass ?? this.#endless.poll;
    catalog.transaction(() => catalog.state.set('success.last', String(clock.now())));
    budget.flush();
    statusChanged();
  }

  #setback(error: unknown): void {
    this.#setbacks += 1;
    const { trouble, waitMs } = this.#judge(error, this.#setbacks);
    this.#retry.begin(this.#deps.clock.now(), waitMs);
    this.#report(trouble);
    this.#requests.failed(trouble);
  }

  #judge(error: unknown, attempt: number): Setback {
    const { clock, budget, random } = this.#deps;
    return setbackFrom(error, { now: clock.now(), attempt, quotaReset: budget.nextReset(), random: random() });
  }

  /** The catalog stays as it is. The next full pass comes at its usual time, or after the back-off if that is later. */
  #passEndless(error: EndlessListingError): void {
    const { catalog, clock } = this.#deps;
    this.#pass.abandon();
    this.#endlessPasses += 1;
    const { trouble, waitMs } = this.#judge(error, this.#endlessPasses);
    const now = clock.now();
    if (this.#firstSyncDone) catalog.transaction(() => catalog.state.set('full.last', String(now)));
    this.#passRetry.begin(now, waitMs);
    this.#endless.pass = trouble;
    this.#report(trouble);
    this.#requests.failed(trouble);
  }

  #budgetTrouble(): SyncTrouble {
    const { budget, clock } = this.#deps;
    return budgetTrouble(clock.now(), budget.used().api >= DAILY_LIMIT.api);
  }

  /** The budget ran out during a poll or full pass, which goes on after the reset. */
  #spent(): void {
    const trouble = this.#budgetTrouble();
    if (this.#lastError?.code !== 'budget') this.#report(trouble);
    this.#requests.failed(trouble);
  }

  #report(trouble: SyncTrouble): void {
    this.#lastError = trouble;
    this.#deps.trouble(trouble);
    this.#deps.statusChanged();
  }

  #rest(until: number): void {
    const { budget, clock } = this.#deps;
    try {
      budget.flush();
    } catch {
      // The counts stay in memory: a full disk must not turn resting into a loop.
    }
    const isSpent = !budget.allows('api');
    if (isSpent && this.#lastError?.code !== 'budget') this.#report(this.#budgetTrouble());
    if (isSpent) this.#requests.failed(this.#lastError);
    const retryAt = this.#retryTime(clock.now());
    const isWaiting = isSpent || retryAt !== undefined;
    this.#waitingUntil = isSpent ? budget.nextReset() : (retryAt ?? until);
    this.#enter(isWaiting ? 'waiting' : 'idle');
  }

  /** When syncing goes on after a failure; undefined if it does not wait for that. */
  #retryTime(now: number): number | undefined {
    return this.#retry.endOf(now) ?? (this.#firstSyncDone ? undefined : this.#passRetry.endOf(now));
  }

  #enter(phase: SyncPhase): void {
    if (phase !== 'waiting' && phase !== 'idle') this.#waitingUntil = undefined;
    if (this.#phase === phase) return;
    this.#phase = phase;
    this.#deps.statusChanged();
  }

  get #firstSyncDone(): boolean {
    return this.#deps.catalog.state.get('first.done') !== undefined;
  }

  get #isStretched(): boolean {
    return this.#deps.catalog.state.get('pass.at/stretched') !== undefined;
  }

  #passRate(now: number): number {
    return passRate(this.#rhythm.interval(now));
  }
}
