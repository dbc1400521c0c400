import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { describeLibrary, type Library } from '../../takeout/builder/library.js';
import { planExport } from '../../takeout/builder/plan.js';
import { truthOf, type Truth } from '../../takeout/builder/truth.js';
import { differencesFromTruth, type TruthCheckOptions } from '../../takeout/truth-check.js';

const NOON = Date.UTC(2023, 6, 19, 12);
const LIBRARY = describeLibrary({
  photos: [
    { key: 'ada', title: 'IMG_1.jpg', takenMs: NOON, people: ['Ada'], favorite: true },
    { key: 'twin', title: 'IMG_1.jpg', takenMs: NOON + 1000 },
    { key: 'live', title: 'IMG_2.HEIC', takenMs: NOON + 2000, moving: '.MP4', edited: true },
    { key: 'film', title: 'VID_3.mp4', takenMs: Date.UTC(2022, 0, 1) },
    { key: 'put-away', title: 'bill.png', takenMs: NOON, archived: true },
    { key: 'gone', title: 'gone.png', takenMs: NOON, trashed: true, people: ['Eve'] },
    { key: 'secret', title: 'secret.png', takenMs: NOON, locked: true },
    { key: 'scan', title: 'scan.jpg', takenMs: Date.UTC(1962, 3, 1) },
  ],
  albums: [
    { key: 'trip', title: 'Trip / 2', members: ['twin', 'live', 'put-away'] },
    { key: 'none', title: '', members: ['ada'] },
    { key: 'empty', title: 'Empty' },
    { key: 'hidden', title: 'Hidden', members: ['secret'] },
  ],
});

function truthOfLibrary(library: Library): Truth {
  const options = { language: 'en', style: 'new', albumJson: 'plain', archiveFolder: false } as const;
  return truthOf(planExport(library, { ...options, junk: false, root: 'Takeout' }), [], 0);
}

/** The tree that a mount of the library must show, written down by hand: name, photograph, which of its bytes, further folders. */
const TREE: [name: string, key: string, bytes: 'bytes' | 'edited' | 'moving', folders: string[]][] = [
  [
    'IMG_1.jpg',
    'ada',
    'bytes',
    ['media/photos', 'media/by-year/2023', 'feature/favorites', 'people/Ada', 'album/Untitled'],
  ],
  ['IMG_1~abc234.jpg', 'twin', 'bytes', ['media/photos', 'media/by-year/2023', 'album/Trip ／ 2']],
  ['IMG_2.HEIC', 'live', 'bytes', ['media/photos', 'media/by-year/2023', 'album/Trip ／ 2']],
  ['IMG_2-edited.HEIC', 'live', 'edited', ['media/photos', 'media/by-year/2023', 'album/Trip ／ 2']],
  ['IMG_2.MP4', 'live', 'moving', ['media/photos', 'media/by-year/2023', 'album/Trip ／ 2']],
  ['VID_3.mp4', 'film', 'bytes', ['media/videos', 'media/by-year/2022', 'media/not-in-album']],
  ['scan.jpg', 'scan', 'bytes', ['media/photos', 'media/by-year/1962', 'media/not-in-album']],
];

describe('the check of a tree against the truth of an export', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'truth-check-'));
    for (const [name, key, bytes, folders] of TREE) {
      put(`media/all/${name}`, key, bytes);
      for (const folder of folders) link(`media/all/${name}`, `${folder}/${name}`);
    }
    put('feature/archive/bill.png', 'put-away');
    link('feature/archive/bill.png', 'album/Trip ／ 2/bill.png');
    mkdirSync(join(root, 'album/Empty'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function put(path: string, key: string, which: 'bytes' | 'edited' | 'moving' = 'bytes'): void {
    const photo = LIBRARY.photos.find((one) => one.key === key);
    assert.ok(photo !== undefined);
    const bytes = which === 'moving' ? photo.moving?.bytes : photo[which];
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes ?? '');
    const seconds = Math.max(0, photo.takenMs) / 1000;
    utimesSync(join(root, path), seconds, seconds);
  }

  function link(from: string, to: string): void {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    linkSync(join(root, from), join(root, to));
  }

  const differences = (options: TruthCheckOptions = {}): Promise<string[]> =>
    differencesFromTruth(root, truthOfLibrary(LIBRARY), options);

  it('a right tree has no difference', async () => {
    assert.deepEqual(await differences(), []);
  });

  const faults: [title: string, damage: () => void, expected: string[]][] = [
    [
      'a file that is missing in a view is named with the view',
      () => rmSync(join(root, 'feature/favorites/IMG_1.jpg')),
      ['feature/favorites: IMG_1.jpg (ada) is missing.'],
    ],
    [
      'other bytes are no photograph of the library',
      () => writeFileSync(join(root, 'media/videos/VID_4.mp4'), 'other'),
      ['media/videos: VID_4.mp4 has bytes that no photograph has.'],
    ],
    [
      'a name that is not that of the title is shown',
      () => renameSync(join(root, 'people/Ada/IMG_1.jpg'), join(root, 'people/Ada/IMG_9.jpg')),
      ['people/Ada: IMG_1.jpg (ada) is named IMG_9.jpg.'],
    ],
    [
      'a wrong time is shown with the right one',
      () => {
        rmSync(join(root, 'media/videos/VID_3.mp4'));
        put('media/videos/VID_3.mp4', 'film');
        utimesSync(join(root, 'media/videos/VID_3.mp4'), 1, 1);
      },
      ['media/videos: VID_3.mp4 (film) has the time 1970-01-01T00:00:01.000Z, not 2022-01-01T00:00:00.000Z (sidecar).'],
    ],
    [
      'an item of the locked folder in an album is found, and so is its album',
      () => put('album/Hidden/secret.png', 'secret'),
      ['album/Hidden is there, and no such album is in the library.'],
    ],
    [
      'an item of the locked folder in media is found',
      () => put('media/all/secret.png', 'secret'),
      ['media/all: secret.png is secret.png (secret), which does not belong there.'],
    ],
    [
      'a person who is on trashed items only has no folder',
      () => put('people/Eve/gone.png', 'gone'),
      ['people/Eve is there, and nobody in the library has that name.'],
    ],
    [
      'a trash folder that was not asked for is found',
      () => put('feature/trash/gone.png', 'gone'),
      ['feature/trash is there, but was not asked for.'],
    ],
    [
      'an album that has no folder is named',
      () => rmSync(join(root, 'album/Empty'), { recursive: true }),
      ['album: there is no folder Empty for the album empty.'],
    ],
    [
      'an item in a wrong album is found',
      () => link('media/all/VID_3.mp4', 'album/Empty/VID_3.mp4'),
      ['album/Empty: VID_3.mp4 is VID_3.mp4 (film), which does not belong there.'],
    ],
    [
      'an item in a wrong year is found',
      () => link('media/all/VID_3.mp4', 'media/by-year/1999/VID_3.mp4'),
      ['media/by-year/1999: VID_3.mp4 is VID_3.mp4 (film), which does not belong there.'],
    ],
  ];
  for (const [title, damage, expected] of faults)
    it(title, async () => {
      damage();
      assert.deepEqual(await differences(), expected);
    });

  it('trash and locked folder are compared where they were asked for', async () => {
    put('feature/trash/gone.png', 'gone');
    assert.deepEqual(await differences({ showTrashed: true, showLocked: true }), [
      'feature/locked: secret.png (secret) is missing.',
    ]);
  });

  it('extended attributes are compared where they can be read', async () => {
    const xattrs = (path: string): Promise<Record<string, string>> =>
      Promise.resolve({
        source: 'takeout',
        ...(path.endsWith('/IMG_1.jpg') ? { favorite: '1', people: '["Ada"]', latitude: '1.5' } : {}),
      });
    assert.deepEqual(await differences({ xattrs }), [
      'media/all: IMG_1.jpg (ada) has latitude 1.5, not (none).',
      'media/all: IMG_2-edited.HEIC (edited of live) has edited_of (none), not IMG_2.HEIC.',
    ]);
  });

  it('an item that the archive does not decide must only be somewhere', async () => {
    const truth = truthOfLibrary(LIBRARY);
    const items = truth.items.map((item) => (item.key === 'film' ? { ...item, unsure: true } : item));
    for (const folder of ['media/all', 'media/videos', 'media/not-in-album']) rmSync(join(root, folder, 'VID_3.mp4'));
    assert.deepEqual(await differencesFromTruth(root, { ...truth, items }), []);
    rmSync(join(root, 'media/by-year/2022/VID_3.mp4'));
    assert.deepEqual(await differencesFromTruth(root, { ...truth, items }), [
      'VID_3.mp4 (film) is in no view, though it must be somewhere.',
    ]);
  });
});
