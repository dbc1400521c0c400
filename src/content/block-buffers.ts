import { BLOCK_SIZE } from './block-map.js';

/** Free buffers kept: 4 MiB. */
const KEPT = 64;

/** A pool of block buffers: left to the garbage collector, they would pile up until it runs. */
export class BlockBuffers {
  readonly #free: Buffer[] = [];

  /**
   * A buffer of `length` bytes, at most a block, with any content. It belongs to the caller, who may `give` it back.
   */
  take(length: number): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK_SIZE);
    return length === BLOCK_SIZE ? buffer : buffer.subarray(0, length);
  }

  /** Gives a buffer back; the caller no longer reads it. */
  give(buffer: Buffer): void {
    // A file's last block may have a shortened buffer, which cannot be used for a whole block.
    if (buffer.length === BLOCK_SIZE && this.#free.length < KEPT) this.#free.push(buffer);
  }
}
