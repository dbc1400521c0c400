import assert from 'node:assert/strict';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { endMount } from '../support/end-mount.js';
import { outcome } from '../support/mounted-files.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { until } from '../support/until.js';
import { damagedBytes } from '../takeout/builder/oddities.js';
import { describeLibrary, type PhotoDraft } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';

let folders: PrivateFolders;
let all: string;
beforeEach(() => {
  folders = makePrivateFolders();
  all = join(folders.mountpoint, 'media/all');
});
afterEach(async () => {
  await endMount(folders);
  folders.remove();
});

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gphotosMount(args, folders.env);
  assert.equal(code, 0, stderr);
  return stdout;
}

async function status(): Promise<StatusDocument> {
  return JSON.parse(await run('status', '--json')) as StatusDocument;
}

/** Writes an export of these photographs into a new folder of its own. Resolves to the folder. */
async function exportOf(
  photos: readonly PhotoDraft[],
  stamp: string,
  albums: Record<string, string[]> = {},
): Promise<string> {
  const folder = join(folders.root, stamp);
  mkdirSync(folder);
  const described = Object.entries(albums).map(([title, members]) => ({ title, members }));
  await writeExport(describeLibrary({ photos, albums: described }), { folder, stamp });
  return folder;
}

const LAKE: PhotoDraft = { key: 'lake', title: 'lake.jpg', takenMs: Date.UTC(2019, 6, 3, 12) };
const HILL: PhotoDraft = { key: 'hill', title: 'hill.jpg', takenMs: Date.UTC(2020, 6, 3, 12) };

describe('SEMANTICS: Takeout exports, on a mount', () => {
  it('takeout-items: one photograph in a year, an album and two exports is one item, and comes back with its name and inode', async () => {
    const first = await exportOf([LAKE, HILL], '20260101T000000Z', { Como: ['lake'] });
    const second = await exportOf([LAKE], '20260301T000000Z', { Como: ['lake'] });
    await run('takeout', 'add', '--wait', first, second);
    await run(folders.mountpoint);
    assert.deepEqual((await readdir(all)).sort(), ['hill.jpg', 'lake.jpg']);
    assert.deepEqual(await readdir(join(folders.mountpoint, 'album/Como')), ['lake.jpg']);
    const { ino } = await stat(join(all, 'hill.jpg'));
    await run('takeout', 'remove', 'takeout-20260101T000000Z');
    await until('the items of the export are gone', async () => (await readdir(all)).length === 1);
    await run('takeout', 'add', '--wait', first);
    await until('they are back', async () => (await readdir(all)).length === 2);
    assert.equal((await stat(join(all, 'hill.jpg'))).ino, ino);
  });

  it('takeout-dates: a date is that of the sidecar, else of the digits in the name, else of the year of the folder', async () => {
    const exifMs = Date.UTC(2015, 1, 2, 10);
    const photos: PhotoDraft[] = [
      { title: 'sidecar.jpg', takenMs: Date.UTC(2019, 6, 3, 12), exifMs },
      { title: 'folder.jpg', takenMs: Date.UTC(2015, 1, 2, 10), sidecar: 'none' },
      { title: 'IMG_20160304_101500.jpg', takenMs: Date.UTC(2016, 2, 4, 10, 15), sidecar: 'none' },
    ];
    await run('takeout', 'add', '--wait', await exportOf(photos, '20260101T000000Z'));
    await run(folders.mountpoint);
    const years = await Promise.all(
      photos.map(async ({ title }) => (await stat(join(all, title))).mtime.toISOString().slice(0, 10)),
    );
    assert.deepEqual(years, ['2019-07-03', '2015-01-01', '2016-03-04']);
  });

  it('takeout-damaged: a file whose bytes are not those of the archive fails with EIO at its end, then when it is opened', async () => {
    const folder = await exportOf([{ ...LAKE, size: 300_000 }, HILL], '20260101T000000Z');
    const part = join(folder, 'takeout-20260101T000000Z-001.zip');
    damagedBytes(part, 'Takeout/Google Photos/Photos from 2019/lake.jpg');
    await run('takeout', 'add', '--wait', folder);
    await run(folders.mountpoint);
    const file = join(all, 'lake.jpg');
    assert.equal(await outcome(readFile(file)), 'EIO');
    assert.equal(await outcome(readFile(file)), 'EIO');
    assert.ok((await readFile(join(all, 'hill.jpg'))).length > 0);
    const { errors } = await status();
    assert.ok(
      errors.some(({ message }) => message.includes('lake.jpg')),
      JSON.stringify(errors),
    );
    const check = await gphotosMount(['takeout', 'check', '--bytes'], folders.env);
    assert.equal(check.code, 65, check.stdout);
    assert.match(check.stdout, /bytes: 2 files read, 1 wrong\n {2}.*lake\.jpg/);
  });

  it('takeout-gone: items of a part that is not there stay listed and fail with EIO, and read again when it is back', async () => {
    const folder = await exportOf([LAKE], '20260101T000000Z');
    const part = join(folder, 'takeout-20260101T000000Z-001.zip');
    assert.ok(existsSync(part));
    await run('takeout', 'add', '--wait', folder);
    await run(folders.mountpoint);
    const file = join(all, 'lake.jpg');
    const bytes = await readFile(file);
    const { size } = await stat(file);
    renameSync(part, `${part}.away`);
    await until('opening fails', async () => (await outcome(readFile(file))) === 'EIO');
    assert.deepEqual([await readdir(all), (await stat(file)).size], [['lake.jpg'], size]);
    await until('status names the part', async () =>
      (await status()).takeout.exports[0]?.parts.some(({ error }) => error?.includes(part) === true),
    );
    renameSync(`${part}.away`, part);
    await until('it reads again', async () => (await outcome(readFile(file))) !== 'EIO');
    assert.deepEqual(await readFile(file), bytes);
  });
});
