import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { MeasuredSize } from '../catalog/size-store.js';
import type { ListedBaseUrl, MediaId } from '../library/media-item.js';
import { countsBySource } from '../library/source.js';
import type { TokenSource } from '../library/token-source.js';
import type { Logger } from '../support/logger.js';
import { messageOf, traceOf } from '../support/message-of.js';
import type { Service } from '../support/service.js';
import { tuneProcess } from '../support/tune-process.js';
import { UTC } from '../library/calendar.js';
import { ExitCode, UserError } from '../support/user-error.js';
import {
  plainRemoteError,
  type FromSyncWorker,
  type SyncSettings,
  type SyncWorkerData,
  type ToSyncWorker,
} from './sync-messages.js';
import type { SyncStatus } from './sync-status.js';
import type { SyncTrouble } from './trouble.js';

export interface SyncServiceOptions {
  readonly catalogFile: string;
  /** Of the profile. Default: UTC. */
  readonly timeZone?: string | undefined;
  /** Root of the Library API, before `/v1/`. Default: Google's. */
  readonly libraryUrl?: string | undefined;
  readonly pollIntervalMs: number;
  /** The poll interval while the mount is not used and the library does not change. Default: the same. */
  readonly idleIntervalMs?: number | undefined;
  readonly fullSyncIntervalMs: number;
  /** Full passes of large libraries are stretched over days, and begin at night. Default false. */
  readonly stretchFullPasses?: boolean | undefined;
  /** Listings read side by side in the first sync. Default 8. */
  readonly parallel?: number | undefined;
  /** Called on this thread, the only one that has credentials. */
  readonly token: TokenSource;
  readonly log: Logger;
  /** Default true. */
  readonly measureInBackground?: boolean;
  /** Share of each daily limit that background work leaves to what a person asks for. Default 0.3. */
  readonly reserve?: number;
  /** PEM file with authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined;
  /** Number of the Google Cloud project, for links into its console. */
  readonly project?: string | undefined;
}

export interface SyncEvents {
  /** Something visible in the catalog changed. */
  changed: [];
  status: [status: SyncStatus];
  trouble: [trouble: SyncTrouble];
  /** Items just listed: their base URLs are good for a while. */
  listed: [items: readonly ListedBaseUrl[]];
  /** Sizes handed to {@link SyncService.commitSizes} now stand in the catalog. */
  sizesCommitted: [mediaIds: readonly MediaId[]];
  /** The thread ended although `stop` was not called; a service is not run twice. */
  ended: [reason: UserError];
}

const DEFAULT_RESERVE = 0.3;
/** Size of V8's young generation. V8's own default would save little time and cost 40 MiB more. */
const YOUNG_GENERATION_MB = 12;
/** Time for a worker to end its request or transaction before it is terminated. */
const STOP_DEADLINE = 5000;

const STARTING: SyncStatus = {
  items: 0,
  albums: 0,
  unmeasured: 0,
  bytes: 0,
  sources: countsBySource(),
  appAlbums: 0,
  phase: 'starting',
  firstSyncDone: false,
  lastSuccess: undefined,
  lastFullPass: undefined,
  fullPassShare: undefined,
  lastError: undefined,
  waitingUntil: undefined,
  measuringPaused: undefined,
  measuringResumesAt: undefined,
  heldBack: undefined,
  itemsPerSecond: undefined,
  itemsLeft: undefined,
  secondsLeft: undefined,
  quotaUsed: { api: 0, media: 0 },
  reserve: DEFAULT_RESERVE,
  backgroundResumesAt: undefined,
};

/** The thread ended, or had not started, before it did what was asked. */
export const ENDED: SyncTrouble = {
  code: 'not-running',
  message: 'Syncing is not running.',
  hint: 'Look into gphotos-mount status, then mount again.',
  at: 0,
};

/** The sync thread as the main thread sees it: a worker that fills the catalog and answers by messages. */
export class SyncService extends EventEmitter<SyncEvents> implements Service {
  readonly #options: SyncServiceOptions;
  #worker: Worker | undefined;
  #status: SyncStatus = STARTING;
  #exited: Promise<void> = Promise.resolve();
  #stopping = false;
  readonly #asked = new Map<number, (trouble: SyncTrouble | undefined) => void>();
  #nextAsked = 1;
  #whenAlive: (() => void)[] = [];

  constructor(options: SyncServiceOptions) {
    super();
    this.#options = options;
  }

  status(): SyncStatus {
    return this.#status;
  }

  /**
   * Resolves when the catalog is open and can be read. Rejects with UserError if it cannot be used; the file is then
   * unchanged.
   */
  run(): Promise<void> {
    const options = this.#options;
    const workerData: SyncWorkerData = {
      catalogFile: options.catalogFile,
      timeZone: options.timeZone ?? UTC.zone,
      libraryUrl: options.libraryUrl,
      pollIntervalMs: options.pollIntervalMs,
      idleIntervalMs: options.idleIntervalMs,
      fullSyncIntervalMs: options.fullSyncIntervalMs,
      stretchFullPasses: options.stretchFullPasses ?? false,
      parallel: options.parallel,
      measureInBackground: options.measureInBackground ?? true,
      reserve: options.reserve ?? DEFAULT_RESERVE,
      caFile: options.caFile,
      project: options.project,
    };
    const worker = new Worker(new URL('./sync-worker.js', import.meta.url), {
      workerData,
      name: 'sync',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    // Starting a thread resets some of these settings.
    worker.once('online', tuneProcess);
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      let crash: UserError | undefined;
      let isReady = false;
      worker.on('error', (error) => {
        this.#options.log.log('error', traceOf(error));
        crash = new UserError(
          ExitCode.internal,
          `Syncing stopped by a fault: ${messageOf(error)}.`,
          'What is known stays visible; syncing is started again by itself. Please report this with the log.',
          error,
        );
        reject(crash);
      });
      this.#exited = new Promise((gone) => {
        worker.once('exit', () => {
          this.#worker = undefined;
          for (const resolve of this.#asked.values()) resolve(ENDED);
          this.#asked.clear();
          const reason = crash ?? new UserError(ExitCode.internal, 'Syncing ended by itself.', 'See the log for more.');
          reject(reason);
          gone();
          if (isReady && !this.#stopping) this.emit('ended', reason);
        });
      });
      worker.on('message', (message: FromSyncWorker) => {
        if (message.type === 'ready') {
          isReady = true;
          this.#status = message.status;
          resolve();
        } else if (message.type === 'failed') {
          const { exitCode, message: text, hint } = message.error;
          reject(new UserError(exitCode, text, hint));
        } else this.#handle(message);
      });
    });
  }

  /** Resolves when the worker has ended and everything it knew is written. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#post({ type: 'stop' });
    const worker = this.#worker;
    const timer = setTimeout(() => void worker?.terminate(), STOP_DEADLINE);
    await this.#exited;
    clearTimeout(timer);
  }

  /**
   * Begins a poll at once, with `full` a full pass; with `acceptRemovals` a full pass that may remove what was held
   * back. Resolves at its end, with the trouble if there was any.
   */
  syncNow(wanted: { readonly full: boolean; readonly acceptRemovals?: boolean }): Promise<SyncTrouble | undefined> {
    if (this.#worker === undefined) return Promise.resolve(ENDED);
    const id = this.#nextAsked++;
    this.#post({ type: 'sync-now', id, full: wanted.full, acceptRemovals: wanted.acceptRemovals ?? false });
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  /** The mount is being used: polls become frequent again. */
  used(): void {
    this.#post({ type: 'used' });
  }

  /** The network or the clock changed: connections may be dead, and a poll is due. */
  environmentChanged(): void {
    this.#post({ type: 'environment-changed' });
  }

  /** Changes the intervals and the reserve of the running thread. */
  configure(settings: SyncSettings): void {
    this.#post({ type: 'configure', settings });
  }

  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Resolves when the thread answers. Stays pending if it is stuck or does not run. */
  alive(): Promise<void> {
    this.#post({ type: 'ask-alive' });
    return new Promise((resolve) => this.#whenAlive.push(resolve));
  }

  /** Hands over sizes measured on this thread; `sizesCommitted` follows once they are in the catalog. */
  commitSizes(sizes: readonly MeasuredSize[]): void {
    this.#post({ type: 'sizes', sizes });
  }

  /** Adds requests made on this thread to the day's count. */
  countRequests(counts: QuotaCounts): void {
    this.#post({ type: 'counts', counts });
  }

  #handle(message: FromSyncWorker): void {
    switch (message.type) {
      case 'token-request':
        void this.#answerToken(message.id, message.refused);
        break;
      case 'status':
        this.#status = message.status;
        this.emit('status', message.status);
        break;
      case 'trouble':
        this.#report(message.trouble);
        break;
      case 'sizes-committed':
        this.emit('sizesCommitted', message.mediaIds);
        break;
      case 'listed':
        this.emit('listed', message.items);
        break;
      case 'sync-done':
        this.#asked.get(message.id)?.(message.trouble);
        this.#asked.delete(message.id);
        break;
      case 'changed':
        this.emit('changed');
        break;
      case 'log':
        this.#options.log.log(message.level, message.message);
        break;
      case 'alive':
        for (const resolve of this.#whenAlive.splice(0)) resolve();
        break;
      case 'ready':
      case 'failed':
      case 'stopped':
        break;
    }
  }

  async #answerToken(id: number, refused: string | undefined): Promise<void> {
    try {
      this.#post({ type: 'token', id, token: await this.#options.token(refused) });
    } catch (error) {
      this.#post({ type: 'token-failed', id, error: plainRemoteError(error) });
    }
  }

  #report(trouble: SyncTrouble): void {
    if (this.#stopping) return;
    this.#options.log.log('warn', `${trouble.message} ${trouble.hint}`);
    this.emit('trouble', trouble);
  }

  #post(message: ToSyncWorker): void {
    this.#worker?.postMessage(message);
  }
}
