import { constants } from 'node:fs';
import type { Attributes, DirectoryEntry, FileSystemStatistics } from '../filesystem/file-system.js';

/**
 * Numbers of a stat as the binding reads them, each 32 bits; sizes, block counts and times take two, low half first.
 */
export const STAT_WORDS = 18;
const STATFS_WORDS = 11;

const TWO_POW_32 = 2 ** 32;
const MAX_WORD = TWO_POW_32 - 1;
const SECTOR = 512;
/** The preferred read size for programs: as much as one request carries. */
const PREFERRED_READ = 131_072;
const SMALLEST_BLOCK = 4096;
const LONGEST_NAME = 255;
/**
 * Free space shown by a mount that takes uploads. The limit at Google is unknown here, and programs refuse to copy
 * without free space.
 */
const WRITABLE_FREE_BYTES = 2 ** 40;

/** Fills `words` with what stat(2) shows. Times before 1970 become the epoch: the binding has no sign for them. */
export function encodeAttributes(attributes: Attributes, words: Uint32Array): void {
  const { size } = attributes;
  words[0] = typeBits(attributes.kind) | attributes.permissions;
  words[1] = attributes.uid;
  words[2] = attributes.gid;
  setDouble(words, 3, size);
  words[5] = 0;
  words[6] = attributes.links;
  words[7] = attributes.inode;
  words[8] = 0;
  words[9] = PREFERRED_READ;
  setDouble(words, 10, Math.ceil(size / SECTOR));
  const mtime = kernelTime(attributes.mtime);
  setDouble(words, 12, mtime);
  setDouble(words, 14, mtime);
  setDouble(words, 16, kernelTime(attributes.ctime));
}

/**
 * Inode and type of each entry, which is all that readdir passes on. All stats of one listing share one piece of
 * memory.
 */
export function encodeEntries(entries: readonly DirectoryEntry[]): Uint32Array[] {
  const words = new Uint32Array(entries.length * STAT_WORDS);
  return entries.map((entry, index) => {
    const start = index * STAT_WORDS;
    words[start] = typeBits(entry.kind);
    words[start + 7] = entry.inode;
    return words.subarray(start, start + STAT_WORDS);
  });
}

/** The values of statfs(2). The block size grows with the library, because counts have 32 bits. */
export function encodeStatistics(statistics: FileSystemStatistics, readOnly: boolean): Uint32Array {
  const free = readOnly ? 0 : WRITABLE_FREE_BYTES;
  let block = SMALLEST_BLOCK;
  while ((statistics.totalBytes + free) / block > MAX_WORD - 1) block *= 2;
  const freeBlocks = Math.floor(free / block);
  const files = Math.min(statistics.files, MAX_WORD);
  const words = new Uint32Array(STATFS_WORDS);
  words[0] = block;
  words[1] = block;
  // At least one: `df` leaves out a file system without blocks.
  words[2] = Math.max(1, Math.ceil(statistics.totalBytes / block)) + freeBlocks;
  words[3] = freeBlocks;
  words[4] = freeBlocks;
  words[5] = files;
  words[10] = LONGEST_NAME;
  return words;
}

function typeBits(kind: Attributes['kind']): number {
  return kind === 'directory' ? constants.S_IFDIR : constants.S_IFREG;
}

function kernelTime(milliseconds: number): number {
  return milliseconds > 0 ? Math.floor(milliseconds) : 0;
}

function setDouble(words: Uint32Array, index: number, value: number): void {
  words[index] = value % TWO_POW_32;
  words[index + 1] = value / TWO_POW_32;
}
