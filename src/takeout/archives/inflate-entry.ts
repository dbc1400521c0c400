import { createInflateRaw, type InflateRaw } from 'node:zlib';
import { ArchiveError } from './archive-error.js';
import { runningChecksum } from '../../support/checksum.js';

/** A deflated entry whose bytes are known to lie in the file. */
export interface DeflatedPlace {
  readonly file: string;
  /** Where its packed bytes begin. */
  readonly offset: number;
  readonly packed: number;
  readonly size: number;
  readonly crc: number | undefined;
}

/** Bytes whose memory goes back by `release`. */
export interface PackedPiece {
  readonly bytes: Uint8Array;
  readonly release: () => void;
}

/** Reads bytes of the file; rejects with ArchiveError. */
export type ReadBytes = (position: number, length: number) => Promise<PackedPiece>;
/** Takes a piece; its memory stays as it is. The next comes when the promise has resolved. */
export type TakeBytes = (piece: Uint8Array) => void | Promise<void>;

/** With these, incompressible bytes come at 1.2 GiB/s; with zlib's defaults at 0.3. */
const READ_BYTES = 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;

/**
 * Inflates an entry from its start to its end. The last piece is passed on only when length and CRC have proved right: no reader gets
 * the whole of a damaged entry. Never passes on more than the declared size. Rejects with ArchiveError, or with what `take` or `signal`
 * say.
 */
export async function inflateEntry(
  place: DeflatedPlace,
  read: ReadBytes,
  take: TakeBytes,
  signal?: AbortSignal,
): Promise<void> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const leave = (): void => void inflate.destroy(new Error('the reader left'));
  signal?.addEventListener('abort', leave, { once: true });
  if (signal?.aborted === true) leave();
  // What goes wrong there shows where its bytes are taken.
  const feeding = feed(inflate, packedPieces(place, read), Math.min(READ_BYTES, place.packed));
  void feeding.catch((error: unknown) => inflate.destroy(error as Error));
  try {
    await passOn(place, inflate, take);
  } catch (error) {
    throw asArchiveError(place, error);
  } finally {
    signal?.removeEventListener('abort', leave);
    inflate.destroy();
  }
}

/** Writes the packed bytes from a buffer of its own: zlib reads on in what it was given, also after the reader has left. */
async function feed(inflate: InflateRaw, pieces: AsyncIterable<PackedPiece>, longest: number): Promise<void> {
  const own = Buffer.allocUnsafeSlow(longest);
  const closed = new Promise<void>((resolve) => inflate.once('close', resolve));
  for await (const { bytes, release } of pieces) {
    own.set(bytes);
    release();
    const written = new Promise<void>((resolve, reject) => {
      inflate.write(own.subarray(0, bytes.length), (error) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
    await Promise.race([written, closed]);
    if (inflate.destroyed) return;
  }
  inflate.end();
}

async function passOn(place: DeflatedPlace, pieces: AsyncIterable<Buffer>, take: TakeBytes): Promise<void> {
  const { size, crc } = place;
  let received = 0;
  let sum = 0;
  let held: Buffer | undefined;
  for await (const piece of pieces) {
    received += piece.length;
    if (received > size) throw damaged(place, 'has more bytes than its declared size');
    sum = runningChecksum(piece, sum);
    if (held !== undefined) await take(held);
    held = piece;
  }
  if (received < size) throw damaged(place, 'has fewer bytes than its declared size');
  if (crc !== undefined && sum !== crc) throw damaged(place, 'has a wrong CRC');
  if (held !== undefined) await take(held);
}

/** Reads one piece ahead of the one that is being inflated. */
async function* packedPieces({ offset, packed }: DeflatedPlace, read: ReadBytes): AsyncGenerator<PackedPiece> {
  const pieceAt = (at: number): Promise<PackedPiece> | undefined => {
    if (at >= packed) return undefined;
    const piece = read(offset + at, Math.min(READ_BYTES, packed - at));
    // It is awaited later, or never if the reader leaves.
    piece.catch(() => undefined);
    return piece;
  };
  let next = pieceAt(0);
  try {
    for (let at = READ_BYTES; next !== undefined; at += READ_BYTES) {
      const piece = await next;
      next = pieceAt(at);
      yield piece;
    }
  } finally {
    void next?.then(
      ({ release }) => release(),
      () => undefined,
    );
  }
}

function damaged({ file }: DeflatedPlace, what: string): ArchiveError {
  return new ArchiveError('damaged', file, `${file} is damaged: a file in it ${what}`);
}

/** zlib's own errors have codes such as Z_DATA_ERROR. */
function asArchiveError(place: DeflatedPlace, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('Z_') ? damaged(place, `cannot be unpacked (${code})`) : error;
}
