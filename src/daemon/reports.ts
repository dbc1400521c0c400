import { openCatalogWriter } from '../catalog/catalog-writer.js';
import type { QuotaCounts } from '../catalog/quota-counters.js';
import type { MeasuredSize } from '../content/size-book.js';
import { calendarOf } from '../library/calendar.js';
import type { MediaId } from '../library/media-item.js';
import type { QuotaKind } from '../library/quota.js';
import type { Clock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import { messageOf } from '../support/message-of.js';
import { quotaDay } from '../support/quota-day.js';
import { treeNames } from '../sync/tree-names.js';
import { Outbox } from '../writer/outbox.js';
import { writeReport } from '../writer/report.js';
import type { Writer } from '../writer/writer.js';

export interface ReportsDeps {
  readonly writer: Writer;
  readonly catalogFile: string;
  /** Names this mount: reports are numbered within it. */
  readonly mount: string;
  /** Of the profile. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** These sizes now stand in the catalog. */
  readonly onCommitted: (ids: readonly MediaId[]) => void;
  /** So many requests of today stand in the catalog. */
  readonly onQuota: (used: QuotaCounts) => void;
}

/** How often requests counted on this thread are handed over. */
const HAND_OVER_MS = 500;

/** What this thread learns and the catalog must get: sizes of items, and how many requests were made. */
export class Reports {
  readonly #deps: ReportsDeps;
  readonly #outbox: Outbox;
  /** Not handed over yet, of one day. */
  #counted = { day: '', api: 0, media: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ReportsDeps) {
    this.#deps = deps;
    const { writer, onCommitted, onQuota } = deps;
    this.#outbox = new Outbox((message) => writer.tell({ task: 'store', message }));
    writer.on('started', (task) => {
      if (task === 'store') this.#outbox.sendAgain();
    });
    writer.on('told', (told) => {
      if (told.task !== 'store') return;
      const { acknowledged, quotaUsed } = told.message;
      const written = this.#outbox.acknowledged(acknowledged);
      onQuota(quotaUsed);
      const sizes = written.flatMap((report) => (report.type === 'sizes' ? report.sizes : []));
      if (sizes.length > 0) onCommitted(sizes.map(({ mediaId }) => mediaId));
    });
  }

  run(): void {
    this.#timer = setInterval(() => {
      // While the task does not run, the counts of a day stay one report.
      if (this.#deps.writer.isRunning('store')) this.#handOverCounts();
    }, HAND_OVER_MS).unref();
  }

  countRequest(kind: QuotaKind): void {
    const day = quotaDay(this.#deps.clock.now());
    if (day !== this.#counted.day) {
      this.#handOverCounts();
      this.#counted.day = day;
    }
    this.#counted[kind]++;
  }

  commitSizes(batch: readonly MeasuredSize[]): void {
    this.#outbox.add({ type: 'sizes', sizes: batch.map(({ id, ...measured }) => ({ mediaId: id, ...measured })) });
  }

  /** Requests that the catalog does not count yet. */
  uncounted(): QuotaCounts {
    const { api, media } = this.#counted;
    const sum = { api, media };
    for (const { report } of this.#outbox.kept) {
      if (report.type !== 'counts') continue;
      sum.api += report.counts.api;
      sum.media += report.counts.media;
    }
    return sum;
  }

  /** Hands the last counts over, while the thread still takes them. */
  end(): void {
    clearInterval(this.#timer);
    this.#handOverCounts();
  }

  /**
   * Writes what the thread did not acknowledge, or never got: it may not have started yet. Only after the thread has
   * ended: two connections never write.
   */
  writeLeft(): void {
    const { kept } = this.#outbox;
    if (kept.length === 0) return;
    const { catalogFile, mount, timeZone, log } = this.#deps;
    try {
      const catalog = openCatalogWriter(catalogFile, { names: treeNames, calendar: calendarOf(timeZone) });
      try {
        for (const numbered of kept) writeReport(catalog, mount, numbered);
      } finally {
        catalog.close();
      }
    } catch (error) {
      const sizes = kept.reduce((sum, { report }) => sum + (report.type === 'sizes' ? report.sizes.length : 0), 0);
      log.log('warn', `${sizes} sizes were not stored: ${messageOf(error)}`);
    }
  }

  #handOverCounts(): void {
    const { day, api, media } = this.#counted;
    if (api + media === 0) return;
    this.#counted = { day, api: 0, media: 0 };
    this.#outbox.add({ type: 'counts', day, counts: { api, media } });
  }
}
