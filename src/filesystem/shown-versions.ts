import type { ItemRecord } from '../catalog/records.js';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { isWithin } from '../support/is-within.js';
import type { KnownSizes } from './content-access.js';
import { FsError } from './file-system.js';

/** Milliseconds since the epoch. */
export type ShownTimes = Pick<ItemRecord, 'mtime' | 'ctime'>;

/** Paths under which a changed item was shown since its change. */
interface Seen {
  readonly count: number;
  readonly paths: Set<string>;
}

/** An answer may reach the kernel this much later than it was made. */
const ON_ITS_WAY_MS = 250;

/**
 * Knows for which paths the kernel may still have the old size of an item that changed at Google. Until the attribute
 * timeout the kernel cuts reads at the old size, and this cannot be revoked. So opening such a path fails.
 */
export class ShownVersions {
  readonly #sizes: Pick<KnownSizes, 'correction' | 'changedAt'>;
  readonly #attrTimeoutMs: number;
  readonly #clock: Clock;
  readonly #seen = new Map<MediaId, Seen>();

  constructor(sizes: Pick<KnownSizes, 'correction' | 'changedAt'>, attrTimeoutMs: number, clock: Clock) {
    this.#sizes = sizes;
    this.#attrTimeoutMs = attrTimeoutMs;
    this.#clock = clock;
  }

  /**
   * Call when the kernel gets the attributes of a path. Returns the times to show. Changed times make it drop old
   * pages.
   */
  show(path: string, { mediaId, mtime, ctime }: ItemRecord): ShownTimes {
    const correction = this.#sizes.correction(mediaId);
    if (correction === undefined) return { mtime, ctime };
    const { count } = correction;
    let seen = this.#seen.get(mediaId);
    if (seen?.count !== count) this.#seen.set(mediaId, (seen = { count, paths: new Set() }));
    seen.paths.add(path);
    const changedAt = this.#sizes.changedAt(mediaId);
    return { mtime: changedAt ?? mtime, ctime: changedAt ?? ctime };
  }

  /** Throws FsError EIO while the kernel may have the old size of this path. */
  refuseOutdated(path: string, { mediaId, name }: ItemRecord): void {
    const correction = this.#sizes.correction(mediaId);
    const keptMs = this.#attrTimeoutMs + ON_ITS_WAY_MS;
    if (correction === undefined || !isWithin(this.#clock.now(), correction.at, keptMs)) return;
    const seen = this.#seen.get(mediaId);
    // The kernel has asked for this path since the correction, so it has the new size.
    if (seen?.count === correction.count && seen.paths.has(path)) return;
    throw new FsError('EIO', `${name} changed at Google; it can be read when the system has asked for its size again.`);
  }
}
