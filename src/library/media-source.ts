import type { MediaRef } from './media-item.js';

/** Who waits for a request: a person's system call goes before read-ahead, and that before background measuring. */
export type Priority = 'foreground' | 'read-ahead' | 'background';

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface MediaRequestOptions {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /** Aborts (the request does not) when somebody in the foreground has come to wait for it: it then goes before what is less urgent. */
  readonly urgent?: AbortSignal | undefined;
}

/**
 * What a length and an ETag rest on:
 * - `head`: the answer to a HEAD.
 * - `content-range`: the total of a Content-Range.
 * - `received`: a Content-Length whose body came to its end.
 * - `announced`: the headers of a GET whose body has not come yet.
 */
export type FactsBasis = 'head' | 'content-range' | 'received' | 'announced';

/** What the media host says of an item's bytes. What it may change is decided in `size-statement.ts`. */
export interface MediaFacts {
  /** Length of the whole file in bytes; undefined where the server does not say (chunked). */
  readonly length: number | undefined;
  readonly etag: string | undefined;
  readonly basis: FactsBasis;
}

/** Looks at a piece of a body, whose memory is used again afterwards: where it gives a promise, when that resolves. What it throws ends the body. */
export type TakePiece = (piece: Uint8Array) => void | Promise<void>;

export interface MediaBody {
  /** Hands all pieces on, each when the one before is done with; once only. Resolves at the end; rejects with RemoteError, or with what `take` threw. */
  forEach(take: TakePiece): Promise<void>;
}

/** An answer with bytes, already checked: status 200 or 206, no error page, Content-Range fitting what was asked. */
export interface MediaStream {
  /** Offset in the file of the first byte of `body`: 0 where the server ignored the range. */
  readonly start: number;
  /** Number of bytes that `body` has; undefined where the server does not say. Fewer or more end in a `protocol` error. */
  readonly bodyLength: number | undefined;
  /** Whether a body cut off in transit is told from a whole one: by its length or by the end mark of chunks. */
  readonly isEndMarked: boolean;
  /** Whole file. */
  readonly facts: MediaFacts;
  readonly body: MediaBody;
}

/** An item's bytes at Google. Base URLs, their refreshing, retries and pacing are its own affair. Rejects with RemoteError only. */
export interface MediaSource {
  /** Asks for the length without the bytes (HEAD; one media request, or two where HEAD does not tell it). */
  measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts>;
  /** Names the host that the item's bytes come from, photos and videos apart, where that is known without asking. */
  hostOf?(ref: MediaRef): string | undefined;
  /** Tells what will be fetched soon, in that order: what that takes is asked for beforehand, where it is enough to be worth a request. */
  prepare?(refs: readonly MediaRef[]): void;
  /** Starts a download (GET; one media request). Aborting the signal ends the body with an `aborted` RemoteError. */
  fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream>;
}
