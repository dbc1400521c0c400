import { closeSync, openSync, readFileSync, readSync, fstatSync } from 'node:fs';

/** A row as stored in a page. The values are in the order that the columns had when the row was written. */
export interface ScannedRow {
  /** Undefined for entries of indexes and of tables WITHOUT ROWID. */
  readonly rowId: number | undefined;
  readonly values: readonly ScannedValue[];
}

export type ScannedValue = null | number | string;

const USUAL_PAGE_SIZE = 4096;
const CHUNK_PAGES = 256;
const TABLE_LEAF = 0x0d;
const INDEX_LEAF = 0x0a;
const FILE_HEADER = 100;
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
/** Longer records count as damage. */
const LONGEST_RECORD = 1_048_576;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * All rows that a damaged SQLite file still holds. Reads every leaf page, and uses neither the header nor the schema
 * nor inner pages: each of them may be damaged. Valid pages of the write-ahead log are included. Anything that is not a
 * row is skipped. Throws the errors of open(2) and read(2).
 */
export function* scanRows(file: string): Generator<ScannedRow> {
  const pages = new PageFile(file);
  try {
    for (const [number, page] of pages.all()) yield* rowsOf(page, number, pages);
  } finally {
    pages.close();
  }
}

/** The pages of a database file, each in its newest version. */
class PageFile {
  readonly pageSize: number;
  readonly #descriptor: number;
  readonly #pageCount: number;
  readonly #logged: ReadonlyMap<number, Buffer>;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
    const header = Buffer.alloc(FILE_HEADER);
    readSync(this.#descriptor, header, 0, FILE_HEADER, 0);
    this.pageSize = pageSizeIn(header);
    this.#pageCount = Math.ceil(fstatSync(this.#descriptor).size / this.pageSize);
    this.#logged = pagesOfLog(`${file}-wal`, this.pageSize);
  }

  *all(): Generator<[number, Buffer]> {
    const chunk = Buffer.alloc(CHUNK_PAGES * this.pageSize);
    for (let first = 1; first <= this.#pageCount; first += CHUNK_PAGES) {
      chunk.fill(0);
      readSync(this.#descriptor, chunk, 0, chunk.length, (first - 1) * this.pageSize);
      for (let index = 0; index < CHUNK_PAGES && first + index <= this.#pageCount; index += 1) {
        const number = first + index;
        const page = chunk.subarray(index * this.pageSize, (index + 1) * this.pageSize);
        yield [number, this.#logged.get(number) ?? page];
      }
    }
    for (const [number, page] of this.#logged) if (number > this.#pageCount) yield [number, page];
  }

  page(number: number): Buffer | undefined {
    const logged = this.#logged.get(number);
    if (logged !== undefined) return logged;
    if (number < 1 || number > this.#pageCount) return undefined;
    const page = Buffer.alloc(this.pageSize);
    readSync(this.#descriptor, page, 0, this.pageSize, (number - 1) * this.pageSize);
    return page;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

function pageSizeIn(header: Buffer): number {
  const size = header.readUInt16BE(16);
  const isPower = size >= 512 && (size & (size - 1)) === 0;
  return isPower && header.toString('latin1', 0, 15) === 'SQLite format 3' ? size : USUAL_PAGE_SIZE;
}

/**
 * The last committed version of each page in a write-ahead log; empty where there is none or its first bytes are
 * damaged.
 */
function pagesOfLog(file: string, pageSize: number): Map<number, Buffer> {
  const committed = new Map<number, Buffer>();
  let log: Buffer;
  try {
    log = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return committed;
    throw error;
  }
  if (log.length < WAL_HEADER) return committed;
  const magic = log.readUInt32BE(0);
  if (magic >>> 1 !== 0x377f0682 >>> 1 || log.readUInt32BE(8) !== pageSize) return committed;
  const sum = checksum((magic & 1) === 1);
  let state = sum(log.subarray(0, 24), [0, 0]);
  if (log.readUInt32BE(24) !== state[0] || log.readUInt32BE(28) !== state[1]) return committed;
  const salts = log.subarray(16, 24);
  const pending = new Map<number, Buffer>();
  const step = FRAME_HEADER + pageSize;
  for (let at = WAL_HEADER; at + step <= log.length; at += step) {
    const page = log.subarray(at + FRAME_HEADER, at + step);
    state = sum(page, sum(log.subarray(at, at + 8), state));
    const isWhole = log.readUInt32BE(at + 16) === state[0] && log.readUInt32BE(at + 20) === state[1];
    if (!isWhole || !log.subarray(at + 8, at + 16).equals(salts)) break;
    pending.set(log.readUInt32BE(at), page);
    if (log.readUInt32BE(at + 4) === 0) continue;
    for (const [number, version] of pending) committed.set(number, version);
    pending.clear();
  }
  return committed;
}

type Sum = readonly [number, number];

function checksum(isBigEndian: boolean): (bytes: Buffer, before: Sum) => Sum {
  return (bytes, [first, second]) => {
    let one = first;
    let two = second;
    for (let at = 0; at < bytes.length; at += 8) {
      one = (one + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + two) >>> 0;
      two = (two + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
    }
    return [one, two];
  };
}

function* rowsOf(page: Buffer, number: number, pages: PageFile): Generator<ScannedRow> {
  const start = number === 1 ? FILE_HEADER : 0;
  const type = page[start];
  if (type !== TABLE_LEAF && type !== INDEX_LEAF) return;
  const cells = page.readUInt16BE(start + 3);
  const pointers = start + 8;
  if (pointers + cells * 2 > page.length) return;
  for (let index = 0; index < cells; index += 1) {
    const row = rowAt(page, page.readUInt16BE(pointers + index * 2), type === TABLE_LEAF, pages);
    if (row !== undefined) yield row;
  }
}

function rowAt(page: Buffer, at: number, isTable: boolean, pages: PageFile): ScannedRow | undefined {
  const cell = new Reader(page, at);
  const length = cell.varint();
  const rowId = isTable ? cell.varint() : undefined;
  if (length === undefined || length === 0 || length > LONGEST_RECORD || (isTable && rowId === undefined))
    return undefined;
  const record = payload(page, cell.position, length, isTable, pages);
  const values = record === undefined ? undefined : valuesOf(record);
  return values === undefined ? undefined : { rowId, values };
}

/** A record, including its overflow pages. */
function payload(page: Buffer, at: number, length: number, isTable: boolean, pages: PageFile): Buffer | undefined {
  const usable = pages.pageSize;
  const most = isTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (length <= most) return at + length <= page.length ? page.subarray(at, at + length) : undefined;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((length - least) % (usable - 4));
  const local = wanted <= most ? wanted : least;
  if (at + local + 4 > page.length) return undefined;
  const pieces = [page.subarray(at, at + local)];
  let left = length - local;
  for (let next = page.readUInt32BE(at + local); left > 0;) {
    const overflow = pages.page(next);
    if (overflow === undefined) return undefined;
    pieces.push(overflow.subarray(4, Math.min(overflow.length, 4 + left)));
    left -= usable - 4;
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(pieces);
}

/**
 * The values of a record; undefined where it is damaged or holds what no catalog holds (floats, blobs, huge numbers).
 */
function valuesOf(record: Buffer): ScannedValue[] | undefined {
  const header = new Reader(record, 0);
  const headerLength = header.varint();
  if (headerLength === undefined || headerLength > record.length) return undefined;
  const values: ScannedValue[] = [];
  let at = headerLength;
  while (header.position < headerLength) {
    const type = header.varint();
    if (type === undefined || type === 7 || type === 10 || type === 11 || (type >= 12 && type % 2 === 0))
      return undefined;
    const length = type >= 13 ? (type - 13) / 2 : (INTEGER_BYTES[type] ?? 0);
    if (at + length > record.length) return undefined;
    const value = valueOf(record, at, length, type);
    if (value === undefined) return undefined;
    values.push(value);
    at += length;
  }
  return header.position === headerLength && at === record.length ? values : undefined;
}

/** By serial type. */
const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, undefined, 0, 0];

function valueOf(record: Buffer, at: number, length: number, type: number): ScannedValue | undefined {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 6) {
    const value = Number(record.readBigInt64BE(at));
    return Number.isSafeInteger(value) ? value : undefined;
  }
  if (type < 6) return record.readIntBE(at, length);
  try {
    return utf8.decode(record.subarray(at, at + length));
  } catch {
    return undefined;
  }
}

class Reader {
  readonly #bytes: Buffer;

  constructor(
    bytes: Buffer,
    public position: number,
  ) {
    this.#bytes = bytes;
  }

  /** Undefined at the end of the bytes, and for numbers that JavaScript cannot represent. */
  varint(): number | undefined {
    let value = 0;
    for (let count = 0; count < 8; count += 1) {
      const byte = this.#bytes[this.position++];
      if (byte === undefined) return undefined;
      value = value * 128 + (byte & 0x7f);
      if ((byte & 0x80) === 0) return Number.isSafeInteger(value) ? value : undefined;
    }
    return undefined;
  }
}
