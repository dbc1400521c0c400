import type { EmulatedItem } from './item.js';
import { photoTemplate } from './sample-bytes.js';
import { SCENE, scenePicture } from './scene-pictures.js';
import { POSTER_TEMPLATE } from './templates.js';

const SIDE = 512;

/** The item's picture fitted into `wN-hM` (never larger than it is), or cropped to it with `-c`. */
export async function thumbnail(item: EmulatedItem, form: string): Promise<Buffer> {
  const width = Number(/(?:^|-)w(\d+)/.exec(form)?.[1] ?? SIDE);
  const height = Number(/(?:^|-)h(\d+)/.exec(form)?.[1] ?? SIDE);
  const template = item.kind === 'video' ? POSTER_TEMPLATE : photoTemplate(item.number);
  const scene = item.kind === 'photo' && item.content.type === 'sample' && item.content.look === 'scene';
  const [picture, own] = scene ? [await scenePicture(item.number), SCENE] : [template.bytes(), template];
  if (width >= own.width && height >= own.height) return picture;
  const { default: sharp } = await import('sharp');
  const fit = /-c(-|$)/.test(form) ? 'cover' : 'inside';
  return sharp(picture).resize({ width, height, fit, withoutEnlargement: true }).jpeg().toBuffer();
}
