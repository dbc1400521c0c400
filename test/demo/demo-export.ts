import { mkdirSync } from 'node:fs';
import { describeLibrary, type PhotoDraft } from '../takeout/builder/library.js';
import { brokenJson, hostileNames } from '../takeout/builder/oddities.js';
import { writeExport } from '../takeout/builder/write-export.js';

/** Makes the export of the demo into a new folder: three parts with everything that is odd about real exports. Resolves to its name. */
export async function writeDemoExport(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const { name, parts } = await writeExport(describeLibrary({ photos: PHOTOS, albums: ALBUMS, orphans: ORPHANS }), {
    ...{ folder, parts: 3, repeated: 2, compression: 'mixed', archiveFolder: true },
  });
  const first = parts[0]?.file ?? '';
  hostileNames(first);
  brokenJson(first);
  return name;
}

const CAMERA = { make: 'Fairphone', model: 'FP5' };
const LAKE = { latitude: 45.81, longitude: 9.09, altitude: 201 };
const summer = (day: number, hour = 12): number => Date.UTC(2019, 6, day, hour);

/** A title so long that Google cuts it, in the archive's names of both the file and its sidecar. */
const LONG_TITLE = 'A very long title that somebody gave to a picture of the lake at sunset.jpg';

const PHOTOS: readonly PhotoDraft[] = [
  {
    key: 'lake',
    title: 'IMG_0001.jpg',
    takenMs: summer(3),
    camera: CAMERA,
    exifMs: summer(3),
    place: LAKE,
    people: ['Ada Lovelace'],
  },
  {
    key: 'edited',
    title: 'IMG_0002.jpg',
    takenMs: summer(3, 14),
    edited: true,
    people: ['Ada Lovelace', 'Grace Hopper'],
  },
  { key: 'live', title: 'IMG_0003.HEIC', takenMs: summer(4), moving: '.MP4', favorite: true },
  { key: 'long', title: LONG_TITLE, takenMs: summer(5) },
  // Two photographs that were uploaded under one name: the archive has a counter.
  { key: 'twin1', title: 'DSC_0042.jpg', takenMs: summer(6) },
  { key: 'twin2', title: 'DSC_0042.jpg', takenMs: summer(7) },
  { key: 'film', title: 'VID_0001.mp4', takenMs: summer(8), size: 2_000_000 },
  { key: 'scan', title: 'Grandmother 1931.jpg', takenMs: Date.UTC(1931, 4, 1), description: 'Scanned from a print.' },
  { key: 'alone', title: 'IMG_20190709_101500.jpg', takenMs: summer(9, 10), sidecar: 'none' },
  { key: 'archived', title: 'Receipt.png', takenMs: summer(10), archived: true },
  { key: 'trashed', title: 'Blurred.jpg', takenMs: summer(11), trashed: true },
  { key: 'locked', title: 'Passport.jpg', takenMs: summer(12), locked: true },
];

const ALBUMS = [
  { title: 'Lake Como', members: ['lake', 'edited', 'live'] },
  // The newest exports give albums sidecars only, and no second copy of the files.
  { title: 'Highlights of 2019', sidecarMembers: ['lake', 'long', 'film'] },
  { title: '', members: ['twin1'] },
  { title: 'Nothing in it yet' },
];

const ORPHANS = [{ title: 'IMG_0999.jpg', takenMs: summer(13) }];
