/** What a camera writes about a shot. */
export interface ShotData {
  /** Milliseconds since the Unix epoch; EXIF holds it to the second, here in UTC. */
  readonly time: number;
  readonly make?: string | undefined;
  readonly model?: string | undefined;
  readonly width: number;
  readonly height: number;
}

const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
const UNDEFINED = 7;

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  readonly value: Buffer;
}

function ascii(tag: number, text: string): Entry {
  const value = Buffer.from(`${text}\0`, 'latin1');
  return { tag, type: ASCII, count: value.length, value };
}

function short(tag: number, number: number): Entry {
  const value = Buffer.alloc(2);
  value.writeUInt16LE(number);
  return { tag, type: SHORT, count: 1, value };
}

function long(tag: number, number: number): Entry {
  const value = Buffer.alloc(4);
  value.writeUInt32LE(number);
  return { tag, type: LONG, count: 1, value };
}

function rational(tag: number, over: number, under: number): Entry {
  const value = Buffer.alloc(8);
  value.writeUInt32LE(over, 0);
  value.writeUInt32LE(under, 4);
  return { tag, type: RATIONAL, count: 1, value };
}

/** One image file directory that stands at `offset` of the TIFF data, its long values after it. Tags must ascend. */
function directory(entries: readonly Entry[], offset: number): Buffer {
  const table = Buffer.alloc(2 + entries.length * 12 + 4);
  table.writeUInt16LE(entries.length, 0);
  const tail: Buffer[] = [];
  let tailOffset = offset + table.length;
  entries.forEach(({ tag, type, count, value }, index) => {
    const at = 2 + index * 12;
    table.writeUInt16LE(tag, at);
    table.writeUInt16LE(type, at + 2);
    table.writeUInt32LE(count, at + 4);
    if (value.length <= 4) {
      value.copy(table, at + 8);
      return;
    }
    table.writeUInt32LE(tailOffset, at + 8);
    const even = value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.alloc(1)]);
    tail.push(even);
    tailOffset += even.length;
  });
  return Buffer.concat([table, ...tail]);
}

/** The EXIF segment (APP1, marker included) of a JPEG. */
export function exifSegment({ time, make, model, width, height }: ShotData): Buffer {
  // EXIF has four digits for the year and no sign.
  const stamp = new Date(Math.max(time, Date.UTC(1, 0, 1)))
    .toISOString()
    .slice(0, 19)
    .replace(/-/g, ':')
    .replace('T', ' ');
  const main = (exifOffset: number): Entry[] => [
    ...(make === undefined ? [] : [ascii(0x010f, make)]),
    ...(model === undefined ? [] : [ascii(0x0110, model)]),
    short(0x0112, 1),
    rational(0x011a, 72, 1),
    rational(0x011b, 72, 1),
    short(0x0128, 2),
    ascii(0x0132, stamp),
    short(0x0213, 1),
    long(0x8769, exifOffset),
  ];
  const header = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  const exifOffset = header.length + directory(main(0), header.length).length;
  const shot = [
    rational(0x829a, 1, 250),
    rational(0x829d, 28, 10),
    short(0x8827, 100),
    { tag: 0x9000, type: UNDEFINED, count: 4, value: Buffer.from('0232') },
    ascii(0x9003, stamp),
    ascii(0x9004, stamp),
    ascii(0x9011, '+00:00'),
    { tag: 0x9101, type: UNDEFINED, count: 4, value: Buffer.from([1, 2, 3, 0]) },
    rational(0x920a, 42, 10),
    { tag: 0xa000, type: UNDEFINED, count: 4, value: Buffer.from('0100') },
    short(0xa001, 1),
    long(0xa002, width),
    long(0xa003, height),
  ];
  const tiff = Buffer.concat([header, directory(main(exifOffset), header.length), directory(shot, exifOffset)]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(tiff.length + 8, 2);
  return Buffer.concat([head, Buffer.from('Exif\0\0', 'latin1'), tiff]);
}
