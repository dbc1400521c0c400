import type { MediaId } from '../library/media-item.js';
import type { MaybePromise } from '../support/maybe-promise.js';
import { BLOCK_SIZE, copyBlock } from './block-map.js';
import type { CacheSlot } from './cache-folder.js';
import type { ContentContext } from './content-context.js';
import { PassingBlocks } from './passing-blocks.js';

/*
 * How it works
 * - `put` takes a block from a download. It can be read at once, from memory (`#passing`), and
 *   waits in `#queue` for the disk.
 * - `#writeQueue` writes runs of consecutive blocks, at most 16 with one system call. `#keep`
 *   creates the cache file for the first block (`#createSlot`), and reserves space in CacheFolder
 *   before each write.
 * - Once a block is on disk, its buffer is used again. If the cache takes none (full, refused,
 *   sealed), `uncached` is set and only the last few blocks stay in memory.
 * - `readVerified` is the fast read: all blocks on disk and checked by this process. If it fails,
 *   its blocks count as missing and are fetched again.
 * - `copyHeld` is the slow read: from memory, or from disk with a check of each block's checksum.
 * - `seal` (there is a newer version) stops all writing. `someWritten` and `drained` let callers wait for
 *   writes.
 */

/** Disk space that the head of a new version takes. */
const HEAD_COST = 4096;

/** Most blocks that one system call writes. */
const RUN = 16;

/** A block that waits for the disk. */
interface Written {
  readonly block: number;
  readonly data: Buffer;
  readonly done: () => void;
}

/** The blocks of one version of an item, on disk or, where the disk takes none, a few of them in memory. */
export class BlockStore {
  readonly #id: MediaId;
  readonly #size: number;
  readonly #context: ContentContext;
  #etag: string | undefined;
  #isStated: boolean;
  /** The last block could not be written to the disk. */
  uncached = false;
  readonly #passing: PassingBlocks;
  /** Blocks that wait for the disk, and the number being written. */
  readonly #queue: Written[] = [];
  #inHand = 0;
  #isWriting = false;
  #drained: (() => void)[] = [];
  readonly #onSomeWritten: (() => void)[] = [];
  #slot: CacheSlot | undefined;
  #sealed = false;
  #creating: Promise<void> | undefined;

  constructor(
    id: MediaId,
    size: number,
    etag: string | undefined,
    context: ContentContext,
    slot: CacheSlot | undefined,
  ) {
    this.#id = id;
    this.#size = size;
    this.#context = context;
    this.#slot = slot;
    this.#etag = slot?.file.version.etag ?? etag;
    this.#isStated = slot?.file.version.isStated ?? false;
    this.#passing = new PassingBlocks(context.tuning.memoryBlocks);
  }

  get etag(): string | undefined {
    return this.#etag;
  }

  /** The media host gave this size as the length of these bytes. */
  get isStated(): boolean {
    return this.#isStated;
  }

  /** Stores what an answer said of this version in the cache file, for later processes. */
  learn({ etag = this.#etag, isStated }: { readonly etag: string | undefined; readonly isStated: boolean }): void {
    this.#etag = etag;
    this.#isStated ||= isStated;
    const file = this.#slot?.file;
    if (file === undefined) return;
    const { version } = file;
    if (version.etag !== etag || version.isStated !== this.#isStated) file.describe({ etag, isStated: this.#isStated });
  }

  get slot(): CacheSlot | undefined {
    return this.#slot;
  }

  /** Blocks that are waiting for the disk or being written. */
  get writing(): number {
    return this.#queue.length + this.#inHand;
  }

  get present(): number {
    return this.#slot?.file.map.present ?? 0;
  }

  get complete(): boolean {
    return this.#slot?.file.map.complete ?? this.#size === 0;
  }

  has(block: number): boolean {
    return this.#slot?.file.map.has(block) === true || this.#passing.get(block) !== undefined;
  }

  /** First block of `[from, to)` that is (not) held; `to` where there is none. */
  next(held: boolean, from: number, to: number): number {
    let block = from;
    while (block < to && this.has(block) !== held) block++;
    return block;
  }

  /** Fills `target` if every block is on disk and checked; false: use {@link copyHeld}. */
  readVerified(target: Uint8Array, position: number, first: number, last: number): MaybePromise<boolean> {
    const file = this.#slot?.file;
    if (file?.map.allVerified(first, last) !== true) return false;
    const done = this.#context.disk.read(file, target, position);
    if (done === true) return true;
    const doubt = (): false => {
      for (let block = first; block <= last; block++) file.map.remove(block);
      return false;
    };
    return done === false ? doubt() : done.then((good) => good || doubt());
  }

  /** Copies the held ones of the `missing` blocks into `target` and removes their numbers from the set. */
  async copyHeld(missing: Set<number>, target: Uint8Array, position: number): Promise<void> {
    const onDisk: number[] = [];
    for (const block of missing) {
      const data = this.#passing.get(block);
      if (data !== undefined) {
        copyBlock(block, data, target, position);
        missing.delete(block);
      } else if (this.#slot?.file.map.has(block) === true) onDisk.push(block);
    }
    await Promise.all(
      onDisk.map(async (block) => {
        if (await this.#copyChecked(block, target, position)) missing.delete(block);
      }),
    );
  }

  /** Reads a block straight into `target` if it fits there whole, else through a buffer. */
  async #copyChecked(block: number, target: Uint8Array, position: number): Promise<boolean> {
    const file = this.#slot?.file;
    if (file === undefined) return false;
    const start = block * BLOCK_SIZE - position;
    const end = start + file.map.length(block);
    if (start >= 0 && end <= target.length) return file.readChecked(block, target.subarray(start, end));
    const { buffers } = this.#context;
    const buffer = buffers.take(file.map.length(block));
    const good = await file.readChecked(block, buffer);
    if (good) copyBlock(block, buffer, target, position);
    buffers.give(buffer);
    return good;
  }

  holdsAny(blocks: Iterable<number>): boolean {
    for (const block of blocks) if (this.has(block)) return true;
    return false;
  }

  /**
   * Takes a block and its buffer. It can be read from now on. Resolves when it is on disk, or when it is clear that it
   * stays in memory. Never rejects.
   */
  put(block: number, data: Buffer): Promise<void> {
    this.#passing.hold(block, data);
    this.#context.writing.blocks++;
    return new Promise((done) => {
      this.#queue.push({ block, data, done });
      if (this.#isWriting) return;
      this.#isWriting = true;
      // Blocks of the same turn of the event loop are written with one call: each call changes threads.
      setImmediate(() => void this.#writeQueue());
    });
  }

  async #writeQueue(): Promise<void> {
    for (let run = this.#nextRun(RUN); run.length > 0; run = this.#nextRun(RUN)) {
      this.#inHand = run.length;
      if (await this.#keep(run)) this.#settle(run, true);
      // If the run does not fit, single blocks may.
      else for (const one of run) this.#settle([one], run.length > 1 && (await this.#keep([one])));
    }
    this.#isWriting = false;
    for (const drained of this.#drained.splice(0)) drained();
  }

  #settle(run: readonly Written[], kept: boolean): void {
    for (const { block, data, done } of run) {
      this.uncached = !kept;
      if (kept) {
        this.#passing.drop(block);
        this.#context.buffers.give(data);
      } else this.#passing.keep(block, data);
      this.#inHand--;
      this.#context.writing.blocks--;
      done();
    }
    for (const resolve of this.#onSomeWritten.splice(0)) resolve();
  }

  /** Resolves when at least one of the waiting blocks is written, or could not be. */
  async someWritten(): Promise<void> {
    if (this.writing > 0) await new Promise<void>((resolve) => this.#onSomeWritten.push(resolve));
  }

  /** The oldest waiting blocks, as long as their numbers are consecutive. */
  #nextRun(most: number): Written[] {
    let length = 0;
    const first = this.#queue[0]?.block ?? 0;
    while (length < most && this.#queue[length]?.block === first + length) length++;
    return this.#queue.splice(0, length);
  }

  /** Stops writing to the disk. */
  seal(): void {
    this.#sealed = true;
  }

  /** Resolves when no block waits for the disk. */
  async drained(): Promise<void> {
    if (this.#isWriting) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  async #keep(run: readonly Written[]): Promise<boolean> {
    const { folder } = this.#context;
    if (this.#slot === undefined && !this.#sealed) await (this.#creating ??= this.#createSlot());
    const slot = this.#slot;
    if (slot === undefined || this.#sealed) return false;
    const cost = slot.file.cost(run.map(({ block }) => block));
    if (!(await folder.reserve(slot.entry, cost))) return false;
    try {
      await slot.file.write(
        run[0]?.block ?? 0,
        run.map(({ data }) => data),
      );
      folder.accept();
      return true;
    } catch (error) {
      folder.unreserve(slot.entry, cost);
      folder.refuse(error);
      return false;
    }
  }

  async #createSlot(): Promise<void> {
    const { folder, clock } = this.#context;
    if (await folder.reserve(undefined, HEAD_COST)) {
      const version = { size: this.#size, etag: this.#etag, createdAt: clock.now(), isStated: this.#isStated };
      if (!this.#sealed) this.#slot = await folder.create(this.#id, version);
      if (this.#slot === undefined) folder.unreserve(undefined, HEAD_COST);
    }
    this.#creating = undefined;
  }
}
