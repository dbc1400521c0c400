import type { MediaId, MediaRef } from '../library/media-item.js';
import type { MaybePromise } from '../support/maybe-promise.js';

/** What this room needs of sizes; content's `SizeBook` fits. */
export interface KnownSizes {
  /** Bytes, if a measurement is newer than the catalog. */
  known(mediaId: MediaId): number | undefined;
  /** The ETag measured with it. */
  knownEtag(mediaId: MediaId): string | undefined;
  /** How often, and when last (ms), an item had another version than shown; undefined for nearly all items. */
  correction(mediaId: MediaId): { readonly count: number; readonly at: number } | undefined;
  /** When other bytes were noticed (ms since the epoch), until the catalog has that time. */
  changedAt(mediaId: MediaId): number | undefined;
  /** Measures now: a person waits. Rejects with a ContentError or RemoteError. */
  sizeOf(ref: MediaRef): Promise<number>;
  /** Measures an item whose bytes are about to be fetched: the request brings the first of them. */
  sizeForFetch(ref: MediaRef): Promise<number>;
  /** Programs ask for sizes and open no files. */
  readonly isListing: boolean;
  /** An item that `sizeOf` measured was not opened since. */
  isUnopened(mediaId: MediaId): boolean;
  /** Measures soon; leaves out items that are known or being measured. */
  measureSoon(refs: readonly MediaRef[]): void;
}

/** An item's bytes, opened. */
export interface OpenBytes {
  readonly size: number;
  /** Resolves to the bytes filled; fewer than asked only at the end. */
  read(buffer: Uint8Array, position: number): MaybePromise<number>;
  /** Ends a read into this buffer that waits for bytes to arrive: it rejects with EINTR. */
  interrupt?(buffer: Uint8Array): void;
  close(): void;
}

/** What this room needs of bytes; content's `ContentStore` fits. */
export interface ItemBytes {
  /** Throws or rejects with a ContentError. `size` is the one shown. */
  open(item: {
    readonly ref: MediaRef;
    readonly size: number;
    readonly etag?: string | undefined;
  }): MaybePromise<OpenBytes>;
}

/** An item with all facts needed to fetch it whole. */
export interface WholeItem {
  readonly ref: MediaRef;
  readonly size: number;
  readonly etag?: string | undefined;
}

/** What this room needs of bytes on disk; content's `ContentStore` fits. */
export interface StoredBytes {
  /** Whether all bytes of this version are on disk. */
  isCached(item: { readonly id: MediaId; readonly size: number }): boolean;
  /** Bytes of an item on disk so far, in whatever version. */
  bytesOf(id: MediaId): number;
  /** Announces items that will be fetched soon, in this order. */
  prepare(refs: readonly MediaRef[]): void;
  /** Fetches all bytes of an item to the disk. Rejects with ContentError. */
  fill(item: WholeItem, priority: 'read-ahead' | 'background', signal: AbortSignal): Promise<void>;
  /** Fetches the first `bytes` of an item, and little more. Rejects with ContentError. */
  fillHead(item: WholeItem, bytes: number): Promise<void>;
}
