import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { ListedBaseUrl } from '../library/media-item.js';
import type { Problem } from '../library/problem.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import type { UserError } from '../support/user-error.js';
import { STARTING, type SyncStatus } from '../sync/sync-status.js';
import { notRunningTrouble, type SyncTrouble } from '../sync/trouble.js';
import type { FromSync } from '../writer/task.js';
import type { Writer } from '../writer/writer.js';
import type { StatusBoard } from './status-board.js';
import type { StatusDocument } from './status-document.js';

export interface SyncLinkDeps {
  readonly writer: Writer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly board: StatusBoard;
  /** These items were just listed, with base URLs. */
  readonly onListed: (items: readonly ListedBaseUrl[]) => void;
}

/** Use of the mount is reported at most this often. */
const USE_EVERY_MS = 60_000;
/** The task ended, or had not started, before it did what was asked. */
const ENDED = notRunningTrouble();

/** The main thread's link to syncing, a task of the writer thread: asks for syncs, receives troubles and numbers. */
export class SyncLink {
  readonly #deps: SyncLinkDeps;
  #status: SyncStatus = STARTING;
  /** Codes of the troubles that syncing reported. */
  readonly #told = new Set<string>();
  #isEnding = false;
  #lastUse = 0;
  #failure: SyncTrouble | undefined;
  /** Syncs under way. */
  readonly #asked = new Map<number, (trouble: SyncTrouble | undefined) => void>();
  #nextAsked = 1;
  /** Callers that asked for a sync while the task did not run. Each is answered with whether it runs now. */
  #awaitingStart: ((runs: boolean) => void)[] = [];

  constructor(deps: SyncLinkDeps) {
    this.#deps = deps;
    const { writer, board } = deps;
    board.sources.sync = () => this.#describe();
    writer.on('started', (task) => {
      if (task === 'sync') this.#tellAwaiting(true);
    });
    writer.on('failed', (task, reason) => {
      if (task === 'sync') this.#failed(reason);
    });
    writer.on('told', (told) => {
      if (told.task === 'sync') this.#take(told.message);
    });
  }

  status(): SyncStatus {
    return this.#status;
  }

  /** So many requests of today stand in the catalog, which syncing may not have told yet. */
  quotaUsed(used: QuotaCounts): void {
    this.#status = { ...this.#status, quotaUsed: used };
  }

  /**
   * Begins a poll at once, with `full` a full pass; with `acceptRemovals` a full pass that may remove what was held
   * back. Resolves at its end, with the trouble if there was any. If the task does not run, its next start comes at
   * once and begins with this sync. If it fails during the sync, it is tried once more.
   */
  async syncNow(wanted: {
    readonly full: boolean;
    readonly acceptRemovals: boolean;
  }): Promise<SyncTrouble | undefined> {
    for (let tries = 1; ; tries++) {
      if (!this.#isRunning && !(await this.#nextStart())) return this.#failure ?? ENDED;
      const trouble = await this.#ask(wanted);
      if (trouble !== ENDED || this.#isEnding || tries > 1) return trouble;
    }
  }

  /** The mount is being used. Cheap enough for every call. */
  used(now: number): void {
    if (now - this.#lastUse < USE_EVERY_MS && now >= this.#lastUse) return;
    this.#lastUse = now;
    this.#deps.writer.tell({ task: 'sync', message: { type: 'used' } });
  }

  /** A poll is due; where the task does not run, its next start does not wait any longer. */
  environmentChanged(): void {
    const { writer } = this.#deps;
    if (this.#isRunning) writer.tell({ task: 'sync', message: { type: 'environment-changed' } });
    else writer.hurry('sync');
  }

  /** The program ends: who waits is told so, and nothing that is cut short is reported. */
  end(): void {
    this.#isEnding = true;
    this.#tellAwaiting(false);
  }

  /** The task has ended: what was asked and not answered is not done. */
  ended(): void {
    for (const resolve of this.#asked.values()) resolve(ENDED);
    this.#asked.clear();
  }

  get #isRunning(): boolean {
    return this.#deps.writer.isRunning('sync');
  }

  #ask(wanted: { readonly full: boolean; readonly acceptRemovals: boolean }): Promise<SyncTrouble | undefined> {
    const id = this.#nextAsked++;
    this.#deps.writer.tell({ task: 'sync', message: { type: 'sync-now', id, ...wanted } });
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  /** Resolves with whether the task runs, after the next try to start it. */
  #nextStart(): Promise<boolean> {
    if (this.#isEnding) return Promise.resolve(false);
    this.#deps.writer.hurry('sync');
    return new Promise((resolve) => this.#awaitingStart.push(resolve));
  }

  #tellAwaiting(runs: boolean): void {
    for (const tell of this.#awaitingStart.splice(0)) tell(runs);
  }

  #take(message: FromSync): void {
    switch (message.type) {
      case 'status':
        this.#follow(message.status);
        break;
      case 'trouble':
        if (this.#isEnding) break;
        this.#deps.log.log('warn', `${message.trouble.message} ${message.trouble.hint}`);
        this.#tell(message.trouble);
        break;
      case 'listed':
        this.#deps.onListed(message.items);
        break;
      case 'sync-done':
        this.#asked.get(message.id)?.(message.trouble);
        this.#asked.delete(message.id);
    }
  }

  #failed({ message, hint }: UserError): void {
    this.#failure = { code: 'sync-failed', message, hint, at: this.#deps.clock.now() };
    this.#tell(this.#failure);
    this.#tellAwaiting(false);
    this.ended();
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

  #describe(): StatusDocument['sync'] {
    const { phase, firstSyncDone, lastSuccess, lastFullPass, lastError, waitingUntil, measuringPaused } = this.#status;
    const { itemsPerSecond, itemsLeft, secondsLeft, heldBack, fullPassShare, measuringResumesAt } = this.#status;
    // A task that fails again and again has no say in how syncing goes.
    const trouble = this.#failure ?? lastError;
    return {
      phase: this.#isRunning || this.#failure === undefined ? phase : 'waiting',
      firstSyncDone,
      lastSuccess: timeText(lastSuccess),
      lastFullPass: timeText(lastFullPass),
      fullPassShare: fullPassShare === undefined ? null : Math.round(fullPassShare * 1000) / 1000,
      waitingUntil: timeText(this.#isRunning ? waitingUntil : undefined),
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

function pick({ code, message, hint }: Problem): Problem {
  return { code, message, hint };
}

export function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
