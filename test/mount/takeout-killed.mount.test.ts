import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { SEED, SEED_NOTE, seededNumbers, share } from '../support/chance.js';
import { treeOf } from '../support/mounted-files.js';
import { untilRead, withTakeouts } from '../support/takeout-mount.js';
import { randomLibrary } from '../takeout/builder/random-library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

/** Times come from sidecars: those within pictures are read later, in the background. */
const RATES = { withoutSidecar: 0, withoutTime: 0 };
const KILLS = 20;
/** Longer than reading the exports takes. */
const LONGEST_MS = 1500;

async function inodesBelow(path: string): Promise<string[]> {
  const all = (await treeOf(path)).filter((name) => /^(?:media|album|feature|people)\//.test(name));
  return Promise.all(all.map(async (name) => `${name} ${(await stat(join(path, name))).ino}`));
}

describe('a mount of Takeout exports that is killed', () => {
  it(`kill -9 at any moment of reading: after the next mounts everything is as without the kill, names and inodes too (${SEED_NOTE})`, () =>
    withTakeouts(async ({ downloads: folder, folders, add, mount }) => {
      const random = seededNumbers(SEED);
      const library = randomLibrary(random, 250, RATES);
      const old = await writeExport(library, { folder, parts: 3, style: 'old', repeated: 5 });
      const files = old.parts.map(({ file }) => file);
      await add(...files);
      const wanted = await mount({}, async (mounted) => {
        await untilRead(mounted);
        return inodesBelow(mounted.path);
      });
      for (let kill = 0; kill < share(KILLS); kill += 1) {
        for (const base of [folders.data, folders.cache]) rmSync(join(base, 'default'), { recursive: true });
        await add(...files);
        let delay = 0;
        for (let left = 1 + random(3); left > 0; left -= 1) {
          delay = random(LONGEST_MS);
          await mount({}, async (mounted) => {
            await pause(delay);
            assert.equal(await mounted.end('SIGKILL'), null);
          });
        }
        await mount({}, async (mounted) => {
          await untilRead(mounted);
          assert.deepEqual(await inodesBelow(mounted.path), wanted, `killed ${delay} ms after the mount`);
          assert.deepEqual(await differencesFromTruth(mounted.path, old.truth), [], `seed ${SEED}, ${delay} ms`);
        });
      }
    }));
});
