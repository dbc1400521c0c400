import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { filesBelow, namesIn, refusedWith } from './expect.js';
import type { LibrarySpec, World } from './world.js';

const PIXEL = { make: 'Google', model: 'Pixel 8' };

const LIBRARY: LibrarySpec = {
  items: [
    { key: 'old', created: '1999-12-31T23:59:59Z' },
    { key: 'leap', created: '2024-02-29T08:00:00Z', favorite: true, camera: PIXEL },
    { key: 'noon', created: '2024-07-19T12:00:00Z' },
    { key: 'eve', created: '2024-07-19T23:59:59.999Z', camera: PIXEL },
    { key: 'clip', created: '2024-07-20T00:00:00Z', mimeType: 'video/mp4', favorite: true },
    {
      key: 'attic',
      created: '2023-01-01T00:00:00Z',
      archived: true,
      favorite: true,
      camera: { make: 'ACME', model: '1' },
    },
  ],
  albums: [
    { title: 'Rome', items: ['noon', 'attic'] },
    { title: 'Trips/Oslo', items: ['leap'] },
    { title: 'Nothing yet' },
  ],
};

/** Which folders there are, and which items they show. */
export function treeCases(world: World): void {
  describe(`the tree (${world.name})`, () => {
    const shows: Readonly<Record<string, string[]>> = {
      '/': ['.gphotos', 'README.txt', 'album', 'feature', 'media'],
      '/.gphotos': ['status.json'],
      '/feature': ['archive', 'favorites'],
      '/feature/archive': ['attic.jpg'],
      '/feature/favorites': ['clip.mp4', 'leap.jpg'],
      '/media': ['all', 'by-camera', 'by-day', 'by-month', 'by-year', 'not-in-album', 'photos', 'videos'],
      '/media/all': ['clip.mp4', 'eve.jpg', 'leap.jpg', 'noon.jpg', 'old.jpg'],
      '/media/photos': ['eve.jpg', 'leap.jpg', 'noon.jpg', 'old.jpg'],
      '/media/videos': ['clip.mp4'],
      '/media/not-in-album': ['clip.mp4', 'eve.jpg', 'old.jpg'],
      '/media/by-year': ['1999', '2024'],
      '/media/by-year/2024': ['clip.mp4', 'eve.jpg', 'leap.jpg', 'noon.jpg'],
      '/media/by-month': ['1999', '2024'],
      '/media/by-month/2024': ['2024-02', '2024-07'],
      '/media/by-month/2024/2024-07': ['clip.mp4', 'eve.jpg', 'noon.jpg'],
      '/media/by-day/2024': ['2024-02-29', '2024-07-19', '2024-07-20'],
      '/media/by-day/2024/2024-07-19': ['eve.jpg', 'noon.jpg'],
      '/media/by-day/1999/1999-12-31': ['old.jpg'],
      '/media/by-camera': ['Google Pixel 8'],
      '/media/by-camera/Google Pixel 8': ['eve.jpg', 'leap.jpg'],
      '/album': ['Nothing yet', 'Rome', 'Trips\uFF0FOslo'],
      '/album/Rome': ['attic.jpg', 'noon.jpg'],
      '/album/Nothing yet': [],
    };

    it('every folder shows the items that belong there', async () => {
      await world.with(LIBRARY, {}, async ({ files }) => {
        for (const [path, names] of Object.entries(shows)) assert.deepEqual(await namesIn(files, path), names, path);
      });
    });

    it('everything that a folder lists is found by its name, with the same kind', async () => {
      await world.with(LIBRARY, {}, async ({ files }) => {
        const walk = async (path: string): Promise<void> => {
          for (const { name, kind } of await files.readdir(path === '' ? '/' : path)) {
            assert.equal((await files.lstat(`${path}/${name}`)).kind, kind, `${path}/${name}`);
            if (kind === 'directory') await walk(`${path}/${name}`);
          }
        };
        await walk('');
      });
    });

    it('the file system keeps the fixed folders, empty, when the library is empty', async () => {
      await world.with({}, {}, async ({ files }) => {
        assert.deepEqual(await filesBelow(files, '/'), ['.gphotos/status.json', 'README.txt']);
        for (const path of ['/album', '/feature/favorites', '/feature/archive', '/media/all', '/media/by-year']) {
          assert.deepEqual(await files.readdir(path), [], path);
        }
        await refusedWith('ENOENT', files.lstat('/people'));
        await refusedWith('ENOENT', files.readdir('/people'));
      });
    });

    it('the file system has no folder for a date or camera without items', async () => {
      await world.with(LIBRARY, {}, async ({ files }) => {
        const absent = [
          'by-year/2023',
          'by-month/2023',
          'by-month/2024/2024-03',
          'by-day/2024/2024-07-18',
          'by-camera/ACME 1',
        ];
        for (const path of absent) {
          await refusedWith('ENOENT', files.lstat(`/media/${path}`));
          await refusedWith('ENOENT', files.readdir(`/media/${path}`));
        }
      });
    });

    it('the file system does not find an item in a view it does not belong to', async () => {
      await world.with(LIBRARY, {}, async ({ files }) => {
        const wrong = [
          'media/videos/noon.jpg',
          'media/by-year/1999/noon.jpg',
          'album/Rome/eve.jpg',
          'feature/favorites/noon.jpg',
        ];
        for (const path of wrong) await refusedWith('ENOENT', files.lstat(`/${path}`));
      });
    });

    it('archived items show in their albums and in feature/archive only, and everywhere with --show-archived', async () => {
      await world.with(LIBRARY, {}, async ({ files }) => {
        await refusedWith('ENOENT', files.lstat('/media/all/attic.jpg'));
        assert.equal((await files.lstat('/album/Rome/attic.jpg')).kind, 'file');
        assert.equal((await files.lstat('/feature/archive/attic.jpg')).kind, 'file');
      });
      await world.with(LIBRARY, { root: 'feature/archive' }, async ({ files }) => {
        assert.deepEqual(await filesBelow(files, '/'), ['attic.jpg']);
      });
      await world.with(LIBRARY, { showArchived: true }, async ({ files }) => {
        assert.ok((await namesIn(files, '/media/all')).includes('attic.jpg'));
        assert.ok((await namesIn(files, '/feature/favorites')).includes('attic.jpg'));
        assert.deepEqual(await namesIn(files, '/media/by-year/2023'), ['attic.jpg']);
        assert.deepEqual(await namesIn(files, '/media/by-camera'), ['ACME 1', 'Google Pixel 8']);
      });
    });

    it('the file system lists an album in the album’s order', async () => {
      const items = ['b', 'c', 'a'].map((key) => ({ key }));
      await world.with({ items, albums: [{ title: 'Order', items: ['b', 'c', 'a'] }] }, {}, async ({ files }) => {
        assert.deepEqual(
          (await files.readdir('/album/Order')).map(({ name }) => name),
          ['b.jpg', 'c.jpg', 'a.jpg'],
        );
      });
    });

    it('the file system mounts a folder as the root', async () => {
      await world.with(LIBRARY, { root: 'media/by-month/2024' }, async ({ files }) => {
        assert.deepEqual(await filesBelow(files, '/'), [
          '2024-02/leap.jpg',
          ...['2024-07/clip.mp4', '2024-07/eve.jpg', '2024-07/noon.jpg'],
        ]);
        await refusedWith('ENOENT', files.lstat('/README.txt'));
      });
    });

    it('the file system mounts an album as the root, by name or id, and keeps to it when it is renamed', async () => {
      for (const byId of [false, true]) {
        let root = 'album/Rome';
        await world.with(LIBRARY, {}, async ({ albumIdOf }) => {
          if (byId) root = `album:${await albumIdOf('Rome')}`;
        });
        await world.with(LIBRARY, { root }, async ({ files, become }) => {
          assert.deepEqual(await namesIn(files, '/'), ['attic.jpg', 'noon.jpg']);
          const renamed = [{ key: 'Rome', title: 'Roma', items: ['noon'] }, ...(LIBRARY.albums ?? []).slice(1)];
          await become({ items: LIBRARY.items ?? [], albums: renamed });
          assert.deepEqual(await namesIn(files, '/'), ['noon.jpg']);
        });
      }
    });
  });

  describe(`nested albums (${world.name})`, () => {
    const nested: LibrarySpec = {
      items: [{ key: 'a' }, { key: 'b' }, { key: 'clash', filename: 'Oslo.jpg' }],
      albums: [
        { title: 'Trips', items: ['a', 'clash'] },
        { title: 'Trips/Oslo', items: ['b'] },
        { title: 'Trips/Oslo.jpg', items: ['a'] },
        { title: 'Deep/er/still', items: ['a'] },
        { title: '/odd' },
        { title: '../up', items: ['b'] },
      ],
    };

    it('nested albums become folders in folders, and hide neither albums nor items', async () => {
      await world.with(nested, { nestedAlbums: true }, async ({ files }) => {
        const below = await filesBelow(files, '/album');
        const marked = below.map((path) => path.replace(/~[a-z2-7]{6}\//, '~MARK/'));
        assert.deepEqual(
          marked.sort(),
          [
            ...['..\uFF0Fup/b.jpg', 'Deep/er/still/a.jpg', 'Trips/Oslo.jpg', 'Trips/Oslo.jpg~MARK/a.jpg'],
            ...['Trips/Oslo/b.jpg', 'Trips/a.jpg'],
          ].sort(),
        );
        assert.ok((await namesIn(files, '/album')).includes('\uFF0Fodd'));
        for (const path of below) assert.equal((await files.lstat(`/album/${path}`)).kind, 'file', path);
      });
    });

    it('nested albums may have a parent as the root', async () => {
      await world.with(nested, { nestedAlbums: true, root: 'album/Deep' }, async ({ files }) => {
        assert.deepEqual(await filesBelow(files, '/'), ['er/still/a.jpg']);
      });
    });
  });
}
