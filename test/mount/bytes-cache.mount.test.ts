import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import type { CacheOutcome } from '../../src/daemon/answer-cache.js';
import type { ControlProgress } from '../../src/daemon/control-protocol.js';
import { ExitCode } from '../../src/support/user-error.js';
import { outcome } from '../support/mounted-files.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const POLL = ['--poll-interval', '1s', '--full-sync-interval', '2s'];

/** Runs `cache ... --json` and gives what it told. */
async function cache(folders: PrivateFolders, ...args: string[]): Promise<CacheOutcome> {
  const { code, stdout, stderr } = await gphotosMount(['cache', ...args, '--json'], folders.env);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as CacheOutcome;
}

async function untilPinned(folders: PrivateFolders, items: number): Promise<void> {
  await until(
    `${items} pinned items are on disk`,
    async () => {
      const told = await cache(folders, 'stats');
      return told.action === 'stats' && told.stats.pinnedItems === items && told.stats.pinnedCached === items;
    },
    40_000,
  );
}

describe('the cache commands on a live mount', () => {
  it('pin: a pinned album is kept with what comes later, across a restart, beyond the age limit, readable offline', () =>
    withLibrary(
      (library) => {
        const ids = ['a.jpg', 'b.jpg'].map((filename) => library.add({ filename, size: 150_000 }).id);
        library.add({ filename: 'other.jpg', size: 150_000 });
        return { ids, album: library.createAlbum('Rome', ids) };
      },
      async ({ mount, library, folders, emulator, made: { ids, album } }) => {
        const args = [...POLL, '--cache-max-age', '1s'];
        await mount({ until: 'measured', args }, async ({ path }) => {
          const told = await cache(folders, 'pin', join(path, 'album/Rome'));
          assert.deepEqual(told, { action: 'pin', items: 2 });
          await untilPinned(folders, 2);
          const late = library.add({ filename: 'late.jpg', size: 150_000 });
          library.addToAlbum(album.id, [late.id]);
          ids.push(late.id);
          await untilPinned(folders, 3);
        });
        await mount({ until: 'mounted', args }, async ({ path }) => {
          await untilPinned(folders, 3);
          const outage = emulator.faults.add({ times: Infinity, action: { type: 'reset' } });
          // The limit of a second is long over for what is not pinned.
          for (const [index, name] of ['a.jpg', 'b.jpg', 'late.jpg'].entries()) {
            assert.ok((await readFile(join(path, 'media/all', name))).equals(await library.bytesOf(ids[index] ?? '')));
          }
          assert.equal(await outcome(readFile(join(path, 'media/all/other.jpg'))), 'EIO');
          outage.remove();
          assert.equal((await cache(folders, 'unpin', join(path, 'album/Rome'))).action, 'unpin');
          await untilPinned(folders, 0);
        });
      },
    ));

  it('pin: a pinned month is kept with what arrives in it later, and no other month is fetched', () =>
    withLibrary(
      (library) => {
        const add = (filename: string, creationTime: string) => library.add({ filename, size: 150_000, creationTime });
        add('a.jpg', '2024-07-01T08:00:00Z');
        add('august.jpg', '2024-08-01T08:00:00Z');
        return () => add('late.jpg', '2024-07-30T08:00:00Z');
      },
      ({ mount, library, folders, emulator, made: addLate }) =>
        mount({ until: 'measured', args: POLL }, async ({ path }) => {
          const month = join(path, 'media/by-month/2024/2024-07');
          assert.deepEqual(await cache(folders, 'pin', month), { action: 'pin', items: 1 });
          await untilPinned(folders, 1);
          const late = addLate();
          await untilPinned(folders, 2);
          emulator.faults.add({ times: Infinity, action: { type: 'reset' } });
          assert.ok((await readFile(join(month, 'late.jpg'))).equals(await library.bytesOf(late.id)));
          assert.equal(await outcome(readFile(join(path, 'media/all/august.jpg'))), 'EIO');
        }),
    ));

  it('warm: a folder is fetched once, stats shows its bytes, and clear frees them', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 12; index++) library.add({ filename: `${index}.jpg`, size: 100_000 + index });
      },
      ({ mount, folders, emulator }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const all = join(path, 'media/all');
          const warmed = await cache(folders, 'warm', all);
          assert.deepEqual(warmed, { action: 'warm', done: 12, failed: 0, total: 12, bytes: 1_200_066 });
          const spent = emulator.counters.requests({ route: /^media\./ });
          assert.equal((await readFile(join(all, '3.jpg'))).length, (await stat(join(all, '3.jpg'))).size);
          await cache(folders, 'warm', all);
          assert.equal(emulator.counters.requests({ route: /^media\./ }), spent, 'nothing is fetched twice');
          const stats = await cache(folders, 'stats');
          assert.ok(stats.action === 'stats' && stats.stats.bytes >= 1_200_066);
          const cleared = await cache(folders, 'clear', path);
          assert.ok(cleared.action === 'clear' && cleared.freed >= 1_200_066);
          const after = await cache(folders, 'stats');
          assert.ok(after.action === 'stats' && after.stats.bytes === 0, JSON.stringify(after));
        }),
    ));

  it('warm: the progress of a long file is shown, and the fetch stops when the command ends', () =>
    withLibrary(
      (library, emulator) => {
        emulator.faults.add({
          match: { route: 'media.video', method: 'GET' },
          times: Infinity,
          action: { type: 'slow', bytesPerSecond: 10_000_000 },
        });
        return library.add({ filename: 'film.mp4', mimeType: 'video/mp4', size: 100_000_000 });
      },
      ({ mount, folders, emulator }) =>
        mount({ until: 'measured' }, async () => {
          emulator.counters.reset();
          // As the command does it, until its user presses Ctrl-C.
          const socket = connect(join(folders.runtime, 'default.sock'));
          socket.write(`${JSON.stringify({ command: 'cache', action: 'warm', path: '/media/videos' })}\n`);
          const seen: number[] = [];
          for await (const line of createInterface(socket)) {
            const { progress } = JSON.parse(line) as ControlProgress;
            assert.deepEqual([progress.done, progress.totalBytes], [0, 100_000_000]);
            if (progress.bytes > 0) seen.push(progress.bytes);
            if (seen.length === 2) break;
          }
          socket.destroy();
          assert.ok((seen[1] ?? 0) > (seen[0] ?? 0), seen.join(' '));
          await until('nothing is fetched any more', () => emulator.counters.open === 0);
          assert.ok(emulator.counters.bytes({ route: /^media\./ }) < 90_000_000);
        }),
    ));

  it('the cache commands refuse a path that is not there, one outside of any mount, and an unknown word', () =>
    withLibrary(
      (library) => void library.add({ filename: 'a.jpg' }),
      ({ mount, folders }) =>
        mount({ until: 'measured' }, async ({ path }) => {
          const refused = async (code: ExitCode, ...args: string[]): Promise<void> => {
            const told = await gphotosMount(['cache', ...args], folders.env);
            assert.equal(told.code, code, told.stderr);
            assert.match(told.stderr, /^gphotos-mount: \S.*\.\n {2}\S/);
          };
          await refused(ExitCode.usage, 'pin', join(path, 'media/all/none.jpg'));
          await refused(ExitCode.usage, 'unpin', join(path, 'media/all/a.jpg'));
          await refused(ExitCode.notRunning, 'warm', folders.home);
          await refused(ExitCode.usage, 'pim', path);
          await refused(ExitCode.usage, 'pin');
        }),
    ));
});
