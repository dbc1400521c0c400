import type { MediaRef } from './media-item.js';

/** Urgency of a request: system calls first, then read-ahead, then background measuring. */
export type Priority = 'foreground' | 'read-ahead' | 'background';

/** Half-open byte range `[start, end)`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface MediaRequestOptions {
  readonly priority: Priority;
  readonly signal?: AbortSignal;
  /**
   * Aborts when a foreground caller starts to wait for this request. It then becomes a foreground request; it is not
   * aborted.
   */
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

/**
 * Takes one piece of a body. Its memory is reused when this returns, or when the returned promise resolves. What it
 * throws ends the body.
 */
export type TakePiece = (piece: Uint8Array) => void | Promise<void>;

export interface MediaBody {
  /**
   * Passes each piece to `take`, one after the other. Can be called once. Resolves at the end of the body. Rejects with
   * RemoteError, or with what `take` threw.
   */
  forEach(take: TakePiece): Promise<void>;
}

/** An answer with bytes, already checked: status 200 or 206, no error page, Content-Range fitting what was asked. */
export interface MediaStream {
  /** Offset in the file of the first byte of `body`: 0 where the server ignored the range. */
  readonly start: number;
  /**
   * Number of bytes of `body`; undefined if the server does not say. If more or fewer come, the body ends with a
   * `protocol` error.
   */
  readonly bodyLength: number | undefined;
  /**
   * Whether a body that was cut off can be distinguished from a whole one, by its length or by the end mark of chunked
   * encoding.
   */
  readonly isEndMarked: boolean;
  /** Whole file. */
  readonly facts: MediaFacts;
  readonly body: MediaBody;
}

/**
 * The bytes of items at Google. Finds and renews base URLs, retries, and keeps to pauses. Rejects with RemoteError
 * only.
 */
export interface MediaSource {
  /** Asks for the length without the bytes: one HEAD, and a second request if the HEAD gives no length. */
  measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts>;
  /** The host of the item's bytes, with photos and videos kept apart; undefined while no base URL is known. */
  hostOf?(ref: MediaRef): string | undefined;
  /**
   * Announces items that will be fetched soon, in this order. Their base URLs are requested now, if enough are missing
   * to be worth a request.
   */
  prepare?(refs: readonly MediaRef[]): void;
  /** Starts a download (GET; one media request). Aborting the signal ends the body with an `aborted` RemoteError. */
  fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream>;
}

/** A {@link MediaSource} whose requests fail at once while their host cannot be reached. */
export interface GatedMediaSource extends MediaSource {
  /** A request for this item would fail at once. */
  isOffline(ref: MediaRef): boolean;
  /** Takes note of a failure that came after the request: while its body was read. */
  note(error: unknown, ref: MediaRef): void;
}
