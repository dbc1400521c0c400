import type { CatalogView, ItemRecord } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { KnownSizes } from './content-access.js';
import { FsError } from './file-system.js';
import type { ProblemLog } from './problem-log.js';
import { hintOf, toFsError } from './to-fs-error.js';

export interface ItemSizesDeps {
  readonly catalog: CatalogView;
  readonly sizes: KnownSizes;
  readonly clock: Clock;
  readonly problems: ProblemLog;
}

/** Most items of a folder queued for measuring beside the one that is asked for. */
const SIBLINGS = 1_000;
/** Milliseconds between two lookups of a folder's siblings: a program that walks a folder asks for each file. */
const QUEUE_AGAIN_AFTER_MS = 200;
/** A program that reads opens a file within milliseconds of its `stat`; one that has not by then is listing. */
const OPEN_WITHIN_MS = 300;

/** Sizes as `stat` needs them: from the catalog at once, measured where there is none, never a guess. */
export class ItemSizes {
  readonly #deps: ItemSizesDeps;
  #queuedFolder = '';
  #queuedAt = -Infinity;

  constructor(deps: ItemSizesDeps) {
    this.#deps = deps;
  }

  /** Bytes, where they are known without asking Google. */
  known(item: ItemRecord): number | undefined {
    return this.#deps.sizes.known(item.mediaId) ?? item.size ?? undefined;
  }

  /** Of the version whose size is shown. */
  etag({ mediaId, rowId }: ItemRecord): string | undefined {
    const { sizes, catalog } = this.#deps;
    return sizes.known(mediaId) === undefined ? (catalog.etag(rowId) ?? undefined) : sizes.knownEtag(mediaId);
  }

  /**
   * Measures an item found in a folder. Queues the rest of the folder too, unless the item is opened soon. Rejects with
   * FsError, which is reported.
   */
  async measured(item: ItemRecord, folder: ItemSelection): Promise<number> {
    const { sizes, problems } = this.#deps;
    this.refuseUnready(item);
    const size = sizes.sizeOf({ id: item.mediaId, kind: item.kind });
    if (sizes.isListing) this.#queueSiblings(folder);
    else void this.#queueUnlessOpened(item, folder, size);
    try {
      const bytes = await size;
      problems.recovered(item.mediaId);
      return bytes;
    } catch (error) {
      const failure = toFsError(error);
      problems.report(item.mediaId, {
        code: failure.code === 'EAGAIN' ? 'size-later' : 'size-unknown',
        message: `The size of ${item.name} could not be measured: ${failure.message}`,
        hint: hintOf(error, 'It is measured again when a program next asks for the file.'),
      });
      throw failure;
    }
  }

  /** Throws FsError for a video without bytes at Google: EAGAIN while it is being processed, EIO if that failed. */
  refuseUnready(item: ItemRecord): void {
    const { problems } = this.#deps;
    if (item.videoStatus === 'PROCESSING') {
      const message = `Google is still processing the video ${item.name}.`;
      problems.report(item.mediaId, {
        code: 'video-processing',
        message,
        hint: 'It can be read after the sync that finds it ready; nothing needs to be done.',
      });
      throw new FsError('EAGAIN', message);
    }
    if (item.videoStatus === 'FAILED') {
      const message = `Google could not process the video ${item.name}, so there are no bytes to read.`;
      problems.report(item.mediaId, {
        code: 'video-failed',
        message,
        hint: 'Upload the original again at photos.google.com; the failed one can be deleted there.',
      });
      throw new FsError('EIO', message);
    }
  }

  async #queueUnlessOpened({ mediaId }: ItemRecord, folder: ItemSelection, size: Promise<number>): Promise<void> {
    const { sizes, clock } = this.#deps;
    try {
      await size.catch(() => undefined);
      await clock.sleep(OPEN_WITHIN_MS);
      if (sizes.isUnopened(mediaId)) this.#queueSiblings(folder);
    } catch {
      // The catalog was closed meanwhile.
    }
  }

  #queueSiblings(folder: ItemSelection): void {
    const { catalog, sizes, clock } = this.#deps;
    const key = JSON.stringify(folder);
    const now = clock.now();
    if (key === this.#queuedFolder && isWithin(now, this.#queuedAt, QUEUE_AGAIN_AFTER_MS)) return;
    this.#queuedFolder = key;
    this.#queuedAt = now;
    const waiting = catalog
      .unmeasured(folder, SIBLINGS)
      .filter((item) => item.videoStatus !== 'PROCESSING' && item.videoStatus !== 'FAILED')
      .filter((item) => sizes.known(item.mediaId) === undefined)
      .map((item) => ({ id: item.mediaId, kind: item.kind }));
    if (waiting.length > 0) sizes.measureSoon(waiting);
  }
}
