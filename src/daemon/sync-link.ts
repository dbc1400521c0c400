import { openCatalogWriter } from '../catalog/catalog-writer.js';
import type { MeasuredSize as StoredSize } from '../catalog/size-store.js';
import type { MeasuredSize } from '../content/size-book.js';
import { calendarOf } from '../library/calendar.js';
import type { ListedBaseUrl, MediaId } from '../library/media-item.js';
import type { Problem } from '../library/problem.js';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';
import type { TokenSource } from '../library/token-source.js';
import { ENDED, SyncService } from '../sync/sync-service.js';
import type { SyncSettings } from '../sync/sync-messages.js';
import type { SyncStatus } from '../sync/sync-status.js';
import type { DaemonConfig } from './daemon-config.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { Logger } from '../support/logger.js';
import { messageOf } from '../support/message-of.js';
import { UserError } from '../support/user-error.js';
import type { StatusBoard } from './status-board.js';
import { treeNames } from '../sync/tree-names.js';
import type { SyncTrouble } from '../sync/trouble.js';
import type { QuotaUse, StatusDocument } from './status-document.js';

export interface SyncLinkDeps {
  readonly config: DaemonConfig;
  readonly libraryUrl: string;
  /** Of the profile. */
  readonly timeZone: string;
  readonly project: string | undefined;
  readonly token: TokenSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly board: StatusBoard;
  /** These sizes now stand in the catalog. */
  readonly onCommitted: (ids: readonly MediaId[]) => void;
  /** These items were just listed, with base URLs. */
  readonly onListed: (items: readonly ListedBaseUrl[]) => void;
}

/** How often requests counted on this thread are handed over. */
const HAND_OVER_MS = 500;
/** Use of the mount is reported at most this often. */
const USE_EVERY_MS = 60_000;
/** Before the thread is started again; doubled each time. */
const FIRST_RESTART_MS = 1000;
const LAST_RESTART_MS = 5 * 60_000;
/** A thread that ran for this long is restarted quickly. */
const STEADY_MS = 10 * 60_000;

/**
 * The main thread's link to the sync thread: sends sizes and request counts, receives troubles and numbers. A thread
 * that ends by itself is started again.
 */
export class SyncLink {
  readonly #deps: SyncLinkDeps;
  #service: SyncService;
  #status: SyncStatus;
  #config: DaemonConfig;
  readonly #counted = { api: 0, media: 0 };
  readonly #waiting: MeasuredSize[] = [];
  /** Handed over, not yet in the catalog: a thread that crashes has lost them. */
  readonly #unwritten = new Map<MediaId, MeasuredSize>();
  /** Codes of the troubles that syncing reported. */
  readonly #told = new Set<string>();
  readonly #stopping = new AbortController();
  #running = false;
  #lastUse = 0;
  #failure: SyncTrouble | undefined;
  /** Callers that asked for a sync while no thread ran. Each is answered with whether one runs now. */
  #asking: ((runs: boolean) => void)[] = [];
  /** Ends the wait before the next start; undefined outside of it. */
  #hurry: (() => void) | undefined;

  constructor(deps: SyncLinkDeps) {
    this.#deps = deps;
    const { board } = deps;
    this.#config = deps.config;
    this.#service = this.#makeService();
    this.#status = this.#service.status();
    board.sources.sync = () => this.#describe();
    board.sources.quota = () => {
      const { quotaUsed, backgroundResumesAt } = this.#status;
      const use = (kind: QuotaKind): QuotaUse => ({
        used: quotaUsed[kind] + this.#counted[kind],
        limit: DAILY_LIMIT[kind],
        reserve: Math.round(DAILY_LIMIT[kind] * this.#config.quotaReserve),
      });
      return { api: use('api'), media: use('media'), backgroundResumesAt: timeText(backgroundResumesAt) };
    };
  }

  countRequest(kind: QuotaKind): void {
    this.#counted[kind]++;
  }

  /** Goes on with the intervals and the reserve of another configuration. */
  configure(config: DaemonConfig): void {
    this.#config = config;
    if (this.#running) this.#service.configure(settingsOf(config));
  }

  /**
   * Resolves with true where the thread answers within `ms` milliseconds, or where status shows that it is not running
   * and when it is started again.
   */
  async isWell(ms: number): Promise<boolean> {
    if (!this.#running) return true;
    const service = this.#service;
    const late = new Error('the thread did not answer');
    return withinDeadline(
      this.#deps.clock,
      ms,
      () => service.alive(),
      () => late,
    ).then(
      () => true,
      // It may have ended meanwhile: then it is started again.
      () => !service.isRunning,
    );
  }

  /** Sizes measured before the other thread runs wait for it. */
  commitSizes(batch: readonly MeasuredSize[]): void {
    this.#waiting.push(...batch);
    if (this.#running) this.#handOver();
  }

  /**
   * Runs until stopped. Never rejects: without syncing the mount still shows what is known, and status says what is
   * wrong.
   */
  async run(): Promise<void> {
    const { clock } = this.#deps;
    for (let failures = 0; ; failures++) {
      const began = clock.now();
      const { reason, hasRun } = await this.#runOnce();
      if (this.#isStopping()) return;
      if (clock.now() - began > STEADY_MS) failures = 0;
      this.#failed(reason);
      const wait = Math.min(LAST_RESTART_MS, FIRST_RESTART_MS * 2 ** Math.min(failures, 20));
      // Those who asked while it ran, or before, get one more try; where it did not start, that was it.
      if (!hasRun) this.#tellAsking(false);
      if (this.#asking.length === 0) await this.#pause(wait);
      if (this.#isStopping()) return;
      this.#service = this.#makeService();
    }
  }

  /** Asked by a call, since it changes while a pause is awaited. */
  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async stop(): Promise<void> {
    if (this.#running) this.#handOver();
    this.#stopping.abort();
    this.#tellAsking(false);
    await this.#service.stop();
    this.#writeLeft();
  }

  /** Writes the sizes that the thread did not acknowledge, or never got: it may not have started yet. No other thread writes by now. */
  #writeLeft(): void {
    const left = [...this.#unwritten.values(), ...this.#waiting.splice(0)];
    if (left.length === 0) return;
    const { timeZone, log } = this.#deps;
    try {
      const deps = { names: treeNames, calendar: calendarOf(timeZone) };
      const catalog = openCatalogWriter(this.#config.paths.catalogFile, deps);
      try {
        catalog.transaction(() => catalog.sizes.put(left.map(storedSize)));
      } finally {
        catalog.close();
      }
    } catch (error) {
      log.log('warn', `${left.length} sizes were not stored: ${messageOf(error)}`);
    }
  }

  /**
   * As {@link SyncService.syncNow}. If no thread runs, the next start comes at once and begins with this sync. If the
   * thread crashes during the sync, it is tried once more.
   */
  async syncNow(wanted: {
    readonly full: boolean;
    readonly acceptRemovals: boolean;
  }): Promise<SyncTrouble | undefined> {
    let isRunning = this.#running;
    for (let tries = 1; ; tries++) {
      if (!isRunning && !(await this.#nextStart())) return this.#failure ?? ENDED;
      isRunning = false;
      const trouble = await this.#service.syncNow(wanted);
      if (trouble !== ENDED || this.#stopping.signal.aborted || tries > 1) return trouble;
    }
  }

  /** The mount is being used. Cheap enough for every call. */
  used(now: number): void {
    if (now - this.#lastUse < USE_EVERY_MS && now >= this.#lastUse) return;
    this.#lastUse = now;
    if (this.#running) this.#service.used();
  }

  /** As {@link SyncService.environmentChanged}; where no thread runs, the next start does not wait any longer. */
  environmentChanged(): void {
    if (this.#running) this.#service.environmentChanged();
    else this.#hurry?.();
  }

  /** Resolves with whether a thread runs, after the next try to start one. */
  #nextStart(): Promise<boolean> {
    if (this.#stopping.signal.aborted) return Promise.resolve(false);
    this.#hurry?.();
    return new Promise((resolve) => this.#asking.push(resolve));
  }

  #tellAsking(runs: boolean): void {
    for (const tell of this.#asking.splice(0)) tell(runs);
  }

  /** The wait before the next start; shorter where a person asks for a look. */
  async #pause(ms: number): Promise<void> {
    const over = new AbortController();
    const end = (): void => over.abort();
    this.#hurry = end;
    this.#stopping.signal.addEventListener('abort', end);
    await this.#deps.clock.sleep(ms, over.signal).catch(() => undefined);
    this.#stopping.signal.removeEventListener('abort', end);
    this.#hurry = undefined;
  }

  #makeService(): SyncService {
    const { libraryUrl, timeZone, log, onCommitted, onListed, token } = this.#deps;
    const config = this.#config;
    const service = new SyncService({
      catalogFile: config.paths.catalogFile,
      libraryUrl,
      timeZone,
      ...settingsOf(config),
      caFile: config.caFile,
      project: this.#deps.project,
      token,
      log,
    });
    service.on('trouble', (trouble) => this.#tell(trouble));
    service.on('status', (status) => this.#follow(status));
    service.on('listed', onListed);
    service.on('sizesCommitted', (ids) => {
      for (const id of ids) this.#unwritten.delete(id);
      onCommitted(ids);
    });
    return service;
  }

  /** Resolves with what ended the thread, or kept it from starting. Stays pending after a stop. */
  async #runOnce(): Promise<{ readonly reason: unknown; readonly hasRun: boolean }> {
    const service = this.#service;
    const ended = new Promise<UserError>((resolve) => service.once('ended', resolve));
    let timer: NodeJS.Timeout | undefined;
    try {
      await service.run();
      this.#running = true;
      this.#follow(service.status());
      this.#waiting.unshift(...this.#unwritten.values());
      this.#handOver();
      this.#tellAsking(true);
      timer = setInterval(() => this.#handOver(), HAND_OVER_MS).unref();
      return { reason: await ended, hasRun: true };
    } catch (reason) {
      return { reason, hasRun: false };
    } finally {
      this.#running = false;
      clearInterval(timer);
    }
  }

  #failed(reason: unknown): void {
    const message = messageOf(reason);
    const hint = reason instanceof UserError ? reason.hint : 'Look into the log; it is tried again by itself.';
    this.#failure = { code: 'sync-failed', message, hint, at: this.#deps.clock.now() };
    this.#deps.log.log('error', message);
    this.#tell(this.#failure);
  }

  #tell({ code, message, hint }: Problem): void {
    this.#told.add(code);
    this.#deps.board.add({ code, message, hint, subject: '' });
  }

  /** What went wrong is over once a pass succeeded after it. */
  #follow(status: SyncStatus): void {
    this.#status = status;
    const { lastSuccess = 0, lastFullPass = 0, lastError, measuringPaused, unmeasured } = status;
    const now = this.#deps.clock.now();
    // What lies in the future was noted before the clock was set back.
    const isOver = (at: number, success: number): boolean => success > at || (at > now && success > 0);
    if (this.#failure !== undefined && isOver(this.#failure.at, lastSuccess)) this.#failure = undefined;
    if (this.#told.size === 0) return;
    this.#deps.board.resolve(({ code, subject, at }) => {
      if (subject !== '' || !this.#told.has(code)) return false;
      if (code === lastError?.code || code === measuringPaused?.code) return false;
      if (code === 'not-measured') return unmeasured === 0;
      return isOver(Date.parse(at), code === 'removals-held' ? lastFullPass : lastSuccess);
    });
  }

  #handOver(): void {
    if (this.#waiting.length > 0) {
      const sizes = this.#waiting.splice(0);
      for (const size of sizes) this.#unwritten.set(size.id, size);
      this.#service.commitSizes(sizes.map(storedSize));
    }
    if (this.#counted.api + this.#counted.media > 0) {
      this.#service.countRequests({ ...this.#counted });
      this.#counted.api = 0;
      this.#counted.media = 0;
    }
  }

  #describe(): StatusDocument['sync'] {
    const { phase, firstSyncDone, lastSuccess, lastFullPass, lastError, waitingUntil, measuringPaused } = this.#status;
    const { itemsPerSecond, itemsLeft, secondsLeft, heldBack, fullPassShare, measuringResumesAt } = this.#status;
    // A thread that fails again and again has no say in how syncing goes.
    const trouble = this.#failure ?? lastError;
    return {
      phase: this.#running || this.#failure === undefined ? phase : 'waiting',
      firstSyncDone,
      lastSuccess: timeText(lastSuccess),
      lastFullPass: timeText(lastFullPass),
      fullPassShare: fullPassShare === undefined ? null : Math.round(fullPassShare * 1000) / 1000,
      waitingUntil: timeText(this.#running ? waitingUntil : undefined),
      itemsPerSecond: itemsPerSecond ?? null,
      itemsLeft: itemsLeft ?? null,
      secondsLeft: secondsLeft ?? null,
      heldBack: heldBack ?? null,
      lastError: trouble === undefined ? null : { ...pick(trouble), at: timeText(trouble.at) ?? '' },
      measuringPaused:
        measuringPaused === undefined ? null : { ...pick(measuringPaused), until: timeText(measuringResumesAt) },
    };
  }
}

function storedSize({ id, ...measured }: MeasuredSize): StoredSize {
  return { mediaId: id, ...measured };
}

function settingsOf(config: DaemonConfig): SyncSettings {
  const { pollIntervalMs, idleIntervalMs, fullSyncIntervalMs, stretchFullPasses, quotaReserve: reserve } = config;
  return { pollIntervalMs, idleIntervalMs, fullSyncIntervalMs, stretchFullPasses, reserve };
}

function pick({ code, message, hint }: Problem): Problem {
  return { code, message, hint };
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
