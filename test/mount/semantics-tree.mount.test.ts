import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { names, outcome, treeOf } from '../support/mounted-files.js';
import { gphotosMount, run } from '../support/run-program.js';
import { withLibrary } from '../support/with-library.js';

const EMPTY_TREE = [
  '.gphotos/',
  '.gphotos/status.json',
  'README.txt',
  'album/',
  'feature/',
  'feature/archive/',
  'feature/favorites/',
  'media/',
  'media/all/',
  'media/by-camera/',
  'media/by-day/',
  'media/by-month/',
  'media/by-year/',
  'media/not-in-album/',
  'media/photos/',
  'media/videos/',
];

const onlyFiles = (tree: readonly string[]): string[] => tree.filter((path) => !path.endsWith('/'));

async function output(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, { env });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe('SEMANTICS: the tree, on a mount', () => {
  it('tree-shape: an account without items shows every fixed folder and nothing else', () =>
    withLibrary(
      () => undefined,
      ({ mount }) => mount({}, async ({ path }) => assert.deepEqual(await treeOf(path), EMPTY_TREE)),
    ));

  it('time-zone: a new profile has that of the machine and keeps it, date folders agree with `ls -l`, and only --time-zone changes it', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'eve.jpg', creationTime: '2023-12-31T14:59:59Z' });
        library.add({ filename: 'new-year.jpg', creationTime: '2023-12-31T15:30:00Z' });
        library.add({ filename: 'june.jpg', creationTime: '2023-06-01T03:00:00Z' });
      },
      async ({ mount, folders }) => {
        const tokyo = { ...folders.env, TZ: 'Asia/Tokyo' };
        const rome = { ...folders.env, TZ: 'Europe/Rome' };
        const days = (path: string): Promise<string[]> => treeOf(join(path, 'media/by-day')).then(onlyFiles);
        const japan = ['2023/2023-06-01/june.jpg', '2023/2023-12-31/eve.jpg', '2024/2024-01-01/new-year.jpg'];
        await mount({ env: tokyo }, async ({ path, status }) => {
          assert.deepEqual(await days(path), japan);
          assert.equal((await status()).timeZone, 'Asia/Tokyo');
          const shown = await output('ls', ['-l', '--time-style=+%Y-%m-%d', join(path, 'media/all')], tokyo);
          for (const [day, name] of [
            ['2024-01-01', 'new-year'],
            ['2023-12-31', 'eve'],
          ])
            assert.match(shown, new RegExp(`${day} ${name}[.]jpg`));
        });
        const ages = { june: 0, days: 0 };
        await mount({ env: rome }, async ({ path }) => {
          assert.deepEqual(await days(path), japan, 'a laptop that travels moves nothing');
          ages.june = (await stat(join(path, 'media/by-month/2023/2023-06'))).mtimeMs;
          ages.days = (await stat(join(path, 'media/by-day/2023'))).mtimeMs;
        });
        await mount({ env: tokyo, args: ['--time-zone', 'Europe/Rome'] }, async ({ path, log }) => {
          assert.match(log(), /date folders follow the time zone Europe\/Rome from now on, and no more Asia\/Tokyo/);
          assert.deepEqual(await days(path), [
            '2023/2023-06-01/june.jpg',
            '2023/2023-12-31/eve.jpg',
            '2023/2023-12-31/new-year.jpg',
          ]);
          assert.equal((await stat(join(path, 'media/by-month/2023/2023-06'))).mtimeMs, ages.june);
          assert.equal((await stat(join(path, 'media/by-day/2023'))).mtimeMs, ages.days, 'the same days as before');
          assert.ok((await stat(join(path, 'media/by-day/2023/2023-12-31'))).mtimeMs > ages.june);
        });
        await mount({ env: tokyo }, async ({ status }) => assert.equal((await status()).timeZone, 'Europe/Rome'));
        const refused = await gphotosMount(['-f', folders.mountpoint, '--time-zone', 'Europe/Atlantis'], folders.env);
        assert.equal(refused.code, 64);
        assert.match(refused.stderr, /time-zone.*IANA/s);
      },
    ));

  it('date-folders: only dates with items have folders, by name as well as in the listing', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'eve.jpg', creationTime: '2023-12-31T23:59:59Z' });
        library.add({ filename: 'new-year.jpg', creationTime: '2024-01-01T00:00:00Z' });
        library.add({ filename: 'leap.jpg', creationTime: '2024-02-29T12:00:00Z' });
        library.add({ filename: 'old.jpg', creationTime: '1969-07-20T20:17:40Z' });
      },
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const media = join(path, 'media');
          assert.deepEqual(await names(join(media, 'by-year')), ['1969', '2023', '2024']);
          assert.deepEqual(await names(join(media, 'by-year/2024')), ['leap.jpg', 'new-year.jpg']);
          assert.deepEqual(await names(join(media, 'by-month/2024')), ['2024-01', '2024-02']);
          assert.deepEqual(await names(join(media, 'by-month/2023/2023-12')), ['eve.jpg']);
          assert.deepEqual(await treeOf(join(media, 'by-day/2024')), [
            '2024-01-01/',
            '2024-01-01/new-year.jpg',
            '2024-02-29/',
            '2024-02-29/leap.jpg',
          ]);
          assert.deepEqual(await names(join(media, 'by-day/1969/1969-07-20')), ['old.jpg']);
          for (const absent of ['by-year/2022', 'by-month/2024/2024-03', 'by-day/2024/2024-01-02', 'by-year/02024'])
            assert.equal(await outcome(stat(join(media, absent))), 'ENOENT', absent);
          assert.equal(await outcome(stat(join(media, 'by-year/2023/leap.jpg'))), 'ENOENT');
        }),
    ));

  it('albums: each album is a folder of its own, empty, untitled and same-titled ones too', () =>
    withLibrary(
      (library) => {
        const one = library.add({ filename: 'one.jpg' }).id;
        const hidden = library.add({ filename: 'hidden.jpg', archived: true }).id;
        library.createAlbum('Rome', [one, hidden]);
        library.createAlbum('Rome', [one]);
        library.createAlbum('', [hidden]);
        library.createAlbum('Nothing yet');
      },
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const folders = await names(join(path, 'album'));
          const second = folders.find((name) => /^Rome~[a-z0-9]{6}$/i.test(name)) ?? 'no second Rome';
          assert.deepEqual(folders, ['Nothing yet', 'Rome', second, 'Untitled album'].sort());
          assert.deepEqual(await names(join(path, 'album/Nothing yet')), []);
          assert.deepEqual(await names(join(path, 'album/Untitled album')), ['hidden.jpg']);
          const romes = [await names(join(path, 'album/Rome')), await names(join(path, 'album', second))];
          assert.deepEqual(romes.sort(), [['hidden.jpg', 'one.jpg'], ['one.jpg']]);
        }),
    ));

  it('nested-albums: a slash in a title nests with the option and is shown as a fullwidth slash without', () =>
    withLibrary(
      (library) => {
        const item = library.add({ filename: 'a.jpg' }).id;
        library.createAlbum('Trips/Rome', [item]);
        library.createAlbum('Trips', [item]);
      },
      async ({ mount }) => {
        await mount({}, async ({ path }) => {
          assert.deepEqual(await treeOf(join(path, 'album')), [
            'Trips/',
            'Trips/a.jpg',
            'Trips／Rome/',
            'Trips／Rome/a.jpg',
          ]);
        });
        await mount({ args: ['--nested-albums'] }, async ({ path }) => {
          assert.deepEqual(await treeOf(join(path, 'album')), [
            'Trips/',
            'Trips/Rome/',
            'Trips/Rome/a.jpg',
            'Trips/a.jpg',
          ]);
        });
      },
    ));

  it('favorites: the folder holds exactly the favourites', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'loved.jpg', favorite: true });
        library.add({ filename: 'plain.jpg' });
      },
      ({ mount }) =>
        mount({}, async ({ path }) => assert.deepEqual(await names(join(path, 'feature/favorites')), ['loved.jpg'])),
    ));

  it('kinds: photos and videos share out all items', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'a.jpg' });
        library.add({ filename: 'b.mp4', mimeType: 'video/mp4' });
      },
      ({ mount }) =>
        mount({}, async ({ path }) => {
          assert.deepEqual(await names(join(path, 'media/photos')), ['a.jpg']);
          assert.deepEqual(await names(join(path, 'media/videos')), ['b.mp4']);
          assert.deepEqual(await names(join(path, 'media/all')), ['a.jpg', 'b.mp4']);
        }),
    ));

  it('cameras: items are under make and model, items without a camera under none', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'pixel.jpg', camera: { make: 'Google', model: 'Pixel 8' } });
        library.add({ filename: 'model-only.jpg', camera: { model: 'X100/V' } });
        library.add({ filename: 'scan.jpg' });
      },
      ({ mount }) =>
        mount({}, async ({ path }) =>
          assert.deepEqual(await treeOf(join(path, 'media/by-camera')), [
            'Google Pixel 8/',
            'Google Pixel 8/pixel.jpg',
            'X100／V/',
            'X100／V/model-only.jpg',
          ]),
        ),
    ));

  it('not-in-album: holds what no album holds', () =>
    withLibrary(
      (library) => {
        const inside = library.add({ filename: 'inside.jpg' }).id;
        library.add({ filename: 'loose.jpg' });
        library.createAlbum('Rome', [inside]);
      },
      ({ mount }) =>
        mount({}, async ({ path }) => assert.deepEqual(await names(join(path, 'media/not-in-album')), ['loose.jpg'])),
    ));

  for (const listShowsArchived of [true, false]) {
    it(`archived: left out of media and feature unless asked for, kept in albums, where an unfiltered list ${listShowsArchived ? 'has' : 'lacks'} them`, () =>
      withLibrary(
        (library) => {
          const archived = library.add({ filename: 'away.jpg', archived: true, favorite: true }).id;
          library.add({ filename: 'here.jpg', favorite: true });
          library.createAlbum('Both', [archived]);
        },
        async ({ mount }) => {
          await mount({}, async ({ path }) => {
            assert.deepEqual(await names(join(path, 'media/all')), ['here.jpg']);
            assert.deepEqual(await names(join(path, 'feature/favorites')), ['here.jpg']);
            assert.deepEqual(await names(join(path, 'feature/archive')), ['away.jpg']);
            assert.deepEqual(await names(join(path, 'album/Both')), ['away.jpg']);
          });
          await mount({ args: ['--show-archived'] }, async ({ path }) => {
            assert.deepEqual(await names(join(path, 'media/all')), ['away.jpg', 'here.jpg']);
            assert.deepEqual(await names(join(path, 'feature/favorites')), ['away.jpg', 'here.jpg']);
          });
        },
        { switches: { listShowsArchived } },
      ));
  }

  it('root-option: a folder of the tree or an album by id becomes the root', () =>
    withLibrary(
      (library) => {
        const item = library.add({ filename: 'a.jpg' }).id;
        library.add({ filename: 'b.jpg' });
        return library.createAlbum('Trip to Rome', [item]);
      },
      async ({ mount, made, folders }) => {
        await mount({}, () => Promise.resolve());
        const roots: Record<string, string[]> = {
          'media/all': ['a.jpg', 'b.jpg'],
          'album/Trip to Rome': ['a.jpg'],
          [`album:${made.id}`]: ['a.jpg'],
        };
        for (const [root, expected] of Object.entries(roots)) {
          await mount({ args: ['--root', root] }, async ({ path }) => {
            assert.deepEqual(await names(path), expected, root);
            assert.ok((await readFile(join(path, 'a.jpg'))).length > 0);
          });
        }
        await assert.rejects(
          mount({ args: ['--root', 'media/al'] }, () => Promise.resolve()),
          /media\/al[\s\S]*media\/all/,
        );
        assert.deepEqual(await names(folders.mountpoint), []);
      },
    ));
});
