import { HEADER_SIZE, RECORD_SIZE } from './block-index.js';
import { BLOCK_SIZE } from './block-map.js';

/** Disk space in whole 4 KiB pages. */
export function pages(bytes: number): number {
  return Math.ceil(bytes / 4096) * 4096;
}

/** Disk space of all of a file of `size` bytes and its index. */
export function wholeBytes(size: number): number {
  return pages(size) + pages(HEADER_SIZE + Math.ceil(size / BLOCK_SIZE) * RECORD_SIZE);
}
