import { LRUCache } from 'lru-cache';
import type { MediaId, MediaItem } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import type { RemoteLibrary } from '../library/remote-library.js';
import type { Clock } from '../support/clock.js';
import { mediaUrl } from './endpoint-rules.js';

export interface BaseUrlBookOptions {
  readonly library: Pick<RemoteLibrary, 'batchGetMediaItems'>;
  readonly clock: Clock;
  /** Whether bytes may come from this machine. */
  readonly allowLoopback: boolean;
  /** Age from which an address is not used any more, milliseconds. Default 50 minutes: they live about 60. */
  readonly maxAgeMs?: number;
  /** How long a request for an address waits for others to join it, milliseconds. Default 10. */
  readonly gatherMs?: number;
  /** How long an item without bytes (still processing, failed, unknown) is not asked about again. Default 30 s. */
  readonly refusalAgeMs?: number;
  /** Addresses remembered at most. Default 20,000. */
  readonly capacity?: number;
}

type Answer = { readonly url: string } | { readonly refusal: RemoteError };
type Entry = Answer & { readonly from: number };

interface Waiting {
  readonly promise: Promise<string>;
  readonly settle: (answer: Answer) => void;
}

const BATCH_LIMIT = 50;

/** Knows where each item's bytes are for the next while. In memory only: the addresses open the item to anyone who has them. */
export class BaseUrlBook {
  private readonly entries: LRUCache<MediaId, Entry>;
  private readonly asked = new Map<MediaId, Waiting>();
  private gathering: MediaId[] = [];
  private readonly options: Required<BaseUrlBookOptions>;

  constructor(options: BaseUrlBookOptions) {
    this.options = { maxAgeMs: 50 * 60_000, gatherMs: 10, refusalAgeMs: 30_000, capacity: 20_000, ...options };
    this.entries = new LRUCache({ max: this.options.capacity });
  }

  /** Takes over the addresses of a listing that has just come. */
  learn(items: readonly MediaItem[]): void {
    for (const item of items) {
      const answer = this.answerOf(item);
      // What a listing cannot tell, a later question can: a video may have become ready meanwhile.
      if ('url' in answer) this.remember(item.id, answer);
    }
  }

  /**
   * The base URL of an item, asked for where none is known or it is too old. `refused` is one that just failed: the
   * answer is then another one, unless somebody else has fetched that already.
   */
  async urlOf(id: MediaId, refused?: string): Promise<string> {
    const known = this.fresh(id);
    if (known !== undefined && 'refusal' in known) throw known.refusal;
    if (known !== undefined && known.url !== refused) return known.url;
    return (this.asked.get(id) ?? this.ask(id)).promise;
  }

  private fresh(id: MediaId): Entry | undefined {
    const entry = this.entries.get(id);
    if (entry === undefined) return undefined;
    const age = this.options.clock.now() - entry.from;
    const limit = 'url' in entry ? this.options.maxAgeMs : this.options.refusalAgeMs;
    // A negative age means that the clock was set back, and then the true age is unknown.
    return age >= 0 && age < limit ? entry : undefined;
  }

  private ask(id: MediaId): Waiting {
    let settle: (answer: Answer) => void = () => undefined;
    const promise = new Promise<string>((resolve, reject) => {
      settle = (answer) => {
        if ('url' in answer) resolve(answer.url);
        else reject(answer.refusal);
      };
    });
    const waiting = { promise, settle };
    this.asked.set(id, waiting);
    this.gathering.push(id);
    if (this.gathering.length === BATCH_LIMIT) this.flush();
    else if (this.gathering.length === 1) void this.options.clock.sleep(this.options.gatherMs).then(this.flush);
    return waiting;
  }

  private readonly flush = (): void => {
    const ids = this.gathering;
    this.gathering = [];
    if (ids.length > 0) void this.askGoogle(ids);
  };

  private async askGoogle(ids: readonly MediaId[]): Promise<void> {
    const answers = await this.batchGet(ids);
    for (const id of ids) {
      const answer = answers(id);
      const waiting = this.asked.get(id);
      this.asked.delete(id);
      waiting?.settle(answer);
    }
  }

  private async batchGet(ids: readonly MediaId[]): Promise<(id: MediaId) => Answer> {
    try {
      const results = await this.options.library.batchGetMediaItems(ids);
      return (id) => {
        const result = results.get(id);
        if (result === undefined) return { refusal: new RemoteError('protocol', 'Google did not answer for an item.') };
        const answer = result instanceof RemoteError ? { refusal: result } : this.answerOf(result);
        if ('url' in answer || LASTING.has(answer.refusal.kind)) this.remember(id, answer);
        else this.entries.delete(id);
        return answer;
      };
    } catch (error) {
      const refusal =
        error instanceof RemoteError
          ? error
          : new RemoteError('protocol', 'Asking for an address failed.', { cause: error });
      return () => ({ refusal });
    }
  }

  private remember(id: MediaId, answer: Answer): void {
    this.entries.set(id, { ...answer, from: this.options.clock.now() });
  }

  private answerOf({ kind, videoStatus, baseUrl }: MediaItem): Answer {
    if (kind === 'video' && videoStatus === 'PROCESSING')
      return {
        refusal: new RemoteError('not-ready', 'Google is still processing this video.', {
          reason: 'PROCESSING',
          retryAfterMs: this.options.refusalAgeMs,
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
    if (baseUrl !== undefined && mediaUrl(baseUrl, this.options.allowLoopback) !== undefined) return { url: baseUrl };
    return { refusal: new RemoteError('protocol', 'Google gave no usable address for the bytes of an item.') };
  }
}

/** Failures that asking again at once would not change. */
const LASTING: ReadonlySet<string> = new Set(['not-ready', 'failed-video', 'not-found', 'forbidden']);
