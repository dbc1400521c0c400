/** Blocks in memory: those waiting for the disk, and the last few that could not be written there. */
export class PassingBlocks {
  readonly #capacity: number;
  readonly #writing = new Map<number, Uint8Array>();
  readonly #recent = new Map<number, Uint8Array>();

  /** `capacity`: blocks kept while the disk takes none. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(block: number): Uint8Array | undefined {
    return this.#writing.get(block) ?? this.#recent.get(block);
  }

  hold(block: number, data: Uint8Array): void {
    this.#writing.set(block, data);
  }

  /** The block is on disk. */
  drop(block: number): void {
    this.#writing.delete(block);
  }

  /** The block stays in memory only, until newer ones push it out. */
  keep(block: number, data: Uint8Array): void {
    this.#writing.delete(block);
    this.#recent.delete(block);
    this.#recent.set(block, data);
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= this.#capacity) break;
      this.#recent.delete(oldest);
    }
  }
}
