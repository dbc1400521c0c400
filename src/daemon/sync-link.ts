import type { MeasuredSize } from '../content/size-book.js';
import type { MediaId } from '../library/media-item.js';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';
import type { TokenSource } from '../library/token-source.js';
import { SyncService } from '../sync/sync-service.js';
import type { SyncStatus } from '../sync/sync-status.js';
import type { DaemonConfig } from './daemon-config.js';
import type { Logger } from '../support/logger.js';
import { UserError } from '../support/user-error.js';
import type { StatusBoard } from './status-board.js';
import type { StatusDocument } from './status-document.js';

export interface SyncLinkDeps {
  readonly config: DaemonConfig;
  readonly libraryUrl: string;
  readonly project: string | undefined;
  readonly token: TokenSource;
  readonly log: Logger;
  readonly board: StatusBoard;
  /** These sizes now stand in the catalog. */
  readonly onCommitted: (ids: readonly MediaId[]) => void;
}

/** How often requests counted on this thread are handed over. */
const HAND_OVER_MS = 500;

/** Between the main thread and the syncing one: sizes and request counts go there, troubles and numbers come back. */
export class SyncLink {
  private readonly service: SyncService;
  private readonly counted = { api: 0, media: 0 };
  private waiting: MeasuredSize[] = [];
  private running = false;
  private failure: StatusDocument['sync']['lastError'] = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly deps: SyncLinkDeps) {
    const { config, board, libraryUrl, log, token } = deps;
    this.service = new SyncService({
      catalogFile: config.paths.catalogFile,
      libraryUrl,
      pollIntervalMs: config.pollIntervalMs,
      fullSyncIntervalMs: config.fullSyncIntervalMs,
      caFile: config.caFile,
      project: deps.project,
      token,
      log,
    });
    this.service.on('trouble', ({ code, message, hint }) => board.add({ code, message, hint, subject: '' }));
    this.service.on('sizesCommitted', deps.onCommitted);
    board.sources.sync = () => this.describe();
    board.sources.quota = () => {
      const { quotaUsed } = this.service.status();
      return {
        api: { used: quotaUsed.api + this.counted.api, limit: DAILY_LIMIT.api },
        media: { used: quotaUsed.media + this.counted.media, limit: DAILY_LIMIT.media },
      };
    };
  }

  countRequest(kind: QuotaKind): void {
    this.counted[kind]++;
  }

  /** Sizes measured before the other thread runs wait for it. */
  commitSizes(batch: readonly MeasuredSize[]): void {
    this.waiting.push(...batch);
    if (this.running) this.handOver();
  }

  /** Never rejects: without syncing the mount still shows what is known, and status says what is wrong. */
  async start(): Promise<void> {
    try {
      await this.service.run();
      this.running = true;
      this.handOver();
      this.timer = setInterval(() => this.handOver(), HAND_OVER_MS).unref();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const hint = error instanceof UserError ? error.hint : 'Look into the log, then mount again.';
      this.deps.log.log('error', message);
      this.deps.board.add({ code: 'sync-failed', message, hint, subject: '' });
      this.failure = { code: 'sync-failed', message, hint, at: new Date().toISOString() };
    }
  }

  /** Ends whatever waiting there is. */
  syncNow(): void {
    if (this.running) this.service.syncNow({ full: false });
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    if (this.running) this.handOver();
    await this.service.stop();
  }

  private handOver(): void {
    if (this.waiting.length > 0) {
      const sizes = this.waiting.map(({ id, size, etag }) => ({ mediaId: id, size, etag }));
      this.waiting = [];
      this.service.commitSizes(sizes);
    }
    if (this.counted.api + this.counted.media > 0) {
      this.service.countRequests({ ...this.counted });
      this.counted.api = 0;
      this.counted.media = 0;
    }
  }

  private describe(): StatusDocument['sync'] {
    const status: SyncStatus = this.service.status();
    const { phase, firstSyncDone, lastSuccess, lastFullPass, lastError, waitingUntil, measuringPaused } = status;
    return {
      phase,
      firstSyncDone,
      lastSuccess: timeText(lastSuccess),
      lastFullPass: timeText(lastFullPass),
      waitingUntil: timeText(waitingUntil),
      lastError: lastError === undefined ? this.failure : { ...pick(lastError), at: timeText(lastError.at) ?? '' },
      measuringPaused: measuringPaused === undefined ? null : pick(measuringPaused),
    };
  }
}

function pick({ code, message, hint }: { code: string; message: string; hint: string }): {
  code: string;
  message: string;
  hint: string;
} {
  return { code, message, hint };
}

function timeText(time: number | undefined): string | null {
  return time === undefined ? null : new Date(time).toISOString();
}
