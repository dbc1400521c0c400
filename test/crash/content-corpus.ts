import type { MediaRef } from '../../src/library/media-item.js';
import { FakeMedia, mediaRef } from '../unit/content/fake-media.js';

export const CRASH_ITEMS: readonly MediaRef[] = Array.from({ length: 8 }, (_, number) =>
  mediaRef(`item-${String(number)}`, number % 3 === 0 ? 'video' : 'photo'),
);

/** What Google holds at a version of the corpus: every version has other bytes, every other one other sizes. */
export function crashMedia(version: number): FakeMedia {
  const media = new FakeMedia();
  for (const [number, { id }] of CRASH_ITEMS.entries()) {
    media.items.set(id, { size: 400_000 + number * 70_000 + Math.floor(version / 2), version });
  }
  return media;
}
