import type { BlockMap } from './block-map.js';
import { BLOCK_SIZE } from './block-map.js';
import { checksum } from '../support/checksum.js';

/** Bytes before the first record. */
export const HEADER_SIZE = 512;
export const RECORD_SIZE = 12;
/** Where the time of last use lies: rewritten in place, outside the header's checksum. */
export const LAST_USED_OFFSET = 4;

const MAGIC = 0x31_4d_50_47; // "GPM1"
const CHECKED_FROM = 12;
const ETAG_AT = 36;
const CHECKSUM_AT = HEADER_SIZE - 4;
/** 1 where the size is stated; versions before this mark left 0 here. */
const STATED_AT = CHECKSUM_AT - 1;
const ETAG_MAX = STATED_AT - ETAG_AT;

/** Which version of which file the blocks belong to. Times in milliseconds since the epoch. */
export interface IndexHeader {
  readonly size: number;
  /** Undefined where Google gave none. */
  readonly etag: string | undefined;
  readonly createdAt: number;
  readonly lastUsed: number;
  /** The media host stated this size for these bytes. False: the file may have been cut short in transit. */
  readonly isStated: boolean;
}

/** The head of an index file. An ETag that does not fit is dropped, as if Google had given none. */
export function encodeHeader(header: IndexHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_SIZE);
  const etag = Buffer.from(header.etag ?? '', 'utf8');
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeDoubleLE(header.lastUsed, LAST_USED_OFFSET);
  bytes.writeUInt32LE(BLOCK_SIZE, CHECKED_FROM);
  bytes.writeDoubleLE(header.size, 16);
  bytes.writeDoubleLE(header.createdAt, 24);
  const kept = etag.length <= ETAG_MAX ? etag : Buffer.alloc(0);
  bytes.writeUInt32LE(kept.length, 32);
  kept.copy(bytes, ETAG_AT);
  bytes[STATED_AT] = header.isStated ? 1 : 0;
  bytes.writeUInt32LE(checksum(bytes.subarray(CHECKED_FROM, CHECKSUM_AT)), CHECKSUM_AT);
  return bytes;
}

/** Undefined where the bytes are no whole header of this format. */
export function decodeHeader(bytes: Buffer): IndexHeader | undefined {
  if (bytes.length < HEADER_SIZE || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(CHECKED_FROM) !== BLOCK_SIZE) return undefined;
  if (checksum(bytes.subarray(CHECKED_FROM, CHECKSUM_AT)) !== bytes.readUInt32LE(CHECKSUM_AT)) return undefined;
  const length = bytes.readUInt32LE(32);
  if (length > ETAG_MAX) return undefined;
  const createdAt = bytes.readDoubleLE(24);
  const lastUsed = bytes.readDoubleLE(LAST_USED_OFFSET);
  return {
    size: bytes.readDoubleLE(16),
    etag: length === 0 ? undefined : bytes.toString('utf8', ETAG_AT, ETAG_AT + length),
    createdAt,
    lastUsed: Number.isFinite(lastUsed) && lastUsed >= createdAt ? lastUsed : createdAt,
    isStated: bytes[STATED_AT] === 1,
  };
}

/** Says that `block` was written whole and what its checksum is. */
export function encodeRecord(block: number, checksum: number): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_SIZE);
  bytes.writeUInt32LE(block, 0);
  bytes.writeUInt32LE(checksum, 4);
  bytes.writeUInt32LE(recordMark(block, checksum), 8);
  return bytes;
}

/** Reads the records after the header into `map`. Returns the number of good bytes; the torn rest is to be cut off. */
export function decodeRecords(bytes: Buffer, map: BlockMap): number {
  let at = HEADER_SIZE;
  for (; at + RECORD_SIZE <= bytes.length; at += RECORD_SIZE) {
    const block = bytes.readUInt32LE(at);
    const sum = bytes.readUInt32LE(at + 4);
    if (bytes.readUInt32LE(at + 8) !== recordMark(block, sum)) break;
    map.add(block, sum, false);
  }
  return at;
}

/**
 * Distinguishes a whole record from a torn one or zeros. Cheap, because a big file has tens of thousands of records.
 */
function recordMark(block: number, sum: number): number {
  return (Math.imul(block ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(sum ^ (sum >>> 15), 0xc2b2_ae35)) >>> 0;
}
