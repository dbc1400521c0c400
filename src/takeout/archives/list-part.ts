import { fromRandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { runningChecksum } from '../../support/checksum.js';
import { messageOf } from '../../support/message-of.js';
import { ArchiveError } from './archive-error.js';
import {
  BATCH_ENTRIES,
  countRefused,
  noEntries,
  type ArchiveEntry,
  type EntryCounts,
  type TakeEntries,
} from './entry.js';
import { decodeEntryName, isJunk, refuseEntryName, splitPath } from './entry-name.js';
import type { PartFile } from './part-file.js';
import { FileWindow, WINDOW_BYTES, WindowedReader } from './windowed-reader.js';

/** What tells the content of a zip: its directory names size and CRC of every entry. */
export interface DirectoryFacts {
  readonly directoryOffset: number;
  /** CRC-32 of all bytes from the directory to the end of the file. */
  readonly directoryCrc: number;
  readonly entries: number;
}

export interface PartListing extends DirectoryFacts {
  readonly counts: EntryCounts;
}

const MAX_DIRECTORY_BYTES = 1024 ** 3;
const STORED = 0;
const DEFLATED = 8;
/** Deflate makes at most 1,032 bytes of one. */
const MAX_RATIO = 1032;
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const SYMLINK = 0o120000;
const FOLDER = 0o040000;

/** The directory of a zip, read without its entries: a few milliseconds. Rejects with ArchiveError. */
export async function readDirectoryFacts(file: PartFile): Promise<DirectoryFacts> {
  const zip = await openZip(file, new FileWindow(file));
  return factsOf(file, zip);
}

/**
 * Hands the usable entries of a zip to `take`, {@link BATCH_ENTRIES} at a time. Entries that are not usable are counted and named.
 * Rejects with ArchiveError where it is no whole zip.
 */
export async function listPart(file: PartFile, take: TakeEntries): Promise<PartListing> {
  const zip = await openZip(file, new FileWindow(file));
  const facts = factsOf(file, zip);
  const sieve = new EntrySieve(facts.directoryOffset, take);
  await new Promise<void>((resolve, reject) => {
    zip.on('error', (error: unknown) => reject(damaged(file, error)));
    zip.on('end', () => resolve());
    zip.on('entry', (entry: Entry) => {
      sieve.add(entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
  sieve.flush();
  return { ...facts, counts: sieve.counts };
}

function openZip(file: PartFile, window: FileWindow): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    if (file.size === 0) {
      reject(new ArchiveError('damaged', file.path, `${file.path} is empty`));
      return;
    }
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: false };
    fromRandomAccessReader(new WindowedReader(window), file.size, options, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(damaged(file, error));
    });
  });
}

function damaged(file: PartFile, error: unknown): ArchiveError {
  if (error instanceof ArchiveError) return error;
  const words = messageOf(error);
  const what = words.startsWith('End of central directory')
    ? 'is cut short, or is no zip: its directory is missing'
    : `is damaged: ${words}`;
  return new ArchiveError('damaged', file.path, `${file.path} ${what}`, error);
}

function factsOf(file: PartFile, zip: ZipFile): DirectoryFacts {
  // The types of yauzl call this number a boolean.
  const directoryOffset = zip.readEntryCursor as unknown as number;
  const length = file.size - directoryOffset;
  if (!(length > 0 && length <= MAX_DIRECTORY_BYTES)) {
    throw damaged(file, new Error('its directory does not lie in the file'));
  }
  const buffer = Buffer.allocUnsafe(Math.min(length, WINDOW_BYTES));
  let crc = 0;
  for (let at = directoryOffset; at < file.size; at += buffer.length) {
    const piece = buffer.subarray(0, Math.min(buffer.length, file.size - at));
    file.read(piece, at);
    crc = runningChecksum(piece, crc);
  }
  return { directoryOffset, directoryCrc: crc, entries: zip.entryCount };
}

/** Judges the entries of one zip, one after the other. */
class EntrySieve {
  readonly counts = noEntries();
  readonly #directoryOffset: number;
  readonly #take: TakeEntries;
  #batch: ArchiveEntry[] = [];
  /** By path. */
  readonly #taken = new Map<string, ArchiveEntry>();

  constructor(directoryOffset: number, take: TakeEntries) {
    this.#directoryOffset = directoryOffset;
    this.#take = take;
  }

  add(entry: Entry): void {
    const { counts } = this;
    counts.total += 1;
    const path = decodeEntryName(entry.generalPurposeBitFlag, entry.fileName as unknown as Buffer, entry.extraFields);
    const isFolder = path.endsWith('/');
    const fault = refuseEntryName(isFolder ? path.slice(0, -1) : path) ?? this.#fault(entry, isFolder);
    if (fault !== undefined) {
      countRefused(counts, path, fault);
      return;
    }
    if (isFolder) {
      counts.folders += 1;
      return;
    }
    const { folder, name } = splitPath(path);
    if (isJunk(folder, name)) {
      counts.skipped += 1;
      return;
    }
    const before = this.#taken.get(path);
    if (before !== undefined) {
      if (before.size === entry.uncompressedSize && before.crc === entry.crc32) counts.repeated += 1;
      else countRefused(counts, path, 'its path stands twice in this part, with other bytes; the first is used');
      return;
    }
    counts.taken += 1;
    const taken: ArchiveEntry = {
      folder,
      name,
      size: entry.uncompressedSize,
      packed: entry.compressedSize,
      crc: entry.crc32,
      headerOffset: entry.relativeOffsetOfLocalHeader,
      method: entry.compressionMethod === STORED ? 'stored' : 'deflated',
    };
    this.#taken.set(path, taken);
    this.#batch.push(taken);
    if (this.#batch.length === BATCH_ENTRIES) this.flush();
  }

  flush(): void {
    if (this.#batch.length > 0) this.#take(this.#batch);
    this.#batch = [];
  }

  #fault(entry: Entry, isFolder: boolean): string | undefined {
    const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
    if (type === SYMLINK) return 'it is a symbolic link';
    if (type !== 0 && type !== REGULAR && type !== FOLDER) return 'it is neither a file nor a folder';
    if (isFolder) return undefined;
    if (type === FOLDER) return 'it is a folder with the name of a file';
    if (entry.isEncrypted()) return 'it is encrypted';
    const { compressionMethod, uncompressedSize, compressedSize, relativeOffsetOfLocalHeader } = entry;
    if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
      return `it is packed by a method that is not known (${compressionMethod})`;
    }
    if (![uncompressedSize, compressedSize, relativeOffsetOfLocalHeader].every(Number.isSafeInteger)) {
      return 'its size or place is impossible';
    }
    if (relativeOffsetOfLocalHeader + compressedSize > this.#directoryOffset) return 'its bytes lie outside the file';
    const fits =
      compressionMethod === STORED
        ? uncompressedSize === compressedSize
        : uncompressedSize <= compressedSize * MAX_RATIO;
    return fits ? undefined : 'its declared size cannot be true';
  }
}
