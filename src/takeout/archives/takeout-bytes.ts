import { LRUCache } from 'lru-cache';
import type { MediaId, MediaRef } from '../../library/media-item.js';
import type { MaybePromise } from '../../support/maybe-promise.js';
import { ArchiveError } from './archive-error.js';
import type { OpenedEntry } from './archive-requests.js';
import type { ArchiveThreads } from './archive-threads.js';
import type { BadEntries } from './bad-entries.js';
import { PieceChain } from './piece-chain.js';
import type { ExpectedIdentity } from './part-file.js';

/** Where an entry lies. */
export interface EntryPlace {
  /** Path of the zip, or of the file in an extracted folder. */
  readonly file: string;
  /** Size and time of `file`, as they were when it was listed. Opening fails where they differ. */
  readonly identity: ExpectedIdentity;
  /** Of the local header in a zip; undefined for a file of an extracted folder. */
  readonly headerOffset: number | undefined;
  /** Bytes of the entry in the zip. */
  readonly packed: number;
  /** Bytes of the item. */
  readonly size: number;
  /** Undefined in an extracted folder: then nothing is checked. */
  readonly crc: number | undefined;
  readonly method: 'stored' | 'deflated' | 'file';
}

/** Throws, or returns undefined, where an item has no bytes in an archive. */
export type LocateEntry = (id: MediaId) => EntryPlace | undefined;

export interface TakeoutBytesDeps {
  readonly locate: LocateEntry;
  readonly threads: Pick<ArchiveThreads, 'open' | 'read' | 'release'>;
  readonly bad: BadEntries;
}

/** An item's bytes, opened. */
export interface OpenTakeoutBytes {
  readonly size: number;
  /** The bytes filled; fewer than asked only at the end. Does not touch `buffer` once it has returned or settled. */
  read(buffer: Uint8Array, position: number): MaybePromise<number>;
  close(): void;
}

/** Places of entries that are kept: reading a local header again costs one read. */
const KEPT_OFFSETS = 10_000;

/** While the readers of all entries hold more, nothing is fetched ahead for any. Four readers in order may hold so much. */
const MOST_HELD_BYTES = 32 * 1024 * 1024;

/** The place of an item; throws ArchiveError where there is none, or where its bytes are known to be damaged. */
export function placeOf({ locate, bad }: Pick<TakeoutBytesDeps, 'locate' | 'bad'>, id: MediaId): EntryPlace {
  const place = locate(id);
  if (place === undefined) {
    throw new ArchiveError('missing', 'Takeout', 'the Takeout archive of this file is not known any more');
  }
  const known = damageOf(place, bad);
  if (known !== undefined) throw known;
  return place;
}

function damageOf({ file, headerOffset = 0, identity }: EntryPlace, bad: BadEntries): ArchiveError | undefined {
  const known = bad.find(file, headerOffset, identity);
  return known === undefined ? undefined : new ArchiveError('damaged', file, known.message);
}

/** Finds out where the bytes of entries begin, and keeps it. */
export class EntryOffsets {
  readonly #threads: TakeoutBytesDeps['threads'];
  readonly #kept = new LRUCache<string, number>({ max: KEPT_OFFSETS });

  constructor(threads: TakeoutBytesDeps['threads']) {
    this.#threads = threads;
  }

  /** Looks at the file in any case: it may be gone, or another one. Rejects with ArchiveError. */
  async find({ file, identity, headerOffset, packed }: EntryPlace): Promise<OpenedEntry> {
    const key = `${headerOffset ?? -1} ${identity.size} ${identity.mtimeMs ?? 0} ${file}`;
    const known = headerOffset === undefined ? 0 : this.#kept.get(key);
    const entry = known === undefined && headerOffset !== undefined ? { headerOffset, packed } : undefined;
    const opened = await this.#threads.open(file, identity, entry);
    if (known !== undefined) return { ...opened, offset: known };
    this.#kept.set(key, opened.offset);
    return opened;
  }
}

/**
 * Bytes that lie in archives as they are: stored entries, and files of extracted folders. They are read where they lie and never copied
 * into the cache. Fits filesystem's `ItemBytes`.
 */
export class TakeoutBytes {
  readonly #deps: TakeoutBytesDeps;
  readonly #offsets: EntryOffsets;
  #heldBytes = 0;

  constructor(deps: TakeoutBytesDeps) {
    this.#deps = deps;
    this.#offsets = new EntryOffsets(deps.threads);
  }

  /** Rejects with ArchiveError where the file is gone, cut, replaced or damaged, or its drive does not answer. */
  async open({ ref, size }: { readonly ref: MediaRef; readonly size: number }): Promise<OpenTakeoutBytes> {
    const place = placeOf(this.#deps, ref.id);
    if (place.size !== size) {
      throw new ArchiveError('replaced', place.file, `${place.file} holds other bytes than are listed`);
    }
    const chain = this.#chain(place, await this.#offsets.find(place));
    return {
      size,
      read: (buffer, position) => {
        // The kernel asks again, page by page, for what its read-ahead could not get: those reads begin a chain that knows no CRC.
        const damage = damageOf(place, this.#deps.bad);
        return damage === undefined ? chain.read(buffer, position) : Promise.reject(damage);
      },
      close: () => chain.close(),
    };
  }

  #chain(place: EntryPlace, { identity, offset }: OpenedEntry): PieceChain {
    const { threads } = this.#deps;
    const { file: path, headerOffset, size, crc } = place;
    // Of a file in a folder only the size is known beforehand: without its time a reader might get the bytes of two files.
    const expected = headerOffset === undefined ? identity : place.identity;
    return new PieceChain({
      size,
      fetch: async (position, length) => {
        const request = { path, expected, position: offset + position, length, wantsCrc: crc !== undefined };
        this.#heldBytes += length;
        const isOver = (): void => void (this.#heldBytes -= length);
        const piece = await threads.read(request).catch((error: unknown) => {
          isOver();
          throw error;
        });
        const release = (): void => {
          isOver();
          threads.release(piece);
        };
        return { ...piece, release };
      },
      mayFetchAhead: () => this.#heldBytes < MOST_HELD_BYTES,
      checkCrc: (found) => {
        if (crc !== undefined && found !== crc) throw this.#damaged(place);
      },
    });
  }

  #damaged({ file, headerOffset = 0, identity }: EntryPlace): ArchiveError {
    const message = `${file} is damaged: a file in it has a wrong CRC`;
    this.#deps.bad.add({ file, headerOffset, message }, identity);
    return new ArchiveError('damaged', file, message);
  }
}
