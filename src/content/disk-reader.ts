import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import type { CacheFile } from './cache-file.js';

/** A read this slow came from a disk and not from memory; milliseconds. */
const SLOW_MS = 8;
const RESPECT_MS = 2_000;

/**
 * Reads verified blocks: on the spot while the system has them in memory, in the thread pool for a while after a read was slow, so that
 * a slow disk never stops the event loop for long.
 */
export class DiskReader {
  #slowAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  /** Fills `target` from `position`; false where the disk cannot. */
  read(file: CacheFile, target: Uint8Array, position: number): MaybePromise<boolean> {
    const start = this.clock.now();
    if (isWithin(start, this.#slowAt, RESPECT_MS)) {
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
    const end = this.clock.now();
    if (end - start >= SLOW_MS) this.#slowAt = end;
    return true;
  }
}
