import { statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { messageOf } from '../../support/message-of.js';
import { ArchiveError, toArchiveError } from './archive-error.js';
import { checksum } from '../../support/checksum.js';
import { MAX_JSON_BYTES } from '../matching/takeout-json.js';
import type { ArchiveEntry } from './entry.js';
import { dataStartIn, LOCAL_HEADER_BYTES } from './local-header.js';
import { PartFile } from './part-file.js';
import { FileWindow, WINDOW_BYTES } from './windowed-reader.js';

/** Texts of JSON files, and those that could not be read. `index`: of the entry in the list that was handed in. */
export interface JsonBatch {
  readonly texts: { readonly index: number; readonly text: string }[];
  readonly faults: { readonly index: number; readonly reason: string }[];
}

/** Bytes and files of a batch, about. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_FILES = 1000;

/**
 * Reads small entries of a zip whole, in the order of their offsets. A fault of an entry is that entry's only; throws ArchiveError where
 * the file itself cannot be read. For a thread of its own, as `part-file.ts`.
 */
export function readJsonEntries(file: PartFile, entries: readonly ArchiveEntry[]): Generator<JsonBatch> {
  const window = new FileWindow(file);
  const order = [...entries.keys()].sort((a, b) => (entries[a]?.headerOffset ?? 0) - (entries[b]?.headerOffset ?? 0));
  return inBatches(entries, order, (entry) => readEntry(window, entry));
}

/** As {@link readJsonEntries}, of an extracted folder. Throws ArchiveError where the folder itself is gone. */
export function readJsonFiles(root: string, entries: readonly ArchiveEntry[]): Generator<JsonBatch> {
  return inBatches(entries, [...entries.keys()], (entry) => {
    try {
      return readWholeFile(root, entry);
    } catch (error) {
      // A drive that was unplugged is no fault of the file: it is read when the drive is back.
      requireFolder(root);
      throw new EntryFault(messageOf(error));
    }
  });
}

function readWholeFile(root: string, { folder, name, size }: ArchiveEntry): Buffer {
  const file = PartFile.open(join(root, folder, name));
  try {
    if (file.size !== size) throw new EntryFault('its size has changed');
    const bytes = Buffer.allocUnsafe(size);
    file.read(bytes, 0);
    return bytes;
  } finally {
    file.close();
  }
}

function requireFolder(root: string): void {
  try {
    statSync(root);
  } catch (error) {
    throw toArchiveError(error, root);
  }
}

/** A fault of one entry; the message is its reason. */
class EntryFault extends Error {}

function* inBatches(
  entries: readonly ArchiveEntry[],
  order: readonly number[],
  read: (entry: ArchiveEntry) => Buffer,
): Generator<JsonBatch> {
  let batch: JsonBatch = { texts: [], faults: [] };
  let bytes = 0;
  for (const index of order) {
    const entry = entries[index];
    if (entry === undefined) continue;
    try {
      if (entry.size > MAX_JSON_BYTES) throw new EntryFault(`it is too large for a sidecar (${entry.size} bytes)`);
      const text = read(entry).toString('utf8');
      batch.texts.push({ index, text: text.startsWith('\uFEFF') ? text.slice(1) : text });
      bytes += entry.size;
    } catch (error) {
      if (error instanceof ArchiveError) throw error;
      batch.faults.push({ index, reason: messageOf(error) });
    }
    if (bytes < BATCH_BYTES && batch.texts.length + batch.faults.length < BATCH_FILES) continue;
    yield batch;
    batch = { texts: [], faults: [] };
    bytes = 0;
  }
  if (batch.texts.length + batch.faults.length > 0) yield batch;
}

function readEntry(window: FileWindow, { headerOffset, packed, size, crc, method }: ArchiveEntry): Buffer {
  if (packed > WINDOW_BYTES) throw new EntryFault(`it is too large for a sidecar (${packed} bytes packed)`);
  const start = dataStartIn(window.bytes(headerOffset, LOCAL_HEADER_BYTES), headerOffset);
  if (start === undefined) throw new EntryFault('its local header is damaged');
  const body = window.bytes(start, packed);
  if (body.length < packed) throw new EntryFault('it ends before its size');
  const bytes = method === 'stored' ? body : inflated(body, size);
  if (bytes.length !== size) throw new EntryFault('its declared size is wrong');
  if (checksum(bytes) !== crc) throw new EntryFault('its CRC is wrong');
  return bytes;
}

function inflated(body: Buffer, size: number): Buffer {
  try {
    // zlib takes no limit of 0.
    return inflateRawSync(body, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw new EntryFault(
      code === 'ERR_BUFFER_TOO_LARGE' ? 'it has more bytes than its declared size' : 'its compressed bytes are damaged',
    );
  }
}
