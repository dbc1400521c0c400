import assert from 'node:assert/strict';
import { readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCatalogWriter, type CatalogWriter } from '../../src/catalog/catalog-writer.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { names, outcome, treeOf, xattrsOf } from '../support/mounted-files.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary, type Stage } from '../support/with-library.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { album } from '../unit/catalog/catalog-fixture.js';
import { takeoutId, takeoutItem } from '../unit/catalog/takeout-rows.js';

/** An account with one photo, and beside it what a reader of Takeout would have written into the catalog. */
function withTakeout(
  write: (catalog: CatalogWriter) => void,
  use: (stage: Stage<undefined>) => Promise<void>,
): Promise<void> {
  return withLibrary(
    (library) => {
      library.add({ filename: 'google.jpg', creationTime: '2024-07-19T10:00:00Z' });
      return undefined;
    },
    async (stage) => {
      await stage.mount({ until: 'measured' }, () => Promise.resolve());
      const catalog = openCatalogWriter(join(stage.folders.data, 'default/catalog.db'), { names: treeNames });
      try {
        catalog.transaction(() => {
          write(catalog);
        });
      } finally {
        catalog.close();
      }
      await use(stage);
    },
  );
}

/** Something shown, and an item on each hidden shelf: each a favourite of ACME, with a person and albums. */
function writeHidden({ takeout }: CatalogWriter): void {
  const more = { favorite: true, cameraMake: 'ACME', cameraModel: 'One' };
  takeout.put([
    takeoutItem('open', { ...more, people: ['Anna'] }),
    takeoutItem('zorro-t', { ...more, shelf: 'trashed', people: ['Anna', 'Zorro Tom'] }, '1999-01-01T00:00:00Z'),
    takeoutItem('zorro-l', { ...more, shelf: 'locked', people: ['Anna', 'Zorro Lea'] }, '1998-01-01T00:00:00Z'),
  ]);
  takeout.putAlbum(album('takeout:1', 'Zorro'), [takeoutId('zorro-t'), takeoutId('zorro-l')]);
  takeout.putAlbum(album('takeout:2', 'Both'), [takeoutId('open'), takeoutId('zorro-l')]);
  takeout.putAlbum(album('takeout:3', 'Nothing in Takeout'), []);
}

describe('SEMANTICS: items of Takeout, on a mount', () => {
  it('people: a folder for each person who is on an item that is shown, with a mark for a namesake, and none where there is nobody', () =>
    withTakeout(
      ({ takeout }) => {
        takeout.put([
          takeoutItem('a', { people: ['Anna', 'anna', 'A/B'] }),
          takeoutItem('b', { people: ['Anna'], shelf: 'archived' }),
          takeoutItem('c', { people: ['Otto'], shelf: 'archived' }),
        ]);
      },
      async ({ mount }) => {
        await mount({}, async ({ path }) => {
          const people = (await treeOf(join(path, 'people'))).map((name) => name.replace(/~[a-z2-7]{6}/, '~MARK'));
          assert.deepEqual(people, ['Anna/', 'Anna/a.jpg', 'A／B/', 'A／B/a.jpg', 'anna~MARK/', 'anna~MARK/a.jpg']);
          assert.equal(await outcome(stat(join(path, 'people/Otto'))), 'ENOENT');
          assert.equal(
            (await stat(join(path, 'people/Anna/a.jpg'))).ino,
            (await stat(join(path, 'media/all/a.jpg'))).ino,
          );
          assert.equal((await stat(join(path, 'people/Anna'))).ino % 8, 6);
        });
        await mount({ args: ['--show-archived'] }, async ({ path }) => {
          assert.deepEqual(await names(join(path, 'people/Anna')), ['a.jpg', 'b.jpg']);
          assert.deepEqual(await names(join(path, 'people/Otto')), ['c.jpg']);
        });
        await mount({ args: ['--root', 'people/Anna'] }, async ({ path }) => {
          assert.deepEqual(await treeOf(path), ['a.jpg']);
          assert.equal((await stat(join(path, 'a.jpg'))).nlink, 1);
        });
      },
    ));

  it('trashed-and-locked: each shows in its folder with its option only, and nothing else of the mount tells of it', () =>
    withTakeout(writeHidden, async ({ mount, folders, emulator }) => {
      const env = { ...folders.env, ...emulator.env };
      const shelves = [
        { args: [], shown: ['archive/', 'favorites/', 'favorites/open.jpg'] },
        {
          args: ['--show-trashed'],
          shown: ['archive/', 'favorites/', 'favorites/open.jpg', 'trash/', 'trash/zorro-t.jpg'],
        },
        {
          args: ['--show-locked', '--show-archived'],
          shown: ['archive/', 'favorites/', 'favorites/open.jpg', 'locked/', 'locked/zorro-l.jpg'],
        },
      ];
      for (const { args, shown } of shelves) {
        await mount({ args, until: 'measured' }, async ({ path, status, log }) => {
          assert.deepEqual(await treeOf(join(path, 'feature')), shown);
          const elsewhere = (await treeOf(path)).filter((name) => !/^feature\/(?:trash|locked)\//.test(name));
          assert.deepEqual(
            elsewhere.filter((name) => /zorro|199/i.test(name)),
            [],
          );
          assert.deepEqual(await names(join(path, 'album')), ['Both', 'Nothing in Takeout']);
          assert.deepEqual(await names(join(path, 'people')), ['Anna']);
          const folder = elsewhere.filter((name) => name.endsWith('/'));
          for (const below of folder)
            for (const name of ['zorro-t.jpg', 'zorro-l.jpg', 'Zorro', 'Zorro Lea', 'Zorro Tom'])
              assert.equal(await outcome(stat(join(path, below, name))), 'ENOENT', below + name);
          const told = [
            await readFile(join(path, 'README.txt'), 'utf8'),
            JSON.stringify(await status()),
            (await gphotosMount(['status'], folders.env)).stdout,
            (await gphotosMount(['doctor'], env)).stdout,
            log(),
          ].join('\n');
          assert.doesNotMatch(told, /zorro/i);
          const { catalog } = await status();
          assert.deepEqual([catalog.items, catalog.albums], [2, 2]);
          assert.equal((await statfs(path)).files, 2);
        });
      }
      const refused = await gphotosMount(['-f', '--root', 'feature/locked', folders.mountpoint], env);
      assert.equal(refused.code, 64, refused.stderr);
      await mount({ args: ['--show-locked', '--root', 'feature/locked'] }, async ({ path }) => {
        assert.deepEqual(await treeOf(path), ['zorro-l.jpg']);
        assert.equal((await stat(join(path, 'zorro-l.jpg'))).nlink, 1);
      });
    }));

  it('extra-files: an edited version and a moving part stand beside the original, in its album too, and count as no items', () =>
    withTakeout(
      ({ takeout }) => {
        takeout.put([
          takeoutItem('IMG', { filename: 'IMG.HEIC', mimeType: 'image/heic', people: ['Anna'], favorite: true }),
          takeoutItem('edited', { filename: 'IMG-edited.jpg', role: 'edited', belongsTo: takeoutId('IMG') }),
          takeoutItem('moving', {
            ...{ filename: 'IMG.MP4', mimeType: 'video/mp4', kind: 'video' },
            ...{ role: 'moving', belongsTo: takeoutId('IMG') },
          }),
        ]);
        takeout.putAlbum(album('takeout:1', 'Rome'), [takeoutId('IMG'), takeoutId('edited')]);
      },
      ({ mount }) =>
        mount({ until: 'measured' }, async ({ path, status }) => {
          const all = ['IMG-edited.jpg', 'IMG.HEIC', 'IMG.MP4'];
          assert.deepEqual(await names(join(path, 'album/Rome')), all);
          assert.deepEqual(await names(join(path, 'media/photos')), [...all, 'google.jpg']);
          assert.deepEqual(await names(join(path, 'media/videos')), []);
          assert.deepEqual(await names(join(path, 'people/Anna')), ['IMG.HEIC', 'IMG.MP4']);
          assert.deepEqual(await names(join(path, 'feature/favorites')), ['IMG.HEIC', 'IMG.MP4']);
          assert.equal((await status()).catalog.items, 2);
          const moving = await xattrsOf(join(path, 'media/photos/IMG.MP4'));
          assert.equal(moving['user.mime_type'], 'video/mp4');
          const edited = await xattrsOf(join(path, 'album/Rome/IMG-edited.jpg'));
          assert.equal(edited['user.gphotos.edited_of'], 'IMG.HEIC');
        }),
    ));

  it('xattrs: say who is on an item of Takeout, where it was taken, that it is a favourite, and whose bytes it has', () =>
    withTakeout(
      ({ takeout }) => {
        const place = { latitude: 41.9027835, longitude: -0.0000001, altitude: 52 };
        takeout.put([
          takeoutItem('full', { favorite: true, people: ['Otto', 'Änne "A"'], ...place }),
          takeoutItem('bare'),
        ]);
      },
      ({ mount }) =>
        mount({}, async ({ path }) => {
          const full = await xattrsOf(join(path, 'media/all/full.jpg'));
          const own = ['favorite', 'people', 'latitude', 'longitude', 'altitude', 'source'];
          assert.deepEqual(
            own.map((name) => full[`user.gphotos.${name}`]),
            ['1', '["Otto","Änne \\"A\\""]', '41.9027835', '-0.0000001', '52', 'takeout'],
          );
          const bare = await xattrsOf(join(path, 'media/all/bare.jpg'));
          assert.deepEqual(
            [...own, 'edited_of'].filter((name) => bare[`user.gphotos.${name}`] !== undefined),
            ['source'],
          );
        }),
    ));

  it('takeout-dates: a date is that of the sidecar, else of the EXIF data, else of the name, else of the folder; cameras come from the file', () =>
    withLibrary(
      () => undefined,
      async ({ folders, mount }) => {
        const in2023 = Date.UTC(2023, 6, 19, 12);
        const shot = {
          takenMs: in2023,
          exifMs: Date.UTC(2019, 7, 7, 12, 34, 56),
          camera: { make: 'ACME', model: 'Two' },
        };
        const photos = [
          { ...shot, title: 'told.jpg' },
          { ...shot, title: 'zero.jpg', sidecar: 'zero' as const },
          { ...shot, title: 'IMG_20210101_120000.jpg', sidecar: 'none' as const },
          { title: 'IMG_20170101_120000.png', takenMs: in2023, sidecar: 'none' as const },
          { title: 'nothing.png', takenMs: in2023, sidecar: 'none' as const },
        ];
        const { parts } = await writeExport(describeLibrary({ photos }), { folder: folders.root, parts: 2 });
        const files = parts.map(({ file }) => file);
        const added = await gphotosMount(['takeout', 'add', '--wait', ...files], folders.env);
        assert.equal(added.code, 0, added.stderr);
        await mount({}, async ({ path }) => {
          const years = (): Promise<string[]> => treeOf(join(path, 'media/by-year'));
          await until('dates of files', async () => (await years()).includes('2019/zero.jpg'));
          assert.deepEqual(
            (await years()).filter((name) => !name.endsWith('/')),
            [
              ...['2017/IMG_20170101_120000.png', '2019/IMG_20210101_120000.jpg', '2019/zero.jpg'],
              ...['2023/nothing.png', '2023/told.jpg'],
            ],
          );
          const byCamera = (): Promise<string[]> => names(join(path, 'media/by-camera/ACME Two')).catch(() => []);
          await until('the last head', async () => (await byCamera()).length === 3);
          const zero = await xattrsOf(join(path, 'media/all/zero.jpg'));
          const shown = ['creation_time', 'camera', 'width', 'height'].map((name) => zero[`user.gphotos.${name}`]);
          assert.deepEqual(shown, ['2019-08-07T12:34:56.000Z', 'ACME Two', '16', '16']);
          assert.equal((await stat(join(path, 'media/all/zero.jpg'))).mtimeMs, shot.exifMs);
        });
      },
    ));
});
