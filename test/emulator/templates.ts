import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SAMPLES } from './samples-folder.js';

/** A file that per-item data is added to. */
export interface Template {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Bytes of the smallest sample made from it: room for the item's own metadata is included. */
  readonly sampleSize: number;
  readonly bytes: () => Buffer;
}

/** Room for EXIF data and an identifying comment. */
const OWN_DATA = 1024;

function template(name: string, width: number, height: number): Template {
  const bytes = readFileSync(join(SAMPLES, name));
  return { name, width, height, sampleSize: bytes.length + OWN_DATA, bytes: () => bytes };
}

export const PHOTO_TEMPLATES = Array.from({ length: 8 }, (_, look) => template(`photo-${look}.jpg`, 640, 480)) as [
  Template,
  ...Template[],
];
export const VIDEO_TEMPLATE = template('clip.mp4', 640, 360);
export const POSTER_TEMPLATE = template('clip-poster.jpg', 640, 360);
