import { fixed, type ByteSource } from './byte-source.js';
import type { ShotData } from './exif.js';
import type { EmulatedItem } from './item.js';
import { jpegOfSize } from './jpeg-bytes.js';
import { mp4OfSize } from './mp4-bytes.js';
import { hash32, pick } from './random.js';
import { SCENE, scenePicture } from './scene-pictures.js';
import { PHOTO_TEMPLATES, VIDEO_TEMPLATE } from './templates.js';

/** Number of bytes of an item's download, known without making them. */
export function sizeOf({ content }: EmulatedItem): number {
  return content.type === 'bytes' ? content.bytes.length : content.size;
}

/** An item's download (`=d` or `=dv`): distinct for every item and content version, the same each time. */
export async function bytesOf(item: EmulatedItem): Promise<ByteSource> {
  const { content } = item;
  if (content.type === 'bytes') return fixed(content.bytes);
  const seed = hash32(item.number, item.contentVersion, 0x5eed);
  if (item.kind === 'video') return mp4OfSize(VIDEO_TEMPLATE.bytes(), item.time, seed, content.size);
  return jpegOfSize(...(await picture(item)), seed, content.size);
}

async function picture(item: EmulatedItem): Promise<[jpeg: Buffer, shot: ShotData]> {
  const scene = item.content.type === 'sample' && item.content.look === 'scene';
  const template = photoTemplate(item.number);
  const jpeg = scene ? await scenePicture(item.number) : template.bytes();
  const { width, height } = scene ? SCENE : template;
  return [jpeg, { time: item.time, make: item.cameraMake, model: item.cameraModel, width, height }];
}

/** The committed picture that a photo of this number is made from. */
export function photoTemplate(number: number): (typeof PHOTO_TEMPLATES)[number] {
  return pick(PHOTO_TEMPLATES, hash32(number, 0x100c));
}
