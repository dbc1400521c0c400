import type { ItemRecord } from '../catalog/records.js';
import type { ItemSelection } from '../library/item-selection.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { ItemBytes, OpenBytes } from './content-access.js';
import { FsError, type OpenFile } from './file-system.js';
import type { ItemSizes } from './item-sizes.js';
import type { FoundItem } from './path-lookup.js';
import type { PhotoReadAhead, PhotoReading } from './photo-read-ahead.js';
import type { ProblemLog } from './problem-log.js';
import type { ShownVersions } from './shown-versions.js';
import { hintOf, toFsError } from './to-fs-error.js';
import type { VideoHeadAhead } from './video-head-ahead.js';

export interface ItemOpenerDeps {
  readonly content: ItemBytes;
  readonly sizes: ItemSizes;
  readonly shown: ShownVersions;
  readonly readAhead?: PhotoReadAhead;
  readonly videoHeads?: VideoHeadAhead;
  readonly problems: ProblemLog;
  readonly clock: Clock;
}

/** An open that has to measure first waits twice; both waits together stay below the deadline in SEMANTICS. */
const MEASURING_OPEN_MS = 28_000;

/** Opens items for reading, and reports what fails by the name of the file. */
export class ItemOpener {
  readonly #deps: ItemOpenerDeps;

  constructor(deps: ItemOpenerDeps) {
    this.#deps = deps;
  }

  /** Throws or rejects with FsError. */
  open(path: string, { item, within }: FoundItem): MaybePromise<OpenFile> {
    this.#deps.shown.refuseOutdated(path, item);
    const size = this.#deps.sizes.known(item);
    if (size === undefined) return this.#openMeasuring(item, within);
    this.#deps.sizes.refuseUnready(item);
    return this.#openBytes(item, within, size);
  }

  #openMeasuring(item: ItemRecord, within: ItemSelection): Promise<OpenFile> {
    const work = async (late: AbortSignal): Promise<OpenFile> => {
      const file = await this.#openBytes(item, within, await this.#deps.sizes.measured(item, within));
      if (late.aborted) file.release();
      return file;
    };
    const tooLate = (): FsError => new FsError('EIO', `${item.name} could not be measured and opened in time`);
    return withinDeadline(this.#deps.clock, MEASURING_OPEN_MS, work, tooLate);
  }

  #openBytes(item: ItemRecord, within: ItemSelection, size: number): MaybePromise<OpenFile> {
    return this.#reporting(
      item,
      () => {
        const opened = this.#deps.content.open({
          ref: { id: item.mediaId, kind: item.kind },
          size,
          etag: this.#deps.sizes.etag(item),
        });
        // After its own request, so that this one does not wait behind those for the next items.
        const reading = this.#deps.readAhead?.opened(item, within, size);
        this.#deps.videoHeads?.opened(item, within);
        return opened instanceof Promise ? opened.then((bytes) => ({ bytes, reading })) : { bytes: opened, reading };
      },
      ({ bytes, reading }) => this.#openFile(item, bytes, reading),
    );
  }

  #openFile(item: ItemRecord, bytes: OpenBytes, reading: PhotoReading | undefined): OpenFile {
    return {
      read: (buffer, position) =>
        this.#reporting(
          item,
          () => bytes.read(buffer, position),
          (count) => {
            reading?.read(count);
            return count;
          },
        ),
      interrupt: (buffer) => bytes.interrupt?.(buffer),
      release: () => {
        reading?.close();
        bytes.close();
      },
    };
  }

  /** Runs `attempt`; a failure is reported and becomes an FsError. Returns no promise if `attempt` returns none. */
  #reporting<T, R>(item: ItemRecord, attempt: () => MaybePromise<T>, then: (value: T) => R): MaybePromise<R> {
    const done = (value: T): R => {
      this.#deps.problems.recovered(item.mediaId);
      return then(value);
    };
    try {
      const value = attempt();
      return value instanceof Promise ? value.then(done, (error: unknown) => this.#fail(item, error)) : done(value);
    } catch (error) {
      return this.#fail(item, error);
    }
  }

  #fail(item: ItemRecord, error: unknown): never {
    const failure = toFsError(error);
    if (failure.code === 'EINTR') throw failure;
    this.#deps.problems.report(item.mediaId, {
      code: 'read-failed',
      message: `${item.name} could not be read: ${failure.message}`,
      hint: hintOf(error, 'Open the file again; what was downloaded before is kept.'),
    });
    throw failure;
  }
}
