import { crc32 } from 'node:zlib';
import { exifSegment } from '../../emulator/exif.js';
import { noise } from '../../emulator/filler.js';
import { jpegOfSize } from '../../emulator/jpeg-bytes.js';
import { mp4OfSize } from '../../emulator/mp4-bytes.js';
import { VIDEO_TEMPLATE } from '../../emulator/templates.js';

export type PictureKind = 'jpeg' | 'png' | 'heic' | 'mp4' | 'mov' | 'raw';

export interface PictureRequest {
  readonly kind: PictureKind;
  /** Pictures of other seeds have other bytes. */
  readonly seed: number;
  /** Wanted size in bytes; a picture is never smaller than its kind allows. */
  readonly size: number;
  /** Time that the bytes state; undefined: they state none. PNG and HEIC-like files never do. */
  readonly timeMs: number | undefined;
  readonly camera?: { readonly make: string; readonly model: string } | undefined;
}

/** 16 x 16 pixels of grey, 266 bytes. */
const TINY_JPEG = Buffer.from(
  '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/ALAB/9k=',
  'base64',
);
/** 8 x 8 pixels. */
const TINY_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAAA1BMVEVajMjE2At5AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgoA4AAABIAAF7pRHIAAAAAElFTkSuQmCC',
  'base64',
);
/** Room for EXIF data and a comment that makes the bytes unique. */
const OWN_DATA = 1024;

/** A small file that real programs accept as its kind (HEIC and RAW: by their heads only). */
export function pictureOf({ kind, seed, size, timeMs, camera }: PictureRequest): Buffer {
  switch (kind) {
    case 'jpeg': {
      if (timeMs === undefined) return plainJpeg(seed, size);
      const wanted = Math.max(size, TINY_JPEG.length + OWN_DATA);
      const shot = { time: timeMs, make: camera?.make, model: camera?.model, width: 16, height: 16 };
      return whole(jpegOfSize(TINY_JPEG, shot, seed, wanted));
    }
    case 'png':
      return pngOfSize(seed, size);
    case 'heic':
      return boxes('heic', seed, size);
    case 'raw':
      return rawOfSize(seed, size, timeMs, camera);
    case 'mp4':
    case 'mov':
      // A clip that plays has 18 KB; without a time a head is enough.
      if (timeMs === undefined) return boxes(kind === 'mp4' ? 'isom' : 'qt  ', seed, size);
      return whole(mp4OfSize(VIDEO_TEMPLATE.bytes(), timeMs, seed, Math.max(size, VIDEO_TEMPLATE.sampleSize)));
  }
}

function whole(source: { readonly length: number; read(start: number, end: number): Buffer }): Buffer {
  return source.read(0, source.length);
}

/** A JPEG without EXIF: its comment makes it unique. */
function plainJpeg(seed: number, size: number): Buffer {
  const length = Math.min(Math.max(size - TINY_JPEG.length - 4, 16), 65_000);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xfe, 0, 0]);
  head.writeUInt16BE(length + 2, 4);
  return Buffer.concat([head, whole(noise(seed, length)), TINY_JPEG.subarray(2)]);
}

/** A PNG with a chunk of noise of its own before its end. */
function pngOfSize(seed: number, size: number): Buffer {
  const end = TINY_PNG.length - 12;
  const data = Buffer.concat([
    Buffer.from('rnDm', 'latin1'),
    whole(noise(seed, Math.max(16, size - TINY_PNG.length - 12))),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length - 4);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(data));
  return Buffer.concat([TINY_PNG.subarray(0, end), length, data, check, TINY_PNG.subarray(end)]);
}

/** `ftyp` of a brand and a `free` box of noise: enough for programs that look at heads. */
function boxes(brand: string, seed: number, size: number): Buffer {
  const type = Buffer.concat([Buffer.from([0, 0, 0, 20]), Buffer.from(`ftyp${brand}\0\0\0\0${brand}`, 'latin1')]);
  const inside = Math.max(16, size - type.length - 8);
  const free = Buffer.from('\0\0\0\0free', 'latin1');
  free.writeUInt32BE(inside + 8);
  return Buffer.concat([type, free, whole(noise(seed, inside))]);
}

/** TIFF data as RAW files begin: the directories of an EXIF segment, or an empty one, then noise. */
function rawOfSize(seed: number, size: number, timeMs: number | undefined, camera: PictureRequest['camera']): Buffer {
  const head =
    timeMs === undefined
      ? Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0])
      : // After the marker, its length and `Exif`.
        exifSegment({ time: timeMs, make: camera?.make, model: camera?.model, width: 16, height: 16 }).subarray(10);
  return Buffer.concat([head, whole(noise(seed, Math.max(16, size - head.length)))]);
}
