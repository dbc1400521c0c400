import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gphotosMount } from '../support/run-program.js';
import { untilRead } from '../support/takeout-mount.js';
import { withLibrary } from '../support/with-library.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

describe('a mount of an account and of Takeout exports', () => {
  it('shows both; a full pass that removes items of Google leaves the items of Takeout, and takeout remove leaves those of Google', () =>
    withLibrary(
      (library) =>
        ['g1', 'g2', 'g3', 'g4'].map(
          (name) => library.add({ filename: `${name}.jpg`, creationTime: '2024-07-19T10:00:00Z' }).id,
        ),
      async ({ mount, library, made, folders, emulator }) => {
        const folder = join(folders.home, 'Downloads');
        mkdirSync(folder);
        const photos = Array.from({ length: 12 }, (_, index) => ({
          ...{ title: `t${index}.jpg`, takenMs: Date.UTC(2020, index, 2), favorite: index === 1 },
          people: index < 3 ? ['Ada'] : [],
        }));
        const albums = [{ title: 'Rome', members: ['p0', 'p2'] }];
        const { parts, truth, name } = await writeExport(describeLibrary({ photos, albums }), { folder, parts: 2 });
        const env = { ...folders.env, ...emulator.env };
        const run = async (...args: string[]): Promise<void> => {
          const { code, stdout, stderr } = await gphotosMount(args, env);
          assert.equal(code, 0, stdout + stderr);
        };
        await mount({ until: 'measured' }, async (mounted) => {
          const all = join(mounted.path, 'media/all');
          const google = await Promise.all(
            (await readdir(all)).map(async (file) => `${file} ${(await stat(join(all, file))).ino}`),
          );
          await run('takeout', 'add', '--wait', ...parts.map(({ file }) => file));
          const { catalog } = await untilRead(mounted);
          assert.deepEqual(catalog.sources, { app: 4, upload: 0, picker: 0, takeout: 12 });
          assert.deepEqual(await differencesFromTruth(mounted.path, truth, { hasOthers: true }), []);
          for (const id of made.slice(0, 3)) library.remove(id);
          // Removing most of what Google showed is held back at first.
          const heldBack = await gphotosMount(['sync', '--full', '--wait', folders.mountpoint], env);
          assert.equal(heldBack.code, 74, heldBack.stderr);
          await run('sync', '--accept-removals', folders.mountpoint);
          await mounted.untilStatus('Google shows one item', (status) => status.catalog.sources.app === 1, 60_000);
          assert.equal((await mounted.status()).catalog.items, 13);
          assert.deepEqual(await differencesFromTruth(mounted.path, truth, { hasOthers: true }), []);
          await run('takeout', 'remove', name);
          await untilRead(mounted);
          const left = await Promise.all(
            (await readdir(all)).map(async (file) => `${file} ${(await stat(join(all, file))).ino}`),
          );
          assert.deepEqual(
            left,
            google.filter((line) => line.startsWith('g4')),
          );
        });
      },
    ));
});
