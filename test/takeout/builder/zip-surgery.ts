import { closeSync, fstatSync, openSync, readSync, ftruncateSync, writeSync } from 'node:fs';
import { centralRecord, endOfDirectory, localHeader, rawEntry, type EntryDraft } from './zip-records.js';

/** One entry of a zip file without zip64 records, and where its records stand. */
interface Found {
  readonly name: string;
  /** Of the record in the central directory. */
  readonly at: number;
  /** Of the local header. */
  readonly header: number;
  readonly flags: number;
  readonly size: number;
  readonly packed: number;
}

interface Directory {
  readonly entries: readonly Found[];
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Throws where the file is no zip, or needs zip64 records. */
function directoryOf(fd: number): Directory {
  const { size: length } = fstatSync(fd);
  const tail = readAt(fd, Math.max(0, length - 65_557), length);
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0) throw new Error('no zip file');
  const size = tail.readUInt32LE(end + 12);
  const offset = tail.readUInt32LE(end + 16);
  if (offset === 0xffffffff) throw new Error('zip64 is not changed by hand');
  const bytes = readAt(fd, offset, offset + size);
  const entries: Found[] = [];
  for (let at = 0; at < size;) {
    const name = bytes.readUInt16LE(at + 28);
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + name),
      at: offset + at,
      header: bytes.readUInt32LE(at + 42),
      flags: bytes.readUInt16LE(at + 8),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
    });
    at += 46 + name + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return { entries, offset, bytes };
}

function readAt(fd: number, start: number, end: number): Buffer {
  const out = Buffer.alloc(end - start);
  for (let done = 0; done < out.length;) {
    const read = readSync(fd, out, done, out.length - done, start + done);
    if (read === 0) throw new Error('the file ends too early');
    done += read;
  }
  return out;
}

function withFile<T>(file: string, work: (fd: number) => T): T {
  const fd = openSync(file, 'r+');
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Appends entries, whatever they claim, and writes the central directory behind them again. */
export function addEntries(file: string, drafts: readonly EntryDraft[]): void {
  withFile(file, (fd) => {
    const { entries, offset, bytes } = directoryOf(fd);
    let at = offset;
    const records = [bytes];
    for (const draft of drafts) {
      const [raw, data] = rawEntry(draft);
      records.push(centralRecord(raw, at));
      for (const piece of [localHeader(raw), data]) at += writeSync(fd, piece, 0, piece.length, at);
    }
    const directory = Buffer.concat(records);
    const end = endOfDirectory(entries.length + drafts.length, directory.length, at);
    writeSync(fd, Buffer.concat([directory, end]), 0, directory.length + end.length, at);
    ftruncateSync(fd, at + directory.length + end.length);
  });
}

export interface EntryChange {
  readonly crc?: number;
  /** Of the unpacked bytes. */
  readonly size?: number;
  readonly flags?: number;
}

/** Changes what both records of an entry say; its bytes stay. `change` gets the true size. Throws where there is no such entry. */
export function changeEntry(file: string, name: string, change: (size: number, flags: number) => EntryChange): void {
  withFile(file, (fd) => {
    const found = entryOf(fd, name);
    const { crc, size, flags } = change(found.size, found.flags);
    if (crc !== undefined) writeBoth(fd, found, 16, 14, crc);
    if (size !== undefined) writeBoth(fd, found, 24, 22, size);
    if (flags !== undefined) {
      const two = Buffer.alloc(2);
      two.writeUInt16LE(flags);
      writeSync(fd, two, 0, 2, found.at + 8);
      writeSync(fd, two, 0, 2, found.header + 6);
    }
  });
}

/** Inverts a byte in the middle of an entry's data. */
export function flipByte(file: string, name: string): void {
  withFile(file, (fd) => {
    const { header, packed } = entryOf(fd, name);
    const head = readAt(fd, header, header + 30);
    const at = header + 30 + head.readUInt16LE(26) + head.readUInt16LE(28) + Math.floor(packed / 2);
    const byte = readAt(fd, at, at + 1);
    byte[0] = (byte[0] ?? 0) ^ 0xff;
    writeSync(fd, byte, 0, 1, at);
  });
}

/** Paths of a zip file's entries, in the order of its directory. */
export function entryNames(file: string): string[] {
  return withFile(file, (fd) => directoryOf(fd).entries.map(({ name }) => name));
}

/** The unpacked size that the directory states for an entry. */
export function statedSize(file: string, name: string): number {
  return withFile(file, (fd) => entryOf(fd, name).size);
}

function entryOf(fd: number, name: string): Found {
  const found = directoryOf(fd).entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`no entry ${name}`);
  return found;
}

/** In the directory, and in the local header unless a data descriptor holds the value. */
function writeBoth(
  fd: number,
  { at, header, flags }: Found,
  inDirectory: number,
  inHeader: number,
  value: number,
): void {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value >>> 0);
  writeSync(fd, four, 0, 4, at + inDirectory);
  if ((flags & 8) === 0) writeSync(fd, four, 0, 4, header + inHeader);
}

/** Writes a zip file of the given entries only. */
export function zipOf(drafts: readonly EntryDraft[]): Buffer {
  const pieces: Buffer[] = [];
  const records: Buffer[] = [];
  let at = 0;
  for (const draft of drafts) {
    const [raw, data] = rawEntry(draft);
    records.push(centralRecord(raw, at));
    const head = localHeader(raw);
    pieces.push(head, data);
    at += head.length + data.length;
  }
  const directory = Buffer.concat(records);
  return Buffer.concat([...pieces, directory, endOfDirectory(drafts.length, directory.length, at)]);
}
