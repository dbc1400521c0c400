import type { EmulatedItem, ItemTraits, SeededItems } from './item.js';
import { hash32, pick } from './random.js';
import { photoTemplate } from './sample-bytes.js';
import { VIDEO_TEMPLATE } from './templates.js';

export interface SeedOptions {
  /** Number of media items. Default 100. */
  readonly items?: number;
  /** Number of albums. Default 5. */
  readonly albums?: number;
  /** Every n-th item is a video; 0 for none. Default 10. */
  readonly videosEvery?: number;
  /** About one item in n is a favourite; 0 for none. Default 25. */
  readonly favoritesEvery?: number;
  /** About one item in n is archived; 0 for none. Default 40. */
  readonly archivedEvery?: number;
  /** Same number, same library. Default 1. */
  readonly random?: number;
  /** Dates of the oldest and the newest item, RFC 3339. Default 2004-03-01 to 2026-01-31. */
  readonly oldest?: string;
  readonly newest?: string;
  /** Largest number of bytes added at the end of each sample, evenly spread. Defaults 8,000 and 60,000. */
  readonly photoPadding?: number;
  readonly videoPadding?: number;
}

type Camera = readonly [make: string, model: string, naming: 'sequence' | 'date'];

const CAMERAS: readonly [Camera, ...Camera[]] = [
  ['Apple', 'iPhone 12', 'sequence'],
  ['Google', 'Pixel 7', 'date'],
  ['Canon', 'Canon EOS 80D', 'sequence'],
  ['samsung', 'SM-G991B', 'date'],
  ['NIKON CORPORATION', 'NIKON D750', 'sequence'],
  ['SONY', 'ILCE-7M3', 'sequence'],
];
const NAME_HEADS: Readonly<Record<string, string>> = { Canon: '_MG_', 'NIKON CORPORATION': 'DSC_', SONY: 'DSC0' };
const CAPTIONS: readonly [string, ...string[]] = [
  'Breakfast on the terrace',
  'Über den Wolken',
  'First snow',
  'お祭り',
  'A long walk home',
];

const SALT = { burst: 1, within: 2, gap: 3, camera: 4, favorite: 5, archived: 6, caption: 7, size: 8 };

/** Capture times, newest first: bursts of shots seconds apart, spread over the years. Whole seconds. */
function captureTimes(count: number, oldest: number, newest: number, random: number): Float64Array {
  const steps = new Float64Array(count);
  let gaps = 0;
  let inBursts = 0;
  for (let i = 1; i < count; i++) {
    if (hash32(random, i, SALT.burst) % 8 === 0) gaps += steps[i] = -(1 + (hash32(random, i, SALT.gap) % 50));
    else inBursts += steps[i] = 2 + (hash32(random, i, SALT.within) % 90);
  }
  const span = (newest - oldest) / 1000;
  // A huge library over a short span has no room for natural bursts: they are squeezed to half of it.
  const squeeze = Math.min(1, span / 2 / Math.max(1, inBursts));
  const gapSeconds = gaps === 0 ? 0 : (span - inBursts * squeeze) / -gaps;
  const times = new Float64Array(count);
  let seconds = newest / 1000;
  for (let i = 0; i < count; i++) {
    const step = steps[i] ?? 0;
    seconds -= step < 0 ? -step * gapSeconds : step * squeeze;
    times[i] = Math.floor(seconds) * 1000;
  }
  return times;
}

function everyNth(hash: number, n: number): boolean {
  return n > 0 && hash % n === 0;
}

/** A library of any size that holds no item: all but the capture times (8 bytes each) is computed when asked for. */
export class GeneratedItems implements SeededItems {
  readonly count: number;
  readonly #random: number;
  readonly #times: Float64Array;
  readonly #options: Required<
    Pick<SeedOptions, 'videosEvery' | 'favoritesEvery' | 'archivedEvery' | 'photoPadding' | 'videoPadding'>
  >;

  constructor(options: SeedOptions) {
    this.count = options.items ?? 100;
    this.#random = options.random ?? 1;
    this.#options = {
      videosEvery: options.videosEvery ?? 10,
      favoritesEvery: options.favoritesEvery ?? 25,
      archivedEvery: options.archivedEvery ?? 40,
      photoPadding: options.photoPadding ?? 8000,
      videoPadding: options.videoPadding ?? 60_000,
    };
    this.#times = captureTimes(
      this.count,
      Date.parse(options.oldest ?? '2004-03-01T00:00:00Z'),
      Date.parse(options.newest ?? '2026-01-31T18:00:00Z'),
      this.#random,
    );
  }

  timeAt(index: number): number {
    return this.#times[index] ?? NaN;
  }

  traitsAt(index: number): ItemTraits {
    const { videosEvery, favoritesEvery, archivedEvery } = this.#options;
    return {
      time: this.timeAt(index),
      kind: videosEvery > 0 && index % videosEvery === videosEvery - 1 ? 'video' : 'photo',
      favorite: everyNth(this.#hash(index, SALT.favorite), favoritesEvery),
      archived: everyNth(this.#hash(index, SALT.archived), archivedEvery),
      addedAt: -Infinity,
    };
  }

  itemAt(index: number): Omit<EmulatedItem, 'id' | 'number'> {
    const traits = this.traitsAt(index);
    const hash = this.#hash(index, SALT.camera);
    // Long stretches come from the same camera, as in life; one in seven items does not say.
    const camera = hash % 7 === 0 ? undefined : pick(CAMERAS, hash32(this.#random, index >>> 6, SALT.camera));
    const video = traits.kind === 'video';
    const template = video ? VIDEO_TEMPLATE : photoTemplate(index);
    const padding = video ? this.#options.videoPadding : this.#options.photoPadding;
    const apple = camera?.[0] === 'Apple';
    return {
      ...traits,
      filename: this.#filename(index, traits, camera),
      mimeType: video ? (apple ? 'video/quicktime' : 'video/mp4') : 'image/jpeg',
      creationTime: new Date(traits.time).toISOString().replace('.000Z', 'Z'),
      description:
        this.#hash(index, SALT.caption) % 12 === 0 ? pick(CAPTIONS, this.#hash(index, SALT.caption) >>> 8) : '',
      width: template.width,
      height: template.height,
      ...(camera === undefined ? {} : { cameraMake: camera[0], cameraModel: camera[1] }),
      ...(video ? { videoStatus: 'READY' } : {}),
      content: {
        type: 'sample',
        look: 'template',
        size: template.sampleSize + (this.#hash(index, SALT.size) % (padding + 1)),
      },
      contentVersion: 1,
    };
  }

  /** Sequence numbers wrap as cameras' do, only sooner, so that namesakes occur in small libraries too. */
  #filename(index: number, { time, kind }: ItemTraits, camera: Camera | undefined): string {
    const number = String((this.count - index) % 2000).padStart(4, '0');
    const video = kind === 'video';
    if (camera?.[2] === 'sequence') {
      const head = NAME_HEADS[camera[0]] ?? 'IMG_';
      return `${head}${number}.${video ? (camera[0] === 'Apple' ? 'MOV' : 'MP4') : 'JPG'}`;
    }
    const stamp = new Date(time).toISOString().replace(/[-:]/g, '').replace('T', '_').slice(0, 15);
    if (camera?.[0] === 'Google') return `PXL_${stamp}${number.slice(1)}.${video ? 'mp4' : 'jpg'}`;
    return camera === undefined
      ? `scan ${Number(number) % 100}.${video ? 'mp4' : 'jpeg'}`
      : `${stamp}.${video ? 'mp4' : 'jpg'}`;
  }

  #hash(index: number, salt: number): number {
    return hash32(this.#random, index, salt);
  }
}
