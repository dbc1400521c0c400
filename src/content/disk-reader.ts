import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { CacheFile } from './cache-file.js';

/** A read that takes this long came from the disk, not from the page cache; milliseconds. */
const SLOW_MS = 8;
const SLOW_FOR_MS = 2_000;

/**
 * Reads verified blocks: synchronously while reads are fast, in the thread pool for 2 s after a slow read, so that a
 * slow disk does not block the event loop.
 */
export class DiskReader {
  readonly #clock: Clock;
  #slowAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Fills `target` from `position`; false if the read failed. */
  read(file: CacheFile, target: Uint8Array, position: number): MaybePromise<boolean> {
    const start = this.#clock.now();
    if (isWithin(start, this.#slowAt, SLOW_FOR_MS)) {
      return file.readLater(target, position).then(
        () => true,
        () => false,
      );
    }
    try {
      file.readNow(target, position);
    } catch {
      return false;
    }
    const end = this.#clock.now();
    if (end - start >= SLOW_MS) this.#slowAt = end;
    return true;
  }
}
