import { crc32, deflateRawSync } from 'node:zlib';

const LIMIT = 0xffffffff;
const UTF8 = 1 << 11;
const DESCRIPTOR = 1 << 3;
/** 1 March 2026, 10:11:12, as DOS writes it. */
const DOS_TIME = (10 << 11) | (11 << 5) | 6;
const DOS_DATE = ((2026 - 1980) << 9) | (3 << 5) | 1;

/** An entry as it is to be written, true or not. */
export interface RawEntry {
  readonly name: Buffer;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Unix mode with its type. */
  readonly mode: number;
}

export interface EntryDraft {
  readonly name: string | Buffer;
  readonly bytes: Buffer;
  readonly deflated?: boolean;
  /** Default a plain file, 0644. */
  readonly mode?: number;
  /** What the records say instead of the truth. */
  readonly crc?: number;
  readonly size?: number;
  readonly flags?: number;
}

/** The records' values and the data of an entry. */
export function rawEntry({ name, bytes, deflated = false, mode, crc, size, flags }: EntryDraft): [RawEntry, Buffer] {
  const data = deflated ? deflateRawSync(bytes) : bytes;
  const raw = {
    name: typeof name === 'string' ? Buffer.from(name) : name,
    method: deflated ? 8 : 0,
    flags: flags ?? UTF8,
    crc: crc ?? crc32(bytes),
    packed: data.length,
    size: size ?? bytes.length,
    mode: mode ?? 0o100644,
  };
  return [raw, data];
}

/** The header before an entry's data. An entry over 4 GiB has its sizes in a zip64 field. */
export function localHeader({ name, method, flags, crc, packed, size }: RawEntry): Buffer {
  const isLarge = packed >= LIMIT || size >= LIMIT;
  const extra = isLarge ? zip64Field([size, packed]) : Buffer.alloc(0);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(isLarge ? 45 : 20, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt16LE(method, 8);
  head.writeUInt16LE(DOS_TIME, 10);
  head.writeUInt16LE(DOS_DATE, 12);
  const isLater = (flags & DESCRIPTOR) !== 0;
  head.writeUInt32LE(isLater ? 0 : crc, 14);
  head.writeUInt32LE(isLarge ? LIMIT : isLater ? 0 : packed, 18);
  head.writeUInt32LE(isLarge ? LIMIT : isLater ? 0 : size, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

/** The entry's record in the central directory; `offset` is that of its local header. */
export function centralRecord({ name, method, flags, crc, packed, size, mode }: RawEntry, offset: number): Buffer {
  const long = [size, packed, offset].filter((value) => value >= LIMIT);
  const extra = long.length === 0 ? Buffer.alloc(0) : zip64Field(long);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE((3 << 8) | 63, 4);
  head.writeUInt16LE(long.length === 0 ? 20 : 45, 6);
  head.writeUInt16LE(flags, 8);
  head.writeUInt16LE(method, 10);
  head.writeUInt16LE(DOS_TIME, 12);
  head.writeUInt16LE(DOS_DATE, 14);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(Math.min(packed, LIMIT), 20);
  head.writeUInt32LE(Math.min(size, LIMIT), 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE((mode << 16) >>> 0, 38);
  head.writeUInt32LE(Math.min(offset, LIMIT), 42);
  return Buffer.concat([head, name, extra]);
}

/** What stands behind the central directory; zip64 records where a number needs them. */
export function endOfDirectory(count: number, size: number, offset: number): Buffer {
  const isLarge = count >= 0xffff || size >= LIMIT || offset >= LIMIT;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(size, LIMIT), 12);
  end.writeUInt32LE(Math.min(offset, LIMIT), 16);
  if (!isLarge) return end;
  const long = Buffer.alloc(56);
  long.writeUInt32LE(0x06064b50, 0);
  long.writeBigUInt64LE(44n, 4);
  long.writeUInt16LE((3 << 8) | 63, 12);
  long.writeUInt16LE(45, 14);
  for (const [at, value] of [count, count, size, offset].entries()) long.writeBigUInt64LE(BigInt(value), 24 + at * 8);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([long, locator, end]);
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + values.length * 8);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(values.length * 8, 2);
  for (const [at, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + at * 8);
  return field;
}

/** What the data descriptor of a streamed entry says. */
export function dataDescriptor({ crc, packed, size }: RawEntry): Buffer {
  const isLarge = packed >= LIMIT || size >= LIMIT;
  const out = Buffer.alloc(isLarge ? 24 : 16);
  out.writeUInt32LE(0x08074b50, 0);
  out.writeUInt32LE(crc, 4);
  if (isLarge) {
    out.writeBigUInt64LE(BigInt(packed), 8);
    out.writeBigUInt64LE(BigInt(size), 16);
  } else {
    out.writeUInt32LE(packed, 8);
    out.writeUInt32LE(size, 12);
  }
  return out;
}
