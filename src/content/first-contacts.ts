import type { MediaId, MediaRef } from '../library/media-item.js';
import type { ByteRange, MediaRequestOptions, MediaStream } from '../library/media-source.js';
import { RemoteError } from '../library/remote-error.js';
import type { KnownVersion } from '../library/size-statement.js';
import { isWithin } from '../support/is-within.js';
import { LinkedAbort } from '../support/linked-abort.js';
import type { ContentContext } from './content-context.js';
import type { GivenStream } from './download.js';
import { HEAD_BYTES } from './head-habit.js';
import type { ContentItem } from './media-files.js';

/** Looks under way at once that bring bytes: so many readers may open files side by side. */
const MOST_UNDER_WAY = 8;
/** A contact that was not opened counts as part of a listing for this long, milliseconds. */
const UNOPENED_MS = 10_000;
/** Videos are asked for to their end, which is not known; the body is read only as far as a reader comes. */
const VIDEO_END = 2 ** 40;

/**
 * The first look at an item whose size was never measured, by a request for its bytes: the headers give the size, and
 * the body serves the open that follows. If none follows, the body ends like that of any file that was closed.
 */
export class FirstContacts {
  readonly #context: ContentContext;
  readonly #adopt: (item: ContentItem, given: GivenStream) => void;
  /** When looks ended whose items were not opened since. */
  readonly #unopened = new Map<MediaId, number>();
  #underWay = 0;

  /** `adopt` takes over an answer. */
  constructor(context: ContentContext, adopt: (item: ContentItem, given: GivenStream) => void) {
    this.#context = context;
    this.#adopt = adopt;
  }

  /** An item was looked at and not opened: its folder is being listed. */
  get isListing(): boolean {
    const now = this.#context.clock.now();
    for (const [id, at] of this.#unopened) if (!isWithin(now, at, UNOPENED_MS)) this.#unopened.delete(id);
    return this.#unopened.size > 0 || this.#underWay > MOST_UNDER_WAY;
  }

  /**
   * Looks at an item. Undefined if a request without bytes is better, because its folder is being listed. Resolves to
   * undefined if the answer gave no size; rejects with RemoteError.
   */
  look(ref: MediaRef, options: MediaRequestOptions): Promise<KnownVersion | undefined> | undefined {
    if (this.isListing) return undefined;
    this.#underWay++;
    return this.bring(ref, options).finally(() => {
      this.#underWay--;
      this.#unopened.set(ref.id, this.#context.clock.now());
    });
  }

  /** The item was looked at in the last seconds, and not opened since. */
  isUnopened(id: MediaId): boolean {
    const at = this.#unopened.get(id);
    return at !== undefined && isWithin(this.#context.clock.now(), at, UNOPENED_MS);
  }

  /** An item was opened. */
  opened(id: MediaId): void {
    this.#unopened.delete(id);
  }

  /** As {@link look}, for an item whose bytes are wanted in any case. */
  async bring(ref: MediaRef, options: MediaRequestOptions): Promise<KnownVersion | undefined> {
    const range = this.#rangeFor(ref);
    const own = new LinkedAbort(options.signal);
    let stream: MediaStream;
    try {
      stream = await this.#context.source.fetch(ref, range, { ...options, signal: own.signal });
    } catch (error) {
      // An answer that makes no sense with bytes may make sense without.
      if (error instanceof RemoteError && error.kind === 'protocol') return undefined;
      throw error;
    }
    const { length, etag } = stream.facts;
    if (length === undefined || stream.start !== 0) {
      own.abort();
      return undefined;
    }
    this.#adopt({ ref, size: length, etag }, { stream, end: Math.min(range.end, length), stop: () => own.abort() });
    return { size: length, etag };
  }

  #rangeFor({ kind }: MediaRef): ByteRange {
    const { habit, tuning } = this.#context;
    if (kind === 'video') return { start: 0, end: VIDEO_END };
    return { start: 0, end: habit.isHeadsOnly ? HEAD_BYTES : tuning.oneRequestPhotoBytes };
  }
}
