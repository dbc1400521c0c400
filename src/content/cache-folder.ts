import { join } from 'node:path';
import type { MediaId } from '../library/media-item.js';
import type { Clock } from '../support/clock.js';
import { diskFault } from '../support/disk-fault.js';
import { isWithin } from '../support/is-within.js';
import { CachePins } from './cache-pins.js';
import type { CacheFile, CacheVersion } from './cache-file.js';
import { CacheFiles, cacheName } from './cache-files.js';
import type { ReportContent } from './content-error.js';
import { messageOf } from '../support/message-of.js';
import { isTooManyOpen } from '../support/open-file-limit.js';
import { scanCache, type FoundFile } from './cache-scan.js';

/*
 * How it works. `prepare` makes the folder; `#count` scans it in the background. `#entries` has one
 * entry for each cached item, least recently used first; `#bytes` is their sum. `openExisting`
 * opens a cached version, or discards it if size or ETag differ or it is too old. `create` makes
 * new files one at a time. Before each write, `reserve` counts its bytes and evicts unused,
 * unpinned entries from the front (`#makeRoom`). `retain` and `release` count the uses of an entry.
 * `expire` removes unused entries that are too old, `clear` all unused ones; both keep pinned ones.
 * CacheFiles is what stands on disk. A failed write pauses caching (`refuse`).
 */

export interface CacheFolderOptions {
  readonly folder: string;
  /** Most bytes on disk. */
  readonly maxBytes: number;
  /** Milliseconds after its first byte that a file may stay. */
  readonly maxAgeMs: number;
  /** Most files open at once; each has two descriptors. */
  readonly openFiles: number;
  readonly clock: Clock;
  readonly report: ReportContent;
}

/** A cached item in the accounts. `uses` counts retains without a release. */
export interface CacheEntry {
  readonly name: string;
  readonly createdAt: number;
  lastUsed: number;
  bytes: number;
  uses: number;
  /** Called when the entry is removed: closes the idle file that waits for the next open. */
  onRemoved?: (() => void) | undefined;
}

/** An open file of the cache with its account. */
export interface CacheSlot {
  readonly file: CacheFile;
  readonly entry: CacheEntry;
}

/** How long caching pauses after a failed write; the short pause if only too many files are open. */
const PAUSE_MS = 60_000;
const SHORT_PAUSE_MS = 1_000;

/** The accounts of the disk cache: what it holds, what may be written, what is evicted first. */
export class CacheFolder {
  #options: CacheFolderOptions;
  readonly #files: CacheFiles;
  #entries = new Map<string, CacheEntry>();
  readonly #pins: CachePins;
  #bytes = 0;
  #ready: Promise<void> | undefined;
  #scanned = false;
  #isUsable = false;
  /** When a write last failed, and how long (ms) nothing is cached after that. */
  #refused = { at: -Infinity, forMs: 0 };
  #isFailureReported = false;
  #evicting: Promise<boolean> = Promise.resolve(true);
  /** Items whose files are being created: only `#create` touches those files. */
  readonly #creating = new Map<string, Promise<unknown>>();
  /** Files are created one at a time: four threads at once wait for the same journal and are slower. */
  #lastCreated: Promise<unknown> = Promise.resolve();
  /** Items discarded while their files were being created. */
  readonly #removeWhenCreated = new Set<string>();

  constructor(options: CacheFolderOptions) {
    this.#options = options;
    this.#files = new CacheFiles(options.folder, options.openFiles);
    this.#pins = new CachePins(join(options.folder, 'pins.json'));
  }

  /**
   * Changes the limits. Files that are too old go with the next sweep; a smaller size takes effect at the next write.
   */
  setLimits(limits: Pick<CacheFolderOptions, 'maxBytes' | 'maxAgeMs'>): void {
    this.#options = { ...this.#options, ...limits };
  }

  /** Bytes on disk, as far as they are counted yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Makes the folder and starts to count its files in the background. Never throws: without a folder nothing is cached.
   */
  prepare(): void {
    try {
      this.#files.makeFolder();
      this.#pins.load();
      this.#isUsable = true;
      // A disk without room for this folder still reads what is cached.
      this.#files.makeTrash();
    } catch (error) {
      this.refuse(error);
    }
    this.#ready = this.#isUsable ? this.#count() : Promise.resolve();
  }

  /** Resolves when everything on disk is counted. */
  async ready(): Promise<void> {
    await this.#ready;
  }

  /** Bytes on disk of an item, 0 where there is nothing. */
  bytesOf(id: MediaId): number {
    return this.#entries.get(cacheName(id))?.bytes ?? 0;
  }

  /** Opens the cached version and counts it as used. Discards another version, or one that is too old. */
  openExisting(id: MediaId, size: number, etag?: string): CacheSlot | undefined {
    if (!this.#isUsable) return undefined;
    const name = cacheName(id);
    const isUnknown = this.#scanned && !this.#entries.has(name);
    if (isUnknown || this.#creating.has(name)) return undefined;
    const file = this.#files.open(name, size);
    if (file === undefined) return undefined;
    const isOther = etag !== undefined && (file.version.etag ?? etag) !== etag;
    if (isOther || file.version.size !== size || this.#expired(name, file.version.createdAt)) {
      file.close();
      this.discard(id);
      return undefined;
    }
    const known = this.#entries.get(name);
    this.#entries.delete(name);
    const entry = known ?? { name, createdAt: file.version.createdAt, lastUsed: 0, bytes: 0, uses: 0 };
    this.#bytes += file.diskBytes - entry.bytes;
    entry.bytes = file.diskBytes;
    return this.#slot(file, entry);
  }

  /** Creates an empty version, in use. Its head must be reserved. Undefined if the disk refuses or it was discarded. */
  create(id: MediaId, version: CacheVersion): Promise<CacheSlot | undefined> {
    const name = cacheName(id);
    const creating = this.#lastCreated.then(() => this.#create(name, version));
    this.#lastCreated = creating;
    this.#creating.set(name, creating);
    return creating.finally(() => {
      if (this.#creating.get(name) === creating) this.#creating.delete(name);
    });
  }

  async #create(name: string, version: CacheVersion): Promise<CacheSlot | undefined> {
    if (!this.#isUsable) return undefined;
    try {
      if (!this.#scanned || this.#entries.has(name)) void this.#remove(name);
      this.#removeWhenCreated.delete(name);
      const file = await this.#files.create(name, version, () => void this.#remove(name));
      if (this.#removeWhenCreated.delete(name)) {
        file.close();
        void this.#remove(name);
        return undefined;
      }
      const entry = { name, createdAt: version.createdAt, lastUsed: 0, bytes: file.diskBytes, uses: 0 };
      return this.#slot(file, entry);
    } catch (error) {
      this.refuse(error);
      return undefined;
    }
  }

  #slot(file: CacheFile, entry: CacheEntry): CacheSlot {
    file.validWhile(() => this.holds(entry));
    this.retain(entry);
    return { file, entry };
  }

  /** Keeps the entry from eviction until it is released as often as it was retained. */
  retain(entry: CacheEntry): void {
    entry.uses++;
    entry.lastUsed = this.#options.clock.now();
    const current = this.#entries.get(entry.name);
    if (current !== undefined && current !== entry) return;
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, entry);
  }

  release({ entry, file }: CacheSlot): void {
    entry.uses--;
    entry.lastUsed = this.#options.clock.now();
    file.touch(entry.lastUsed);
    if (!this.holds(entry)) return;
    this.#entries.delete(entry.name);
    this.#entries.set(entry.name, entry);
  }

  /** Retains an entry that was released; false if it was removed or is too old. */
  reuse(entry: CacheEntry): boolean {
    if (!this.holds(entry)) return false;
    if (this.#expired(entry.name, entry.createdAt)) {
      void this.#remove(entry.name);
      return false;
    }
    this.retain(entry);
    return true;
  }

  /** True while the entry is the cache's present version of its item. */
  holds(entry: CacheEntry): boolean {
    return this.#entries.get(entry.name) === entry;
  }

  /** Reserves bytes for an entry, or for one to be created; evicts if needed. False: do not cache them. */
  async reserve(entry: CacheEntry | undefined, bytes: number): Promise<boolean> {
    if (!this.#scanned) await this.#ready;
    if (!this.#isUsable || isWithin(this.#options.clock.now(), this.#refused.at, this.#refused.forMs)) return false;
    if (!this.#fits(bytes)) {
      this.#evicting = this.#evicting.then(() => this.#makeRoom(bytes));
      if (!(await this.#evicting) || !this.#fits(bytes)) return false;
    }
    if (entry !== undefined) {
      if (!this.holds(entry)) return false;
      entry.bytes += bytes;
    }
    this.#bytes += bytes;
    return true;
  }

  /** Gives back what was reserved and not written. */
  unreserve(entry: CacheEntry | undefined, bytes: number): void {
    if (entry !== undefined) {
      if (!this.holds(entry)) return;
      entry.bytes -= bytes;
    }
    this.#bytes -= bytes;
  }

  /** A write failed: reading goes on without caching for a while. Reported once until `accept`. */
  refuse(error: unknown): void {
    this.#files.mayBeGone();
    const isShort = isTooManyOpen(error);
    this.#refused = { at: this.#options.clock.now(), forMs: isShort ? SHORT_PAUSE_MS : PAUSE_MS };
    if (this.#isFailureReported) return;
    this.#isFailureReported = true;
    this.#options.report({
      code: 'cache-unwritable',
      message: `The disk cache cannot be written (${messageOf(error)}); files are read without it.`,
      hint: isShort
        ? 'Too many files are open for its limit: raise that (ulimit -n).'
        : (diskFault(error)?.hint ?? 'Free some disk space or choose another folder with --cache-dir.'),
    });
  }

  /** A write succeeded: the next failure is reported again. */
  accept(): void {
    this.#isFailureReported = false;
  }

  /** Removes an item's version, open or not. Open descriptors still read the removed file. */
  discard(id: MediaId): void {
    const name = cacheName(id);
    if (this.#creating.has(name)) this.#removeWhenCreated.add(name);
    else void this.#remove(name);
  }

  /** Removes unused entries that are too old. Resolves when their space is free. */
  async expire(): Promise<void> {
    const old = [...this.#entries.values()].filter(
      (entry) => entry.uses === 0 && this.#expired(entry.name, entry.createdAt),
    );
    for (const entry of old) if (entry.uses === 0) await this.#remove(entry.name);
  }

  /** Removes everything that is not in use or pinned. Resolves to the bytes freed. */
  async clear(): Promise<number> {
    await this.#ready;
    let freed = 0;
    for (const entry of [...this.#entries.values()]) {
      if (entry.uses > 0 || this.#pins.has(entry.name)) continue;
      freed += entry.bytes;
      await this.#remove(entry.name);
    }
    return freed;
  }

  /** Pins these items and unpins all others. Pinned ones are never evicted and never too old; kept across restarts. */
  setPins(ids: readonly MediaId[]): void {
    if (this.#pins.replace(new Set(ids.map(cacheName))) && this.#isUsable) this.#pins.save();
  }

  #fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.#options.maxBytes;
  }

  #expired(name: string, createdAt: number): boolean {
    if (this.#pins.has(name) || (this.#entries.get(name)?.uses ?? 0) > 0) return false;
    // Also true for a time far in the future: the clock was set back since, so the age is unknown.
    return !isWithin(this.#options.clock.now(), createdAt, this.#options.maxAgeMs);
  }

  async #makeRoom(bytes: number): Promise<boolean> {
    while (!this.#fits(bytes)) {
      const victim = this.#victim();
      if (victim === undefined) return false;
      await this.#remove(victim.name);
    }
    return true;
  }

  #victim(): CacheEntry | undefined {
    for (const entry of this.#entries.values()) if (entry.uses === 0 && !this.#pins.has(entry.name)) return entry;
    return undefined;
  }

  async #remove(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    this.#entries.delete(name);
    entry?.onRemoved?.();
    await this.#files.remove(name);
    this.#bytes -= entry?.bytes ?? 0;
  }

  async #count(): Promise<void> {
    const found = await scanCache(this.#options.folder).catch(() => [] as FoundFile[]);
    for (const { name, createdAt, lastUsed, bytes } of found) {
      if (this.#entries.has(name)) continue;
      this.#entries.set(name, { name, createdAt, lastUsed, bytes, uses: 0 });
      this.#bytes += bytes;
    }
    const order = [...this.#entries.values()].sort((one, other) => one.lastUsed - other.lastUsed);
    this.#entries = new Map(order.map((entry) => [entry.name, entry]));
    this.#scanned = true;
  }
}
