import type { ApiErrorName } from './api-errors.js';
import type { MediaKind } from './item.js';

/** Which requests a fault meets: all given properties must fit. */
export interface FaultMatch {
  /** Name of a route, or a pattern of names: `mediaItems.list`, `/^media\./`. */
  readonly route?: string | RegExp;
  readonly method?: string;
  /** Against path and query. */
  readonly path?: RegExp;
  readonly mediaId?: string;
  readonly kind?: MediaKind;
  /** Against the text of the request's body: tells searches apart. */
  readonly body?: RegExp;
  /** Whether the request has a page token: picks the first page or the later ones. */
  readonly hasPageToken?: boolean;
}

export type FaultAction =
  /** Any answer; the body is text, JSON (an object) or bytes. */
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly body?: string | Uint8Array | object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** An HTML error page, as front ends and image hosts give it. */
  | { readonly type: 'html'; readonly status: number }
  /** The grey picture that media hosts give for bytes that are gone. */
  | { readonly type: 'png'; readonly status?: number }
  /** One of Google's JSON errors. */
  | {
      readonly type: 'api-error';
      readonly error: ApiErrorName;
      /** Value of a Retry-After header, whatever it is. */
      readonly retryAfter?: string;
    }
  /** The connection breaks: before the answer, or after so many bytes of its body. */
  | { readonly type: 'reset'; readonly afterBytes?: number }
  /**
   * A body without a Content-Length that ends after so many bytes as if it were whole: the connection closes (default), or the
   * end mark of chunks comes. HEAD is answered as ever.
   */
  | { readonly type: 'cut'; readonly afterBytes: number; readonly end?: 'close' | 'chunks' }
  /** A body without a Content-Length that never ends. */
  | { readonly type: 'endless' }
  /** Nothing more comes, the connection stays open: before the answer, or after so many bytes of its body. */
  | { readonly type: 'stall'; readonly afterBytes?: number }
  /** Byte after byte, one every so many milliseconds (default 1000): from the status line on, or the body alone. */
  | {
      readonly type: 'drip';
      readonly part: 'headers' | 'body';
      readonly everyMs?: number;
      /** An error page with this status instead of the right answer. */
      readonly status?: number;
    }
  /** Answers of 102 without end, one every so many milliseconds (default 100), and never the real one. */
  | { readonly type: 'interim'; readonly everyMs?: number }
  /** The answer waits so long, or trickles. */
  | { readonly type: 'slow'; readonly delayMs?: number; readonly bytesPerSecond?: number }
  /** A well-formed HTTP answer whose JSON is cut in the middle. */
  | { readonly type: 'truncated-json' }
  /** The JSON lacks these fields (`mediaItems`: a page without its array). */
  | { readonly type: 'without'; readonly fields: readonly string[] }
  /** The items of the page that this route gave before, once more, under this page's token. */
  | { readonly type: 'repeated-page' }
  /** The JSON, changed in place or replaced. */
  | { readonly type: 'edit'; readonly edit: (json: Record<string, unknown>) => unknown }
  /** The page holds so many entries: its own, then copies of its first under other ids. */
  | { readonly type: 'huge-page'; readonly entries: number }
  /** The JSON has one more field, of so many bytes: arrays in arrays, `depth` deep. */
  | { readonly type: 'nested-arrays'; readonly bytes: number; readonly depth: number }
  /** The first entry of the page has a field of so many bytes of text. */
  | { readonly type: 'long-text'; readonly field: string; readonly bytes: number }
  /** These headers instead; an empty value takes one away. */
  | { readonly type: 'headers'; readonly headers: Readonly<Record<string, string>> };

export interface FaultSpec {
  readonly match?: FaultMatch;
  /** How many requests it meets; default 1; Infinity for ever. */
  readonly times?: number;
  /** How many matching requests pass before; default 0. */
  readonly after?: number;
  readonly action: FaultAction;
}

/** An added fault; `hits` counts the requests it met. */
export interface Fault {
  readonly spec: FaultSpec;
  readonly hits: number;
  remove(): void;
}

/** The properties of a request that faults look at. */
export interface FaultSubject {
  readonly route: string;
  readonly method: string;
  readonly pathAndQuery: string;
  readonly mediaId: string | undefined;
  readonly kind: MediaKind | undefined;
  readonly hasPageToken: boolean;
  readonly body: string;
}

interface Entry {
  readonly spec: FaultSpec;
  passed: number;
  hits: number;
}

function fits(match: FaultMatch, subject: FaultSubject): boolean {
  const { route, method, path, mediaId, kind, hasPageToken, body } = match;
  return (
    (route === undefined || (typeof route === 'string' ? route === subject.route : route.test(subject.route))) &&
    (method === undefined || method === subject.method) &&
    (path === undefined || path.test(subject.pathAndQuery)) &&
    (mediaId === undefined || mediaId === subject.mediaId) &&
    (kind === undefined || kind === subject.kind) &&
    (body === undefined || body.test(subject.body)) &&
    (hasPageToken === undefined || hasPageToken === subject.hasPageToken)
  );
}

/** What goes wrong, as data. The first fault that fits a request, in order of adding, is the only one applied to it. */
export class Faults {
  #entries: Entry[] = [];

  add(spec: FaultSpec): Fault {
    const entry: Entry = { spec, passed: 0, hits: 0 };
    this.#entries.push(entry);
    return {
      spec,
      get hits() {
        return entry.hits;
      },
      remove: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** Each request for the bytes of one item meets this, for ever; the other items are served. */
  poison(mediaId: string, action: FaultAction): Fault {
    return this.add({ match: { mediaId, route: /^media\./ }, times: Infinity, action });
  }

  clear(): void {
    this.#entries = [];
  }

  /** Faults that could still meet a request. */
  get pending(): number {
    return this.#entries.filter(({ spec, hits }) => hits < (spec.times ?? 1)).length;
  }

  /** The fault for this request, used up by one. */
  take(subject: FaultSubject): FaultAction | undefined {
    for (const entry of this.#entries) {
      if (entry.hits >= (entry.spec.times ?? 1) || !fits(entry.spec.match ?? {}, subject)) continue;
      if (entry.passed < (entry.spec.after ?? 0)) {
        entry.passed += 1;
        continue;
      }
      entry.hits += 1;
      return entry.spec.action;
    }
    return undefined;
  }
}
