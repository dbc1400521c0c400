import type { AlbumDraft, Library, PhotoDraft, Place } from './library.js';
import { describeLibrary } from './library.js';

/** How often what occurs, from 0 to 1, of photographs unless said otherwise. */
export interface Rates {
  /** The title of an earlier photograph again. */
  readonly namesakes: number;
  /** Titles of more than 51 units. */
  readonly long: number;
  /** Titles with signs that Google replaces, in other scripts, decomposed, with emoji, without extension, with `(1)` or `~2`. */
  readonly odd: number;
  readonly edited: number;
  /** Of photographs that are no videos. */
  readonly live: number;
  readonly videos: number;
  readonly raw: number;
  readonly bursts: number;
  /** Bytes, title and time of an earlier photograph again; these are in no album. */
  readonly duplicates: number;
  readonly withoutSidecar: number;
  /** Sidecars whose time is "0" or missing. */
  readonly withoutTime: number;
  readonly favorites: number;
  readonly archived: number;
  readonly trashed: number;
  readonly locked: number;
  readonly people: number;
  readonly places: number;
  /** Albums for each photograph. */
  readonly albums: number;
  /** Of albums. */
  readonly untitled: number;
  readonly empty: number;
  /** Of an album's members: only their sidecar is there. */
  readonly sidecarMembers: number;
  readonly orphans: number;
}

export const USUAL_RATES: Rates = {
  namesakes: 0.05,
  long: 0.05,
  odd: 0.1,
  edited: 0.06,
  live: 0.1,
  videos: 0.1,
  raw: 0.02,
  bursts: 0.02,
  duplicates: 0.02,
  withoutSidecar: 0.01,
  withoutTime: 0.02,
  favorites: 0.05,
  archived: 0.05,
  trashed: 0.03,
  locked: 0.02,
  people: 0.2,
  places: 0.3,
  albums: 0.05,
  untitled: 0.2,
  empty: 0.1,
  sidecarMembers: 0.05,
  orphans: 0.01,
};

const PEOPLE = ['Ada', 'Grace Hopper', 'José', '山田 花子', 'ป้าน้อย', 'AC/DC', 'Ada Lovelace', 'Zoë'];
const MOVING = ['.MP4', '.MOV', '.MP', '.MV', ''];
const ODD = [
  'Straße / Ecke: "neu"?.jpg',
  'Café & Rauch 100%.jpg',
  'Cafe\u0301 am See.jpg',
  '花見の写真.jpg',
  'รูปวันเกิด.jpg',
  'Sommer 😀🌞.jpg',
  'Peanut Butter Balls',
  'Paris.jpg',
  'Paris-evening.jpg',
  'photo(1).jpg',
  'photo.jpg',
  'IMG_1~2.jpg',
  '2013-12-23.jpg',
  '.hidden.jpg',
  "it's | a <test> * of \\ signs.png",
  'two  spaces .jpg',
  'UPPER.JPG',
  'no.dots.at.all.jpeg',
];
/** Spellings that need all 51 units and more. */
const LONG = [
  'MSGR_PHOTO_FOR_UPLOAD_1441735152231_1441735152232_x.jpeg',
  'Screenshot_20231027_123303_com.example.a.very.long.application.name.png',
  'A title that somebody wrote to say everything about this picture.jpg',
  '😀'.repeat(30) + '.jpg',
  'ก'.repeat(49) + '.heic',
];

/** `random(n)` gives 0 to n - 1 (`seededNumbers` of test/support/chance.ts). */
export type RandomNumbers = (limit: number) => number;

/** A library of all kinds that the builder knows. The same numbers give the same library, bytes included. */
export function randomLibrary(random: RandomNumbers, size: number, rates: Partial<Rates> = {}): Library {
  const all = { ...USUAL_RATES, ...rates };
  const happens = (rate: number): boolean => random(10_000) < rate * 10_000;
  const photos: PhotoDraft[] = [];
  for (let index = 0; index < size; index++) photos.push(randomPhoto(index, photos, all, random, happens));
  const albums = Array.from({ length: Math.round(size * all.albums) }, (_, index) =>
    randomAlbum(index, photos, all, random, happens),
  );
  const orphans = Array.from({ length: Math.round(size * all.orphans) }, (_, index) => ({
    title: `LOST_${index}.jpg`,
    takenMs: randomTime(random),
  }));
  return describeLibrary({ photos, albums, orphans, seed: 1 + random(1_000_000) });
}

function randomPhoto(
  index: number,
  earlier: readonly PhotoDraft[],
  rates: Rates,
  random: RandomNumbers,
  happens: (rate: number) => boolean,
): PhotoDraft {
  const key = `p${index}`;
  const model = earlier[random(Math.max(1, earlier.length))];
  // Without a sidecar nothing tells a duplicate from a copy in an album.
  if (model?.sidecar === 'own' && model.sameBytesAs === undefined && !isHidden(model) && happens(rates.duplicates)) {
    const { title, kind, takenMs, exifMs, sidecar, archived = false } = model;
    return {
      ...{ key, title, sidecar, archived, sameBytesAs: model.key ?? '' },
      ...(takenMs === undefined ? {} : { takenMs }),
      ...(kind === undefined ? {} : { kind }),
      ...(exifMs === undefined ? {} : { exifMs }),
    };
  }
  const takenMs = randomTime(random);
  const isVideo = happens(rates.videos);
  const title = randomTitle(index, takenMs, isVideo, model?.title, rates, random, happens);
  const trashed = happens(rates.trashed);
  const locked = !trashed && happens(rates.locked);
  // Trash and locked items are known by their sidecar.
  const sidecar = trashed || locked ? 'own' : randomSidecar(rates, random, happens);
  const isPicture = !/\.(?:mp4|mov)$/i.test(title);
  const place = happens(rates.places) ? randomPlace(random) : undefined;
  const people = happens(rates.people) ? [PEOPLE[random(PEOPLE.length)] ?? 'Ada'] : [];
  if (people.length > 0 && happens(0.3)) people.push('Ada Lovelace', 'Grace Hopper');
  return {
    key,
    title,
    takenMs,
    sidecar,
    // The time of the bytes may be another than that of the sidecar, which goes first.
    ...(isPicture && happens(0.6) ? { exifMs: happens(0.8) ? takenMs : randomTime(random) } : {}),
    people: [...new Set(people)],
    ...(place === undefined ? {} : happens(0.5) ? { place } : { placeExif: place }),
    description: happens(0.1) ? `A picture of ${index} "things"\nand more` : '',
    favorite: happens(rates.favorites),
    archived: !trashed && !locked && happens(rates.archived),
    trashed,
    locked,
    edited: isPicture && sidecar !== 'none' && happens(rates.edited),
    ...(isPicture && sidecar !== 'none' && happens(rates.live) ? { moving: randomMoving(title, random) } : {}),
    size: random(3000),
    camera: { make: 'Acme', model: `Pocket ${random(4)}` },
  };
}

/** A Pixel's `X.MP.jpg` has `X.MP`. Without an extension a stem with dots would be taken for a file of another kind. */
function randomMoving(title: string, random: RandomNumbers): string {
  if (/\.MP\.jpg$/.test(title)) return '.MP';
  const extension = MOVING[random(MOVING.length)] ?? '';
  return extension === '' && title.split('.').length > 2 ? '.MP4' : extension;
}

function randomSidecar(
  { withoutSidecar, withoutTime }: Rates,
  random: RandomNumbers,
  happens: (rate: number) => boolean,
): 'own' | 'zero' | 'absent' | 'none' {
  if (happens(withoutSidecar)) return 'none';
  if (happens(withoutTime)) return random(2) === 0 ? 'zero' : 'absent';
  return 'own';
}

function randomTitle(
  index: number,
  takenMs: number,
  isVideo: boolean,
  earlier: string | undefined,
  rates: Rates,
  random: RandomNumbers,
  happens: (rate: number) => boolean,
): string {
  if (earlier !== undefined && happens(rates.namesakes)) return earlier;
  const digits = new Date(takenMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '_');
  if (isVideo) return happens(0.5) ? `VID_${digits}.mp4` : `IMG_${1000 + index}.MOV`;
  // The index keeps long titles of one kind apart, behind the cut or before it.
  if (happens(rates.long)) {
    const long = LONG[random(LONG.length)] ?? '';
    return happens(0.5) ? `${index} ${long}` : long.replace(/(\.\w+)$/, ` ${index}$1`);
  }
  if (happens(rates.odd)) return ODD[random(ODD.length)] ?? 'odd.jpg';
  if (happens(rates.raw)) return `DSC_${index}.DNG`;
  if (happens(rates.bursts)) return `0000${random(9)}IMG_0000${random(9)}_BURST${digits.replace('_', '')}_COVER.jpg`;
  const choices = [
    `IMG_${1000 + index}.jpg`,
    `IMG_${1000 + index}.HEIC`,
    `PXL_${digits}.jpg`,
    `PXL_${digits}.MP.jpg`,
    `IMG-${digits.slice(0, 8)}-WA${1000 + index}.jpg`,
    `Screenshot_${digits}_Browser.png`,
    `${index}.jpg`,
  ];
  return choices[random(choices.length)] ?? 'IMG.jpg';
}

function randomTime(random: RandomNumbers): number {
  // Most of the last years; some before 1970.
  const [from, to] = random(20) === 0 ? [1925, 1990] : [2012, 2026];
  const days = (Date.UTC(to, 0, 1) - Date.UTC(from, 0, 1)) / 86_400_000;
  return Date.UTC(from, 0, 1) + random(days) * 86_400_000 + random(86_400) * 1000;
}

function randomPlace(random: RandomNumbers): Place {
  const degrees = (limit: number): number => (random(limit * 20_000) - limit * 10_000 + 0.5) / 10_000;
  return { latitude: degrees(90), longitude: degrees(180), altitude: random(3000) };
}

function isHidden({ trashed, locked }: PhotoDraft): boolean {
  return trashed === true || locked === true;
}

function randomAlbum(
  index: number,
  photos: readonly PhotoDraft[],
  rates: Rates,
  random: RandomNumbers,
  happens: (rate: number) => boolean,
): AlbumDraft {
  const title = happens(rates.untitled) ? '' : happens(0.2) ? `Trip: ${index} / «été»?` : `Album ${random(1000)}`;
  const base = { key: `a${index}`, title, description: happens(0.3) ? 'What we saw' : '' };
  if (happens(rates.empty)) return base;
  const twins = new Set(photos.flatMap(({ sameBytesAs }) => sameBytesAs ?? []));
  const members = new Set<string>();
  const sidecarMembers = new Set<string>();
  for (let left = 1 + random(Math.max(1, Math.min(40, photos.length))); left > 0; left--) {
    const photo = photos[random(photos.length)];
    if (photo?.key === undefined || photo.sameBytesAs !== undefined || twins.has(photo.key)) continue;
    if (photo.sidecar === 'own' && !isHidden(photo) && happens(rates.sidecarMembers)) sidecarMembers.add(photo.key);
    else members.add(photo.key);
  }
  return { ...base, members: [...members], sidecarMembers: [...sidecarMembers].filter((key) => !members.has(key)) };
}
