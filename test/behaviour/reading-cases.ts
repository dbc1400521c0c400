import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namesIn, refusedWith, sameBytes } from './expect.js';
import type { World } from './world.js';

/** What reading delivers, and what is refused how. */
export function readingCases(world: World): void {
  describe(`reading (${world.name})`, () => {
    it('the file system delivers the bytes of photos and videos', async () => {
      await world.with(
        { items: [{ key: 'p' }, { key: 'v', mimeType: 'video/mp4' }] },
        {},
        async ({ files, bytesOf }) => {
          sameBytes(await files.readFile('/media/photos/p.jpg'), await bytesOf('p'));
          sameBytes(await files.readFile('/media/videos/v.mp4'), await bytesOf('v'));
        },
      );
    });

    it('the file system delivers any part of a file, and nothing past its end', async () => {
      await world.with({ items: [{ key: 'p' }] }, {}, async ({ files, bytesOf }) => {
        const bytes = await bytesOf('p');
        const path = '/media/all/p.jpg';
        for (const [position, length] of [
          [0, 1],
          [10, 100],
          [bytes.length - 5, 100],
          [bytes.length - 1, 1],
        ] as const) {
          sameBytes(await files.read(path, position, length), bytes.subarray(position, position + length));
        }
        assert.equal((await files.read(path, bytes.length, 10)).length, 0);
        assert.equal((await files.read(path, bytes.length + 10_000_000, 10)).length, 0);
      });
    });

    it('many readers at once get the same bytes', async () => {
      await world.with({ items: [{ key: 'p' }] }, {}, async ({ files, bytesOf }) => {
        const copies = await Promise.all(Array.from({ length: 8 }, () => files.readFile('/media/all/p.jpg')));
        for (const copy of copies) sameBytes(copy, await bytesOf('p'));
      });
    });

    it('the file system delivers the documents as text', async () => {
      await world.with({}, {}, async ({ files }) => {
        const text = async (path: string): Promise<string> => Buffer.from(await files.readFile(path)).toString('utf8');
        assert.match(await text('/README.txt'), /Google Photos/);
        assert.equal(typeof JSON.parse(await text('/.gphotos/status.json')), 'object');
        assert.equal((await files.read('/README.txt', 1_000_000, 10)).length, 0);
      });
    });

    it('the file system lists files that were never measured, and measures one that is looked at', async () => {
      const items = [
        { key: 'new', unmeasured: true },
        { key: 'newer', unmeasured: true },
      ];
      await world.with({ items }, {}, async ({ files, bytesOf }) => {
        assert.deepEqual(await namesIn(files, '/media/all'), ['new.jpg', 'newer.jpg']);
        assert.equal((await files.lstat('/media/all/new.jpg')).size, (await bytesOf('new')).length);
        sameBytes(await files.readFile('/media/all/newer.jpg'), await bytesOf('newer'));
      });
    });

    it('the file system refuses a file whose size cannot be measured, and still lists it', async () => {
      const items = [{ key: 'lost', unmeasured: true, trouble: 'gone' as const }];
      await world.with({ items }, {}, async ({ files }) => {
        assert.deepEqual(await namesIn(files, '/media/all'), ['lost.jpg']);
        await refusedWith('EIO', files.lstat('/media/all/lost.jpg'));
        await refusedWith('EIO', files.read('/media/all/lost.jpg', 0, 1));
      });
    });

    it('a read is answered EAGAIN while Google asks to wait', async () => {
      const items = [{ key: 'busy', unmeasured: true, trouble: 'rate-limited' as const }];
      await world.with({ items }, {}, async ({ files }) => refusedWith('EAGAIN', files.lstat('/media/all/busy.jpg')));
    });

    it('an item whose bytes Google has lost still has its size, and its bytes are refused', async () => {
      await world.with({ items: [{ key: 'lost', trouble: 'gone' }] }, {}, async ({ files, bytesOf }) => {
        assert.equal((await files.lstat('/media/all/lost.jpg')).size, (await bytesOf('lost')).length);
        await refusedWith('EIO', files.read('/media/all/lost.jpg', 0, 1));
      });
    });

    it('opening a video in processing is answered EAGAIN, and one that failed EIO', async () => {
      const video = { mimeType: 'video/mp4', unmeasured: true };
      const items = [
        { ...video, key: 'soon', videoStatus: 'PROCESSING' as const },
        { ...video, key: 'never', videoStatus: 'FAILED' as const },
      ];
      await world.with({ items }, {}, async ({ files }) => {
        assert.deepEqual(await namesIn(files, '/media/videos'), ['never.mp4', 'soon.mp4']);
        await refusedWith('EAGAIN', files.lstat('/media/all/soon.mp4'));
        await refusedWith('EAGAIN', files.read('/media/all/soon.mp4', 0, 1));
        await refusedWith('EIO', files.lstat('/media/all/never.mp4'));
        await refusedWith('EIO', files.read('/media/all/never.mp4', 0, 1));
      });
    });
  });

  describe(`refusals (${world.name})`, () => {
    const library = { items: [{ key: 'a' }], albums: [{ title: 'Rome', items: ['a'] }] };
    const long = 'n'.repeat(256);
    const refusals: readonly (readonly [code: string, path: string])[] = [
      ['ENOENT', '/nothing'],
      ['ENOENT', '/media/all/nothing.jpg'],
      ['ENOENT', '/album/Paris'],
      ['ENOENT', '/album/Paris/a.jpg'],
      ['ENOENT', `/nothing/${long}`],
      ['ENOTDIR', '/README.txt/x'],
      ['ENOTDIR', '/media/all/a.jpg/x'],
      ['ENOTDIR', '/album/Rome/a.jpg/x/y'],
      ['ENOTDIR', `/README.txt/${long}`],
      ['ENAMETOOLONG', `/${long}`],
      ['ENAMETOOLONG', `/media/all/${long}`],
      ['ENAMETOOLONG', `/album/${long}/x`],
      ['ENAMETOOLONG', `/media/by-year/2024/${'é'.repeat(128)}`],
    ];
    for (const operation of ['lstat', 'readdir', 'read', 'listxattr'] as const) {
      it(`the file system answers ${operation} of what is not there as Linux does`, async () => {
        await world.with(library, {}, async ({ files }) => {
          for (const [code, path] of refusals) {
            const answer: Promise<unknown> = operation === 'read' ? files.read(path, 0, 1) : files[operation](path);
            await refusedWith(code, answer);
          }
        });
      });
    }

    it('the file system refuses to list a file and to read a folder', async () => {
      await world.with(library, {}, async ({ files }) => {
        for (const path of ['/README.txt', '/media/all/a.jpg']) await refusedWith('ENOTDIR', files.readdir(path));
        for (const path of ['/', '/media', '/album/Rome']) await refusedWith('EISDIR', files.read(path, 0, 1));
      });
    });
  });
}
