import * as fs from 'node:fs';
import { promisify } from 'node:util';
import {
  HEADER_SIZE,
  LAST_USED_OFFSET,
  RECORD_SIZE,
  decodeHeader,
  decodeRecords,
  encodeHeader,
  encodeRecord,
} from './block-index.js';
import { BLOCK_SIZE, BlockMap } from './block-map.js';
import { checksum } from '../support/checksum.js';
import type { DescriptorPool, Parkable } from './descriptor-pool.js';
import { pages } from './disk-space.js';
import { writeAll } from './write-all.js';
import { isTooManyOpen } from '../support/open-file-limit.js';
import { isWithin } from '../support/is-within.js';

const open = promisify(fs.open);
const write = promisify(fs.write);
const truncate = promisify(fs.ftruncate);
const read = promisify(fs.read);
const PRIVATE = 0o600;
const RECORDS_AT_ONCE = 64;
const TOUCH_MS = 60_000;

/** Up to this size in bytes a version lies in one file: making two costs more than writing a small photo. */
export const ONE_FILE_BYTES = 4_194_304;
/** In such a file the bytes begin here, behind the index. */
const INDEX_PAGE = 4_096;

/**
 * Where one version of one media item lies: the sparse bytes, and beside them the record of the blocks written. Both
 * paths are the same where it is one file.
 */
export interface CachePaths {
  readonly data: string;
  readonly index: string;
}

export interface CacheVersion {
  readonly size: number;
  readonly etag: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The media host gave this size as the length of these bytes. */
  readonly isStated: boolean;
}

/**
 * One version of a media item's bytes on disk. A block's record is written after its data and has its checksum: after a
 * kill at any instant, or lost writes, each block is right or counts as missing. The pool may close its descriptors
 * between two uses; the next use opens them again.
 */
export class CacheFile implements Parkable {
  readonly #paths: CachePaths;
  readonly #pool: DescriptorPool;
  #description: CacheVersion;
  readonly map: BlockMap;
  #pending = 0;
  #closing = false;
  #indexLength: number;
  /** Records of blocks that are written, but not in the index yet. */
  #records: Buffer[] = [];
  #recording: NodeJS.Immediate | undefined;
  /** Undefined while parked; `#index` also where it is one file. */
  #data: number | undefined;
  #index: number | undefined;
  /** Offset of the bytes in their file. */
  readonly #dataAt: number;
  /** Of one file: the header, until it is written with the first blocks. */
  #header: Buffer | undefined;
  #touchedAt: number;
  #isCurrent = (): boolean => true;

  private constructor(
    paths: CachePaths,
    pool: DescriptorPool,
    description: CacheVersion,
    descriptors: { readonly data: number; readonly index: number | undefined },
    map: BlockMap,
    indexLength: number,
    lastUsed: number,
  ) {
    this.#paths = paths;
    this.#dataAt = isOneFile(paths) ? INDEX_PAGE : 0;
    this.#touchedAt = lastUsed;
    this.#pool = pool;
    this.#description = description;
    this.map = map;
    this.#data = descriptors.data;
    this.#index = descriptors.index;
    this.#indexLength = indexLength;
    pool.used(this);
  }

  get version(): CacheVersion {
    return this.#description;
  }

  /** `isCurrent`: whether this version is still the one at its paths. If not, its files are not opened again. */
  validWhile(isCurrent: () => boolean): void {
    this.#isCurrent = isCurrent;
  }

  /** The version kept at `paths`, undefined where there is none that can be used. Never creates anything. */
  static open(paths: CachePaths, pool: DescriptorPool): CacheFile | undefined {
    let index: number | undefined;
    try {
      pool.makeRoom();
      index = pool.open(paths.index);
      const isOne = isOneFile(paths);
      const bytes = isOne ? firstPage(index) : fs.readFileSync(index);
      const header = decodeHeader(bytes);
      if (header !== undefined) {
        const map = new BlockMap(header.size);
        const good = decodeRecords(bytes, map);
        if (!isOne && good < bytes.length) fs.ftruncateSync(index, good);
        const descriptors = isOne ? { data: index, index: undefined } : { data: pool.open(paths.data), index };
        const file = new CacheFile(paths, pool, header, descriptors, map, good, header.lastUsed);
        index = undefined;
        return file;
      }
    } catch {
      // Missing, unreadable or half there: the bytes are fetched again.
    } finally {
      if (index !== undefined) fs.closeSync(index);
    }
    return undefined;
  }

  /**
   * Creates an empty version; `paths` must be free. In the thread pool, because a journal makes new files slow. Rejects
   * with the file system's error.
   */
  static async create(paths: CachePaths, version: CacheVersion, pool: DescriptorPool): Promise<CacheFile> {
    const make = (path: string): Promise<number> =>
      open(path, 'wx+', PRIVATE).catch((error: unknown) => {
        if (!isTooManyOpen(error) || !pool.relieve()) throw error;
        return open(path, 'wx+', PRIVATE);
      });
    while (!pool.makeRoom()) await pool.changed();
    const data = await make(paths.data);
    const header = encodeHeader({ ...version, lastUsed: version.createdAt });
    const fileOf = (second: number | undefined): CacheFile => {
      const map = new BlockMap(version.size);
      return new CacheFile(paths, pool, version, { data, index: second }, map, HEADER_SIZE, version.createdAt);
    };
    if (isOneFile(paths)) {
      const file = fileOf(undefined);
      file.#header = header;
      return file;
    }
    let index: number | undefined;
    try {
      index = await make(paths.index);
      await write(index, header, 0, HEADER_SIZE, 0);
      return fileOf(index);
    } catch (error) {
      fs.closeSync(data);
      if (index !== undefined) fs.closeSync(index);
      throw error;
    }
  }

  /**
   * Synchronous read of verified blocks (14 µs for 128 KiB from the page cache, half of what the thread pool takes).
   */
  readNow(target: Uint8Array, position: number): void {
    const count = fs.readSync(this.#dataDescriptor(), target, 0, target.length, this.#dataAt + position);
    if (count !== target.length) throw new Error('a cache file is shorter than its index says');
  }

  /** The same in the thread pool, for slow disks. */
  async readLater(target: Uint8Array, position: number): Promise<void> {
    const at = this.#dataAt + position;
    const { bytesRead } = await this.#use(() => read(this.#dataDescriptor(), target, 0, target.length, at));
    if (bytesRead !== target.length) throw new Error('a cache file is shorter than its index says');
  }

  /**
   * Reads one whole block into `target` and compares it with its checksum. False, and the block counts as missing, if
   * they differ.
   */
  async readChecked(block: number, target: Uint8Array): Promise<boolean> {
    const expected = this.map.checksum(block);
    try {
      await this.readLater(target, block * BLOCK_SIZE);
    } catch {
      this.map.remove(block);
      return false;
    }
    if (checksum(target) !== expected) {
      this.map.remove(block);
      return false;
    }
    this.map.markVerified(block);
    return true;
  }

  /**
   * Writes whole blocks from `first` on. Resolves when they can be read; their records follow within milliseconds.
   * Rejects with the file system's error.
   */
  async write(first: number, blocks: readonly Uint8Array[]): Promise<void> {
    await this.#use(async () => {
      if (this.#header !== undefined) return this.#writeWithHeader(this.#header, first, blocks);
      // Opened first: the records are written later, without opening.
      this.#indexDescriptor();
      const writing = writeAll(this.#dataDescriptor(), blocks, this.#dataAt + first * BLOCK_SIZE);
      // Computed while the thread pool writes.
      const sums = blocks.map(checksum);
      await writing.catch((error: unknown) => this.#giveBack(error));
      sums.forEach((sum, index) => {
        this.#record(encodeRecord(first + index, sum));
        this.map.add(first + index, sum, true);
      });
    });
  }

  /**
   * The first write to one file: header, records and, where they follow on them, the blocks, with one call. A kill in
   * the middle may leave records of blocks that are not there: their checksums tell.
   */
  async #writeWithHeader(header: Buffer, first: number, blocks: readonly Uint8Array[]): Promise<void> {
    const sums = blocks.map(checksum);
    const records = sums.map((sum, index) => encodeRecord(first + index, sum));
    const page = Buffer.alloc(INDEX_PAGE);
    const length = Buffer.concat([header, ...records]).copy(page);
    const parts = first === 0 ? [[page, ...blocks]] : [blocks, [page]];
    let at = first === 0 ? 0 : INDEX_PAGE + first * BLOCK_SIZE;
    for (const part of parts) {
      await writeAll(this.#dataDescriptor(), part, at).catch((error: unknown) => this.#giveBack(error));
      at = 0;
    }
    // It may have been described anew meanwhile.
    const isSame = this.#header === header;
    this.#header = undefined;
    this.#indexLength = length;
    sums.forEach((sum, index) => this.map.add(first + index, sum, true));
    if (!isSame) this.describe({});
  }

  /** A write may fail after a part of it: what lies behind the last whole block must not keep a full disk full. */
  async #giveBack(error: unknown): Promise<never> {
    let blocks = this.map.count;
    while (blocks > 0 && !this.map.has(blocks - 1)) blocks--;
    const end = blocks === 0 ? 0 : this.#dataAt + (blocks - 1) * BLOCK_SIZE + this.map.length(blocks - 1);
    await truncate(this.#dataDescriptor(), end).catch(() => undefined);
    throw error;
  }

  /** Several records at once: a killed process loses the last few blocks, which are then fetched again. */
  #record(record: Buffer): void {
    this.#records.push(record);
    if (this.#records.length >= RECORDS_AT_ONCE) this.#flushRecords();
    else this.#recording ??= setImmediate(() => this.#flushRecords());
  }

  #flushRecords(): void {
    if (this.#recording !== undefined) clearImmediate(this.#recording);
    this.#recording = undefined;
    if (this.#records.length === 0) return;
    const bytes = Buffer.concat(this.#records);
    this.#records = [];
    // A short or failed write leaves a torn record, which the next one overwrites, and blocks that only this process
    // knows of.
    try {
      const count = fs.writeSync(this.#indexDescriptor(), bytes, 0, bytes.length, this.#indexLength);
      this.#indexLength += count - (count % RECORD_SIZE);
    } catch {
      // A later process fetches them again.
    }
  }

  /** Length of the index, including records not written yet. */
  get #recorded(): number {
    return this.#indexLength + this.#records.length * RECORD_SIZE;
  }

  /** Bytes used on disk, in whole pages as file systems count them. */
  get diskBytes(): number {
    const last = this.map.count - 1;
    const short = last >= 0 && this.map.has(last) ? BLOCK_SIZE - this.map.length(last) : 0;
    return pages(this.map.present * BLOCK_SIZE - short) + pages(this.#recorded);
  }

  /** Bytes that writing these blocks may add on disk. */
  cost(blocks: readonly number[]): number {
    const data = blocks.reduce((sum, block) => sum + pages(this.map.length(block)), 0);
    return data + pages(this.#recorded + blocks.length * RECORD_SIZE) - pages(this.#recorded);
  }

  /** Writes the time of last use, for eviction by later processes; at most once a minute. */
  touch(now: number): void {
    if (this.#header !== undefined || isWithin(now, this.#touchedAt, TOUCH_MS)) return;
    this.#touchedAt = now;
    const bytes = Buffer.allocUnsafe(8);
    bytes.writeDoubleLE(now);
    try {
      fs.writeSync(this.#indexDescriptor(), bytes, 0, 8, LAST_USED_OFFSET);
    } catch {
      // Only the order of eviction after a restart suffers.
    }
  }

  /** Writes what became known of the version. A kill in between leaves a bad header: the file is then fetched again. */
  describe(known: Partial<Pick<CacheVersion, 'etag' | 'isStated'>>): void {
    this.#description = { ...this.#description, ...known };
    const head = encodeHeader({ ...this.#description, lastUsed: this.#touchedAt });
    if (this.#header !== undefined) {
      this.#header = head;
      return;
    }
    try {
      fs.writeSync(this.#indexDescriptor(), head, 0, HEADER_SIZE, 0);
    } catch {
      // Later processes do not know it; they ask again.
    }
  }

  /** Closes once reads and writes under way are done: a reused descriptor number must never reach them. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#settle();
  }

  park(): boolean {
    if (this.#pending > 0) return false;
    this.#flushRecords();
    for (const descriptor of [this.#data, this.#index]) if (descriptor !== undefined) fs.closeSync(descriptor);
    this.#data = undefined;
    this.#index = undefined;
    return true;
  }

  get #isOpen(): boolean {
    return this.#data !== undefined || this.#index !== undefined;
  }

  #dataDescriptor(): number {
    this.#data ??= this.#reopen(this.#paths.data);
    this.#pool.used(this);
    return this.#data;
  }

  #indexDescriptor(): number {
    if (this.#dataAt > 0) return this.#dataDescriptor();
    this.#index ??= this.#reopen(this.#paths.index);
    this.#pool.used(this);
    return this.#index;
  }

  #reopen(path: string): number {
    if (!this.#isCurrent()) throw new Error('the cache file was taken away');
    if (!this.#isOpen) this.#pool.makeRoom();
    return this.#pool.open(path);
  }

  async #use<T>(action: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new Error('the cache file is closed');
    this.#pending++;
    try {
      while (!this.#isOpen && !this.#pool.makeRoom()) await this.#pool.changed();
      return await action();
    } finally {
      this.#pending--;
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#pending > 0) return;
    if (!this.#closing) this.#pool.idle();
    else if (this.park()) this.#pool.closed(this);
  }
}

function isOneFile({ data, index }: CachePaths): boolean {
  return data === index;
}

/** The index of one file: what there is of its first page. */
function firstPage(descriptor: number): Buffer {
  const page = Buffer.allocUnsafe(INDEX_PAGE);
  return page.subarray(0, fs.readSync(descriptor, page, 0, INDEX_PAGE, 0));
}
