import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusedWith } from './expect.js';
import type { LibrarySpec, World } from './world.js';

const OWNERSHIP = { uid: 12345, gid: 54321, umask: 0o027 };

/** What `stat`, extended attributes and `df` tell. */
export function attributeCases(world: World): void {
  describe(`attributes (${world.name})`, () => {
    it('the size that stat shows is the number of bytes that a read delivers, for files and documents', async () => {
      const library = { items: [{ key: 'a' }, { key: 'b', mimeType: 'video/mp4' }, { key: 'c', unmeasured: true }] };
      await world.with(library, {}, async ({ files }) => {
        for (const path of [
          '/README.txt',
          '/.gphotos/status.json',
          ...['a.jpg', 'b.mp4', 'c.jpg'].map((n) => `/media/all/${n}`),
        ]) {
          let { size } = await files.lstat(path);
          let { length } = await files.readFile(path);
          // The status may tell of something new between the look and the reading: then it is looked at and read again.
          for (let after = await files.lstat(path); after.size !== size; after = await files.lstat(path)) {
            ({ size } = after);
            ({ length } = await files.readFile(path));
          }
          assert.ok(size > 0, path);
          assert.equal(length, size, path);
        }
      });
    });

    it('the file system dates a file by its creation, and a folder by the last change of the names in it', async () => {
      const early = { key: 'early', created: '2001-02-03T04:05:06Z' };
      const late = { key: 'late', created: '2020-10-11T12:13:14Z' };
      const album = { title: 'Early', items: ['early'] };
      await world.with({ items: [early, late], albums: [album] }, {}, async ({ files, become, remount }) => {
        const moved = ['/media/all', '/media/by-year', '/media/by-month', '/media/photos', '/media/by-month/2001'];
        const unmoved = ['/', '/media', '/feature', '/album', '/album/Early', '/media/videos'];
        const times = (paths: readonly string[]): Promise<string[]> =>
          Promise.all(
            paths.map(async (path) => {
              const { mtime, ctime } = await files.lstat(path);
              assert.equal(ctime, mtime, path);
              return `${path} ${mtime}`;
            }),
          );
        const before = { moved: await times(moved), unmoved: await times(unmoved) };
        assert.deepEqual(await times(['/media/all/early.jpg']), [`/media/all/early.jpg ${Date.parse(early.created)}`]);
        const added = { key: 'added', created: '2001-03-01T00:00:00Z' };
        const other = { key: 'other', created: '1999-01-01T00:00:00Z' };
        await become({ items: [early, late, added, other], albums: [album] });
        const after = await times(moved);
        after.forEach((time, index) => assert.notEqual(time, before.moved[index]));
        assert.deepEqual(await times(unmoved), before.unmoved);
        await remount();
        assert.deepEqual(await times(moved), after);
      });
    });

    it('an empty folder has the time when it was made, not the epoch', async () => {
      await world.with({ albums: [{ title: 'Nothing yet' }] }, {}, async ({ files }) => {
        for (const path of ['/album/Nothing yet', '/feature/favorites', '/']) {
          assert.ok(Math.abs((await files.lstat(path)).mtime - Date.now()) < 3_600_000, path);
        }
      });
    });

    it('a photo taken before 1970 keeps its date', async () => {
      const created = '1955-11-05T06:15:00Z';
      await world.with({ items: [{ key: 'old', created }] }, {}, async ({ files }) => {
        const path = '/media/by-day/1955/1955-11-05/old.jpg';
        assert.equal((await files.lstat(path)).mtime, world.clampsDates ? 0 : Date.parse(created));
        assert.equal(await files.getxattr(path, 'user.gphotos.creation_time'), created);
      });
    });

    it('the file system shows read-only modes less the umask, and the owner it was given', async () => {
      await world.with({ items: [{ key: 'a' }] }, { ownership: OWNERSHIP }, async ({ files }) => {
        for (const path of ['/media/all/a.jpg', '/README.txt', '/', '/media/all']) {
          const { permissions, uid, gid, kind } = await files.lstat(path);
          assert.deepEqual({ uid, gid }, { uid: OWNERSHIP.uid, gid: OWNERSHIP.gid }, path);
          assert.equal(permissions.toString(8), kind === 'file' ? '440' : '550', path);
        }
      });
    });

    it('the file system gives a file as many links as it has names, two to a folder that holds files only', async () => {
      const items = [
        { key: 'a' },
        { key: 'b', favorite: true, camera: { make: 'Canon', model: 'R5' } },
        { key: 'c', archived: true },
      ];
      const albums = ['One', 'Two'].map((title) => ({ title, items: ['b', 'c'] }));
      await world.with({ items, albums }, {}, async ({ files, become }) => {
        const links = async (path: string): Promise<number> => (await files.lstat(path)).links;
        assert.equal(await links('/README.txt'), 1);
        // all, by-year, by-month, by-day, photos and not-in-album.
        assert.equal(await links('/media/all/a.jpg'), 6);
        // Not in not-in-album, but in two albums, favorites and by-camera.
        for (const place of ['media/all', 'media/photos', 'album/One', 'feature/favorites', 'media/by-camera/Canon R5'])
          assert.equal(await links(`/${place}/b.jpg`), 9, place);
        assert.equal(await links('/album/Two/c.jpg'), 3, 'archived: in its albums and in feature/archive');
        const before = await files.lstat('/media/all/b.jpg');
        await become({ items, albums: [{ title: 'One', items: ['b', 'c'] }] });
        const after = await files.lstat('/media/all/b.jpg');
        assert.deepEqual(after, { ...before, links: 8 }, 'an album that is gone counts no more, and no date moved');
        assert.equal(await links('/album/One/c.jpg'), 2);
        assert.equal((await files.lstat('/media/all')).links, 2);
        assert.equal((await files.lstat('/media')).links, 1, 'find has to look for itself');
      });
    });

    const several: LibrarySpec = {
      items: ['a', 'b', 'c'].map((key) => ({ key })),
      albums: [{ title: 'One', items: ['a'] }, { title: 'Two' }],
    };

    it('an item has one inode in every view, and no two items or folders share one', async () => {
      await world.with(several, {}, async ({ files }) => {
        const [here, there] = await Promise.all([files.lstat('/media/all/a.jpg'), files.lstat('/album/One/a.jpg')]);
        assert.equal(here.inode, there.inode);
        const folders = [
          '/',
          '/album',
          '/album/One',
          '/album/Two',
          '/media',
          '/media/by-year/2024',
          '/media/by-month/2024',
        ];
        const paths = [...folders, '/media/all/a.jpg', '/media/all/b.jpg', '/media/all/c.jpg', '/README.txt'];
        const inodes = await Promise.all(paths.map(async (path) => (await files.lstat(path)).inode));
        assert.equal(new Set(inodes).size, paths.length);
      });
    });

    it('the file system keeps inodes across a remount', async () => {
      await world.with(several, {}, async ({ files, remount }) => {
        const paths = ['/media/all/b.jpg', '/album/Two', '/media/by-day/2024/2024-07-19', '/README.txt'];
        const inodes = (): Promise<number[]> => Promise.all(paths.map(async (path) => (await files.lstat(path)).inode));
        const before = await inodes();
        await remount();
        assert.deepEqual(await inodes(), before);
      });
    });

    it('the extended attributes of an item hold what Google knows of it', async () => {
      const item = {
        key: 'known',
        description: 'Grüße\nfrom the sea',
        camera: { make: 'Canon', model: 'Canon EOS 5D' },
        created: '2024-07-19T12:00:00Z',
      };
      await world.with({ items: [item] }, {}, async ({ files, mediaIdOf }) => {
        const path = '/media/all/known.jpg';
        const told = new Map<string, string>();
        for (const name of await files.listxattr(path)) told.set(name, await files.getxattr(path, name));
        const productUrl = told.get('user.gphotos.product_url') ?? '';
        assert.match(productUrl, /^https:\/\//);
        assert.match(told.get('user.gphotos.width') ?? '', /^[1-9][0-9]*$/);
        assert.match(told.get('user.gphotos.height') ?? '', /^[1-9][0-9]*$/);
        const rest = [...told].filter(([name]) => !/\.(width|height|product_url)$/.test(name));
        assert.deepEqual(Object.fromEntries(rest), {
          'user.gphotos.id': await mediaIdOf('known'),
          'user.gphotos.creation_time': item.created,
          'user.gphotos.description': item.description,
          'user.gphotos.camera': 'Canon EOS 5D',
          'user.gphotos.source': 'app',
          'user.mime_type': 'image/jpeg',
          'user.xdg.origin.url': productUrl,
          'user.xdg.comment': item.description,
        });
      });
    });

    it('the file system leaves out the attributes that Google gives no value for', async () => {
      await world.with({ items: [{ key: 'plain' }] }, {}, async ({ files }) => {
        const path = '/media/all/plain.jpg';
        const names = await files.listxattr(path);
        for (const name of ['user.gphotos.description', 'user.xdg.comment', 'user.gphotos.camera']) {
          assert.ok(!names.includes(name), name);
          await refusedWith('ENODATA', files.getxattr(path, name));
        }
        await refusedWith('ENODATA', files.getxattr(path, 'user.something.else'));
      });
    });

    it('the file system cuts a description over 64 KiB between two characters, and gives one of 64 KiB whole', async () => {
      const full = 'x'.repeat(65_536);
      // The limit falls into the middle of a hedgehog, and of an ä.
      const items = [
        { key: 'full', description: full },
        { key: 'over', description: `${full}y` },
        { key: 'four', description: `xx${'🦔'.repeat(20_000)}` },
        { key: 'two', description: `x${'ä'.repeat(40_000)}` },
      ];
      const shown = [full, full, `xx${'🦔'.repeat(16_383)}`, `x${'ä'.repeat(32_767)}`];
      await world.with({ items }, {}, async ({ files }) => {
        for (const [index, { key }] of items.entries()) {
          for (const name of ['user.gphotos.description', 'user.xdg.comment']) {
            const value = await files.getxattr(`/media/all/${key}.jpg`, name);
            assert.ok(value === shown[index], `${key}: ${value.length} characters`);
          }
        }
      });
    });

    it('an album folder has its id as an extended attribute; other folders and documents have none', async () => {
      await world.with({ albums: [{ title: 'Rome' }] }, {}, async ({ files, albumIdOf }) => {
        assert.equal(await files.getxattr('/album/Rome', 'user.gphotos.id'), await albumIdOf('Rome'));
        for (const path of ['/', '/media/all', '/README.txt']) assert.deepEqual(await files.listxattr(path), [], path);
        await refusedWith('ENODATA', files.getxattr('/album', 'user.gphotos.id'));
      });
    });

    it('statfs counts the items and the known bytes', async () => {
      await world.with({ items: [{ key: 'a' }, { key: 'b' }] }, {}, async ({ files, bytesOf }) => {
        const expected = (await bytesOf('a')).length + (await bytesOf('b')).length;
        const { totalBytes, files: count } = await files.statfs();
        assert.equal(count, 2);
        // A kernel counts in blocks.
        assert.ok(totalBytes >= expected && totalBytes < expected + 1_048_576, `${totalBytes} for ${expected}`);
      });
    });
  });
}
