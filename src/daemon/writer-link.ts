import { randomUUID } from 'node:crypto';
import type { MeasuredSize } from '../content/size-book.js';
import type { PickTable } from '../ledger/pick-table.js';
import type { TakeoutTable } from '../ledger/takeout-table.js';
import type { ListedBaseUrl, MediaId } from '../library/media-item.js';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';
import type { TokenSource } from '../library/token-source.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import type { SyncSettings } from '../sync/sync-settings.js';
import type { SyncTrouble } from '../sync/trouble.js';
import { Writer, type WriterDeps } from '../writer/writer.js';
import type { DaemonConfig } from './daemon-config.js';
import { PickedLink } from './picked-link.js';
import { Reports } from './reports.js';
import type { StatusBoard } from './status-board.js';
import type { QuotaUse, StatusDocument } from './status-document.js';
import { SyncLink, timeText } from './sync-link.js';
import { TakeoutLink } from './takeout-link.js';

export interface WriterLinkDeps {
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
  /** Of the thread. Tests replace them. */
  readonly thread?: Pick<WriterDeps, 'entry' | 'limits' | 'extra'>;
}

/** Code of the trouble that what is learnt cannot be stored at present. */
const NOT_STORED = 'not-stored';

/** The daemon's end of the writer thread: its tasks, what they are told, and what status says of them. */
export class WriterLink {
  readonly #writer: Writer;
  readonly #reports: Reports;
  readonly #sync: SyncLink;
  readonly #log: Logger;
  readonly #board: StatusBoard;
  #config: DaemonConfig;

  constructor(deps: WriterLinkDeps) {
    const { config, timeZone, clock, log, board, onCommitted } = deps;
    this.#config = config;
    this.#log = log;
    this.#board = board;
    const mount = randomUUID();
    const { catalogFile } = config.paths;
    const writer = new Writer({
      data: () => {
        const { libraryUrl, project } = deps;
        const { caFile } = config;
        return { catalogFile, mount, timeZone, libraryUrl, settings: settingsOf(this.#config), caFile, project };
      },
      ...{ token: deps.token, clock, log },
      ...deps.thread,
    });
    this.#writer = writer;
    this.#sync = new SyncLink({ writer, clock, log, board, onListed: deps.onListed });
    this.#reports = new Reports({
      ...{ writer, catalogFile, mount, timeZone, clock, log, onCommitted },
      onQuota: (used) => this.#sync.quotaUsed(used),
    });
    this.#tellOfStoring(board);
    board.sources.quota = () => this.#quota();
  }

  /** Keeps the thread running until stopped; syncing begins with {@link startSync}. */
  run(): void {
    this.#reports.run();
    this.#writer.start('store');
    void this.#writer.run();
  }

  startSync(): void {
    this.#writer.start('sync');
  }

  async stop(): Promise<void> {
    this.#reports.end();
    this.#sync.end();
    await this.#writer.stop();
    this.#sync.ended();
    this.#reports.writeLeft();
  }

  /** As {@link Writer.isWell}; also true where status shows that the thread is started again. */
  isWell(ms: number): Promise<boolean> {
    return this.#writer.isWell(ms);
  }

  /** Goes on with the intervals and the reserve of another configuration. */
  configure(config: DaemonConfig): void {
    this.#config = config;
    this.#writer.configure(settingsOf(config));
  }

  countRequest(kind: QuotaKind): void {
    this.#reports.countRequest(kind);
  }

  /** Sizes measured while the thread does not run wait for it. */
  commitSizes(batch: readonly MeasuredSize[]): void {
    this.#reports.commitSizes(batch);
  }

  /** As {@link SyncLink.syncNow}. */
  syncNow(wanted: { readonly full: boolean; readonly acceptRemovals: boolean }): Promise<SyncTrouble | undefined> {
    return this.#sync.syncNow(wanted);
  }

  /** The mount is being used. Cheap enough for every call. */
  used(now: number): void {
    this.#sync.used(now);
  }

  /** The network or the clock changed: a poll is due, and where syncing is to be started again, that is done at once. */
  environmentChanged(): void {
    this.#sync.environmentChanged();
  }

  /** The link to the reading of Takeout exports. */
  takeouts(ledger: TakeoutTable): TakeoutLink {
    return new TakeoutLink({ writer: this.#writer, ledger, log: this.#log, board: this.#board });
  }

  /** The link to the task that shows what was picked. */
  picked(picks: PickTable): PickedLink {
    return new PickedLink({ writer: this.#writer, picks, board: this.#board });
  }

  /** A failure of storing alone: one of the whole thread is told as one of syncing. */
  #tellOfStoring(board: StatusBoard): void {
    const writer = this.#writer;
    writer.on('failed', (task, { message, hint }, ofThread) => {
      if (task === 'store' && !ofThread) board.add({ code: NOT_STORED, message, hint, subject: '' });
    });
    writer.on('told', ({ task }) => {
      if (task === 'store') board.resolve(({ code }) => code === NOT_STORED);
    });
  }

  #quota(): StatusDocument['quota'] {
    const { quotaUsed, backgroundResumesAt } = this.#sync.status();
    const more = this.#reports.uncounted();
    const use = (kind: QuotaKind): QuotaUse => ({
      used: quotaUsed[kind] + more[kind],
      limit: DAILY_LIMIT[kind],
      reserve: Math.round(DAILY_LIMIT[kind] * this.#config.quotaReserve),
    });
    return { api: use('api'), media: use('media'), backgroundResumesAt: timeText(backgroundResumesAt) };
  }
}

function settingsOf(config: DaemonConfig): SyncSettings {
  const { pollIntervalMs, idleIntervalMs, fullSyncIntervalMs, stretchFullPasses, quotaReserve: reserve } = config;
  return { pollIntervalMs, idleIntervalMs, fullSyncIntervalMs, stretchFullPasses, reserve };
}
