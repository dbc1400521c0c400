import { BLOCK_SIZE } from './block-map.js';

/** Free buffers kept: 4 MiB. */
const KEPT = 64;

/** Buffers of one block, used again and again: big ones left to the garbage collector pile up until it runs. */
export class BlockBuffers {
  readonly #free: Buffer[] = [];

  /** A buffer of `length` bytes, at most a block, with any content. It belongs to the caller until he gives it back, if ever. */
  take(length: number): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_SIZE);
    return length === BLOCK_SIZE ? buffer : buffer.subarray(0, length);
  }

  /** Nobody looks at `buffer` any more. */
  give(buffer: Buffer): void {
    // The short one of a file's end is left alone: its full length is not to be had from it.
    if (buffer.length === BLOCK_SIZE && this.#free.length < KEPT) this.#free.push(buffer);
  }
}
