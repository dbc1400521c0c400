/** A file of a part. */
export interface ArchiveEntry {
  /** Path of its folder in the part, without a slash at its ends: `Takeout/Google Photos/Photos from 2023`. */
  readonly folder: string;
  readonly name: string;
  /** Bytes, as a reader gets them. */
  readonly size: number;
  /** Bytes in the part; `size` unless deflated. */
  readonly packed: number;
  /** CRC-32, unsigned. Extracted folders have none. */
  readonly crc: number | undefined;
  /** Of the local header in the zip; 0 in an extracted folder. */
  readonly headerOffset: number;
  /** `file`: a file of an extracted folder. */
  readonly method: 'stored' | 'deflated' | 'file';
}

/** An entry that is not used, and why. */
export interface RefusedEntry {
  /** The whole path in the part. */
  readonly name: string;
  readonly reason: string;
}

/**
 * What became of the entries of a part. Each is counted once: `total` is the sum of all others and of the length of `refused`, which is cut
 * at 1,000; `refusedCount` is not.
 */
export interface EntryCounts {
  total: number;
  /** Handed on. */
  taken: number;
  folders: number;
  /** Junk of systems and file servers. */
  skipped: number;
  /** The same path again in this part, with equal size and CRC. */
  repeated: number;
  refusedCount: number;
  refused: RefusedEntry[];
}

/** Refused entries that are named; a hostile archive may have millions. */
const MAX_NAMED = 1000;

export function noEntries(): EntryCounts {
  return { total: 0, taken: 0, folders: 0, skipped: 0, repeated: 0, refusedCount: 0, refused: [] };
}

export function countRefused(counts: EntryCounts, name: string, reason: string): void {
  counts.refusedCount += 1;
  if (counts.refused.length < MAX_NAMED) counts.refused.push({ name, reason });
}

/** Entries handed on at once. */
export const BATCH_ENTRIES = 2000;

/** Takes the entries of a part, some at a time. */
export type TakeEntries = (entries: ArchiveEntry[]) => void;
