import { constants, createInflateRaw } from 'node:zlib';
import type { ArchiveThreads } from './archive-threads.js';
import { ArchiveError } from './archive-error.js';
import { dataStartIn, LOCAL_HEADER_BYTES } from './local-header.js';
import type { EntryPlace } from './takeout-bytes.js';

/** For the name and the extra field of a local header, so that one read gets it and the data. */
const NAME_BYTES = 1024;

/**
 * The first bytes of an entry, at most `most`, handed to `use`, which must not keep them. One read, in the background. Fewer come where
 * deflated bytes are damaged. Rejects with ArchiveError.
 */
export async function readHeadBytes<T>(
  place: EntryPlace,
  most: number,
  threads: Pick<ArchiveThreads, 'read' | 'release'>,
  use: (bytes: Uint8Array) => T,
): Promise<T> {
  const { file, identity, headerOffset, packed, size, method } = place;
  const room = headerOffset === undefined ? 0 : LOCAL_HEADER_BYTES + NAME_BYTES;
  const position = headerOffset ?? 0;
  const wanted = room + Math.min(headerOffset === undefined ? size : packed, most);
  const length = Math.max(0, Math.min(wanted, identity.size - position));
  const piece = await threads.read({ path: file, expected: identity, position, length, urgency: 'background' });
  try {
    const data = headerOffset === undefined ? piece.bytes : entryData(piece.bytes, place, headerOffset);
    return use(method === 'deflated' ? await inflateHead(data, most) : data.subarray(0, most));
  } finally {
    threads.release(piece);
  }
}

function entryData(bytes: Uint8Array, { file, packed }: EntryPlace, headerOffset: number): Uint8Array {
  const header = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
  const start = dataStartIn(header, headerOffset);
  if (start === undefined)
    throw new ArchiveError('damaged', file, `${file} is damaged: an entry is not where its directory says`);
  return bytes.subarray(start - headerOffset, start - headerOffset + packed);
}

/** Inflates until `most` bytes have come: what follows may be any number. */
async function inflateHead(packed: Uint8Array, most: number): Promise<Uint8Array> {
  // The data goes on behind what was read: its end is no error.
  const inflate = createInflateRaw({ chunkSize: most, finishFlush: constants.Z_SYNC_FLUSH });
  const pieces: Uint8Array[] = [];
  let length = 0;
  inflate.end(packed);
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length >= most) break;
    }
  } catch {
    // What came before is a head too.
  }
  return Buffer.concat(pieces).subarray(0, most);
}
