import type { EmulatedItem, ItemTraits, SeededAlbum, SeededItems } from './item.js';
import { hash32, pick } from './random.js';
import { SCENE, SCENE_ROOM } from './scene-pictures.js';
import { VIDEO_TEMPLATE } from './templates.js';

interface Occasion {
  readonly album: string | undefined;
  readonly start: string;
  readonly days: number;
  readonly shots: number;
  readonly camera: readonly [make: string, model: string] | undefined;
  readonly captions: readonly string[];
}

const PHONE = ['Google', 'Pixel 7'] as const;
const REFLEX = ['Canon', 'Canon EOS 80D'] as const;
const OLD_PHONE = ['Apple', 'iPhone 12'] as const;

const OCCASIONS: readonly Occasion[] = [
  {
    album: 'Trip to Rome',
    start: '2023-04-12',
    days: 6,
    shots: 48,
    camera: REFLEX,
    captions: ['On the Gianicolo hill', 'Evening by the Tiber'],
  },
  {
    album: "Grandma's 80th",
    start: '2023-09-02',
    days: 1,
    shots: 30,
    camera: OLD_PHONE,
    captions: ['Grandma and the cake', 'Everybody in the garden'],
  },
  {
    album: 'Garden 2024',
    start: '2024-03-20',
    days: 150,
    shots: 45,
    camera: PHONE,
    captions: ['The first tulips', 'Tomatoes at last'],
  },
  {
    album: 'Sailing on the Baltic Sea',
    start: '2024-07-15',
    days: 9,
    shots: 52,
    camera: REFLEX,
    captions: ['Leaving Stralsund', 'Dead calm'],
  },
  {
    album: 'Winter in the Alps',
    start: '2025-01-18',
    days: 7,
    shots: 40,
    camera: PHONE,
    captions: ['First tracks', 'Sunrise from the hut'],
  },
  {
    album: 'Lisbon with friends',
    start: '2025-05-29',
    days: 4,
    shots: 36,
    camera: PHONE,
    captions: ['Miradouro da Graça'],
  },
  { album: undefined, start: '2023-01-05', days: 1000, shots: 58, camera: PHONE, captions: ['On the way to work'] },
  { album: undefined, start: '2023-06-01', days: 800, shots: 11, camera: undefined, captions: [] },
];

interface Shot {
  readonly time: number;
  readonly occasion: Occasion;
}

function shots(): Shot[] {
  const all = OCCASIONS.flatMap((occasion, o) =>
    Array.from({ length: occasion.shots }, (_, i) => {
      const day = Math.floor((i * occasion.days) / occasion.shots);
      const second = 8 * 3600 + Math.floor(((i * 7919 + o * 31) % 997) * 43) + (hash32(o, i, 9) % 40);
      return { time: Date.parse(`${occasion.start}T00:00:00Z`) + (day * 86_400 + second) * 1000, occasion };
    }),
  );
  return all.sort((a, b) => b.time - a.time);
}

/** A few hundred pictures and clips that a person likes to look at, over three years. */
export class DemoItems implements SeededItems {
  readonly #shots = shots();
  readonly count = this.#shots.length;

  timeAt(index: number): number {
    return this.#shots[index]?.time ?? NaN;
  }

  traitsAt(index: number): ItemTraits {
    return {
      time: this.timeAt(index),
      kind: index % 23 === 11 ? 'video' : 'photo',
      favorite: hash32(index, 41) % 12 === 0,
      archived: hash32(index, 42) % 60 === 0,
      addedAt: -Infinity,
    };
  }

  itemAt(index: number): Omit<EmulatedItem, 'id' | 'number'> {
    const traits = this.traitsAt(index);
    const occasion = this.#shots[index]?.occasion;
    const video = traits.kind === 'video';
    const stamp = new Date(traits.time).toISOString();
    const compact = stamp.replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
    const [make, model] = occasion?.camera ?? [];
    const number = String(4000 + this.count - index);
    const stem = make === 'Google' ? `PXL_${compact}` : make === undefined ? `Scan ${number}` : `IMG_${number}`;
    const captions = occasion?.captions ?? [];
    const caption =
      hash32(index, 43) % 6 === 0 && captions[0] !== undefined ? pick([captions[0], ...captions.slice(1)], index) : '';
    return {
      ...traits,
      filename: `${stem}.${video ? 'mp4' : 'jpg'}`,
      mimeType: video ? 'video/mp4' : 'image/jpeg',
      creationTime: stamp.replace('.000Z', 'Z'),
      description: caption,
      ...(video ? { width: VIDEO_TEMPLATE.width, height: VIDEO_TEMPLATE.height, videoStatus: 'READY' } : SCENE),
      ...(make === undefined || model === undefined ? {} : { cameraMake: make, cameraModel: model }),
      content: {
        type: 'sample',
        look: video ? 'template' : 'scene',
        size: (video ? VIDEO_TEMPLATE.sampleSize : SCENE_ROOM + 1024) + (hash32(index, 44) % 30_000),
      },
      contentVersion: 1,
    };
  }

  albums(): SeededAlbum[] {
    return OCCASIONS.flatMap((occasion) => {
      if (occasion.album === undefined) return [];
      const members = this.#shots.flatMap((shot, index) => (shot.occasion === occasion ? [index] : []));
      return [{ title: occasion.album, members: members.reverse() }];
    });
  }
}
