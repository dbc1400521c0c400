import type { ByteSource } from './byte-source.js';
import { hash32 } from './random.js';

const BLOCK = 65_536;
const NOISE = Buffer.allocUnsafe(BLOCK);
for (let at = 0; at < BLOCK; at += 4) NOISE.writeUInt32LE(hash32(at, 0x6e6f), at);

/**
 * Noise that differs from seed to seed and from place to place: blocks of 64 KiB that begin with the seed and their own
 * number, so that bytes delivered for the wrong file or the wrong offset never compare equal.
 */
export function noise(seed: number, length: number): ByteSource {
  return {
    length,
    read(start, end) {
      const out = Buffer.allocUnsafe(end - start);
      const first = Math.floor(start / BLOCK);
      for (let block = first; block * BLOCK < end; block++) {
        const base = block * BLOCK;
        const from = Math.max(start, base);
        NOISE.copy(out, from - start, from - base, Math.min(end, base + BLOCK) - base);
        const mark = Buffer.allocUnsafe(16);
        for (let word = 0; word < 4; word++) mark.writeUInt32LE(hash32(seed, block, word), word * 4);
        if (from < base + 16) mark.copy(out, from - start, from - base, Math.min(16, end - base));
      }
      return out;
    },
  };
}

const SEGMENT = 65_537;

/** JPEG comment segments (marker, length, noise) of `length` bytes together; at least 4, or none. */
export function comments(seed: number, length: number): ByteSource {
  if (length !== 0 && length < 4) throw new RangeError(`a comment segment of ${length} bytes is impossible`);
  const count = Math.ceil(length / SEGMENT);
  const small = count === 0 ? 0 : Math.floor(length / count);
  const large = count === 0 ? 0 : length % count;
  const inside = noise(seed, length);
  return {
    length,
    read(start, end) {
      const out = inside.read(start, end);
      // The first `large` segments are one byte longer than the others.
      for (let index = 0; index < count; index++) {
        const base = index * small + Math.min(index, large);
        if (base >= end) break;
        const head = Buffer.from([0xff, 0xfe, 0, 0]);
        head.writeUInt16BE(small + (index < large ? 1 : 0) - 2, 2);
        for (let k = 0; k < 4; k++) if (base + k >= start && base + k < end) out[base + k - start] = head[k] ?? 0;
      }
      return out;
    },
  };
}
