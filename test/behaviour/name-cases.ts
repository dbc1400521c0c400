import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namesIn, refusedWith, sameBytes } from './expect.js';
import { HOSTILE_NAMES, HOSTILE_TITLE_TWINS, HOSTILE_TITLES, HOSTILE_TWINS } from './hostile-names.js';
import type { ItemSpec, World } from './world.js';

const fold = (name: string): string => name.normalize('NFC').toUpperCase();

/** What items and albums are called when Google's names are awkward. */
export function nameCases(world: World): void {
  const hostile: ItemSpec[] = HOSTILE_NAMES.map(({ given }, index) => ({
    key: `hostile${index}`,
    filename: given,
    favorite: true,
    camera: { make: 'Cam', model: 'era' },
  }));
  const everyHostile = { items: hostile, albums: [{ title: 'All', items: hostile.map(({ key }) => key) }] };
  const views = [
    ...['/media/all', '/media/photos', '/media/by-year/2024', '/media/by-month/2024/2024-07', '/album/All'],
    ...['/media/by-day/2024/2024-07-19', '/media/by-camera/Cam era', '/feature/favorites'],
  ];

  describe(`names (${world.name})`, () => {
    it('an item with a hostile file name shows once in each view, under a clean name, and can be read', async () => {
      await world.with(everyHostile, {}, async ({ files, bytesOf }) => {
        const expected = HOSTILE_NAMES.map(({ shown }) => shown).sort();
        for (const view of views) assert.deepEqual(await namesIn(files, view), expected, view);
        for (const [index, { shown }] of HOSTILE_NAMES.entries()) {
          sameBytes(await files.readFile(`/album/All/${shown}`), await bytesOf(`hostile${index}`));
        }
      });
    });

    it('a hostile file name never leads out of its folder', async () => {
      await world.with(everyHostile, {}, async ({ files }) => {
        assert.deepEqual(await namesIn(files, '/'), ['.gphotos', 'README.txt', 'album', 'feature', 'media']);
        for (const { name } of await files.readdir('/media/all')) assert.doesNotMatch(name, /[/\0]|^\.{1,2}$/);
      });
    });

    it('the file system shows every twin under a name of its own, also where case is ignored', async () => {
      for (const twins of HOSTILE_TWINS) {
        const items = twins.map((filename, index) => ({ key: `twin${index}`, filename }));
        await world.with({ items }, {}, async ({ files, mediaIdOf }) => {
          const names = await namesIn(files, '/media/all');
          assert.equal(new Set(names.map(fold)).size, twins.length, names.join(', '));
          const ids = await Promise.all(names.map((name) => files.getxattr(`/media/all/${name}`, 'user.gphotos.id')));
          const wanted = await Promise.all(items.map(({ key }) => mediaIdOf(key)));
          assert.deepEqual(ids.sort(), wanted.sort());
        });
      }
    });

    it('the file system gives an item the same name in every view', async () => {
      const items = [1, 2].map((index) => ({ key: `same${index}`, filename: 'IMG.jpg', favorite: index === 2 }));
      await world.with({ items, albums: [{ title: 'A', items: ['same2'] }] }, {}, async ({ files, mediaIdOf }) => {
        const [name = ''] = await namesIn(files, '/album/A');
        assert.deepEqual(await namesIn(files, '/feature/favorites'), [name]);
        const id = await files.getxattr(`/media/all/${name}`, 'user.gphotos.id');
        assert.equal(id, await mediaIdOf('same2'));
      });
    });

    it('an item keeps its name when a namesake comes, and when the earlier namesake goes', async () => {
      const [one, two] = [
        { key: 'one', filename: 'IMG.jpg' },
        { key: 'two', filename: 'IMG.jpg' },
      ];
      await world.with({ items: [one] }, {}, async ({ files, become }) => {
        await become({ items: [one, two] });
        const both = await namesIn(files, '/media/all');
        assert.ok(both.includes('IMG.jpg') && both.length === 2, both.join(', '));
        const later = both.filter((name) => name !== 'IMG.jpg');
        await become({ items: [two] });
        assert.deepEqual(await namesIn(files, '/media/all'), later);
        await become({ items: [one, two] });
        assert.deepEqual(await namesIn(files, '/media/all'), both, 'what returns has its old name');
      });
    });

    it('the file system shows every hostile album title once, clean', async () => {
      const albums = HOSTILE_TITLES.map(({ given }, index) => ({
        key: `album${index}`,
        title: given,
        items: ['only'],
      }));
      await world.with({ items: [{ key: 'only' }], albums }, {}, async ({ files }) => {
        assert.deepEqual(await namesIn(files, '/album'), HOSTILE_TITLES.map(({ shown }) => shown).sort());
        for (const { shown } of HOSTILE_TITLES) assert.deepEqual(await namesIn(files, `/album/${shown}`), ['only.jpg']);
      });
    });

    it('the file system shows albums that share a title as folders of their own', async () => {
      for (const titles of HOSTILE_TITLE_TWINS) {
        const albums = titles.map((title, index) => ({ key: `twin${index}`, title }));
        await world.with({ albums }, {}, async ({ files }) => {
          const names = await namesIn(files, '/album');
          assert.equal(new Set(names.map(fold)).size, titles.length, names.join(', '));
        });
      }
    });

    it('the file system finds files, albums, nested albums and cameras under a decomposed spelling, and lists them composed', async () => {
      const items = [{ key: 'x', filename: 'Zoë.jpg', camera: { make: 'Ë', model: '각' } }];
      const albums = ['Zürich', 'Reisen/Malmö/Ö'].map((title) => ({ title, items: ['x'] }));
      const paths = [
        ...['/media/all/Zoë.jpg', '/media/by-camera/Ë 각', '/media/by-camera/Ë 각/Zoë.jpg', '/album/Zürich'],
        ...['/album/Zürich/Zoë.jpg', '/album/Reisen/Malmö', '/album/Reisen/Malmö/Ö/Zoë.jpg'],
      ];
      await world.with({ items, albums }, { nestedAlbums: true }, async ({ files, mediaIdOf }) => {
        for (const path of paths) {
          assert.notEqual(path.normalize('NFD'), path.normalize('NFC'));
          const composed = await files.lstat(path.normalize('NFC'));
          assert.deepEqual(await files.lstat(path.normalize('NFD')), composed, path);
        }
        const file = paths.at(-1)?.normalize('NFD') ?? '';
        assert.equal(await files.getxattr(file, 'user.gphotos.id'), await mediaIdOf('x'));
        assert.ok((await files.readFile(file)).length > 0);
        for (const folder of ['/album/Zürich', '/media/by-camera/Ë 각'])
          assert.deepEqual(await namesIn(files, folder.normalize('NFD')), ['Zoë.jpg'.normalize('NFC')]);
        await refusedWith('ENOENT', files.lstat('/media/all/Zöe.jpg'.normalize('NFD')));
        await refusedWith('ENOENT', files.lstat('/album/Zürih/Zoë.jpg'.normalize('NFD')));
        await refusedWith('ENOTDIR', files.lstat('/album/Zürich/Zoë.jpg/x'.normalize('NFD')));
        await refusedWith('ENOTDIR', files.readdir('/media/all/Zoë.jpg'.normalize('NFD')));
      });
    });

    it('a name is found although its decomposed spelling is longer than 255 bytes; a missing one is ENAMETOOLONG', async () => {
      const name = (letter: string): string => `${letter.repeat(120)}.jpg`;
      assert.ok(Buffer.byteLength(name('é').normalize('NFD')) > 255);
      await world.with({ items: [{ key: 'x', filename: name('é') }] }, {}, async ({ files }) => {
        assert.equal((await files.lstat(`/media/all/${name('é').normalize('NFD')}`)).kind, 'file');
        await refusedWith('ENAMETOOLONG', files.lstat(`/media/all/${name('ü').normalize('NFD')}`));
        await refusedWith('ENAMETOOLONG', files.lstat(`/media/all/${'é'.repeat(130)}`));
      });
    });

    it('the file system does not find a name in another spelling', async () => {
      await world.with({ items: [{ key: 'x', filename: 'Photo.jpg' }] }, {}, async ({ files }) => {
        for (const name of ['photo.jpg', 'Photo', 'Photo.jpg ', 'Photo.jp_', '*.jpg', 'Photo.jp%']) {
          await refusedWith('ENOENT', files.lstat(`/media/all/${name}`));
        }
      });
    });
  });
}
