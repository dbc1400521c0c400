import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { names, outcome } from '../support/mounted-files.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';

const OFTEN = ['--poll-interval', '1s', '--attr-timeout', '0s'];
const FULL = [...OFTEN, '--full-sync-interval', '1s'];
const RARELY = ['--poll-interval', '1h', '--attr-timeout', '0s'];
const LIST = 'mediaItems.list';

describe('SEMANTICS: syncing, on a mount', () => {
  it('first-sync: items show while later pages are still on their way', () =>
    withLibrary(
      (_, emulator) => {
        // The third page hangs: what came before must be there all the same.
        emulator.faults.add({
          match: { route: LIST, hasPageToken: true },
          after: 1,
          action: { type: 'slow', delayMs: 8000 },
        });
      },
      ({ mount }) =>
        mount({ until: 'mounted' }, async ({ path, status }) => {
          await until('the first page shows', async () => (await readdir(join(path, 'media/all'))).length >= 100);
          assert.equal((await status()).sync.firstSyncDone, false);
          assert.equal((await status()).state, 'syncing');
        }),
      { seed: { items: 400, albums: 0 } },
    ));

  it('damaged-catalog: a restart keeps names, inodes and sizes, says so, and keeps the damaged file', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 90; index += 1) library.add({ filename: `${index % 60}.jpg` });
      },
      async ({ mount, folders }) => {
        const catalog = join(folders.data, 'default/catalog.db');
        const look = async (path: string): Promise<unknown[]> => {
          const all = join(path, 'media/all');
          const shown = (await names(all)).map(async (name) => {
            const { ino, size, mtimeMs } = await stat(join(all, name));
            return { name, ino, size, mtimeMs };
          });
          return Promise.all(shown);
        };
        const before = await mount({ until: 'measured' }, ({ path }) => look(path));
        assert.equal(before.length, 90);
        writeFileSync(catalog, readFileSync(catalog).fill(0, 0, 4096));
        await mount({ until: 'mounted' }, async ({ path, status, log }) => {
          assert.deepEqual(await look(path), before);
          const told = (await status()).errors.find(({ code }) => code === 'catalog-rebuilt');
          assert.match(
            told?.message ?? '',
            /was damaged and a new one was made: 90 items and 0 albums kept their names/,
          );
          assert.match(told?.hint ?? '', /catalog\.db\.damaged/);
          assert.match(log(), /catalog-rebuilt: The catalog was damaged/);
          assert.ok(existsSync(`${catalog}.damaged`));
        });
        await mount({ args: ['--quota-reserve', '5%'] }, async ({ path }) => {
          assert.deepEqual(await look(path), before, 'nor does reading it again from Google change anything');
        });
      },
      { seed: { items: 0, albums: 0 } },
    ));

  it('damaged-catalog: damage that is met while mounted is an error that status tells, and the next start mends it', () =>
    withLibrary(
      (library) => library.add({ filename: 'a.jpg' }),
      async ({ mount, folders }) => {
        const catalog = join(folders.data, 'default/catalog.db');
        await mount({}, () => Promise.resolve());
        const db = openSqlite(catalog);
        const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'items_kind'").pluck().get() as number;
        db.close();
        writeFileSync(catalog, readFileSync(catalog).fill(0xa5, (page - 1) * 4096, page * 4096));
        await mount({ until: 'mounted' }, async ({ path, untilStatus }) => {
          assert.equal(await outcome(readdir(join(path, 'media/photos'))), 'EIO');
          assert.deepEqual(await names(join(path, 'media/all')), ['a.jpg']);
          const { errors } = await untilStatus('the error is in status', (status) =>
            status.errors.some(({ code }) => code === 'catalog-damaged'),
          );
          const told = errors.find(({ code }) => code === 'catalog-damaged');
          assert.match(`${told?.message} ${told?.hint}`, /catalog\.db is damaged\. Unmount and mount again/);
        });
        await mount({ until: 'mounted' }, async ({ path, status }) => {
          assert.deepEqual(await names(join(path, 'media/photos')), ['a.jpg']);
          assert.ok((await status()).errors.some(({ code }) => code === 'catalog-rebuilt'));
        });
      },
      { seed: { items: 0, albums: 0 } },
    ));

  it('poll: new items, changed albums and favourites show after the next poll', () =>
    withLibrary(
      (library) => {
        const id = library.add({ filename: 'old.jpg' }).id;
        return { id, album: library.createAlbum('Rome', [id]).id };
      },
      ({ mount, library, made }) =>
        mount({ args: OFTEN }, async ({ path }) => {
          const added = library.add({ filename: 'new.jpg' }).id;
          library.addToAlbum(made.album, [added]);
          library.setFavorite(made.id, true);
          library.createAlbum('Paris', [added]);
          await until('the item shows', async () => (await names(join(path, 'media/all'))).includes('new.jpg'));
          await until('it is in the album', async () => (await names(join(path, 'album/Rome'))).length === 2);
          await until(
            'the favourite shows',
            async () => (await names(join(path, 'feature/favorites')))[0] === 'old.jpg',
          );
          await until(
            'the new album shows',
            async () => (await outcome(stat(join(path, 'album/Paris/new.jpg')))) === 'ok',
          );
        }),
    ));

  it('removal: only a full pass without an error takes away what is gone', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 150; index += 1) library.add({ filename: `${index}.jpg` });
        return library.add({ filename: 'gone.jpg' }).id;
      },
      ({ mount, library, made, emulator }) =>
        mount({ args: FULL }, async ({ path, status }) => {
          const all = join(path, 'media/all');
          const failing = emulator.faults.add({
            match: { route: LIST, hasPageToken: true },
            times: Infinity,
            action: { type: 'html', status: 502 },
          });
          library.remove(made);
          await until('two pages failed', () => failing.hits >= 2);
          assert.ok((await names(all)).includes('gone.jpg'));
          assert.equal((await status()).catalog.items, 151);
          failing.remove();
          await until('it is gone', async () => !(await names(all)).includes('gone.jpg'), 40_000);
          assert.equal((await names(all)).length, 150);
        }),
    ));

  it('mass-removal: a library that seems to vanish stays until a second full pass agrees', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 50; index += 1) library.add({ filename: `${index}.jpg` });
      },
      ({ mount, emulator }) =>
        mount({ args: [...OFTEN, '--full-sync-interval', '1s'] }, async ({ path, untilStatus }) => {
          const empty = emulator.faults.add({
            match: { route: LIST, hasPageToken: false },
            times: 1,
            action: { type: 'answer', status: 200, body: {} },
          });
          await until('the empty listing was given', () => empty.hits === 1);
          const status = await untilStatus(
            'a later pass succeeded',
            () => emulator.counters.requests({ route: LIST }) >= 6,
            30_000,
          );
          assert.equal(status.catalog.items, 50);
          assert.equal((await names(join(path, 'media/all'))).length, 50);
        }),
    ));

  it('sync-now: the command and SIGHUP bring news without waiting for a poll, and --full takes away what is gone', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 20; index += 1) library.add({ filename: `${index}.jpg` });
        return library.add({ filename: 'gone.jpg' }).id;
      },
      ({ mount, library, made, folders, emulator }) =>
        mount({ args: RARELY }, async ({ path, pid }) => {
          const all = join(path, 'media/all');
          const sync = (...args: string[]) => gphotosMount(['sync', ...args], { ...folders.env, ...emulator.env });
          library.add({ filename: 'new.jpg' });
          assert.equal((await sync('--wait')).code, 0);
          await until('the new item shows', async () => (await names(all)).includes('new.jpg'));
          library.add({ filename: 'newer.jpg' });
          process.kill(pid, 'SIGHUP');
          await until('the newer item shows', async () => (await names(all)).includes('newer.jpg'));
          library.remove(made);
          assert.equal((await sync('--full', '--wait', path)).code, 0);
          await until('it is gone', async () => !(await names(all)).includes('gone.jpg'));
          emulator.faults.add({ match: { route: LIST }, times: Infinity, action: { type: 'html', status: 502 } });
          const failed = await sync('--wait');
          assert.equal(failed.code, 74);
          assert.match(failed.stderr, /Google/);
        }),
    ));

  it('sync-now: sync --full --wait, asked in the middle of a full pass that has gone by a photo, returns when the removed photo is gone', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 320; index += 1) library.add({ filename: `${index}.jpg` });
        return library.add({ filename: 'gone.jpg', creationTime: '2030-01-01T00:00:00Z' }).id;
      },
      ({ mount, library, made, folders, emulator }) =>
        mount({ args: [...RARELY, '--full-sync-interval', '1s'] }, async ({ path }) => {
          // The second page of the list hangs: the first, with the photo, has been read.
          const held = emulator.faults.add({
            match: { route: LIST, hasPageToken: true },
            action: { type: 'slow', delayMs: 1500 },
          });
          await until('a full pass is past the photo', () => held.hits === 1, 60_000);
          library.remove(made);
          const env = { ...folders.env, ...emulator.env };
          const { code, stderr } = await gphotosMount(['sync', '--full', '--wait', path], env);
          assert.equal(code, 0, stderr);
          assert.equal(await outcome(stat(join(path, 'media/all/gone.jpg'))), 'ENOENT');
          assert.equal((await names(join(path, 'media/all'))).length, 320);
        }),
    ));

  it('sync-now: sync --wait, asked before syncing has begun, is answered when the look is done', () =>
    withLibrary(
      (library) => {
        library.add({ filename: 'a.jpg' });
      },
      ({ mount, folders, emulator }) =>
        mount({ args: RARELY, until: 'mounted' }, async ({ path }) => {
          const { code, stderr } = await gphotosMount(['sync', '--wait', path], { ...folders.env, ...emulator.env });
          assert.equal(code, 0, stderr);
        }),
    ));

  it('endless-listing: albums under ever new tokens end as a told failure after some dozen requests, and news shows all the same', () =>
    withLibrary(
      (library) => {
        const { id } = library.add({ filename: 'a.jpg' });
        library.createAlbum('Rome', [id]);
        library.createAlbum('Oslo', [id]);
      },
      ({ mount, library, emulator }) =>
        mount({ args: OFTEN }, async ({ path, untilStatus }) => {
          emulator.counters.reset();
          emulator.switches.endlessRepeat = true;
          library.add({ filename: 'new.jpg' });
          const { sync } = await untilStatus(
            'status says so',
            (now) => now.sync.lastError?.code === 'endless-listing',
            60_000,
          );
          assert.match(sync.lastError?.message ?? '', /repeat/);
          await until('the new item shows', async () => (await names(join(path, 'media/all'))).includes('new.jpg'));
          assert.deepEqual(await names(join(path, 'album')), ['Oslo', 'Rome']);
          const polls = emulator.counters.requests({ route: LIST });
          await until('more polls', () => emulator.counters.requests({ route: LIST }) >= polls + 5, 60_000);
          const albums = emulator.counters.requests({ route: 'albums.list' });
          assert.ok(albums <= 60, `${albums} requests for albums`);
        }),
    ));

  it('answer-limits: a page of 300,000 items, and one with arrays in arrays, is refused, told, and changes nothing', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 20; index += 1) library.add({ filename: `${index}.jpg` });
      },
      ({ mount, folders, emulator }) =>
        mount({ args: RARELY }, async ({ path, status }) => {
          for (const action of [
            { type: 'huge-page', entries: 300_000 },
            { type: 'nested-arrays', bytes: 5_000_000, depth: 3 },
            { type: 'long-text', field: 'description', bytes: 20_000_000 },
          ] as const) {
            const fault = emulator.faults.add({ match: { route: LIST }, times: Infinity, action });
            const { code, stderr } = await gphotosMount(['sync', '--wait', path], { ...folders.env, ...emulator.env });
            assert.equal(code, 74, action.type);
            assert.match(stderr, /refused/);
            assert.equal((await status()).sync.lastError?.code, 'protocol');
            assert.equal((await names(join(path, 'media/all'))).length, 20);
            fault.remove();
            assert.equal((await gphotosMount(['sync', '--wait', path], { ...folders.env, ...emulator.env })).code, 0);
          }
          assert.equal((await status()).catalog.items, 20);
        }),
    ));

  it('cost: polls that find nothing are one request, with a look at albums and favourites now and then', () =>
    withLibrary(
      () => undefined,
      ({ mount, emulator }) =>
        mount({ args: OFTEN, until: 'measured' }, async () => {
          const { counters } = emulator;
          counters.reset();
          await until('twelve polls', () => counters.requests({ route: LIST }) >= 12, 60_000);
          const polls = counters.requests({ route: LIST });
          const others = counters.requests({ route: /^(mediaItems|albums)\./ }) - polls;
          assert.ok(others <= polls / 2 + 3, `${polls} polls, ${others} other requests`);
        }),
      { seed: { items: 250, albums: 2 } },
    ));

  it('reserve: background work leaves the share that was asked for, says when it goes on, and yields to a person', () =>
    withLibrary(
      () => undefined,
      ({ mount, library, folders, emulator }) =>
        mount(
          { args: [...RARELY, '--quota-reserve', '95%'], until: 'mounted' },
          async ({ path, status, untilStatus }) => {
            const { quota } = await untilStatus(
              'the budget is spent',
              (now) => now.quota.backgroundResumesAt !== null,
              60_000,
            );
            assert.deepEqual([quota.api.limit, quota.api.reserve], [10_000, 9500]);
            assert.ok(quota.api.used <= 520, `${quota.api.used} used`);
            assert.ok(Date.parse(quota.backgroundResumesAt ?? '') > Date.now());
            library.add({ filename: 'new.jpg' });
            assert.equal((await gphotosMount(['sync', '--wait'], { ...folders.env, ...emulator.env })).code, 0);
            await until('the new item shows', async () => (await names(join(path, 'media/all'))).includes('new.jpg'));
            assert.ok((await status()).quota.api.used > 500);
          },
        ),
      { seed: { items: 4000, albums: 10, videosEvery: 0 }, switches: { pageCap: 20 } },
    ));

  it('sync-errors: broken answers of every kind shrink nothing, and status says what happened', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 250; index += 1) library.add({ filename: `${index}.jpg` });
      },
      ({ mount, emulator }) =>
        mount({ args: FULL }, async ({ path, untilStatus }) => {
          for (const action of [
            { type: 'html', status: 502 },
            { type: 'html', status: 200 },
            { type: 'truncated-json' },
            { type: 'without', fields: ['mediaItems'] },
            { type: 'reset' },
          ] as const) {
            const fault = emulator.faults.add({ match: { route: LIST }, action });
            await until(`${action.type} was met`, () => fault.hits === 1, 60_000);
            assert.equal((await names(join(path, 'media/all'))).length, 250, action.type);
          }
          const status = await untilStatus(
            'syncing went on',
            ({ state, catalog }) => state === 'ready' && catalog.items === 250,
            60_000,
          );
          assert.ok(status.errors.length > 0);
          await untilStatus('what is over is marked so', ({ errors }) =>
            errors.every(({ resolvedAt }) => resolvedAt !== null),
          );
          for (const error of status.errors)
            assert.ok(error.message.length > 10 && error.hint.length > 10, JSON.stringify(error));
        }),
    ));

  it('restart: the tree is there at once, also without a network', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 20; index += 1) library.add({ filename: `${index}.jpg` });
      },
      async ({ mount, emulator }) => {
        await mount({ until: 'measured' }, () => Promise.resolve());
        emulator.faults.add({ times: Infinity, action: { type: 'reset' } });
        await mount({ until: 'mounted' }, async ({ path, untilStatus }) => {
          const all = join(path, 'media/all');
          assert.equal((await names(all)).length, 20);
          assert.ok((await stat(join(all, '7.jpg'))).size > 0);
          await untilStatus('status says so', ({ state }) => state === 'degraded');
        });
      },
    ));

  it('kernel-cache: a new name shows at once and a removed one goes within the attribute timeout', () =>
    withLibrary(
      (library) => {
        for (let index = 0; index < 20; index += 1) library.add({ filename: `${index}.jpg` });
        return library.add({ filename: 'gone.jpg' }).id;
      },
      ({ mount, library, made }) =>
        mount({ args: ['--poll-interval', '1s', '--full-sync-interval', '1s'] }, async ({ path }) => {
          const all = join(path, 'media/all');
          assert.equal(await outcome(stat(join(all, 'new.jpg'))), 'ENOENT');
          library.add({ filename: 'new.jpg' });
          await until('the new name is listed', async () => (await names(all)).includes('new.jpg'));
          assert.equal(await outcome(stat(join(all, 'new.jpg'))), 'ok', 'no memory of its absence');
          assert.equal(await outcome(stat(join(all, 'gone.jpg'))), 'ok');
          library.remove(made);
          await until('it is gone by name', async () => (await outcome(stat(join(all, 'gone.jpg')))) === 'ENOENT');
        }),
    ));
});
