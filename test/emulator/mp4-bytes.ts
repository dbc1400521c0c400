import { fixed, joined, type ByteSource } from './byte-source.js';
import { noise } from './filler.js';

const EPOCH_1904 = Date.UTC(1904, 0, 1);
const LARGEST_32_BIT = 2 ** 32 - 1;

/** The clip with its creation and modification times set, in the movie, track and media headers (all of version 0). */
function dated(clip: Buffer, time: number): Buffer {
  const seconds = Math.min(LARGEST_32_BIT, Math.max(0, Math.floor((time - EPOCH_1904) / 1000)));
  const out = Buffer.from(clip);
  for (const name of ['mvhd', 'tkhd', 'mdhd']) {
    const at = out.indexOf(name, 0, 'latin1');
    out.writeUInt32BE(seconds, at + 8);
    out.writeUInt32BE(seconds, at + 12);
  }
  return out;
}

/** A playable MP4 of exactly `size` bytes: the clip with a `free` box of noise behind it. Throws RangeError where `size` is too small. */
export function mp4OfSize(clip: Buffer, time: number, seed: number, size: number): ByteSource {
  const length = size - clip.length;
  const long = length > LARGEST_32_BIT;
  const head = Buffer.alloc(long ? 16 : 8);
  if (length < head.length)
    throw new RangeError(`this sample needs at least ${clip.length + head.length} bytes, not ${size}`);
  head.writeUInt32BE(long ? 1 : length, 0);
  head.write('free', 4, 'latin1');
  if (long) head.writeBigUInt64BE(BigInt(length), 8);
  return joined([fixed(dated(clip, time)), fixed(head), noise(seed, length - head.length)]);
}
