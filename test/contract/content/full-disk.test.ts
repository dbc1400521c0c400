import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { until } from '../../support/until.js';
import { ContentRig, expectAll } from '../../unit/content/content-rig.js';

const MIB = 1_048_576;
const disk = mkdtempSync(join(tmpdir(), 'content-full-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status === 0;

after(() => {
  if (mounted) spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true, force: true });
});

describe(
  'a content store on a disk that is full',
  { skip: mounted ? false : 'needs the right to mount a tmpfs' },
  () => {
    it('a write that finds room for a part of its bytes leaves no more on disk than the cache counts', async () => {
      const own = join(disk, 'part');
      mkdirSync(own);
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(4 * MIB - 600 * 1024));
      await using rig = await ContentRig.start({}, own);
      rig.media.add('a', MIB + 7);
      const file = await rig.open('a');
      await expectAll(file, 'a');
      file.close();
      await until('the full disk is reported', () => rig.reports.length > 0);
      await rig.store.stop();
      const held = Number(
        spawnSync('du', ['-B1', '-s', join(own, 'cache')], { encoding: 'utf8' }).stdout.split('\t')[0],
      );
      assert.ok(held <= rig.store.stats().bytes, `${held} bytes on disk, ${rig.store.stats().bytes} counted`);
      rmSync(ballast);
      rmSync(own, { recursive: true });
    });

    it('a content store on a disk that is full gives right bytes without caching, says so once, and caches again when there is room', async () => {
      const own = join(disk, 'own');
      mkdirSync(own);
      const ballast = join(disk, 'ballast');
      writeFileSync(ballast, Buffer.alloc(2 * MIB));
      await using rig = await ContentRig.start({}, own);
      const ids = ['a', 'b', 'c', 'd'];
      for (const id of ids) rig.media.add(id, MIB + 7);
      const read = async (id: string): Promise<void> => {
        const file = await rig.open(id);
        await expectAll(file, id);
        file.close();
        await rig.clock.advance(2_000);
      };
      for (const id of [...ids, ...ids]) await read(id);
      // Readers do not wait for the disk.
      await until('the full disk is reported', () => rig.reports.length > 0);
      assert.equal(statfsSync(disk).bavail * statfsSync(disk).bsize < MIB, true, 'the disk was full');
      assert.deepEqual(
        rig.reports.map(({ code }) => code),
        ['cache-unwritable'],
      );
      assert.ok(rig.store.stats().bytes <= 2 * MIB, 'what was refused is not counted');
      const sent = rig.media.bytesSent;
      assert.ok(sent > 4 * MIB, 'what found no room was fetched again');
      rmSync(ballast);
      // A write under way may be refused after the clock has moved on: then the cache waits once more.
      let isOnDisk = false;
      for (let tries = 0; tries < 20 && !isOnDisk; tries++) {
        await rig.clock.advance(61_000);
        await read('c');
        await rig.store.stop();
        await rig.restart();
        const before = rig.media.bytesSent;
        await read('c');
        isOnDisk = rig.media.bytesSent === before;
      }
      assert.ok(isOnDisk, 'what there was room for is on disk');
    });
  },
);
