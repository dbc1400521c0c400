import { copyBlock } from './block-map.js';
import type { ContentError } from './content-error.js';

/** A read that waits for blocks. Each block is copied to the reader when it arrives, so none is kept for it. */
export class WaitingRead {
  readonly #buffer: Uint8Array;
  readonly #position: number;
  readonly done: Promise<void>;
  #resolve!: () => void;
  #reject!: (error: ContentError) => void;

  constructor(
    buffer: Uint8Array,
    position: number,
    /** Numbers of the blocks still missing. */
    readonly needs: Set<number>,
  ) {
    this.#buffer = buffer;
    this.#position = position;
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Whether it fills that buffer, or a part of it. */
  fills(buffer: Uint8Array): boolean {
    return this.#buffer.buffer === buffer.buffer;
  }

  offer(block: number, data: Uint8Array): void {
    if (!this.needs.delete(block)) return;
    copyBlock(block, data, this.#buffer, this.#position);
    if (this.needs.size === 0) this.#resolve();
  }

  /** Rejects. Later offers are ignored, because the buffer then belongs to the kernel again. */
  fail(error: ContentError): void {
    this.needs.clear();
    this.#reject(error);
  }
}
