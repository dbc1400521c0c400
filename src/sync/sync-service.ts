import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { MeasuredSize } from '../catalog/size-store.js';
import type { MediaId } from '../library/media-item.js';
import type { TokenSource } from '../library/token-source.js';
import type { Logger } from '../support/logger.js';
import type { Service } from '../support/service.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { plainRemoteError, type FromSyncWorker, type SyncWorkerData, type ToSyncWorker } from './sync-messages.js';
import type { SyncStatus } from './sync-status.js';
import type { SyncTrouble } from './trouble.js';

export interface SyncServiceOptions {
  readonly catalogFile: string;
  /** Root of the Library API, before `/v1/`. Default: Google's. */
  readonly libraryUrl?: string | undefined;
  readonly pollIntervalMs: number;
  readonly fullSyncIntervalMs: number;
  /** Asked on this thread, which alone holds credentials. */
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
  /** Sizes handed to {@link SyncService.commitSizes} now stand in the catalog. */
  sizesCommitted: [mediaIds: readonly MediaId[]];
}

const DEFAULT_RESERVE = 0.3;
/** A worker in the middle of a request or a transaction has this long to end by itself. */
const STOP_DEADLINE = 5000;

const STARTING: SyncStatus = {
  items: 0,
  albums: 0,
  unmeasured: 0,
  bytes: 0,
  phase: 'starting',
  firstSyncDone: false,
  lastSuccess: undefined,
  lastFullPass: undefined,
  lastError: undefined,
  waitingUntil: undefined,
  measuringPaused: undefined,
  quotaUsed: { api: 0, media: 0 },
  reserve: DEFAULT_RESERVE,
};

/** Syncing as the main thread sees it: a worker thread that fills the catalog and answers by messages. */
export class SyncService extends EventEmitter<SyncEvents> implements Service {
  readonly #options: SyncServiceOptions;
  #worker: Worker | undefined;
  #status: SyncStatus = STARTING;
  #exited: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(options: SyncServiceOptions) {
    super();
    this.#options = options;
  }

  status(): SyncStatus {
    return this.#status;
  }

  /** Resolves once the catalog is open and can be viewed. Rejects with UserError where it cannot be used; the file is untouched then. */
  run(): Promise<void> {
    const { catalogFile, libraryUrl, pollIntervalMs, fullSyncIntervalMs, measureInBackground, reserve } = this.#options;
    const workerData: SyncWorkerData = {
      catalogFile,
      libraryUrl,
      pollIntervalMs,
      fullSyncIntervalMs,
      measureInBackground: measureInBackground ?? true,
      reserve: reserve ?? DEFAULT_RESERVE,
      caFile: this.#options.caFile,
      project: this.#options.project,
    };
    const worker = new Worker(new URL('./sync-worker.js', import.meta.url), { workerData, name: 'sync' });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromSyncWorker) => {
        if (message.type === 'ready') {
          this.#status = message.status;
          resolve();
        } else if (message.type === 'failed') {
          const { exitCode, message: text, hint } = message.error;
          reject(new UserError(exitCode, text, hint));
        } else this.#handle(message);
      });
      worker.on('error', (error) => {
        const crash = new UserError(
          ExitCode.internal,
          `Syncing stopped: ${error instanceof Error ? error.message : String(error)}`,
          'What is known stays visible; unmount and mount again to go on.',
          error,
        );
        reject(crash);
        this.#report({ code: 'internal', message: crash.message, hint: crash.hint, at: Date.now() });
      });
      this.#exited = new Promise((gone) => {
        worker.once('exit', () => {
          this.#worker = undefined;
          reject(new UserError(ExitCode.internal, 'Syncing ended before it began.', 'See the log for more.'));
          gone();
        });
      });
    });
  }

  /** Resolves when the worker is gone and everything it knew is written. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#post({ type: 'stop' });
    const worker = this.#worker;
    const timer = setTimeout(() => void worker?.terminate(), STOP_DEADLINE);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Looks for changes at once; with `full` at everything. */
  syncNow({ full }: { readonly full: boolean }): void {
    this.#post({ type: 'sync-now', full });
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
      case 'changed':
        this.emit('changed');
        break;
      case 'log':
        this.#options.log.log(message.level, message.message);
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
