import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { repositoryRoot } from '../support/mounted.js';
import { run, treeOf } from '../support/mounted-files.js';
import { run as tryRun } from '../support/run-program.js';
import { untilRead, withTakeouts } from '../support/takeout-mount.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';

const SAMPLES = join(repositoryRoot, 'test/emulator/samples');

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

  it('ffprobe reads a real clip as it reads the file itself, unzip -p gives the bytes that the mount gives, and gio lists names and sizes', () =>
    withTakeouts(async ({ downloads: folder, add, mount }) => {
      const names = ['clip.mp4', 'photo-0.jpg', 'photo-1.jpg', 'photo-2.jpg'];
      const made = describeLibrary({ photos: names.map((title) => ({ title })) });
      const photos = made.photos.map((photo) => ({ ...photo, bytes: readFileSync(join(SAMPLES, photo.title)) }));
      const { parts } = await writeExport({ ...made, photos }, { folder, parts: 2, compression: 'mixed' });
      await add('--wait', ...parts.map(({ file }) => file));
      await mount({}, async (mounted) => {
        await untilRead(mounted);
        const all = join(mounted.path, 'media/all');
        if (await hasProgram('ffprobe')) {
          const probed = async (file: string): Promise<unknown> => {
            const args = [
              '-v',
              'error',
              '-show_entries',
              'stream=codec_name,width,height,nb_frames:format=duration,size',
            ];
            return JSON.parse(await run('ffprobe', [...args, '-of', 'json', file]));
          };
          const clip = await probed(join(all, 'clip.mp4'));
          assert.match(JSON.stringify(clip), /"codec_name":"\w+"/);
          assert.deepEqual(clip, await probed(join(SAMPLES, 'clip.mp4')));
        }
        if (await hasProgram('unzip'))
          for (const { file, files } of parts)
            for (const { path, role } of files) {
              if (role !== 'original') continue;
              const sums = `unzip -p "$1" "$2" | sha256sum && sha256sum < "$3"`;
              const told = await run('sh', ['-ec', sums, 'sh', file, path, join(all, basename(path))]);
              const [packed, mountedSum] = told.trim().split('\n');
              assert.equal(mountedSum, packed, path);
            }
        if (await hasProgram('gio')) {
          const listed = (await run('gio', ['list', '-l', all])).trim().split('\n').sort();
          const wanted = photos.map(({ title, bytes }) => [title, bytes.length, '(regular)'].join('\t')).sort();
          assert.deepEqual(
            listed.map((line) => line.split('\t').slice(0, 3).join('\t')),
            wanted,
          );
        }
      });
    }));
});
