import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
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
      assert.equal(statfsSync(disk).bavail * statfsSync(disk).bsize < MIB, true, 'the disk was full');
      assert.deepEqual(
        rig.reports.map(({ code }) => code),
        ['cache-unwritable'],
      );
      assert.ok(rig.store.stats().bytes <= 2 * MIB, 'what was refused is not counted');
      const sent = rig.media.bytesSent;
      assert.ok(sent > 4 * MIB, 'what found no room was fetched again');
      rmSync(ballast);
      await rig.clock.advance(61_000);
      await read('c');
      const again = rig.media.bytesSent;
      await rig.store.stop();
      await rig.restart();
      await read('c');
      assert.equal(rig.media.bytesSent, again, 'what there was room for is on disk');
    });
  },
);
