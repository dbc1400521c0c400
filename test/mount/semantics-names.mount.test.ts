import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { names, treeOf, xattrsOf } from '../support/mounted-files.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const QUICK = ['--poll-interval', '1s', '--full-sync-interval', '1s', '--attr-timeout', '0s'];

describe('SEMANTICS: names, on a mount', () => {
  it('one-name: an item has the same name in every view, before and after a remount', () =>
    withLibrary(
      (library) => {
        const id = library.add({
          filename: 'a/b.jpg',
          favorite: true,
          creationTime: '2024-07-19T10:00:00Z',
          camera: { make: 'Canon', model: 'R5' },
        }).id;
        library.createAlbum('Rome', [id]);
      },
      async ({ mount }) => {
        const places = [
          'album/Rome',
          'feature/favorites',
          'media/all',
          'media/by-year/2024',
          'media/by-month/2024/2024-07',
          'media/by-day/2024/2024-07-19',
          'media/photos',
          'media/by-camera/Canon R5',
        ];
        for (let round = 0; round < 2; round += 1) {
          await mount({}, async ({ path }) => {
            for (const place of places) assert.deepEqual(await names(join(path, place)), ['a／b.jpg'], place);
          });
        }
      },
    ));

  it('clean-names: awkward names become fit for a folder, each item once', () =>
    withLibrary(
      (library) => {
        const awkward = [
          '',
          '.',
          '..',
          '../../etc/passwd',
          'nul\0.jpg',
          'line\nbreak.jpg',
          `${'é'.repeat(200)}.jpg`,
          'no-extension',
        ];
        for (const filename of awkward) library.add({ filename });
        library.add({ filename: 'e\u0301.jpg' });
        library.add({ filename: '\uFEFFun\u200Bse\u202Een.jpg' });
        library.add({ filename: 'می\u200Cروم.jpg' });
        return awkward.length + 3;
      },
      ({ mount, made }) =>
        mount({}, async ({ path }) => {
          const listed = await names(join(path, 'media/all'));
          assert.equal(listed.length, made);
          assert.equal(new Set(listed).size, made);
          assert.ok(listed.includes('\u00e9.jpg'), 'composed');
          assert.ok(listed.includes('no-extension.jpg'), 'an extension from the MIME type');
          assert.ok(listed.includes('..／..／etc／passwd.jpg'), listed.join(' '));
          assert.ok(listed.includes('unseen.jpg'), 'without what cannot be seen');
          assert.ok(listed.includes('می\u200Cروم.jpg'), 'the joiner of Persian stays');
          for (const name of listed) {
            assert.ok(Buffer.byteLength(name) <= 255, name);
            assert.match(name, /\.jpg$/);
            assert.doesNotMatch(name, /[\u0000-\u001f\u007f/]/);
            assert.ok((await stat(join(path, 'media/all', name))).isFile(), name);
          }
        }),
    ));

  it('twins: namesakes all show, under names that a later one never changes', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'IMG_1.jpg', creationTime: '2024-01-01T00:00:00Z' });
      },
      ({ mount, library }) =>
        mount({ args: QUICK }, async ({ path }) => {
          const all = join(path, 'media/all');
          const [first] = await names(all);
          assert.equal(first, 'IMG_1.jpg');
          const before = await xattrsOf(join(all, 'IMG_1.jpg'));
          for (const filename of ['IMG_1.jpg', 'img_1.JPG', 'IMG_1.jpg'])
            library.add({ filename, creationTime: '2024-01-02T00:00:00Z' });
          await until('the namesakes show', async () => (await names(all)).length === 4);
          const later = (await names(all)).filter((name) => name !== 'IMG_1.jpg');
          assert.equal(later.length, 3);
          for (const name of later) assert.match(name, /^img_1~[a-z0-9]{6}\.jpg$/i);
          assert.equal(new Set(later.map((name) => name.toLowerCase())).size, 3);
          assert.deepEqual(await xattrsOf(join(all, 'IMG_1.jpg')), before);
        }),
    ));

  it('decomposed: files, albums, cameras, --root and cache commands take a name in NFD, and listings show NFC', () =>
    withLibrary(
      (library) => {
        const camera = { make: 'Rö', model: 'X' };
        library.createAlbum('Zürich/Ö', [library.add({ filename: 'é.jpg', size: 90_000, camera }).id]);
      },
      async ({ mount, folders }) => {
        await mount({ until: 'measured', args: ['--nested-albums'] }, async ({ path }) => {
          const spelt = (place: string): string => join(path, place.normalize('NFD'));
          for (const folder of ['album/Zürich/Ö', 'media/by-camera/Rö X', 'media/all']) {
            assert.deepEqual(await names(spelt(folder)), ['\u00e9.jpg'], folder);
            const { ino, size } = await stat(spelt(`${folder}/é.jpg`));
            assert.equal((await readFile(spelt(`${folder}/é.jpg`))).length, size);
            assert.equal(ino, (await stat(join(path, folder.normalize('NFC'), '\u00e9.jpg'))).ino);
          }
          await assert.rejects(stat(spelt('media/all/ä.jpg')), { code: 'ENOENT' });
          const cache = async (...args: readonly string[]): Promise<unknown> => {
            const { code, stdout, stderr } = await gphotosMount(['cache', ...args, '--json'], folders.env);
            assert.equal(code, 0, stderr);
            return JSON.parse(stdout) as unknown;
          };
          assert.deepEqual(await cache('pin', spelt('album/Zürich')), { action: 'pin', items: 1 });
          assert.deepEqual(await cache('unpin', join(path, 'album/Zürich'.normalize('NFC'))), {
            action: 'unpin',
            items: 0,
          });
          assert.deepEqual(await cache('pin', join(path, 'media/all/\u00e9.jpg')), { action: 'pin', items: 1 });
          assert.deepEqual(await cache('unpin', spelt('media/all/é.jpg')), { action: 'unpin', items: 0 });
          const warmed = { action: 'warm', done: 1, failed: 0, total: 1, bytes: 90_000 };
          assert.deepEqual(await cache('warm', spelt('media/by-camera/Rö X')), warmed);
        });
        const root = 'album/Zürich'.normalize('NFD');
        await mount({ args: ['--nested-albums', '--root', root] }, async ({ path }) =>
          assert.deepEqual(await names(path), ['\u00d6']),
        );
      },
    ));

  it('return: an item that left and came back has its old name and inode', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 30; index += 1) library.add({ filename: `filler-${index}.jpg` });
        library.add({ filename: 'twin.jpg', creationTime: '2024-01-02T00:00:00Z' });
        return library.add({ filename: 'twin.jpg', creationTime: '2024-01-01T00:00:00Z' }).id;
      },
      ({ mount, library, made }) =>
        mount({ args: QUICK }, async ({ path }) => {
          const all = join(path, 'media/all');
          const named = async (): Promise<string | undefined> => {
            for (const name of await names(all)) {
              if (name.startsWith('twin') && (await xattrsOf(join(all, name)))['user.gphotos.id'] === made) return name;
            }
            return undefined;
          };
          const old = await named();
          assert.ok(old !== undefined);
          const { ino } = await stat(join(all, old));
          library.remove(made);
          await until('it is gone', async () => !(await names(all)).includes(old));
          assert.equal((await treeOf(all)).length, 31);
          library.restore(made);
          await until('it is back', async () => (await names(all)).includes(old));
          assert.equal(await named(), old);
          assert.equal((await stat(join(all, old))).ino, ino);
        }),
    ));
});
