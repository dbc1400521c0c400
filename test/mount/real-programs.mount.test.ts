import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EmulatedItem } from '../emulator/item.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import type { Mounted } from '../support/mounted.js';
import { run, treeOf } from '../support/mounted-files.js';
import { holdMount, type HeldMount } from '../support/held-mount.js';

/** The programs that people point at their pictures, over one mount of 60 pictures and clips. */
describe('real programs over a mount', () => {
  let emulator: Emulator;
  let held: HeldMount;
  let mounted: Mounted;
  let all: string;
  let items: EmulatedItem[];
  let scratch: string;

  before(async () => {
    emulator = await startEmulator({ seed: { items: 55, albums: 3, videosEvery: 10 } });
    for (const filename of ['-n.jpg', '.hidden.jpg', 'zwei Wörter.jpg', 'emoji 🏔.jpg', 'quote\'".jpg'])
      emulator.library.add({ filename, creationTime: '2021-03-04T05:06:07Z' });
    items = [...emulator.library.items()].filter((item) => !item.archived);
    held = await holdMount({ emulator, until: 'measured' });
    mounted = held.mounted;
    all = join(mounted.path, 'media/all');
    scratch = mkdtempSync(join(tmpdir(), 'gpm-programs-'));
  });

  after(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await held.release();
    await emulator.close();
  });

  /** Digest of every download, as the emulator would serve it. */
  const truth = async (): Promise<string[]> =>
    (
      await Promise.all(
        items.map(async ({ id }) =>
          createHash('sha256')
            .update(await emulator.library.bytesOf(id))
            .digest('hex'),
        ),
      )
    ).sort();

  const digestsBelow = async (folder: string): Promise<string[]> => {
    const output = await run('bash', ['-c', `find "$1" -type f -print0 | xargs -0 sha256sum --`, 'bash', folder]);
    return output
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\\/, '').slice(0, 64))
      .sort();
  };

  it('find lists every item once and stats none of them', async () => {
    const found = (await run('find', [all, '-type', 'f'])).trim().split('\n');
    assert.equal(found.length, items.length);
    assert.equal(new Set(found).size, items.length);
  });

  it('sha256sum reads the bytes that the library holds', async () => {
    assert.deepEqual(await digestsBelow(all), await truth());
  });

  it('tar packs and unpacks the whole of media/all', async () => {
    await run('bash', ['-c', 'mkdir "$2/tar" && tar -C "$1" -cf - . | tar -C "$2/tar" -xf -', 'bash', all, scratch]);
    assert.deepEqual(await digestsBelow(join(scratch, 'tar')), await truth());
  });

  it('tar packs the whole mount, documents included, without a complaint', async () => {
    const output = await run('bash', ['-c', 'tar -C "$1" -cf - . 2>&1 >/dev/null', 'bash', mounted.path]);
    assert.equal(output, '');
  });

  it('rsync -a copies everything once and nothing the second time', async () => {
    const args = ['-a', '--itemize-changes', `${all}/`, `${scratch}/rsync/`];
    const first = (await run('rsync', args)).split('\n').filter((line) => line.startsWith('>f'));
    assert.equal(first.length, items.length);
    assert.deepEqual(await digestsBelow(join(scratch, 'rsync')), await truth());
    assert.equal(await run('rsync', args), '');
  });

  it('cp -a keeps times and bytes', async () => {
    await run('cp', ['-a', all, join(scratch, 'cp')]);
    assert.deepEqual(await digestsBelow(join(scratch, 'cp')), await truth());
    const name = 'zwei Wörter.jpg';
    assert.equal((await stat(join(scratch, 'cp', name))).mtime.toISOString(), '2021-03-04T05:06:07.000Z');
  });

  it('exiftool reads the dates inside the pictures', async () => {
    const output = await run('exiftool', [
      '-json',
      '-DateTimeOriginal',
      '-MIMEType',
      join(mounted.path, 'media/photos'),
    ]);
    const read = JSON.parse(output) as { DateTimeOriginal?: string; MIMEType?: string }[];
    assert.equal(read.length, items.filter(({ kind }) => kind === 'photo').length);
    for (const { DateTimeOriginal, MIMEType } of read) {
      assert.match(DateTimeOriginal ?? '', /^\d{4}:\d\d:\d\d /);
      assert.equal(MIMEType, 'image/jpeg');
    }
  });

  it('ffprobe finds a playable stream in every clip', async () => {
    const clips = (await treeOf(join(mounted.path, 'media/videos'))).map((name) =>
      join(mounted.path, 'media/videos', name),
    );
    assert.ok(clips.length > 0);
    for (const clip of clips) {
      const output = await run('ffprobe', [
        '-v',
        'error',
        '-show_entries',
        'stream=codec_type',
        '-of',
        'csv=p=0',
        clip,
      ]);
      assert.match(output, /^video/m);
    }
  });

  it("Python's shutil.copyfile and mmap see the same bytes as read", async () => {
    const [name = ''] = await treeOf(all);
    const script = `
import shutil, mmap, sys, hashlib
source, target = sys.argv[1:]
shutil.copyfile(source, target)
with open(source, 'rb') as f, mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
    print(hashlib.sha256(m[:]).hexdigest(), hashlib.sha256(open(target, 'rb').read()).hexdigest())`;
    const output = await run('python3', ['-c', script, join(all, name), join(scratch, 'copyfile')]);
    const digest = createHash('sha256')
      .update(await readFile(join(all, name)))
      .digest('hex');
    assert.equal(output.trim(), `${digest} ${digest}`);
  });
});
