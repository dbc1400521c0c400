import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import type { EmulatedItem } from '../../emulator/item.js';
import { startEmulator, type Emulator } from '../../emulator/start-emulator.js';

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

describe("the emulator's samples", () => {
  let emulator: Emulator;
  let demo: Emulator;
  let folder: string;
  before(async () => {
    emulator = await startEmulator({ seed: { items: 60, albums: 0 } });
    demo = await startEmulator({ seed: 'demo' });
    folder = mkdtempSync(join(tmpdir(), 'samples-'));
  });
  after(async () => {
    await emulator.close();
    await demo.close();
    rmSync(folder, { recursive: true });
  });

  async function saved(from: Emulator, item: EmulatedItem): Promise<string> {
    const path = join(folder, `${item.number}.${item.kind === 'video' ? 'mp4' : 'jpg'}`);
    const bytes = await from.library.bytesOf(item.id);
    assert.equal(bytes.length, from.library.sizeOf(item.id));
    writeFileSync(path, bytes);
    return path;
  }

  function some(from: Emulator, kind: string, count: number): EmulatedItem[] {
    const items = [...from.library.items()].filter((item) => item.kind === kind);
    return items.slice(0, count);
  }

  it('the emulator’s samples are JPEGs to file, exiftool and an image library, with the date and camera of their item', async () => {
    for (const item of [...some(emulator, 'photo', 8), ...some(demo, 'photo', 3)]) {
      const path = await saved(item.id === emulator.library.itemAt(item.number)?.id ? emulator : demo, item);
      assert.equal(run('file', '-b', '--mime-type', path), 'image/jpeg');
      const [validity, date, make, model, size] = run(
        'exiftool',
        '-s3',
        '-f',
        '-validate',
        '-DateTimeOriginal',
        '-Make',
        '-Model',
        '-ImageSize',
        path,
      ).split('\n');
      assert.equal(validity, 'OK');
      assert.equal(date, item.creationTime.slice(0, 19).replace(/-/g, ':').replace('T', ' '));
      assert.deepEqual([make, model], [item.cameraMake ?? '-', item.cameraModel ?? '-']);
      assert.equal(size, `${item.width ?? 0}x${item.height ?? 0}`);
      const { dominant } = await sharp(path).stats();
      assert.ok(dominant.r + dominant.g + dominant.b > 0);
    }
  });

  it('the emulator’s samples are playable MP4s to file and ffprobe, dated as their item', async () => {
    for (const item of [...some(emulator, 'video', 2), ...some(demo, 'video', 1)]) {
      const path = await saved(item.id === emulator.library.itemAt(item.number)?.id ? emulator : demo, item);
      assert.equal(run('file', '-b', '--mime-type', path), 'video/mp4');
      const probed = run(
        'ffprobe',
        '-v',
        'error',
        '-count_frames',
        '-show_entries',
        'stream=codec_name,width,height,nb_read_frames',
        '-of',
        'csv=p=0',
        path,
      );
      assert.equal(probed, `h264,${item.width ?? 0},${item.height ?? 0},50`);
      assert.equal(
        run('exiftool', '-s3', '-CreateDate', path),
        item.creationTime.slice(0, 19).replace(/-/g, ':').replace('T', ' '),
      );
    }
  });

  it('the emulator’s samples stay valid when a test asks for an exact size', async () => {
    for (const size of [20_000, 20_001, 65_536 * 4 + 3, 3_000_000]) {
      const photo = emulator.library.add({ size });
      assert.equal(run('exiftool', '-s3', '-validate', await saved(emulator, photo)), 'OK');
      const video = emulator.library.add({ kind: 'video', size });
      assert.match(
        run(
          'ffprobe',
          '-v',
          'error',
          '-show_entries',
          'format=duration',
          '-of',
          'csv=p=0',
          await saved(emulator, video),
        ),
        /^2\.0/,
      );
      assert.equal(emulator.library.sizeOf(photo.id), size);
    }
    const small = emulator.library.add({ size: 100 });
    await assert.rejects(emulator.library.bytesOf(small.id), RangeError);
  });

  it('the emulator’s samples differ from each other, and are the same each time', async () => {
    const seen = new Set<string>();
    const all = [...emulator.library.items()].filter(({ content }) => content.type === 'sample' && content.size > 1000);
    for (const { id } of all) seen.add((await emulator.library.bytesOf(id)).toString('latin1'));
    assert.equal(seen.size, all.length);
    const again = await startEmulator({ seed: { items: 60, albums: 0 } });
    try {
      for (const { id } of some(again, 'photo', 5)) {
        assert.ok((await again.library.bytesOf(id)).equals(await emulator.library.bytesOf(id)));
      }
    } finally {
      await again.close();
    }
  });

  it('the emulator’s samples can be had in pieces that fit together', async () => {
    const photo = emulator.library.add({ size: 400_000 });
    const whole = await emulator.library.bytesOf(photo.id);
    const pieces: Buffer[] = [];
    for (let at = 0; at < whole.length; at += 12_345)
      pieces.push(await emulator.library.bytesOf(photo.id, at, at + 12_345));
    assert.ok(Buffer.concat(pieces).equals(whole));
  });

  it('the emulator’s samples of the demo are a few hundred pictures under pleasant album names', async () => {
    assert.ok(demo.library.itemCount >= 300);
    const titles = demo.library.albums().map(({ title }) => title);
    for (const title of ['Trip to Rome', "Grandma's 80th", 'Garden 2024']) assert.ok(titles.includes(title));
    const [first] = some(demo, 'photo', 1);
    const { width, height } = await sharp(await demo.library.bytesOf(first?.id ?? '')).metadata();
    assert.deepEqual([width, height], [1024, 768]);
  });
});
