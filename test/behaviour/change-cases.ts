import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namesIn, refusedWith } from './expect.js';
import type { World } from './world.js';

/** What is seen when the library changes under the mount. */
export function changeCases(world: World): void {
  describe(`changes of the library (${world.name})`, () => {
    it('the file system shows a new item in every view it belongs to, with new date folders', async () => {
      await world.with({ items: [{ key: 'a' }] }, {}, async ({ files, become }) => {
        await refusedWith('ENOENT', files.lstat('/media/by-year/2011'));
        await become({ items: [{ key: 'a' }, { key: 'b', created: '2011-01-02T03:04:05Z', favorite: true }] });
        for (const view of ['media/all', 'media/by-year/2011', 'media/by-day/2011/2011-01-02', 'feature/favorites']) {
          assert.equal((await files.lstat(`/${view}/b.jpg`)).kind, 'file', view);
        }
      });
    });

    it('the file system removes a gone item from every view, and the folders it leaves empty', async () => {
      const gone = { key: 'b', created: '1988-08-08T08:08:08Z' };
      const albums = [{ title: 'A', items: ['a', 'b'] }];
      const other = { key: 'a' };
      await world.with({ items: [other, gone], albums }, {}, async ({ files, become }) => {
        assert.deepEqual(await namesIn(files, '/media/by-year'), ['1988', '2024']);
        await become({ items: [other], albums: [{ title: 'A', items: ['a'] }] });
        assert.deepEqual(await namesIn(files, '/media/by-year'), ['2024']);
        assert.deepEqual(await namesIn(files, '/album/A'), ['a.jpg']);
        for (const path of ['/media/all/b.jpg', '/album/A/b.jpg', '/media/by-year/1988']) {
          await refusedWith('ENOENT', files.lstat(path));
        }
      });
    });

    it('the file system gives an item that returns its old name and inode', async () => {
      const items = [{ key: 'a' }, { key: 'b', filename: 'a.jpg' }];
      await world.with({ items }, {}, async ({ files, become }) => {
        const describeAll = async (): Promise<[string, number][]> => {
          const names = await namesIn(files, '/media/all');
          return Promise.all(
            names.map(async (name): Promise<[string, number]> => [
              name,
              (await files.lstat(`/media/all/${name}`)).inode,
            ]),
          );
        };
        const before = await describeAll();
        await become({ items: items.slice(0, 1) });
        await become({ items });
        assert.deepEqual(await describeAll(), before);
      });
    });

    it('the file system follows favourites, album membership and album titles', async () => {
      const items = [{ key: 'a' }, { key: 'b' }];
      await world.with({ items, albums: [{ key: 'x', title: 'Old', items: ['a'] }] }, {}, async ({ files, become }) => {
        const { inode } = await files.lstat('/album/Old');
        await become({
          items: [{ key: 'a', favorite: true }, { key: 'b' }],
          albums: [{ key: 'x', title: 'New', items: ['b'] }],
        });
        assert.deepEqual(await namesIn(files, '/album'), ['New']);
        assert.deepEqual(await namesIn(files, '/album/New'), ['b.jpg']);
        assert.deepEqual(await namesIn(files, '/feature/favorites'), ['a.jpg']);
        assert.deepEqual(await namesIn(files, '/media/not-in-album'), ['a.jpg']);
        assert.equal((await files.lstat('/album/New')).inode, inode, 'it is the same folder');
        await refusedWith('ENOENT', files.lstat('/album/Old'));
      });
    });

    it('the file system shows a video once Google has processed it', async () => {
      const video = { key: 'v', mimeType: 'video/mp4', unmeasured: true };
      await world.with({ items: [{ ...video, videoStatus: 'PROCESSING' }] }, {}, async ({ files, become, bytesOf }) => {
        await refusedWith('EAGAIN', files.lstat('/media/videos/v.mp4'));
        await become({ items: [video] });
        assert.equal((await files.lstat('/media/videos/v.mp4')).size, (await bytesOf('v')).length);
      });
    });
  });
}
