import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { names } from '../support/mounted-files.js';
import { smallDisk, type SmallDisk } from '../support/small-disk.js';
import { fingerprint, untilRead, withTakeouts, type TakeoutStage } from '../support/takeout-mount.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { mergeTruths } from '../takeout/builder/merge-truths.js';
import { writeExport, type WrittenExport } from '../takeout/builder/write-export.js';
import { differencesFromTruth } from '../takeout/truth-check.js';

const DISK_MB = 16;
/** Enough to begin with an export, too little for all of it. */
const LEFT_BYTES = 300_000;
const PHOTOS = 800;
const FULL = /The disk is full: the catalog \/\S+\/catalog\.db cannot be written \(the file system at \/\S+\)\./;
const STAMPS = ['20260301T101112Z', '20260501T101112Z'] as const;

async function exportsOf(folder: string): Promise<[WrittenExport, WrittenExport]> {
  const photos = (amount: number, year: number) =>
    Array.from({ length: amount }, (_, index) => ({
      title: `IMG_${year}_${index}.jpg`,
      takenMs: Date.UTC(year, index % 12, 1, 0, index),
    }));
  const small = await writeExport(describeLibrary({ photos: photos(20, 2019) }), { folder, stamp: STAMPS[0] });
  const large = await writeExport(describeLibrary({ photos: photos(PHOTOS, 2020), seed: 2 }), {
    ...{ folder, stamp: STAMPS[1] },
  });
  return [small, large];
}

const partOf = ({ parts }: WrittenExport): string => parts[0]?.file ?? '';

/** A profile whose catalog and ledger are on a small disk. */
function withSmallDisk(body: (stage: TakeoutStage & { readonly disk: SmallDisk }) => Promise<void>): Promise<void> {
  return withTakeouts(async (stage) => {
    const disk = smallDisk(stage.folders.data, DISK_MB);
    assert.ok(disk);
    try {
      await body({ ...stage, disk });
    } finally {
      disk.remove();
    }
  });
}

describe('Takeout exports and a full disk', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  it('the disk of the catalog is full in the middle of takeout add --wait on a mount: it ends with 2 and says so, status too, all that was read stays, and with space again the rest is read without a remount', () =>
    withSmallDisk(async ({ downloads: folder, add, takeout, mount, disk }) => {
      const [small, large] = await exportsOf(folder);
      const before = fingerprint(folder);
      await add('--wait', partOf(small));
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        disk.fill(LEFT_BYTES);
        const added = await takeout('add', '--wait', partOf(large));
        assert.equal(added.code, 2, added.stdout + added.stderr);
        assert.match(added.stdout, /^added .*20260501T101112Z-001\.zip/);
        assert.match(added.stderr, FULL);
        assert.match(added.stderr, /Free some space there/);
        assert.doesNotMatch(added.stderr, /report/);
        const { errors } = await mounted.untilStatus('status says it', ({ errors }) =>
          errors.some(({ message, resolvedAt }) => resolvedAt === null && FULL.test(message)),
        );
        assert.ok(errors.every(({ message, hint }) => !/report/.test(message + hint)));
        const all = join(mounted.path, 'media/all');
        for (const { name, sha256 } of small.truth.items) {
          assert.ok((await names(all)).includes(name), name);
          assert.ok((await readFile(join(all, name))).length > 0, sha256);
        }
        assert.deepEqual(fingerprint(folder), before);
        disk.empty();
        await mounted.untilStatus('all is read', ({ takeout: { reading } }) => reading === null, 60_000);
        assert.deepEqual(await differencesFromTruth(mounted.path, mergeTruths([small.truth, large.truth])), []);
        assert.ok((await mounted.status()).errors.every(({ resolvedAt }) => resolvedAt !== null));
      });
      assert.deepEqual(fingerprint(folder), before);
    }));

  it('the disk of the catalog is full in the middle of takeout add --wait without a mount: it ends with 2 and says so, and given again with space it reads the rest', () =>
    withSmallDisk(async ({ downloads: folder, add, takeout, mount, disk }) => {
      const [small, large] = await exportsOf(folder);
      const before = fingerprint(folder);
      await add('--wait', partOf(small));
      disk.fill(LEFT_BYTES);
      const added = await takeout('add', '--wait', partOf(large));
      assert.equal(added.code, 2, added.stdout + added.stderr);
      assert.match(added.stdout, /^added .*20260501T101112Z-001\.zip/);
      assert.match(added.stderr, FULL);
      assert.doesNotMatch(added.stdout, /All of it is read/);
      disk.empty();
      const again = await takeout('add', '--wait', partOf(large));
      assert.equal(again.code, 0, again.stdout + again.stderr);
      assert.match(again.stdout, /known already/);
      assert.equal((await takeout('check')).code, 0);
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        assert.deepEqual(await differencesFromTruth(mounted.path, mergeTruths([small.truth, large.truth])), []);
      });
      assert.deepEqual(fingerprint(folder), before);
    }));

  for (const isMounted of [true, false])
    it(`a disk without a free byte ${isMounted ? 'on a mount' : 'without a mount'}: takeout add and remove end with 2, say that the disk is full, and change nothing`, () =>
      withSmallDisk(async ({ downloads: folder, add, takeout, mount, disk }) => {
        const [small, large] = await exportsOf(folder);
        await add('--wait', partOf(small));
        const refused = async (): Promise<void> => {
          disk.fill(0);
          for (const args of [
            ['add', partOf(large)],
            ['remove', small.name],
          ]) {
            const { code, stdout, stderr } = await takeout(...args);
            assert.equal(code, 2, `${args.join(' ')}: ${stdout}${stderr}`);
            assert.match(stderr, /disk is full/);
          }
          const full = await takeout('list', '--json');
          assert.ok(full.code === 0 || (full.code === 2 && /disk is full/.test(full.stderr)), full.stderr);
          disk.empty();
          const { exports } = JSON.parse((await takeout('list', '--json')).stdout) as { exports: { name: string }[] };
          assert.deepEqual(
            exports.map(({ name }) => name),
            [small.name],
          );
        };
        if (!isMounted) {
          await refused();
          await add('--wait', partOf(large));
          return;
        }
        await mount({}, async (mounted) => {
          await untilRead(mounted);
          await refused();
          await add('--wait', partOf(large));
          assert.deepEqual(await differencesFromTruth(mounted.path, mergeTruths([small.truth, large.truth])), []);
        });
      }));
});
