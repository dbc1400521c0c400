import { read } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { MediaId } from '../library/media-item.js';
import { messageOf } from '../support/message-of.js';
import type { ItemBytes, OpenBytes } from './content-access.js';
import { FsError } from './file-system.js';

/** Where the bytes of an item lie on this machine: in a file of their own, or in an archive that stores them as they are. */
export interface LocalBytes {
  readonly file: string;
  /** Of the first byte in the file. */
  readonly offset: number;
  readonly length: number;
}

export interface LocalFilesDeps {
  /** Throws FsError where the bytes cannot be had, saying what is missing. */
  readonly locate: (id: MediaId) => LocalBytes;
  /** Files held open for the next reader; default 16. */
  readonly openFiles?: number;
}

const OPEN_FILES = 16;

/**
 * Bytes that are on this machine already. They are read where they lie, by pread, and never copied into the cache: the kernel's page
 * cache serves reads that come again. Opening waits for the disk in the thread pool, never on the main thread.
 */
export class LocalFiles implements ItemBytes {
  readonly #locate: LocalFilesDeps['locate'];
  readonly #kept: LRUCache<string, Promise<SharedFile>>;

  constructor({ locate, openFiles = OPEN_FILES }: LocalFilesDeps) {
    this.#locate = locate;
    this.#kept = new LRUCache({
      max: openFiles,
      dispose: (file) => void file.then((opened) => opened.leave()).catch(() => undefined),
    });
  }

  /** Rejects with FsError EIO where the file is missing, cannot be opened, or is too short. */
  async open({ ref, size }: Parameters<ItemBytes['open']>[0]): Promise<OpenBytes> {
    const place = this.#locate(ref.id);
    if (place.length !== size) throw new FsError('EIO', `${place.file} holds other bytes than are listed`);
    const file = await this.#file(place.file);
    if (place.offset + place.length > file.size) {
      file.leave();
      throw new FsError('EIO', `${place.file} was cut: it has ${file.size} bytes`);
    }
    let isOpen = true;
    return {
      size,
      read: (buffer, position) => file.read(buffer, place, position),
      close: () => {
        if (isOpen) file.leave();
        isOpen = false;
      },
    };
  }

  /** Closes what no reader uses. */
  close(): void {
    this.#kept.clear();
  }

  /** The file, with one user more. */
  async #file(path: string): Promise<SharedFile> {
    try {
      const known = await this.#kept.get(path);
      // Another file may be at this path by now: a drive that was mounted again, an archive that was fetched again.
      if (known !== undefined && known.isStill(await stat(path))) return known.join();
      const opening = SharedFile.open(path);
      this.#kept.set(path, opening);
      return (await opening).join();
    } catch (error) {
      this.#kept.delete(path);
      throw unreadable(path, error);
    }
  }
}

type Identity = Pick<Awaited<ReturnType<typeof stat>>, 'dev' | 'ino' | 'size' | 'mtimeMs'>;

/** An open file. It is closed when its last user leaves. The list of kept files is its first user. */
class SharedFile {
  readonly #handle: FileHandle;
  readonly #identity: Identity;
  #users = 1;

  private constructor(handle: FileHandle, identity: Identity) {
    this.#handle = handle;
    this.#identity = identity;
  }

  static async open(path: string): Promise<SharedFile> {
    const handle = await open(path, 'r');
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) throw new FsError('EIO', `${path} is not a file`);
      return new SharedFile(handle, facts);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get size(): number {
    return Number(this.#identity.size);
  }

  /** Whether it is open, and what stands at its path. */
  isStill({ dev, ino, size, mtimeMs }: Identity): boolean {
    const known = this.#identity;
    return (
      this.#users > 0 && known.dev === dev && known.ino === ino && known.size === size && known.mtimeMs === mtimeMs
    );
  }

  join(): this {
    this.#users += 1;
    return this;
  }

  leave(): void {
    this.#users -= 1;
    if (this.#users === 0) void this.#handle.close().catch(() => undefined);
  }

  /** Resolves to the bytes filled; fewer than asked only at the end of the item. */
  read(buffer: Uint8Array, { file, offset, length }: LocalBytes, position: number): Promise<number> {
    const wanted = Math.max(0, Math.min(buffer.length, length - position));
    return new Promise((resolve, reject) => {
      const next = (filled: number): void => {
        if (filled === wanted) {
          resolve(filled);
          return;
        }
        read(this.#handle.fd, buffer, filled, wanted - filled, offset + position + filled, (error, count) => {
          if (error !== null) reject(unreadable(file, error));
          else if (count === 0) reject(new FsError('EIO', `${file} was cut while it was read`));
          else next(filled + count);
        });
      };
      next(0);
    });
  }
}

function unreadable(file: string, error: unknown): FsError {
  if (error instanceof FsError) return error;
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const reason = messageOf(error);
  return new FsError('EIO', isMissing ? `${file} is not there` : `${file} cannot be read: ${reason}`, error);
}
