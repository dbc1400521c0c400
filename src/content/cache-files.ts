import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { MediaId } from '../library/media-item.js';
import { CacheFile, ONE_FILE_BYTES, type CachePaths, type CacheVersion } from './cache-file.js';
import { DescriptorPool } from './descriptor-pool.js';

/**
 * The files of the cache on disk: in subfolders by the beginning of their names, and in `trash` those whose space is
 * being freed.
 */
export class CacheFiles {
  readonly #folder: string;
  readonly #trash: string;
  #removedCount = 0;
  /** Subfolders that are known to exist. */
  readonly #subfolders = new Set<string>();
  readonly #descriptors: DescriptorPool;

  /** `openFiles`: most files open at once; each has two descriptors. */
  constructor(folder: string, openFiles: number) {
    this.#folder = folder;
    this.#trash = join(folder, 'trash');
    this.#descriptors = new DescriptorPool(openFiles);
  }

  makeFolder(): void {
    fs.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    fs.chmodSync(this.#folder, 0o700);
  }

  /** Makes an empty `trash`. */
  makeTrash(): void {
    fs.rmSync(this.#trash, { recursive: true, force: true });
    fs.mkdirSync(this.#trash, { mode: 0o700 });
  }

  /** The folder may have been removed: subfolders are made again. */
  mayBeGone(): void {
    this.#subfolders.clear();
  }

  /** Undefined if there is no file for a version of `size` bytes, or a damaged one. */
  open(name: string, size: number): CacheFile | undefined {
    const one = size <= ONE_FILE_BYTES ? CacheFile.open(this.#oneFile(name), this.#descriptors) : undefined;
    // Earlier versions of the program had two files for every size.
    return one ?? CacheFile.open(this.#twoFiles(name), this.#descriptors);
  }

  /** `removeOld` is called if an earlier process left a file there. */
  async create(name: string, version: CacheVersion, removeOld: () => void): Promise<CacheFile> {
    const subfolder = name.slice(0, 2);
    if (!this.#subfolders.has(subfolder)) {
      await fs.promises.mkdir(join(this.#folder, subfolder), { recursive: true, mode: 0o700 });
      this.#subfolders.add(subfolder);
    }
    const paths = version.size <= ONE_FILE_BYTES ? this.#oneFile(name) : this.#twoFiles(name);
    const make = (): Promise<CacheFile> => CacheFile.create(paths, version, this.#descriptors);
    return make().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      removeOld();
      return make();
    });
  }

  /** Resolves when the space of the file is free; its name is free at once. */
  async remove(name: string): Promise<void> {
    const { data, index } = this.#twoFiles(name);
    try {
      fs.rmSync(index, { force: true });
    } catch {
      // Without its index the other file counts as nothing.
    }
    await Promise.all([this.#oneFile(name).data, data].map((file) => this.#free(file)));
  }

  async #free(file: string): Promise<void> {
    // Renamed first, so that a new version may take the name: freeing a big file takes a while.
    const removedFile = join(this.#trash, String(this.#removedCount++));
    try {
      fs.renameSync(file, removedFile);
      await fs.promises.rm(removedFile, { force: true });
    } catch {
      // It was not there, or there is no trash.
      fs.rmSync(file, { force: true });
    }
  }

  #oneFile(name: string): CachePaths {
    const file = join(this.#folder, name.slice(0, 2), `${name}.one`);
    return { data: file, index: file };
  }

  #twoFiles(name: string): CachePaths {
    const base = join(this.#folder, name.slice(0, 2), name);
    return { data: `${base}.data`, index: `${base}.index` };
  }
}

/** The file name of an item's bytes: a hash, so that no text from Google becomes a path. */
export function cacheName(id: MediaId): string {
  return createHash('sha256').update(id).digest('hex').slice(0, 40);
}
