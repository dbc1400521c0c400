import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { mountConfig } from '../../../src/cli/mount-config.js';
import { baseFolders } from '../../../src/daemon/profile-paths.js';
import { withProfileTakeouts } from '../../../src/daemon/profile-takeouts.js';
import type { CheckReport } from '../../../src/doctor/check.js';
import { runChecks } from '../../../src/doctor/check.js';
import { profileSources } from '../../../src/doctor/profile-sources.js';
import { takeoutChecks } from '../../../src/doctor/takeout-checks.js';
import { systemClock } from '../../../src/support/clock.js';
import { makePrivateFolders, type PrivateFolders } from '../../support/private-folders.js';
import { describeLibrary } from '../../takeout/builder/library.js';
import { writeExport } from '../../takeout/builder/write-export.js';

const LIBRARY = describeLibrary({
  photos: [{ title: 'a.jpg' }, { title: 'b.jpg' }, { title: 'c.jpg' }, { title: 'film.mp4', size: 100_000 }],
});

let folders: PrivateFolders;
beforeEach(() => (folders = makePrivateFolders()));
afterEach(() => folders.remove());

function around() {
  const { env, home, root } = folders;
  const uid = process.getuid?.() ?? 0;
  const found = baseFolders({ env, home, platform: 'linux', uid, temporaryFolder: root });
  const others = {
    currentFolder: root,
    profile: 'default',
    caFile: undefined,
    clock: systemClock,
    say: () => undefined,
  };
  return { env, home, platform: 'linux' as const, folders: found, ...others };
}

async function reports(cacheMaxBytes?: number): Promise<Record<string, CheckReport>> {
  const all = await runChecks(takeoutChecks({ around: around(), cacheMaxBytes }));
  return Object.fromEntries(all.map((report) => [report.id, report]));
}

/** Adds an export of three parts without those numbers, and reads it. Resolves to the paths of the parts that are there. */
async function addExport(absent: readonly number[]): Promise<string[]> {
  const { parts } = await writeExport(LIBRARY, { folder: folders.home, parts: 3, compression: 'deflated' });
  for (const { number, file } of parts) if (absent.includes(number)) rmSync(file);
  const there = parts.filter(({ number }) => !absent.includes(number)).map(({ file }) => file);
  const person = { uid: 0, gid: 0, umask: 0o022, currentFolder: '/' };
  const settings = {} as Parameters<typeof mountConfig>[1];
  const config = mountConfig('/', settings, around().folders, person, '0.0.0');
  await withProfileTakeouts(config, [], async (takeouts) => {
    await takeouts.add(there);
    await takeouts.read(() => undefined);
  });
  return there;
}

describe('doctor, on Takeout exports', () => {
  it('doctor passes over the checks of Takeout where the profile has no exports', async () => {
    for (const { result, message } of Object.values(await reports())) {
      assert.equal(result, 'skip');
      assert.match(message, /no Takeout exports/);
    }
    assert.equal(Object.keys(await reports()).length, 3);
  });

  it('doctor finds exports that are whole, and needs no account then', async () => {
    assert.deepEqual(
      (await profileSources(around())).map(({ name }) => name),
      ['app', 'picker', 'takeout'],
    );
    await addExport([]);
    const found = await reports();
    assert.deepEqual(
      Object.values(found).map(({ result }) => result),
      ['pass', 'pass', 'pass'],
      JSON.stringify(found),
    );
    assert.deepEqual(
      (await profileSources(around())).map(({ name }) => name),
      ['takeout'],
    );
  });

  it('doctor names a gap in the numbers of the parts, and a part that is no longer where it was', async () => {
    const [first] = await addExport([2]);
    const gap = (await reports())['takeout-whole'];
    assert.equal(gap?.result, 'warn');
    assert.match(gap.message, /takeout-20260301T101112Z these parts are missing: 002/);
    assert.match(gap.fix, /takeout add/);
    rmSync(first ?? '');
    const gone = (await reports())['takeout-there'];
    assert.equal(gone?.result, 'fail', JSON.stringify(gone));
    assert.ok(gone.message.includes(first ?? 'none'), gone.message);
    assert.match(gone.fix, /takeout add/);
  });

  it('doctor warns of compressed files that are larger than the cache', async () => {
    await addExport([]);
    const report = (await reports(50_000))['takeout-cache'];
    assert.equal(report?.result, 'warn', JSON.stringify(report));
    assert.match(report.message, /^1 compressed file/);
    assert.match(report.fix, /--cache-max-size/);
  });
});
