import { constants } from 'node:fs';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isOwnPlainFile } from '../support/own-file.js';
import { HEADER_SIZE, decodeHeader } from './block-index.js';

/** A file of the cache as a restart finds it. Times in milliseconds since the epoch. */
export interface FoundFile {
  readonly name: string;
  readonly createdAt: number;
  readonly lastUsed: number;
  /** Bytes used on disk by data and index together. */
  readonly bytes: number;
}

const FOLDER = /^[0-9a-f]{2}$/;
/** The index of two files, or one file with both. */
const INDEX = /^([0-9a-f]{40})\.(?:index|one)$/;
const DATA = /^([0-9a-f]{40})\.data$/;

/** Lists all files of the cache folder. Removes data files without an index. */
export async function scanCache(folder: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const part of await readdir(folder)) {
    if (FOLDER.test(part)) await scanPart(join(folder, part), found);
  }
  return found;
}

async function scanPart(folder: string, found: FoundFile[]): Promise<void> {
  const names = await readdir(folder);
  const indexes = new Set<string>();
  for (const index of names) {
    const name = INDEX.exec(index)?.[1];
    if (name === undefined) continue;
    if (index.endsWith('.index')) indexes.add(name);
    const file = await inspect(folder, index, name);
    if (file !== undefined) found.push(file);
  }
  for (const file of names) {
    const name = DATA.exec(file)?.[1];
    // Looked up again: the item may have been opened while the scan ran.
    if (name !== undefined && !indexes.has(name) && !(await exists(join(folder, `${name}.index`)))) {
      await rm(join(folder, file), { force: true });
    }
  }
}

async function inspect(folder: string, indexName: string, name: string): Promise<FoundFile | undefined> {
  const index = join(folder, indexName);
  const data = indexName.endsWith('.index') ? join(folder, `${name}.data`) : undefined;
  try {
    // Never waits for the other end of a pipe.
    const handle = await open(index, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      if (!isOwnPlainFile(await handle.stat())) return undefined;
      const bytes = Buffer.alloc(HEADER_SIZE);
      const { bytesRead } = await handle.read(bytes, 0, HEADER_SIZE, 0);
      const header = decodeHeader(bytes.subarray(0, bytesRead));
      const beside = data === undefined ? undefined : await stat(data).catch(() => undefined);
      const used = (await handle.stat()).blocks + (beside?.blocks ?? 0);
      // An unreadable one gets time 0, so that the next sweep removes it as too old.
      return { name, createdAt: header?.createdAt ?? 0, lastUsed: header?.lastUsed ?? 0, bytes: used * 512 };
    } finally {
      await handle.close();
    }
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
