import { once } from 'node:events';
import { join } from 'node:path';
import { crc32, createDeflateRaw } from 'node:zlib';
import { noise } from '../../emulator/filler.js';
import { pictureOf } from './pictures.js';
import { dataDescriptor, localHeader, type RawEntry } from './zip-records.js';
import { ZipWriter } from './zip-writer.js';

export interface VideoPart {
  readonly file: string;
  /** Paths of the video, and of a photograph behind it. */
  readonly video: string;
  readonly photo: string;
  readonly size: number;
  readonly crc: number;
  /** The video's bytes from `start` to below `end`, for comparing. */
  read(start: number, end: number): Buffer;
  readonly milliseconds: number;
}

const FOLDER = 'Takeout/Google Photos/Photos from 2024';
const MARK_EVERY = 16 * 1024 * 1024;
const CHUNK = 1024 * 1024;
const UTF8 = 1 << 11;
const DESCRIPTOR = 1 << 3;

/**
 * A part with one stored video, a photograph behind it, and both sidecars. The video is a head, a mark of 16 bytes at every
 * 16 MiB that says where it is, and zeros between them, which take no room on disk. From 4 GiB on the records are zip64.
 */
export function storedVideoPart(
  folder: string,
  size: number,
  { descriptor = false, stamp = '20260311T101112Z' } = {},
): VideoPart {
  const began = performance.now();
  const head = pictureOf({ kind: 'mp4', seed: 5, size: 0, timeMs: undefined });
  const read = (start: number, end: number): Buffer => markedZeros(head, size, start, end);
  let crc = 0;
  for (let at = 0; at < size; at += CHUNK) crc = crc32(read(at, Math.min(size, at + CHUNK)), crc);
  const writer = new ZipWriter(join(folder, `takeout-${stamp}-001.zip`));
  const video = entryOf(`${FOLDER}/VID_1.mp4`, 0, size, crc, descriptor ? UTF8 | DESCRIPTOR : UTF8);
  writer.record(video, writer.offset);
  writer.write(localHeader(video));
  const start = writer.offset;
  for (let at = 0; at < size; at += MARK_EVERY) {
    const mark = read(at, Math.min(size, at + Math.max(head.length, 16)));
    writer.write(mark);
    writer.skip(Math.min(size, at + MARK_EVERY) - at - mark.length);
  }
  if (writer.offset !== start + size) throw new Error('the video has not its size');
  if (descriptor) writer.write(dataDescriptor(video));
  return finish(writer, size, crc, read, began);
}

/** A part with one deflated video of noise, a photograph behind it, and both sidecars. Noise deflates to its own size. */
export async function deflatedVideoPart(folder: string, size: number, stamp = '20260312T101112Z'): Promise<VideoPart> {
  const began = performance.now();
  const source = noise(11, size);
  const head = pictureOf({ kind: 'mp4', seed: 5, size: 0, timeMs: undefined });
  const read = (start: number, end: number): Buffer => {
    const bytes = source.read(start, end);
    if (start < head.length) head.copy(bytes, 0, start, Math.min(end, head.length));
    return bytes;
  };
  const writer = new ZipWriter(join(folder, `takeout-${stamp}-001.zip`));
  // Sizes and CRC follow when they are known; until then the header has room for them.
  const name = `${FOLDER}/VID_1.mp4`;
  writer.write(localHeader(entryOf(name, 8, size, 0, UTF8)));
  const start = writer.offset;
  const deflate = createDeflateRaw({ level: 1 });
  deflate.on('data', (bytes: Buffer) => writer.write(bytes));
  let crc = 0;
  for (let at = 0; at < size; at += CHUNK) {
    const bytes = read(at, Math.min(size, at + CHUNK));
    crc = crc32(bytes, crc);
    if (!deflate.write(bytes)) await once(deflate, 'drain');
  }
  deflate.end();
  await once(deflate, 'end');
  const video = { ...entryOf(name, 8, size, crc, UTF8), packed: writer.offset - start };
  writer.record(video, 0);
  writer.rewrite(localHeader(video), 0);
  return finish(writer, size, crc, read, began);
}

function entryOf(name: string, method: number, size: number, crc: number, flags: number): RawEntry {
  return { name: Buffer.from(name), method, flags, crc, packed: size, size, mode: 0o100644 };
}

function finish(writer: ZipWriter, size: number, crc: number, read: VideoPart['read'], began: number): VideoPart {
  const photo = `${FOLDER}/IMG_2.jpg`;
  const sidecar = (title: string, second: number): Buffer =>
    Buffer.from(JSON.stringify({ title, photoTakenTime: { timestamp: String(1_720_000_000 + second) } }));
  const small: [string, Buffer][] = [
    [photo, pictureOf({ kind: 'jpeg', seed: 6, size: 0, timeMs: undefined })],
    [`${FOLDER}/VID_1.mp4.supplemental-metadata.json`, sidecar('VID_1.mp4', 0)],
    [`${FOLDER}/IMG_2.jpg.supplemental-metadata.json`, sidecar('IMG_2.jpg', 60)],
  ];
  for (const [path, bytes] of small) {
    const entry = entryOf(path, 0, bytes.length, crc32(bytes), UTF8);
    writer.record(entry, writer.offset);
    writer.write(localHeader(entry));
    writer.write(bytes);
  }
  writer.end();
  const { file } = writer;
  return { file, video: `${FOLDER}/VID_1.mp4`, photo, size, crc, read, milliseconds: performance.now() - began };
}

function markedZeros(head: Buffer, size: number, start: number, end: number): Buffer {
  const out = Buffer.alloc(end - start);
  for (let at = start - (start % MARK_EVERY); at < end; at += MARK_EVERY) {
    const mark = Buffer.alloc(16);
    mark.write('at', 0, 'latin1');
    mark.writeBigUInt64LE(BigInt(at), 8);
    const bytes = at === 0 ? head : mark;
    const from = Math.max(start, at);
    const to = Math.min(end, at + bytes.length, size);
    if (from < to) bytes.copy(out, from - start, from - at, to - at);
  }
  return out;
}
