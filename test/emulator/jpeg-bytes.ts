import { fixed, joined, type ByteSource } from './byte-source.js';
import { exifSegment, type ShotData } from './exif.js';
import { comments } from './filler.js';

/** Where the JFIF header ends: EXIF takes its place. */
function afterHeader(jpeg: Buffer): number {
  const jfif = jpeg.readUInt16BE(2) === 0xffe0;
  return jfif ? 4 + jpeg.readUInt16BE(4) : 2;
}

/**
 * A valid JPEG of exactly `size` bytes: the picture of `jpeg` with EXIF data of its own and comments of noise in front of it.
 * Throws RangeError where `size` is too small for that.
 */
export function jpegOfSize(jpeg: Buffer, shot: ShotData, seed: number, size: number): ByteSource {
  const exif = exifSegment(shot);
  const picture = jpeg.subarray(afterHeader(jpeg));
  const padding = size - 2 - exif.length - picture.length;
  if (padding < 0) throw new RangeError(`this sample needs at least ${size - padding + 4} bytes, not ${size}`);
  return joined([fixed(Buffer.from([0xff, 0xd8])), fixed(exif), comments(seed, padding), fixed(picture)]);
}
