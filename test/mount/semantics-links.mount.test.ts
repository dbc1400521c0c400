import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repository, runProgram, type Ran } from '../support/child-mount.js';
import { names, run, treeOf } from '../support/mounted-files.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';
import type { EmulatedLibrary } from '../emulator/emulated-library.js';

const PROGRAM_MS = 60_000;
const SIZE = 200_000;
const QUICK = ['--poll-interval', '1s', '--full-sync-interval', '1s', '--attr-timeout', '0s'];

function fill(library: EmulatedLibrary): string[] {
  const camera = { make: 'Canon', model: 'R5' };
  const ids = [
    library.add({ filename: 'a.jpg', size: SIZE, favorite: true, camera, creationTime: '2024-07-19T10:00:00Z' }).id,
    library.add({ filename: 'b.jpg', size: SIZE, creationTime: '2023-12-31T23:59:59Z' }).id,
    library.add({ filename: 'c.jpg', size: SIZE, archived: true, creationTime: '2024-07-19T11:00:00Z' }).id,
  ];
  library.createAlbum('Rome', ids);
  library.createAlbum('Trips/Oslo', ids.slice(0, 1));
  return ids;
}

/** How many names each inode has below a folder, and the link counts that its names show. */
async function linksBelow(folder: string): Promise<{ names: number; shown: number[] }[]> {
  const found = new Map<number, { names: number; shown: Set<number> }>();
  for (const path of await treeOf(folder)) {
    if (path.endsWith('/')) continue;
    const { ino, nlink } = await lstat(join(folder, path));
    const entry = found.get(ino) ?? { names: 0, shown: new Set() };
    found.set(ino, { names: entry.names + 1, shown: entry.shown.add(nlink) });
  }
  return [...found.values()].map(({ names: count, shown }) => ({ names: count, shown: [...shown] }));
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'gphotos-mount-links-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a program that cannot make hard links, as if it wrote to FAT or exFAT. */
function withoutLinks(...command: readonly string[]): Promise<Ran> {
  const script = join(repository, 'test/support/without_links.py');
  return runProgram('python3', [script, ...command], { deadlineMs: PROGRAM_MS });
}

describe('SEMANTICS: links, on a mount', () => {
  it('links: a file shows as many links as it has names, under any root and options', () =>
    withLibrary(fill, async ({ mount }) => {
      const optionsOf = [
        [],
        ['--show-archived'],
        ['--nested-albums', '--root', 'album'],
        ['--root', 'media/by-month/2024'],
      ];
      const most: number[] = [];
      for (const args of optionsOf) {
        await mount({ until: 'measured', args }, async ({ path }) => {
          const links = await linksBelow(path);
          for (const { names: count, shown } of links) assert.deepEqual(shown, [count], args.join(' '));
          most.push(Math.max(...links.map(({ names: count }) => count)));
        });
      }
      // media/all, by-year, by-month, by-day, photos, by-camera, favorites and two albums.
      assert.deepEqual(most, [9, 9, 2, 1]);
    }));

  it('links: du, tar, rsync -H and cp -a take a file with many names for one', () =>
    withLibrary(fill, ({ mount }) =>
      mount({ until: 'measured' }, ({ path }) =>
        withFolder(async (folder) => {
          const used = Number((await run('du', ['-s', '--apparent-size', '--block-size=1', path])).split('\t')[0]);
          assert.ok(used >= 3 * SIZE && used < 4 * SIZE, `du: ${used}`);
          await run('tar', ['-cf', join(folder, 'all.tar'), '-C', path, 'media', 'album', 'feature'], PROGRAM_MS);
          const archive = (await stat(join(folder, 'all.tar'))).size;
          assert.ok(archive >= 3 * SIZE && archive < 4 * SIZE, `tar: ${archive}`);
          await run('cp', ['-a', path, join(folder, 'cp')], PROGRAM_MS);
          await run('rsync', ['-aH', `${path}/`, join(folder, 'rsync')], PROGRAM_MS);
          for (const copy of ['cp', 'rsync']) {
            assert.deepEqual(await treeOf(join(folder, copy)), await treeOf(path));
            const copied = await linksBelow(join(folder, copy));
            assert.deepEqual(copied.map((file) => file.names).sort(), [1, 1, 2, 6, 9], copy);
            for (const { names: count, shown } of copied) assert.deepEqual(shown, [count], copy);
          }
        }),
      ),
    ));

  it('links: where the target has no hard links, cp -a and tar say so and fail, and the command of SEMANTICS.md copies all', () =>
    withLibrary(fill, ({ mount }) =>
      mount({ until: 'measured' }, ({ path }) =>
        withFolder(async (folder) => {
          const media = join(path, 'media');
          const wanted = await treeOf(media);
          const at = (name: string): string => join(folder, name);
          const linked = await withoutLinks('cp', '-a', media, at('linked'));
          assert.equal(linked.code, 1);
          assert.match(linked.stderr, /cannot create hard link .*Operation not permitted/);
          await run('tar', ['-cf', at('media.tar'), '-C', path, 'media'], PROGRAM_MS);
          await mkdir(at('unpacked'));
          const unpacked = await withoutLinks('tar', '-xf', at('media.tar'), '-C', at('unpacked'));
          assert.equal(unpacked.code, 2);
          assert.match(unpacked.stderr, /Cannot hard link to .*Operation not permitted/);

          await run('tar', ['--hard-dereference', '-cf', at('whole.tar'), '-C', path, 'media'], PROGRAM_MS);
          await mkdir(at('tar'));
          const copies = {
            cp: await withoutLinks('cp', '-r', '--preserve=timestamps', media, at('cp')),
            rsync: await withoutLinks('rsync', '-rt', `${media}/`, at('rsync')),
            'tar/media': await withoutLinks('tar', '-xf', at('whole.tar'), '-C', at('tar')),
          };
          for (const [name, { code, stderr }] of Object.entries(copies)) {
            assert.equal(code, 0, `${name}: ${stderr}`);
            assert.deepEqual(await treeOf(at(name)), wanted, name);
            for (const file of ['all/a.jpg', 'by-year/2023/b.jpg']) {
              const [copy, original] = [await stat(join(at(name), file)), await stat(join(media, file))];
              assert.deepEqual([copy.size, copy.nlink], [SIZE, 1], `${name}: ${file}`);
              assert.equal(Math.trunc(copy.mtimeMs / 1000), Math.trunc(original.mtimeMs / 1000), `${name}: ${file}`);
            }
          }
        }),
      ),
    ));

  it('links: a name more or less changes the link count and neither mtime nor ctime', () =>
    withLibrary(fill, ({ mount, library, made }) =>
      mount({ until: 'measured', args: QUICK }, async ({ path }) => {
        const file = join(path, 'media/all/b.jpg');
        const before = await lstat(file);
        assert.equal(before.nlink, 6);
        const [, b = ''] = made;
        library.createAlbum('Later', [b]);
        await until('it has one name more', async () => (await lstat(file)).nlink === 7);
        assert.ok((await names(join(path, 'album'))).includes('Later'));
        const after = await lstat(file);
        assert.deepEqual([after.mtimeMs, after.ctimeMs, after.ino], [before.mtimeMs, before.ctimeMs, before.ino]);
      }),
    ));
});
