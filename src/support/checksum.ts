import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';

/** CRC-32 as gzip and PNG have it, 32 bits unsigned. */
type Checksum = (bytes: Uint8Array) => number;
/** The same of bytes that come piece by piece; `before`: that of the pieces before this one, 0 of none. */
type RunningChecksum = (bytes: Uint8Array, before: number) => number;

const PACKAGE = '@node-rs/crc32';

/**
 * The CRC of a native package. It takes a third of zlib's time, which is a fifth of the cost of a video. If `load`
 * fails: zlib's, with the same result.
 */
export function pickRunningChecksum(load: (name: string) => unknown): RunningChecksum {
  try {
    const quick = (load(PACKAGE) as { readonly crc32: RunningChecksum }).crc32;
    return (bytes, before) => quick(bytes, before);
  } catch {
    // The optional package is not installed, or has no binary for this system.
    return (bytes, before) => crc32(bytes, before);
  }
}

/** As {@link pickRunningChecksum}, of whole blocks. */
export function pickChecksum(load: (name: string) => unknown): Checksum {
  const running = pickRunningChecksum(load);
  return (bytes) => running(bytes, 0);
}

const require = createRequire(import.meta.url);
export const checksum = pickChecksum(require);
export const runningChecksum = pickRunningChecksum(require);
