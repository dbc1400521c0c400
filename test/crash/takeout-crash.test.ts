import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { SEED, SEED_NOTE, seededNumbers, share } from '../support/chance.js';
import { faultWhenAsked, type FaultPlace } from '../support/fault-when-asked.js';
import type { MountedDaemon } from '../support/mounted.js';
import { treeOf } from '../support/mounted-files.js';
import { fingerprint, untilRead, withTakeouts, type TakeoutStage } from '../support/takeout-mount.js';
import { randomLibrary } from '../takeout/builder/random-library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

/** Times come from sidecars: those within pictures are read later, in the background. */
const RATES = { withoutSidecar: 0, withoutTime: 0 };
/** `npm test` plays a tenth. */
const KILLS = 100;
const CRASHES = 30;
/** Longer than reading the exports takes. */
const LONGEST_MS = 1500;

async function inodesBelow(path: string): Promise<string[]> {
  // Folders of cameras fill in the background, when all is read.
  const all = (await treeOf(path)).filter((name) => /^(?:media\/(?!by-camera)|album\/|feature\/|people\/)/.test(name));
  return Promise.all(all.map(async (name) => `${name} ${(await stat(join(path, name))).ino}`));
}

/** What ends a thread while exports are read. */
const CRASHES_OF: readonly { readonly what: string; readonly where: FaultPlace; readonly code: string }[] = [
  { what: 'the writer thread exits', where: 'the writer thread', code: 'process.exit(5);' },
  { what: 'the writer thread throws', where: 'the writer thread', code: "throw new Error('injected fault');" },
  { what: 'a thread that reads archives exits', where: 'an archive thread', code: 'process.exit(5);' },
  {
    what: 'a thread that reads archives throws',
    where: 'an archive thread',
    code: "throw new Error('injected fault');",
  },
];

/** A profile in which nothing was read yet, and what it has to show when all is read. */
interface Unread {
  /** Forgets all, and adds the parts. */
  readonly begin: () => Promise<void>;
  /** `isPartLate`: a part was read after the others, so that items came in another order and may be named without their sidecar. */
  readonly assertWhole: (mounted: MountedDaemon, how: string, isPartLate?: boolean) => Promise<void>;
  readonly random: (limit: number) => number;
}

function withUnread(body: (stage: TakeoutStage & Unread) => Promise<void>): Promise<void> {
  return withTakeouts(async (stage) => {
    const { downloads: folder, folders, add, mount } = stage;
    const random = seededNumbers(SEED);
    const old = await writeExport(randomLibrary(random, 250, RATES), { folder, parts: 3, style: 'old', repeated: 5 });
    const files = old.parts.map(({ file }) => file);
    const archives = fingerprint(folder);
    await add(...files);
    const wanted = await mount({}, async (mounted) => {
      await untilRead(mounted);
      return inodesBelow(mounted.path);
    });
    await body({
      ...stage,
      random,
      begin: async () => {
        for (const base of [folders.data, folders.cache]) rmSync(join(base, 'default'), { recursive: true });
        await add(...files);
      },
      assertWhole: async (mounted, how, isPartLate = false) => {
        await mounted.untilStatus(
          `all is read: ${how}`,
          ({ takeout: { reading, exports } }) =>
            reading === null && exports.every(({ parts }) => parts.every(({ state }) => state === 'ready')),
          60_000,
        );
        if (!isPartLate) assert.deepEqual(await inodesBelow(mounted.path), wanted, how);
        const differences = await differencesFromTruth(mounted.path, old.truth);
        const counted = differences.filter((one) => !isPartLate || !/ is named /.test(one));
        assert.deepEqual(counted, [], `seed ${SEED}, ${how}`);
        assert.deepEqual(fingerprint(folder), archives);
      },
    });
  });
}

describe('the reading of Takeout exports that is interrupted', () => {
  it(`kill -9 at any moment of reading: after the next mounts everything is as without the kill, names and inodes too (${SEED_NOTE})`, () =>
    withUnread(async ({ begin, assertWhole, mount, random }) => {
      for (let kill = 0; kill < share(KILLS); kill += 1) {
        await begin();
        let delay = 0;
        for (let left = 1 + random(3); left > 0; left -= 1) {
          delay = random(LONGEST_MS);
          await mount({}, async (mounted) => {
            await pause(delay);
            assert.equal(await mounted.end('SIGKILL'), null);
          });
        }
        await mount({}, (mounted) => assertWhole(mounted, `killed ${delay} ms after the mount`));
      }
    }));

  it(`a thread that ends at any moment of reading: the mount reads on by itself, and everything is as without it; where it was the writer's, names and inodes too (${SEED_NOTE})`, () =>
    withUnread(async ({ begin, assertWhole, mount, folders, random }) => {
      let injected = 0;
      for (let crash = 0; crash < Math.max(share(CRASHES), CRASHES_OF.length); crash += 1) {
        const { what, where, code } = CRASHES_OF[crash % CRASHES_OF.length] ?? assert.fail();
        const { env, inject, wasInjected } = faultWhenAsked(folders, code, where);
        await begin();
        const delay = random(LONGEST_MS / 2);
        await mount({ env }, async (mounted) => {
          await pause(delay);
          inject();
          await assertWhole(mounted, `${what}, ${delay} ms after the mount`, where === 'an archive thread');
        });
        if (wasInjected()) injected += 1;
      }
      assert.ok(injected > 0, 'no thread ended');
    }));
});
