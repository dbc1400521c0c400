import { LRUCache } from 'lru-cache';
import type { ListedBaseUrl, MediaId } from '../../library/media-item.js';
import type { Priority } from '../../library/media-source.js';
import { RemoteError } from '../../library/remote-error.js';
import type { RemoteLibrary } from '../../library/remote-library.js';
import type { Clock } from '../../support/clock.js';
import { mediaUrl } from '../http/endpoint-rules.js';

/*
 * How it works
 * - `entries` holds base URLs in memory only, because each opens its item to anyone who has it. The
 *   least recently used go first. `learn` adds those that listings bring along.
 * - `urlOf` answers from `entries` if the URL is younger than `maxAgeMs` and not the `refused` one.
 *   Else `ask` adds the item to `gathering`; `flush` sends the batch after `gatherMs`, or at 50
 *   items. Callers for the same item share one promise (`asked`).
 * - A batch costs one API call, full or not, so `companionsOf` fills it with neighbours whose URL
 *   is missing or past half its life.
 * - `askGoogle` settles the promises. A companion without an answer, which a caller wants by now,
 *   is asked for again.
 * - Failures that will last (LASTING: still processing, not found) are answered from memory for 30
 *   s.
 */

export interface BaseUrlBookOptions {
  readonly library: Pick<RemoteLibrary, 'batchGetMediaItems'>;
  readonly clock: Clock;
  /** Whether bytes may come from this machine. */
  readonly allowLoopback: boolean;
  /** Age from which a base URL is no longer used, milliseconds. Default 50 minutes: they live about 60. */
  readonly maxAgeMs?: number;
  /** How long a request waits for others to join its batch, milliseconds. Default 2. */
  readonly gatherMs?: number;
  /** How long an item without bytes (still processing, failed, unknown) is not asked about again. Default 30 s. */
  readonly refusalAgeMs?: number;
  /** Most base URLs kept. Default 20,000. */
  readonly capacity?: number;
  /** Items near an item, nearest first. They fill up a batch, which costs one API call, full or not. */
  readonly neighbours?: (id: MediaId, limit: number) => readonly MediaId[];
}

type Answer = { readonly url: string } | { readonly refusal: RemoteError };
type Entry = Answer & { readonly from: number };

interface Waiting {
  readonly promise: Promise<string>;
  readonly settle: (answer: Answer) => void;
  /** A caller waits for it; false while it only fills a batch. */
  wanted: boolean;
  priority: Priority;
}

export interface BaseUrlRequest {
  /** A base URL that just failed. */
  readonly refused?: string | undefined;
  readonly priority: Priority;
  /** Aborts when a caller in the foreground waits for it too. */
  readonly urgent?: AbortSignal | undefined;
}

const BATCH_LIMIT = 50;
/** Neighbours examined to fill a batch: first the nearest; if their URLs are young, also more distant ones. */
const SEARCH_DISTANCES = [BATCH_LIMIT, 200];
/** `prepare` sends a batch only if this many base URLs are missing: a batch costs the same full or not. */
const WORTH_ASKING = 32;
/** A base URL younger than this share of its life is not renewed as a companion. */
const YOUNG = 1 / 2;

/** Keeps the base URLs of items, in memory only, and asks Google for missing ones in batches. */
export class BaseUrlBook {
  readonly #entries: LRUCache<MediaId, Entry>;
  readonly #asked = new Map<MediaId, Waiting>();
  #gathering: MediaId[] = [];
  readonly #options: Required<BaseUrlBookOptions>;

  constructor(options: BaseUrlBookOptions) {
    this.#options = {
      maxAgeMs: 50 * 60_000,
      gatherMs: 2,
      refusalAgeMs: 30_000,
      capacity: 20_000,
      neighbours: () => [],
      ...options,
    };
    this.#entries = new LRUCache({ max: this.#options.capacity });
  }

  /** Stores the base URLs of a listing that has just come. */
  learn(items: readonly ListedBaseUrl[]): void {
    for (const item of items) {
      const answer = this.#answerOf(item);
      // A failure is not stored: a video in processing may be ready by the next request.
      if ('url' in answer) this.#remember(item.id, answer);
    }
  }

  /** Drops all base URLs; each is asked for again when it is needed. */
  forget(): void {
    this.#entries.clear();
  }

  /** The base URL of an item, if a usable one is known. */
  known(id: MediaId): string | undefined {
    const entry = this.#fresh(id);
    return entry !== undefined && 'url' in entry ? entry.url : undefined;
  }

  /**
   * The base URL of an item. Asks Google if none is known, if it is too old, or if the known one is `refused`. Rejects
   * with RemoteError.
   */
  async urlOf(
    id: MediaId,
    { refused, priority, urgent }: BaseUrlRequest = { priority: 'foreground' },
  ): Promise<string> {
    const known = this.#fresh(id);
    if (known !== undefined && 'refusal' in known) throw known.refusal;
    if (known !== undefined && known.url !== refused) return known.url;
    const rank = urgent?.aborted === true ? 'foreground' : priority;
    const waiting = this.#asked.get(id);
    if (waiting === undefined) return this.#ask(id, rank).promise;
    waiting.wanted = true;
    if (rank === 'foreground') waiting.priority = rank;
    return waiting.promise;
  }

  /** Asks for the base URLs of items needed soon, in this order, if enough are missing to be worth a request. */
  prepare(ids: readonly MediaId[]): void {
    const missing = ids.filter((id) => !this.#asked.has(id) && this.#fresh(id) === undefined);
    if (missing.length >= WORTH_ASKING) for (const id of missing.slice(0, BATCH_LIMIT)) this.#ask(id, 'read-ahead');
  }

  #fresh(id: MediaId): Entry | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const age = this.#options.clock.now() - entry.from;
    const limit = 'url' in entry ? this.#options.maxAgeMs : this.#options.refusalAgeMs;
    // A negative age means that the clock was set back, and then the true age is unknown.
    return age >= 0 && age < limit ? entry : undefined;
  }

  #ask(id: MediaId, priority: Priority): Waiting {
    const waiting = this.#expect(id, priority, true);
    this.#gathering.push(id);
    if (this.#gathering.length === BATCH_LIMIT) this.#flush();
    else if (this.#gathering.length === 1) void this.#options.clock.sleep(this.#options.gatherMs).then(this.#flush);
    return waiting;
  }

  #expect(id: MediaId, priority: Priority, wanted: boolean): Waiting {
    let settle: (answer: Answer) => void = () => undefined;
    const promise = new Promise<string>((resolve, reject) => {
      settle = (answer) => {
        if ('url' in answer) resolve(answer.url);
        else reject(answer.refusal);
      };
    });
    // A companion may have no caller: its failure must not count as unhandled.
    promise.catch(() => undefined);
    const waiting = { promise, settle, wanted, priority };
    this.#asked.set(id, waiting);
    return waiting;
  }

  readonly #flush = (): void => {
    const ids = this.#gathering;
    this.#gathering = [];
    if (ids.length === 0) return;
    const companions = this.#companionsOf(ids);
    for (const id of companions) this.#expect(id, 'read-ahead', false);
    void this.#askGoogle(ids, companions);
  };

  /** Neighbours of the wanted items, without those whose URL is young or already asked for. */
  #companionsOf(ids: readonly MediaId[]): MediaId[] {
    const companions = new Set<MediaId>();
    const near = new Set<MediaId>();
    const room = BATCH_LIMIT - ids.length;
    for (const [at, wanted] of ids.entries()) {
      // Each wanted item gets an equal share of the room. One that is near an earlier one is skipped: searching far for
      // each would block the thread.
      if (near.has(wanted) && at < ids.length - 1) continue;
      const share = Math.ceil((room * (at + 1)) / ids.length);
      for (const reach of SEARCH_DISTANCES) {
        if (companions.size >= share) break;
        for (const id of this.#options.neighbours(wanted, reach)) {
          near.add(id);
          if (companions.size < share && !this.#asked.has(id) && !this.#isYoung(id)) companions.add(id);
        }
      }
    }
    return [...companions];
  }

  #isYoung(id: MediaId): boolean {
    const entry = this.#fresh(id);
    if (entry === undefined) return false;
    return 'refusal' in entry || this.#options.clock.now() - entry.from < this.#options.maxAgeMs * YOUNG;
  }

  async #askGoogle(ids: readonly MediaId[], companions: readonly MediaId[]): Promise<void> {
    const foreground = ids.some((id) => this.#asked.get(id)?.priority === 'foreground');
    const background = ids.every((id) => this.#asked.get(id)?.priority === 'background');
    const priority = foreground ? 'foreground' : background ? 'background' : 'read-ahead';
    const answers = await this.#batchGet(ids, companions, priority);
    for (const id of [...ids, ...companions]) {
      const answer = answers(id);
      const waiting = this.#asked.get(id);
      this.#asked.delete(id);
      if (waiting === undefined) continue;
      if (answer !== undefined) waiting.settle(answer);
      // The whole batch failed, so companions got no answer; but a caller wants this one by now.
      else if (waiting.wanted)
        this.#ask(id, waiting.priority).promise.then(
          (url) => waiting.settle({ url }),
          (error: unknown) => waiting.settle({ refusal: error as RemoteError }),
        );
    }
  }

  async #batchGet(
    ids: readonly MediaId[],
    companions: readonly MediaId[],
    priority: Priority,
  ): Promise<(id: MediaId) => Answer | undefined> {
    try {
      const hints = { priority, companions: companions.length };
      const results = await this.#options.library.batchGetMediaItems([...ids, ...companions], undefined, hints);
      const optional = new Set(companions);
      return (id) => {
        const result = results.get(id);
        if (result === undefined && optional.has(id)) return undefined;
        if (result === undefined) return { refusal: new RemoteError('protocol', 'Google did not answer for an item.') };
        const answer = result instanceof RemoteError ? { refusal: result } : this.#answerOf(result);
        if ('url' in answer || LASTING.has(answer.refusal.kind)) this.#remember(id, answer);
        else this.#entries.delete(id);
        return answer;
      };
    } catch (error) {
      const refusal =
        error instanceof RemoteError
          ? error
          : new RemoteError('protocol', 'Asking for a base URL failed.', { cause: error });
      return () => ({ refusal });
    }
  }

  #remember(id: MediaId, answer: Answer): void {
    this.#entries.set(id, { ...answer, from: this.#options.clock.now() });
  }

  #answerOf({ kind, videoStatus, baseUrl }: ListedBaseUrl): Answer {
    if (kind === 'video' && videoStatus === 'PROCESSING')
      return {
        refusal: new RemoteError('not-ready', 'Google is still processing this video.', {
          reason: 'PROCESSING',
          retryAfterMs: this.#options.refusalAgeMs,
          hint: 'It becomes readable by itself when Google is done with it.',
        }),
      };
    if (kind === 'video' && videoStatus === 'FAILED')
      return {
        refusal: new RemoteError('failed-video', 'Google could not process this video and has no bytes for it.', {
          reason: 'FAILED',
          hint: 'Upload it again, in another format if need be.',
        }),
      };
    if (baseUrl !== undefined && mediaUrl(baseUrl, this.#options.allowLoopback) !== undefined) return { url: baseUrl };
    return { refusal: new RemoteError('protocol', 'Google gave no usable base URL for the bytes of an item.') };
  }
}

/** Failures that would be the same if asked again at once. */
const LASTING: ReadonlySet<string> = new Set(['not-ready', 'failed-video', 'not-found', 'forbidden']);
