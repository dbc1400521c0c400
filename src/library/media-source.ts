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

/** What the headers of an item's bytes tell. */
export interface MediaFacts {
  /** Length of the whole file in bytes; undefined where the server does not say (chunked). */
  readonly length: number | undefined;
  readonly etag: string | undefined;
}

/** An answer with bytes, already checked: status 200 or 206, no error page, Content-Range fitting what was asked. */
export interface MediaStream {
  /** Offset in the file of the first byte of `body`: 0 where the server ignored the range. */
  readonly start: number;
  /** Number of bytes that `body` will yield; undefined where the server does not say. Fewer or more end in a `protocol` error. */
  readonly bodyLength: number | undefined;
  /** Whole file. */
  readonly facts: MediaFacts;
  /** A piece is good until the next one is asked for: its memory is used again. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** An item's bytes at Google. Base URLs, their refreshing, retries and pacing are its own affair. Rejects with RemoteError only. */
export interface MediaSource {
  /** Asks for the length without the bytes (HEAD; one media request). */
  measure(ref: MediaRef, options: MediaRequestOptions): Promise<MediaFacts>;
  /** Names the host that the item's bytes come from, photos and videos apart, where that is known without asking. */
  hostOf?(ref: MediaRef): string | undefined;
  /** Starts a download (GET; one media request). Aborting the signal ends the body with an `aborted` RemoteError. */
  fetch(ref: MediaRef, range: ByteRange | undefined, options: MediaRequestOptions): Promise<MediaStream>;
}
