import type { MaybePromise } from '../../support/maybe-promise.js';
import { joinedCrc } from './running-crc.js';

/** Bytes of an entry from `position` on, with their CRC. `release` gives their memory back. */
export interface FetchedPiece {
  readonly bytes: Uint8Array;
  readonly crc: number;
  readonly release: () => void;
}

export interface PieceChainDeps {
  /** Bytes of the entry. */
  readonly size: number;
  readonly fetch: (position: number, length: number) => Promise<FetchedPiece>;
  /** Called with the CRC of the whole when all bytes were fetched in order; throws where it is wrong. */
  readonly checkCrc: (crc: number) => void;
  /** False while all readers together hold much: then pieces stay small, and none is fetched ahead. */
  readonly mayFetchAhead: () => boolean;
}

interface Piece {
  readonly start: number;
  readonly end: number;
  /** Resolves to the CRC of all bytes of the chain up to `end`. */
  readonly crc: Promise<number>;
  readonly fetched: Promise<FetchedPiece>;
  /** There once fetched, and until it is released. */
  here: FetchedPiece | undefined;
  readers: number;
  isDropped: boolean;
}

/** Larger ones save little; a reader that jumps waits for one that is being fetched. */
const MAX_PIECE_BYTES = 2 * 1024 * 1024;
/** While all readers together hold much. */
const NARROW_PIECE_BYTES = 256 * 1024;
/** A reader that skips no more than this still reads in order: the kernel's requests may overtake each other. */
const MAX_GAP_BYTES = 256 * 1024;
/**
 * Bytes that are fetched before they are asked for, while a reader reads in order. With less, a reader that is as fast as the thread
 * finds its next bytes missing whenever the thread has to wait for a processor.
 */
const AHEAD_BYTES = MAX_PIECE_BYTES;

/**
 * The bytes of one opened entry, fetched in pieces. A reader that jumps gets exactly what it asks for. One that reads in order gets it from
 * pieces that grow to 2 MiB, the next of which are fetched meanwhile. A chain that began at the first byte knows the CRC when it
 * comes to the last: the last piece is handed out only after the check.
 */
export class PieceChain {
  readonly #deps: PieceChainDeps;
  #pieces: Piece[] = [];
  /** Of the chain: where it began, and where the next piece begins. */
  #start = 0;
  #end = 0;
  #nextLength = 0;

  constructor(deps: PieceChainDeps) {
    this.#deps = deps;
  }

  /** Fills `buffer` from `position` on; the bytes filled, fewer only at the end of the entry. */
  read(buffer: Uint8Array, position: number): MaybePromise<number> {
    const end = Math.min(position + buffer.length, this.#deps.size);
    if (end <= position) return 0;
    this.#extend(position, end);
    const pieces = this.#pieces.filter((piece) => piece.end > position && piece.start < end);
    if (pieces.every(({ here }) => here !== undefined)) {
      for (const piece of pieces) copy(piece, buffer, position, end);
      this.#drop(position);
      return end - position;
    }
    return this.#readLater(pieces, buffer, position, end);
  }

  close(): void {
    for (const piece of this.#pieces.splice(0)) drop(piece);
  }

  async #readLater(pieces: readonly Piece[], buffer: Uint8Array, position: number, end: number): Promise<number> {
    for (const piece of pieces) piece.readers += 1;
    try {
      for (const piece of pieces) {
        await piece.fetched;
        copy(piece, buffer, position, end);
      }
      return end - position;
    } finally {
      for (const piece of pieces) {
        piece.readers -= 1;
        if (piece.isDropped) drop(piece);
      }
      this.#drop(position);
    }
  }

  /** Makes the chain hold all bytes from `position` to `end`, and some more where the reader reads in order. */
  #extend(position: number, end: number): void {
    const first = this.#pieces[0];
    const follows = first !== undefined && position >= first.start && position <= this.#end + MAX_GAP_BYTES;
    if (!follows) {
      this.close();
      this.#start = this.#end = position;
      this.#nextLength = end - position;
      this.#add(end);
      return;
    }
    while (this.#end < end) this.#add(end);
    // The first read says nothing yet about the next ones.
    const isInOrder = this.#pieces.length > 1 || position > first.start;
    const isShort = this.#end - end < AHEAD_BYTES && this.#end < this.#deps.size;
    if (isInOrder && isShort && this.#deps.mayFetchAhead()) this.#add(this.#end);
  }

  /** Adds one piece; it reaches `least`, unless that is too far for one. */
  #add(least: number): void {
    const start = this.#end;
    const most = this.#deps.mayFetchAhead() ? MAX_PIECE_BYTES : NARROW_PIECE_BYTES;
    const wanted = Math.max(this.#nextLength, least - start);
    const end = Math.min(start + Math.min(wanted, most), this.#deps.size);
    this.#nextLength = Math.min((end - start) * 2, MAX_PIECE_BYTES);
    const before = start === this.#start ? Promise.resolve(0) : (this.#pieces.at(-1)?.crc ?? Promise.resolve(0));
    const isWhole = this.#start === 0 && end === this.#deps.size;
    const raw = this.#deps.fetch(start, end - start);
    const crc = Promise.all([before, raw]).then(([sum, piece]) => joinedCrc(sum, piece.crc, end - start));
    const fetched = Promise.all([raw, isWhole ? crc : undefined]).then(([piece, sum]) => {
      if (sum !== undefined) this.#deps.checkCrc(sum);
      return piece;
    });
    const piece: Piece = { start, end, crc, fetched, here: undefined, readers: 0, isDropped: false };
    fetched.then(
      (bytes) => {
        piece.here = bytes;
        if (piece.isDropped) drop(piece);
      },
      // Readers get the error; the next read begins a new chain.
      () => {
        if (this.#pieces.includes(piece)) this.close();
        // Its CRC may be what failed.
        void raw.then(
          ({ release }) => release(),
          () => undefined,
        );
      },
    );
    crc.catch(() => undefined);
    this.#pieces.push(piece);
    this.#end = end;
  }

  /** Releases what lies more than a piece before the reader. */
  #drop(position: number): void {
    while ((this.#pieces[1]?.end ?? Infinity) <= position) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) drop(piece);
    }
  }
}

function copy({ start, end, here }: Piece, buffer: Uint8Array, position: number, until: number): void {
  if (here === undefined) return;
  const from = Math.max(position, start);
  buffer.set(here.bytes.subarray(from - start, Math.min(until, end) - start), from - position);
}

function drop(piece: Piece): void {
  piece.isDropped = true;
  if (piece.readers > 0) return;
  piece.here?.release();
  piece.here = undefined;
}
