import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, type Dirent } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, statfs, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MediaBody } from '../library/media-source.js';
import type { MediaId } from '../library/media-item.js';
import { RemoteError } from '../library/remote-error.js';
import { runningChecksum } from '../support/checksum.js';
import { PriorityGate } from '../support/priority-gate.js';
import { diskFault } from '../support/disk-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** What was written, and what it is. */
export interface WrittenFile {
  readonly size: number;
  readonly crc: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Stays free on the disk: this much, or a tenth of a disk that is small. */
const RESERVE_BYTES = 1024 ** 3;
const RESERVE_SHARE = 0.1;
/** Syncs at once: each holds a thread of the pool that reads of the mount also use. */
const SYNCS = 2;
/** Held for each file that is being written. */
const GATHERED_BYTES = 1024 * 1024;
const PART = '.part';
/** Tells the store from an empty folder where a drive is not plugged in. */
const MARKER = '.gphotos-mount-picked';

/** Where the bytes of an item lie in a store. */
export function pickedFile(folder: string, id: MediaId): string {
  const hash = createHash('sha256').update(id).digest('hex');
  return join(folder, hash.slice(0, 2), hash);
}

/**
 * The folder of picked files: each is written beside its place, and {@link PickedStore.keep} syncs and renames many together. So what has
 * a name is whole. A disk writes out what is before a sync as well: the second of many costs little.
 */
export class PickedStore {
  readonly folder: string;
  readonly #isKnown: () => boolean;
  readonly #syncs = new PriorityGate([SYNCS]);

  /** `isKnown`: whether the folder holds files, so that an empty one is not it. */
  constructor(folder: string, isKnown: () => boolean) {
    this.folder = folder;
    this.#isKnown = isKnown;
  }

  fileOf(id: MediaId): string {
    return pickedFile(this.folder, id);
  }

  /**
   * Makes the folder where it is new, and removes what a crash left half. Rejects with UserError where it cannot be used. Call while
   * nothing is written.
   */
  async prepare(): Promise<void> {
    const marker = join(this.folder, MARKER);
    if (this.#isKnown() && !(await exists(marker))) throw missingStore(this.folder);
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await access(this.folder, constants.W_OK | constants.X_OK);
      if (!(await exists(marker))) await writeFile(marker, `${randomUUID()}\n`, { mode: 0o600 });
      await this.#removeParts();
    } catch (error) {
      throw storeFault(error, this.folder);
    }
  }

  /** Rejects with UserError where the disk has no room for so many bytes more, or cannot be written. */
  async checkRoom(bytes: number): Promise<void> {
    // A drive that is not plugged in leaves an empty folder, on another disk.
    if (!(await exists(join(this.folder, MARKER)))) await this.prepare();
    try {
      await access(this.folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      throw storeFault(error, this.folder);
    }
    const { bavail, blocks, bsize } = await statfs(this.folder);
    const reserve = Math.min(RESERVE_BYTES, blocks * bsize * RESERVE_SHARE);
    if (bavail * bsize < bytes + reserve) throw noRoom(this.folder, bytes + reserve - bavail * bsize);
  }

  /**
   * Writes an item's bytes as they come, beside the item's place. Rejects with UserError for a fault of the disk, else as `body` does;
   * nothing is left then.
   */
  async write(id: MediaId, body: MediaBody): Promise<WrittenFile> {
    const path = this.fileOf(id);
    const half = `${path}${PART}`;
    let file: FileHandle | undefined;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      file = await open(half, 'w', 0o600);
      const written = await pour(body, file);
      await file.close();
      file = undefined;
      return written;
    } catch (error) {
      await file?.close().catch(() => undefined);
      await this.discard(id);
      throw error instanceof RemoteError ? error : storeFault(error, this.folder);
    }
  }

  /**
   * Gives files their names: those that were written, or have their names already. They survive a power cut when it resolves. Rejects with
   * UserError for a fault of the disk; what has no name then is removed.
   */
  async keep(ids: readonly MediaId[]): Promise<void> {
    const paths = ids.map((id) => this.fileOf(id));
    try {
      await Promise.all(paths.map((path) => this.#syncPart(`${path}${PART}`)));
      for (const path of paths)
        await rename(`${path}${PART}`, path).catch(async (error: unknown) => {
          if (!(await exists(path))) throw error;
        });
      await Promise.all([...new Set(paths.map(dirname))].map((folder) => this.#syncFolder(folder)));
    } catch (error) {
      await Promise.all(ids.map((id) => this.discard(id)));
      throw storeFault(error, this.folder);
    }
  }

  /** Removes what was written of an item and not kept. */
  async discard(id: MediaId): Promise<void> {
    await rm(`${this.fileOf(id)}${PART}`, { force: true }).catch(() => undefined);
  }

  /** Whether the file of an item is there. */
  has(id: MediaId): Promise<boolean> {
    return exists(this.fileOf(id));
  }

  /** What a file is that has its name already, from before a crash; undefined where there is none. */
  async adopt(id: MediaId): Promise<WrittenFile | undefined> {
    const path = this.fileOf(id);
    if (!(await exists(path))) return undefined;
    const hash = createHash('sha256');
    let size = 0;
    let crc = 0;
    for await (const piece of createReadStream(path)) {
      const bytes = piece as Buffer;
      hash.update(bytes);
      crc = runningChecksum(bytes, crc);
      size += bytes.length;
    }
    return { size, crc, sha256: hash.digest('hex') };
  }

  async #syncPart(path: string): Promise<void> {
    const part = await open(path, 'r+').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (part === undefined) return;
    try {
      await this.#sync(part);
    } finally {
      await part.close();
    }
  }

  async #sync(file: FileHandle): Promise<void> {
    const leave = await this.#syncs.enter(0);
    try {
      await file.sync();
    } finally {
      leave();
    }
  }

  async #syncFolder(folder: string): Promise<void> {
    const handle = await open(folder, 'r');
    try {
      // Some network file systems do not know how to sync a folder: they write names at once.
      await this.#sync(handle).catch(() => undefined);
    } finally {
      await handle.close();
    }
  }

  async #removeParts(): Promise<void> {
    for (const entry of await entriesOf(this.folder)) {
      if (!entry.isDirectory() || !/^[0-9a-f]{2}$/.test(entry.name)) continue;
      const folder = join(this.folder, entry.name);
      for (const { name } of await entriesOf(folder))
        if (name.endsWith(PART)) await rm(join(folder, name), { force: true });
    }
  }
}

/** Removes the file of an item; one that is gone already is no error. Rejects with UserError where it cannot be removed. */
export async function removePicked(folder: string, id: MediaId): Promise<void> {
  try {
    await rm(pickedFile(folder, id), { force: true });
  } catch (error) {
    throw storeFault(error, folder);
  }
}

/** Why the store of files cannot be found; undefined where it is there. */
export async function storeIsMissing(folder: string): Promise<UserError | undefined> {
  return (await exists(join(folder, MARKER))) ? undefined : missingStore(folder);
}

/** Pieces of a body are some ten kilobytes long: they are hashed and written together. */
async function pour(body: MediaBody, file: FileHandle): Promise<WrittenFile> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(GATHERED_BYTES);
  let gathered = 0;
  let size = 0;
  let crc = 0;
  const write = async (): Promise<void> => {
    const bytes = buffer.subarray(0, gathered);
    if (size === 0 && isPage(bytes))
      throw new RemoteError('protocol', 'The media host sent a page instead of a photo or video.');
    hash.update(bytes);
    crc = runningChecksum(bytes, crc);
    size += gathered;
    for (let done = 0; done < gathered;) done += (await file.write(bytes, done, gathered - done)).bytesWritten;
    gathered = 0;
  };
  const take = (piece: Uint8Array): void | Promise<void> => {
    const part = piece.subarray(0, GATHERED_BYTES - gathered);
    buffer.set(part, gathered);
    gathered += part.length;
    if (gathered < GATHERED_BYTES) return undefined;
    return write().then(() => take(piece.subarray(part.length)));
  };
  await body.forEach(take);
  if (gathered > 0) await write();
  if (size === 0) throw new RemoteError('protocol', 'The media host sent an empty file.');
  return { size, crc, sha256: hash.digest('hex') };
}

/** An error page that calls itself a picture. */
function isPage(piece: Uint8Array): boolean {
  return /^\s*<(?:!doctype html|html|head|body)[\s>]/i.test(Buffer.from(piece.subarray(0, 256)).toString('latin1'));
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true });
}

const OTHER_DISK = 'or give another folder: gphotos-mount --picked-dir DIR, which moves the files that are there.';

function missingStore(folder: string): UserError {
  return new UserError(
    ExitCode.system,
    `The folder of picked files, ${folder}, is not there.`,
    'Plug its drive in or put the folder back: it goes on by itself. Nothing of it is lost or fetched again.',
  );
}

function noRoom(folder: string, lacking: number): UserError {
  const megabytes = Math.ceil(lacking / 1e6).toLocaleString('en-US');
  return new UserError(
    ExitCode.system,
    `The disk of the picked files, ${folder}, is full: at least ${megabytes} MB more are needed.`,
    `Free some space there: it goes on by itself; ${OTHER_DISK}`,
  );
}

function storeFault(error: unknown, folder: string): unknown {
  if (error instanceof UserError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const fault = diskFault(error, folder);
  if (fault !== undefined)
    return new UserError(ExitCode.system, fault.message, `Mend that and it goes on by itself; ${OTHER_DISK}`, error);
  if (code === '') return error;
  return new UserError(
    ExitCode.system,
    `The folder of picked files, ${folder}, cannot be used (${code}).`,
    `Mend that and it goes on by itself; ${OTHER_DISK}`,
    error,
  );
}
