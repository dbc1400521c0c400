import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';

/** CRC-32 as gzip and PNG have it, 32 bits unsigned. */
type Checksum = (bytes: Uint8Array) => number;

const PACKAGE = '@node-rs/crc32';

/**
 * The CRC of a native package. It takes a third of zlib's time, which is a fifth of the cost of a video. If `load`
 * fails: zlib's, with the same result.
 */
export function pickChecksum(load: (name: string) => unknown): Checksum {
  try {
    const quick = (load(PACKAGE) as { readonly crc32: Checksum }).crc32;
    return (bytes) => quick(bytes);
  } catch {
    // The optional package is not installed, or has no binary for this system.
    return (bytes) => crc32(bytes);
  }
}

export const checksum = pickChecksum(createRequire(import.meta.url));
