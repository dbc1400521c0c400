import ExifReader from 'exifreader';
import type { ExpandedTags } from 'exifreader';
import { isDay } from '../../library/calendar.js';
import type { LocalTime } from '../matching/time-in-name.js';
import type { StoredHead } from './item-head.js';
import { isBoxed, readBoxes } from './media-boxes.js';
import { shownTime } from './stamp.js';

/** What is read of a file. EXIF data lies within. */
export const HEAD_BYTES = 128 * 1024;

type Pixels = { readonly width: number; readonly height: number };

/** Everything else is left alone: XMP and colour profiles cost time, and embedded previews lie behind the head. */
const WANTED = {
  exif: [
    ...['Make', 'Model', 'Orientation', 'NewSubfileType', 'ImageWidth', 'ImageLength'],
    ...['PixelXDimension', 'PixelYDimension', 'DateTimeOriginal', 'DateTimeDigitized'],
    ...['OffsetTimeOriginal', 'OffsetTimeDigitized'],
  ],
  file: ['FileType', 'Image Width', 'Image Height'],
  png: ['Image Width', 'Image Height'],
  riff: ['ImageWidth', 'ImageHeight'],
  gif: ['Image Width', 'Image Height'],
};

/** Time, camera and size that the beginning of a photo or video states. Of bytes that are neither: nothing. Never throws. */
export function readHead(bytes: Uint8Array): StoredHead {
  const tags = tagsOf(bytes);
  const boxes = isBoxed(bytes) ? readBoxes(bytes) : undefined;
  const exif = (name: string): unknown => valueOf(tags.exif, name);
  const make = textOf(exif('Make'));
  const model = textOf(exif('Model'));
  const pixels = boxes?.pixels ?? asShown(pixelsOf(tags), exif('Orientation'));
  return {
    ...(timeOf(exif) ?? (boxes?.instant === undefined ? {} : { instant: boxes.instant })),
    ...(make === '' ? {} : { make }),
    ...(model === '' ? {} : { model }),
    ...pixels,
  };
}

function tagsOf(bytes: Uint8Array): ExpandedTags {
  try {
    const { buffer, byteOffset, byteLength } = bytes;
    const options = { expanded: true, includeUnknown: false, includeTags: WANTED } as const;
    return ExifReader.load(Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength), options);
  } catch {
    // No picture, one of a kind that the reader does not know, or a damaged one.
    return {};
  }
}

function pixelsOf({ exif, file, png, riff, gif }: ExpandedTags): Pixels | undefined {
  return (
    pixels(valueOf(file, 'Image Width'), valueOf(file, 'Image Height')) ??
    pixels(valueOf(png, 'Image Width'), valueOf(png, 'Image Height')) ??
    pixels(valueOf(riff, 'ImageWidth'), valueOf(riff, 'ImageHeight')) ??
    pixels(valueOf(gif, 'Image Width'), valueOf(gif, 'Image Height')) ??
    pixels(valueOf(exif, 'PixelXDimension'), valueOf(exif, 'PixelYDimension')) ??
    // Of RAW files the first picture is mostly a preview.
    (valueOf(exif, 'NewSubfileType') === 1
      ? undefined
      : pixels(valueOf(exif, 'ImageWidth'), valueOf(exif, 'ImageLength')))
  );
}

const MAX_PIXELS = 1_000_000;

function pixels(width: unknown, height: unknown): Pixels | undefined {
  const isCount = (value: unknown): value is number =>
    Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_PIXELS;
  return isCount(width) && isCount(height) ? { width, height } : undefined;
}

/** Orientations 5 to 8 lie on their side. */
function asShown(stored: Pixels | undefined, orientation: unknown): Pixels | undefined {
  const isTurned = typeof orientation === 'number' && orientation >= 5 && orientation <= 8;
  return stored !== undefined && isTurned ? { width: stored.height, height: stored.width } : stored;
}

/** When the picture was taken, or else when it was digitized: a moment where an offset stands beside it. */
function timeOf(exif: (name: string) => unknown): Pick<StoredHead, 'local' | 'instant'> | undefined {
  for (const name of ['Original', 'Digitized']) {
    const local = localTimeOf(textOf(exif(`DateTime${name}`)));
    if (local === undefined) continue;
    const offset = offsetOf(textOf(exif(`OffsetTime${name}`)));
    return offset === undefined ? { local } : { instant: shownTime(local) - offset };
  }
  return undefined;
}

/** Cameras without a date write zeros or spaces. Before this year there are no photographs. */
const FIRST_YEAR = 1800;
const EXIF_TIME = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)/;

function localTimeOf(text: string): LocalTime | undefined {
  const [, ...parts] = EXIF_TIME.exec(text) ?? [];
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  if (year < FIRST_YEAR || month < 1 || month > 12 || !isDay(year, month, day)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return { year, month, day, hour, minute, second, millisecond: 0 };
}

/** In milliseconds. */
function offsetOf(text: string): number | undefined {
  if (text === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(text) ?? [];
  // Clocks are 14 hours ahead at most.
  if (sign === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

function valueOf(group: unknown, name: string): unknown {
  return (group as Readonly<Record<string, { readonly value?: unknown } | undefined>> | undefined)?.[name]?.value;
}

const MAX_TEXT = 200;

function textOf(value: unknown): string {
  const text: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof text !== 'string') return '';
  return text.replace(/\0.*$/su, '').replace(/\p{C}/gu, '').trim().slice(0, MAX_TEXT);
}
