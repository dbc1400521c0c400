import assert from 'node:assert/strict';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { EmulatedLibrary } from '../emulator/emulated-library.js';
import { readToEnd } from '../support/mounted-files.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

/** Nothing is looked at but by `sync`. */
const QUIET = ['--poll-interval', '1h', '--full-sync-interval', '365d', '--attr-timeout', '0'];

interface Times {
  readonly mtime: number;
  readonly ctime: number;
}

async function timesOf(path: string): Promise<Times> {
  const { mtimeMs, ctimeMs } = await lstat(path);
  return { mtime: mtimeMs, ctime: ctimeMs };
}

async function syncNow(folders: PrivateFolders, ...how: string[]): Promise<void> {
  const { code, stderr } = await gphotosMount(['sync', '--wait', ...how, folders.mountpoint], folders.env);
  assert.equal(code, 0, stderr);
}

/** What an indexer remembers of a folder. */
interface Indexed extends Times {
  readonly names: readonly string[];
}

/** Walks as updatedb does: a folder is listed again only where its times moved. Answers what it then knows, and what it listed. */
async function indexed(root: string, before: ReadonlyMap<string, Indexed>) {
  const known = new Map<string, Indexed>();
  const listed: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    const times = await timesOf(join(root, folder));
    const old = before.get(folder);
    const isSame = old?.mtime === times.mtime && old.ctime === times.ctime;
    if (!isSame) listed.push(folder);
    const names = isSame ? old.names : (await readdir(join(root, folder))).sort();
    known.set(folder, { ...times, names });
    for (const name of names) {
      // A folder that an old listing names may be gone.
      const facts = await lstat(join(root, folder, name)).catch(() => undefined);
      if (facts?.isDirectory() === true) await walk(`${folder}/${name}`);
    }
  };
  await walk('');
  return { known, listed: listed.sort() };
}

/** Twenty-four photos, two a month of 2023, of which the first is in an album. */
function aYear(library: EmulatedLibrary): readonly string[] {
  const ids = Array.from({ length: 24 }, (_, index) => {
    const month = String(Math.floor(index / 2) + 1).padStart(2, '0');
    return library.add({ filename: `${index}.jpg`, creationTime: `2023-${month}-1${index % 2}T10:00:00Z` }).id;
  });
  library.createAlbum('Rome', ids.slice(0, 1));
  return ids;
}

describe('SEMANTICS: change markers and times of folders, on a mount', () => {
  for (const [what, size] of [
    ['of the same length', 200_000],
    ['of another length', 150_000],
  ] as const) {
    it(`change-times: new bytes ${what} move mtime and ctime of that file alone to when they were seen, also after a restart`, () =>
      withLibrary(
        (library) => {
          library.add({ filename: 'other.jpg', size: 200_000, creationTime: '2020-02-02T02:02:02Z' });
          return library.add({ filename: 'a.jpg', size: 200_000, creationTime: '2021-03-04T05:06:07Z' }).id;
        },
        async ({ mount, library, made }) => {
          const created = Date.parse('2021-03-04T05:06:07Z');
          const others = Date.parse('2020-02-02T02:02:02Z');
          const args = [...QUIET, '--cache-max-age', '0s'];
          const seen = await mount({ until: 'measured', args }, async ({ path }) => {
            const file = join(path, 'media/all/a.jpg');
            await readFile(file);
            assert.deepEqual(await timesOf(file), { mtime: created, ctime: created });
            const before = Date.now();
            library.replaceBytes(made, { size });
            const truth = await library.bytesOf(made);
            await until(
              'the new version is read',
              async () => {
                // The open that meets the new version fails, whichever it is.
                const bytes = await readToEnd(file);
                return Buffer.isBuffer(bytes) && bytes.equals(truth);
              },
              30_000,
            );
            const times = await timesOf(file);
            assert.ok(times.mtime >= before && times.mtime <= Date.now(), `${times.mtime}`);
            assert.equal(times.ctime, times.mtime);
            assert.deepEqual(await timesOf(join(path, 'media/by-year/2021/a.jpg')), times);
            assert.deepEqual(await timesOf(join(path, 'media/all/other.jpg')), { mtime: others, ctime: others });
            return times;
          });
          await mount({ until: 'mounted', args }, async ({ path }) => {
            const file = join(path, 'media/all/a.jpg');
            assert.deepEqual(await timesOf(file), seen);
            assert.equal((await readFile(file)).length, size);
            assert.deepEqual(await timesOf(file), seen);
            assert.deepEqual(await timesOf(join(path, 'media/all/other.jpg')), { mtime: others, ctime: others });
          });
        },
      ));
  }

  it('folder-times: an indexer that lists only folders whose times moved sees every change, and after a restart has nothing to list', () =>
    withLibrary(aYear, async ({ mount, library, folders, made: ids }) => {
      let index: ReadonlyMap<string, Indexed> = new Map();
      const looked = async (path: string): Promise<string[]> => {
        const { known, listed } = await indexed(path, index);
        const { known: truth } = await indexed(path, new Map());
        assert.deepEqual([...known].sort(), [...truth].sort());
        index = known;
        return listed;
      };
      await mount({ args: QUIET }, async ({ path }) => {
        await looked(path);
        await syncNow(folders);
        assert.deepEqual(await looked(path), [], 'a poll that found nothing');
        await syncNow(folders, '--full');
        assert.deepEqual(await looked(path), [], 'a full pass that found nothing');

        library.add({
          filename: 'old.jpg',
          creationTime: '1999-05-05T05:05:05Z',
          camera: { make: 'ACME', model: 'One' },
        });
        await syncNow(folders);
        assert.deepEqual(await looked(path), [
          '/media/all',
          '/media/by-camera',
          '/media/by-camera/ACME One',
          '/media/by-day',
          '/media/by-day/1999',
          '/media/by-day/1999/1999-05-05',
          '/media/by-month',
          '/media/by-month/1999',
          '/media/by-month/1999/1999-05',
          '/media/by-year',
          '/media/by-year/1999',
          '/media/not-in-album',
          '/media/photos',
        ]);

        library.remove(ids[6] ?? '');
        library.setFavorite(ids[5] ?? '', true);
        await syncNow(folders, '--full');
        assert.deepEqual(await looked(path), [
          '/feature/favorites',
          '/media/all',
          '/media/by-day/2023',
          '/media/by-month/2023/2023-04',
          '/media/by-year/2023',
          '/media/not-in-album',
          '/media/photos',
        ]);

        const rome = library.albums().find(({ title }) => title === 'Rome')?.id ?? '';
        library.addToAlbum(rome, [ids[4] ?? '']);
        await syncNow(folders, '--full');
        assert.deepEqual(await looked(path), ['/album/Rome', '/media/not-in-album']);
        library.updateAlbum(rome, { title: 'Roma' });
        library.createAlbum('Empty', []);
        await syncNow(folders, '--full');
        // The new names are listed because they were never seen; what Rome holds is unchanged.
        assert.deepEqual(await looked(path), ['/album', '/album/Empty', '/album/Roma']);
        library.setArchived(ids[7] ?? '', true);
        await syncNow(folders, '--full');
        assert.deepEqual(await looked(path), [
          '/feature/archive',
          '/media/all',
          '/media/by-day/2023',
          '/media/by-month/2023',
          '/media/by-year/2023',
          '/media/not-in-album',
          '/media/photos',
        ]);
      });
      await mount({ until: 'mounted', args: QUIET }, async ({ path }) => assert.deepEqual(await looked(path), []));
    }));
});
