/** Bytes in a block, the unit that is kept and checked: half of the largest FUSE read, and what a thumbnailer reads. */
export const BLOCK_SIZE = 65_536;

const MISSING = 0;
const PRESENT = 1;
const VERIFIED = 2;

/** Which blocks of a file of known size are on disk, their checksums, and which of them this process has checked. */
export class BlockMap {
  readonly count: number;
  readonly #state: Uint8Array;
  readonly #checksums: Uint32Array;
  #present = 0;

  /** `size` in bytes. */
  constructor(readonly size: number) {
    this.count = Math.ceil(size / BLOCK_SIZE);
    this.#state = new Uint8Array(this.count);
    this.#checksums = new Uint32Array(this.count);
  }

  /** Number of blocks that are there. */
  get present(): number {
    return this.#present;
  }

  get complete(): boolean {
    return this.#present === this.count;
  }

  has(block: number): boolean {
    return (this.#state[block] ?? MISSING) !== MISSING;
  }

  /** True where every block of `[first, last]` is there and checked: the bytes may be handed out as they are. */
  allVerified(first: number, last: number): boolean {
    for (let block = first; block <= last; block++) if (this.#state[block] !== VERIFIED) return false;
    return true;
  }

  /** `verified` is false for a block known from the index only. */
  add(block: number, checksum: number, verified: boolean): void {
    if (block >= this.count) return;
    if (!this.has(block)) this.#present++;
    this.#state[block] = verified ? VERIFIED : PRESENT;
    this.#checksums[block] = checksum;
  }

  remove(block: number): void {
    if (!this.has(block)) return;
    this.#present--;
    this.#state[block] = MISSING;
  }

  markVerified(block: number): void {
    if (this.has(block)) this.#state[block] = VERIFIED;
  }

  checksum(block: number): number {
    return this.#checksums[block] ?? 0;
  }

  /** Bytes in a block: {@link BLOCK_SIZE}, fewer in the last one. */
  length(block: number): number {
    return Math.min(BLOCK_SIZE, this.size - block * BLOCK_SIZE);
  }

  /** Numbers of all blocks that are there, ascending. */
  *[Symbol.iterator](): Generator<number> {
    for (let block = 0; block < this.count; block++) if (this.has(block)) yield block;
  }
}

export const blockOf = (position: number): number => Math.floor(position / BLOCK_SIZE);

/** Blocks `[first, last]` that `length` bytes (at least one) from `position` touch. */
export function blockSpan(position: number, length: number): { first: number; last: number } {
  return { first: blockOf(position), last: blockOf(position + length - 1) };
}

/** Copies the part of `block` that the window `[position, position + target.length)` of the file wants. */
export function copyBlock(block: number, data: Uint8Array, target: Uint8Array, position: number): void {
  const start = block * BLOCK_SIZE;
  const from = Math.max(position, start);
  const to = Math.min(position + target.length, start + data.length);
  if (to > from) target.set(data.subarray(from - start, to - start), from - position);
}
