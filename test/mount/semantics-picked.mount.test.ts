import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Emulator } from '../emulator/start-emulator.js';
import { names, outcome, xattrsOf } from '../support/mounted-files.js';
import type { Mounted } from '../support/mounted.js';
import { itemNumbers, listed, pickAll, pickCommand } from '../support/picking.js';
import { until } from '../support/until.js';
import { withLibrary, type Stage } from '../support/with-library.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';

/** None of these items was added by this program: the Library API hides them. */
const HIDDEN = { seed: { items: 8, albums: 0, videosEvery: 4 }, switches: { appSeesFrom: 8 } } as const;

async function inodes(folder: string): Promise<string[]> {
  const all = await names(folder);
  return Promise.all(all.map(async (name) => `${name} ${(await stat(join(folder, name))).ino}`));
}

/** Asserts that each file has the bytes of its item at Google, found by its name. */
async function assertBytes(folder: string, emulator: Emulator, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const item = emulator.library.itemAt(number) ?? assert.fail();
    const wanted = await emulator.library.bytesOf(item.id);
    assert.ok((await readFile(join(folder, item.filename))).equals(wanted), item.filename);
  }
}

async function untilPicked({ untilStatus }: Mounted, items: number): Promise<void> {
  await untilStatus(`${items} picked items show`, ({ catalog }) => catalog.sources.picker === items);
}

async function picked(stage: Stage<unknown>, numbers: readonly number[], ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await pickAll(stage.folders, stage.emulator, numbers, ...args);
  assert.equal(code, 0, stdout + stderr);
}

describe('picked items', () => {
  it('picked-items: what a person picks shows in all views of items with its bytes, name, date and source, and stays without network, sign-in and cache', () =>
    withLibrary(
      () => undefined,
      async (stage) => {
        const { mount, emulator, folders } = stage;
        const numbers = itemNumbers(emulator);
        let before: string[] = [];
        await mount({}, async (mounted) => {
          assert.deepEqual(await readdir(join(mounted.path, 'media/all')), []);
          await picked(stage, numbers);
          await untilPicked(mounted, 8);
          const all = join(mounted.path, 'media/all');
          await assertBytes(all, emulator, numbers);
          before = await inodes(all);
          const [video = -1] = numbers.filter((number) => emulator.library.itemAt(number)?.kind === 'video');
          const { filename = '', creationTime = '' } = emulator.library.itemAt(video) ?? {};
          assert.ok((await names(join(mounted.path, 'media/videos'))).includes(filename));
          assert.ok((await names(join(mounted.path, `media/by-year/${creationTime.slice(0, 4)}`))).includes(filename));
          const attributes = await xattrsOf(join(all, filename));
          assert.equal(attributes['user.gphotos.source'], 'picker');
          assert.match(attributes['user.gphotos.picked_at'] ?? '', /^\d{4}-\d\d-\d\dT/);
          assert.equal((await stat(join(all, filename))).mtimeMs, Date.parse(creationTime));
          const { picked: status } = await mounted.status();
          assert.equal(status.items, 8);
          assert.deepEqual(
            status.sessions.map(({ state, total, totalKnown, stored, failed }) => ({
              state,
              total,
              totalKnown,
              stored,
              failed,
            })),
            [{ state: 'done', total: 8, totalKnown: true, stored: 8, failed: 0 }],
          );
          assert.match(
            await readFile(join(mounted.path, 'README.txt'), 'utf8'),
            /8 items were picked on Google's page/,
          );
          const cleared = await pickCommand(folders, emulator, 'list');
          assert.match(cleared.stdout, /done[^]*8 of 8 stored[^]*8 picked items/);
        });
        // The account is gone, and nothing answers.
        emulator.oauth.grant.revoked = true;
        emulator.oauth.expireAccessTokens();
        const env = { GPHOTOS_LIBRARY_URL: 'http://127.0.0.1:9', GPHOTOS_TOKEN_URL: 'http://127.0.0.1:9' };
        await mount({ env, until: 'mounted' }, async (mounted) => {
          await untilPicked(mounted, 8);
          assert.deepEqual(await inodes(join(mounted.path, 'media/all')), before);
          await assertBytes(join(mounted.path, 'media/all'), emulator, numbers);
        });
      },
      HIDDEN,
    ));

  it('picked-items: a profile without a sign-in whose items were picked before mounts and shows them', () =>
    withLibrary(
      () => undefined,
      async (stage) => {
        const { mount, emulator } = stage;
        const numbers = itemNumbers(emulator);
        // Without a running mount the command does the work itself.
        await picked(stage, numbers);
        const none = { GPHOTOS_REFRESH_TOKEN: '', GPHOTOS_CLIENT_ID: '', GPHOTOS_CLIENT_SECRET: '' };
        await mount({ env: none, until: 'mounted' }, async (mounted) => {
          await untilPicked(mounted, 8);
          await assertBytes(join(mounted.path, 'media/all'), emulator, numbers);
          assert.equal((await mounted.status()).signIn.state, 'none');
        });
      },
      HIDDEN,
    ));

  it('picked-once: the same item picked twice, an item that Google lists as well, and a file of a Takeout with equal bytes are one file each; its name and inode stay as sources come and go', () =>
    withLibrary(
      () => undefined,
      async (stage) => {
        const { mount, emulator, folders, library } = stage;
        const downloads = join(folders.home, 'Downloads');
        mkdirSync(downloads);
        const takeout = describeLibrary({ photos: [{ title: 'taken.jpg', takenMs: Date.UTC(2021, 4, 5) }] });
        const { parts, name, truth } = await writeExport(takeout, { folder: downloads });
        await mount({ until: 'measured' }, async (mounted) => {
          const all = join(mounted.path, 'media/all');
          const google = await inodes(all);
          assert.equal(google.length, 3);
          const env = { ...folders.env, ...emulator.env };
          const { gphotosMount } = await import('../support/run-program.js');
          const added = await gphotosMount(['takeout', 'add', '--wait', ...parts.map(({ file }) => file)], env);
          assert.equal(added.code, 0, added.stderr);
          await until('the export shows', async () => (await names(all)).length === 4);
          const before = await inodes(all);
          // Another name and date, and the bytes of the export.
          const bytes = await readFile(join(all, truth.items[0]?.name ?? ''));
          const equal = library.add({ filename: 'renamed.jpg', creationTime: '2020-01-01T00:00:00Z', bytes });
          emulator.switches.appSeesFrom = 0;
          const numbers = itemNumbers(emulator).filter((number) => number !== equal.number);
          await picked(stage, [...numbers, equal.number]);
          await picked(stage, numbers);
          await untilPicked(mounted, 4);
          assert.deepEqual(
            (await inodes(all)).filter((line) => !line.startsWith('renamed')),
            before,
          );
          assert.equal((await listed(folders, emulator)).items, 4);
          assert.equal((await xattrsOf(join(all, 'taken.jpg')))['user.gphotos.source'], 'takeout');
          const [own = ''] = google.map((line) => line.split(' ')[0] ?? '');
          assert.equal((await xattrsOf(join(all, own)))['user.gphotos.source'], 'picker');
          // One source goes: the bytes of the other are shown under the same name and inode.
          const removed = await gphotosMount(['takeout', 'remove', name], env);
          assert.equal(removed.code, 0, removed.stderr);
          await until('the picked bytes are shown', async () => {
            const { 'user.gphotos.source': source } = await xattrsOf(join(all, 'taken.jpg'));
            return source === 'picker';
          });
          assert.ok((await readFile(join(all, 'taken.jpg'))).equals(bytes));
          const forgotten = await pickCommand(folders, emulator, 'forget', join(all, own));
          assert.equal(forgotten.code, 0, forgotten.stderr);
          assert.equal((await xattrsOf(join(all, own)))['user.gphotos.source'], 'app');
          assert.deepEqual(
            (await inodes(all)).filter((line) => !line.startsWith('renamed')),
            before,
          );
        });
      },
      { seed: { items: 3, albums: 0, videosEvery: 0 } },
    ));

  it('picked-once: two picked items with one file name and other bytes are two files, whose names stay over a remount', () =>
    withLibrary(
      (library) => {
        for (const filename of ['IMG_1.jpg', 'IMG_1.jpg', 'img_1.JPG'])
          library.add({ filename, creationTime: '2024-05-06T07:08:09Z' });
      },
      async (stage) => {
        const { mount, emulator } = stage;
        let before: string[] = [];
        await mount({}, async (mounted) => {
          await picked(stage, itemNumbers(emulator));
          await untilPicked(mounted, 3);
          before = await inodes(join(mounted.path, 'media/all'));
          assert.equal(before.length, 3);
        });
        await mount({}, async (mounted) => assert.deepEqual(await inodes(join(mounted.path, 'media/all')), before));
      },
      { switches: { appSeesFrom: 100 } },
    ));

  it('picked-albums: --album shows what is picked in a folder of that title, which is the one of Google where there is one, also where Google’s comes later; nothing changes at Google', () =>
    withLibrary(
      (library) => {
        const own = library.add({ filename: 'own.jpg', creationTime: '2024-05-06T07:08:09Z' });
        return library.createAlbum('Rome', [own.id]);
      },
      async (stage) => {
        const { mount, emulator, library, folders } = stage;
        const numbers = itemNumbers(emulator);
        const [one = -1, two = -1, three = -1] = numbers.filter((number) => number < 4);
        const nameOf = (number: number): string => library.itemAt(number)?.filename ?? '';
        await mount({ until: 'synced' }, async (mounted) => {
          const album = (title: string): Promise<string[]> => names(join(mounted.path, 'album', title));
          await picked(stage, [one], '--album', 'Rome');
          await picked(stage, [two, three], '--album', 'Oslo');
          await untilPicked(mounted, 3);
          assert.deepEqual(await album('Rome'), ['own.jpg', nameOf(one)].sort());
          assert.deepEqual(await album('Oslo'), [nameOf(two), nameOf(three)].sort());
          assert.deepEqual(await names(join(mounted.path, 'album')), ['Oslo', 'Rome']);
          const inode = (await stat(join(mounted.path, 'album/Oslo'))).ino;
          const later = library.add({ filename: 'later.jpg', creationTime: '2024-06-06T07:08:09Z' });
          library.createAlbum('Oslo', [later.id]);
          const env = { ...folders.env, ...emulator.env };
          const { gphotosMount } = await import('../support/run-program.js');
          assert.equal((await gphotosMount(['sync', '--full', '--wait', mounted.path], env)).code, 0);
          assert.deepEqual(await album('Oslo'), ['later.jpg', nameOf(two), nameOf(three)].sort());
          assert.deepEqual(await names(join(mounted.path, 'album')), ['Oslo', 'Rome']);
          assert.equal((await stat(join(mounted.path, 'album/Oslo'))).ino, inode);
          assert.equal(
            emulator.counters.requests({ route: /create|batchAdd|upload/i }),
            1 + 1,
            'the two sessions alone',
          );
          const { sessions } = await listed(folders, emulator);
          const [rome] = sessions.filter(({ album: title }) => title === 'Rome');
          const forgotten = await pickCommand(folders, emulator, 'forget', '--session', rome?.id ?? '');
          assert.equal(forgotten.code, 0, forgotten.stderr);
          assert.match(forgotten.stdout, /removed 1 picked item from this machine/);
          await until('it is gone', async () => (await album('Rome')).length === 1);
          assert.deepEqual(await names(join(mounted.path, 'album')), ['Oslo', 'Rome']);
        });
      },
      { seed: { items: 4, albums: 0, videosEvery: 0 }, switches: { appSeesFrom: 4 } },
    ));

  it('picked-store: --picked-dir moves the files that are there; where its folder is gone, files stay listed, opening one is EIO, status names the folder, and it is all back with the folder', () =>
    withLibrary(
      () => undefined,
      async (stage) => {
        const { mount, emulator, folders } = stage;
        const numbers = itemNumbers(emulator);
        const other = join(folders.root, 'drive/picked');
        mkdirSync(join(folders.root, 'drive'));
        const filesIn = (folder: string): number =>
          existsSync(folder)
            ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
                (entry) => entry.isFile() && !entry.name.startsWith('.'),
              ).length
            : 0;
        const first = join(folders.data, 'default/picked');
        await mount({}, async (mounted) => {
          await picked(stage, numbers.slice(0, 4));
          await untilPicked(mounted, 4);
        });
        assert.equal(filesIn(first), 4);
        await mount({ args: ['--picked-dir', other] }, async (mounted) => {
          await until('they are moved', () => filesIn(other) === 4 && filesIn(first) === 0);
          await picked(stage, numbers);
          await untilPicked(mounted, 8);
          await assertBytes(join(mounted.path, 'media/all'), emulator, numbers);
        });
        assert.equal(filesIn(other), 8);
        const away = join(folders.root, 'away');
        renameSync(join(folders.root, 'drive'), away);
        await mount({}, async (mounted) => {
          await untilPicked(mounted, 8);
          const all = join(mounted.path, 'media/all');
          const [name = ''] = await names(all);
          assert.ok((await stat(join(all, name))).size > 0);
          assert.equal(await outcome(readFile(join(all, name))), 'EIO');
          const { errors } = await mounted.untilStatus('status names it', ({ errors }) =>
            errors.some(({ code, resolvedAt }) => code === 'picked-store' && resolvedAt === null),
          );
          assert.match(JSON.stringify(errors), /The folder of picked files, .*drive\/picked\/default, is not there/);
          renameSync(away, join(folders.root, 'drive'));
          await assertBytes(all, emulator, numbers);
        });
      },
      HIDDEN,
    ));
});
