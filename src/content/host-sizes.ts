import { LRUCache } from 'lru-cache';
import type { MediaId, MediaRef } from '../library/media-item.js';
import type { MediaFacts, MediaRequestOptions, MediaSource, Priority } from '../library/media-source.js';
import { isStatement, type KnownVersion } from '../library/size-statement.js';
import type { Clock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { isWithin } from '../support/is-within.js';
import { ContentError, toContentError } from './content-error.js';

export interface HostSizesDeps {
  readonly source: MediaSource;
  readonly clock: Clock;
  /** Milliseconds that a caller waits at most; default 25,000. */
  readonly deadlineMs?: number;
}

export const SIZE_DEADLINE_MS = 25_000;
/** A statement is the answer for this long: the next try of a download has the same doubt. */
const CONFIRMED_MS = 1_000;
const CONFIRMED_KEPT = 256;

/** Asks the media host for sizes and ETags. */
export class HostSizes {
  readonly #deps: HostSizesDeps;
  readonly #confirming = new Map<MediaId, Promise<MediaFacts>>();
  readonly #confirmed = new LRUCache<MediaId, { readonly facts: MediaFacts; readonly at: number }>({
    max: CONFIRMED_KEPT,
  });

  constructor(deps: HostSizesDeps) {
    this.#deps = deps;
  }

  /**
   * The size of an item: from headers, else by counting the bytes of the body. Rejects with RemoteError or
   * ContentError.
   */
  async measure(ref: MediaRef, options: MediaRequestOptions): Promise<KnownVersion> {
    const facts = await this.#deps.source.measure(ref, options);
    return { size: facts.length ?? (await this.#measureByReading(ref, options)), etag: facts.etag };
  }

  /**
   * What the media host states of an item, when an answer contradicted or left out the known size or ETag. Taken from
   * headers, else from all bytes received. With `isTagInDoubt` the statement must have an ETag. Callers share one
   * request. The result has no length if the host gives none. Rejects with ContentError.
   */
  confirm(ref: MediaRef, priority: Priority, isTagInDoubt: boolean): Promise<MediaFacts> {
    const running = this.#confirming.get(ref.id);
    const { clock, deadlineMs = SIZE_DEADLINE_MS } = this.#deps;
    if (running !== undefined) return withinDeadline(clock, deadlineMs, () => running, notInTime);
    const last = this.#confirmed.get(ref.id);
    if (last !== undefined && isWithin(clock.now(), last.at, CONFIRMED_MS)) return Promise.resolve(last.facts);
    const asking = this.#stated(ref, priority, isTagInDoubt)
      .catch((error: unknown) => {
        throw toContentError(error);
      })
      .finally(() => this.#confirming.delete(ref.id));
    this.#confirming.set(ref.id, asking);
    return withinDeadline(clock, deadlineMs, () => asking, notInTime);
  }

  async #stated(ref: MediaRef, priority: Priority, isTagInDoubt: boolean): Promise<MediaFacts> {
    const stated = await this.#deps.source.measure(ref, { priority });
    const lacksTag = isTagInDoubt && stated.etag === undefined;
    const isEnough = stated.length === undefined || (isStatement(stated) && !lacksTag);
    const facts = isEnough ? stated : ((await this.#received(ref, priority)) ?? stated);
    if (isStatement(facts)) this.#confirmed.set(ref.id, { facts, at: this.#deps.clock.now() });
    return facts;
  }

  /** Reads the body to the end that Content-Length announced; undefined if no length was announced. */
  async #received(ref: MediaRef, priority: Priority): Promise<MediaFacts | undefined> {
    const enough = new AbortController();
    const { facts, bodyLength, body } = await this.#deps.source.fetch(ref, undefined, {
      priority,
      signal: enough.signal,
    });
    if (bodyLength === undefined) {
      enough.abort();
      return undefined;
    }
    await body.forEach(() => undefined);
    return { ...facts, basis: 'received' };
  }

  /** If no header gives the length of an item never measured: counts its bytes, if their end is marked. */
  #measureByReading(ref: MediaRef, { priority, signal: given }: MediaRequestOptions): Promise<number> {
    const { clock, deadlineMs = SIZE_DEADLINE_MS } = this.#deps;
    const enough = new AbortController();
    const read = async (late: AbortSignal): Promise<number> => {
      const signal = AbortSignal.any(given === undefined ? [enough.signal, late] : [enough.signal, late, given]);
      try {
        return await this.#countedLength(ref, { priority, signal });
      } finally {
        enough.abort();
      }
    };
    return withinDeadline(clock, deadlineMs, read, notInTime);
  }

  async #countedLength(ref: MediaRef, options: MediaRequestOptions): Promise<number> {
    const { facts, body, isEndMarked } = await this.#deps.source.fetch(ref, { start: 0, end: 1 }, options);
    if (facts.length !== undefined) return facts.length;
    if (!isEndMarked) throw new ContentError('EIO', 'The media host does not say how long this file is.');
    let size = 0;
    await body.forEach((piece) => {
      size += piece.length;
    });
    return size;
  }
}

export function notInTime(): ContentError {
  return new ContentError('EIO', 'Google did not tell the size in time.');
}
