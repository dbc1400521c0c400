import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { run, treeOf } from '../support/mounted-files.js';
import { run as tryRun } from '../support/run-program.js';
import { untilRead, withTakeouts } from '../support/takeout-mount.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';

/** Whether the machine has a program. */
async function hasProgram(name: string): Promise<boolean> {
  return tryRun('sh', ['-c', `command -v ${name}`]).then(({ code }) => code === 0);
}

describe('real programs over Takeout exports', () => {
  it('exiftool reads the dates in pictures; rsync and restic copy everything once and nothing the second time, after a remount too', () =>
    withTakeouts(async ({ downloads: folder, folders, add, mount }) => {
      const photos = Array.from({ length: 30 }, (_, index) => {
        const takenMs = Date.UTC(2019, index % 12, 3, 4, 5, 6);
        return index % 10 === 9
          ? { title: `VID_${index}.mp4`, takenMs }
          : { title: `IMG_${index}.jpg`, takenMs, exifMs: takenMs };
      });
      const { parts } = await writeExport(describeLibrary({ photos }), { folder, parts: 2, compression: 'mixed' });
      await add('--wait', ...parts.map(({ file }) => file));
      const copy = join(folders.root, 'copy');
      const env = {
        ...process.env,
        RESTIC_REPOSITORY: join(folders.root, 'restic'),
        RESTIC_PASSWORD: 'test',
        RESTIC_CACHE_DIR: join(folders.root, 'restic-cache'),
      };
      mkdirSync(copy);
      const [hasRsync, hasRestic] = [await hasProgram('rsync'), await hasProgram('restic')];
      const restic = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await tryRun('restic', args, { env, deadlineMs: 60_000 });
        assert.equal(code, 0, stdout + stderr);
        return stdout;
      };
      const backedUp = async (source: string): Promise<number> => {
        const told = (await restic('backup', '--json', source)).trim().split('\n').at(-1) ?? '';
        const summary = JSON.parse(told) as { files_new: number; files_changed: number };
        return summary.files_new + summary.files_changed;
      };
      const copied = async (source: string): Promise<number> => {
        const told = await run('rsync', ['-a', '--itemize-changes', `${source}/`, `${copy}/`]);
        return told.split('\n').filter((line) => line.startsWith('>f')).length;
      };
      if (hasRestic) await restic('init');
      for (const [round, files] of [photos.length, 0, 0].entries())
        await mount({}, async (mounted) => {
          await untilRead(mounted);
          const all = join(mounted.path, 'media/all');
          assert.equal((await treeOf(all)).length, photos.length);
          if (hasRsync) assert.equal(await copied(all), files, `rsync, round ${round}`);
          if (hasRestic) assert.equal(await backedUp(all), files, `restic, round ${round}`);
          if (round > 0) return;
          if (hasRsync) assert.equal(await copied(all), 0, 'rsync at once again');
          if (await hasProgram('exiftool')) {
            const output = await run('exiftool', [
              '-json',
              '-DateTimeOriginal',
              '-MIMEType',
              join(mounted.path, 'media/photos'),
            ]);
            const read = JSON.parse(output) as { DateTimeOriginal?: string; MIMEType?: string }[];
            assert.equal(read.length, 27);
            for (const { DateTimeOriginal, MIMEType } of read) {
              assert.match(DateTimeOriginal ?? '', /^2019:\d\d:03 04:05:06/);
              assert.equal(MIMEType, 'image/jpeg');
            }
          }
        });
    }));
});
