import type { SeededAlbum } from './item.js';
import { hash32, pick } from './random.js';

const SUBJECTS: readonly [string, ...string[]] = [
  'Trip to Rome',
  "Grandma's 80th",
  'Garden',
  'Ski week',
  'Birthday party',
  'Lake weekend',
  'Old town walks',
  'Wedding',
  'New flat',
  'Autumn colours',
];
const LARGEST = 2000;

/** Albums of neighbouring items with some strays; oldest first inside. An item may be in several. */
export function seededAlbums(albums: number, items: number, random: number): SeededAlbum[] {
  return Array.from({ length: albums }, (_, album) => {
    const share = Math.max(1, Math.floor(items / Math.max(4, albums * 2)));
    const length = Math.min(LARGEST, share, items);
    const start = hash32(random, album, 21) % Math.max(1, items - length + 1);
    const members = new Set<number>();
    for (let i = length - 1; i >= 0; i--) members.add(start + i);
    for (let stray = 0; stray < Math.min(3, items); stray++) members.add(hash32(random, album, 30 + stray) % items);
    return {
      title: `${pick(SUBJECTS, album)} ${2004 + (hash32(random, album, 22) % 22)}`,
      members: items === 0 ? [] : [...members],
    };
  });
}
