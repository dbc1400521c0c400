import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { readHead } from '../../../src/takeout/indexing/read-head.js';
import { SAMPLES } from '../../emulator/samples-folder.js';
import { VIDEO_TEMPLATE } from '../../emulator/templates.js';
import { mp4OfSize } from '../../emulator/mp4-bytes.js';
import { SEED, SEED_NOTE, share } from '../../support/chance.js';
import { pictureOf } from '../../takeout/builder/pictures.js';
import { chance } from './made-folder.js';

const TAKEN = Date.UTC(2019, 7, 7, 12, 34, 56);
const CAMERA = { make: 'Canon', model: 'EOS 5D' };
const LOCAL = { year: 2019, month: 8, day: 7, hour: 12, minute: 34, second: 56, millisecond: 0 };

interface Shot {
  readonly time?: string;
  readonly offset?: string;
  readonly orientation?: number;
  readonly width?: number;
  readonly height?: number;
}

/** A picture of 60 x 40 pixels, with EXIF data as a camera writes it. */
function shot(
  format: 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff' | 'gif',
  { time = '2019:08:07 12:34:56', offset, orientation = 1, width = 60, height = 40 }: Shot = {},
): Promise<Buffer> {
  const exif = {
    IFD0: { Make: CAMERA.make, Model: CAMERA.model },
    IFD2: { DateTimeOriginal: time, ...(offset === undefined ? {} : { OffsetTimeOriginal: offset }) },
  };
  return sharp({ create: { width, height, channels: 3, background: 'red' } })
    .withMetadata({ orientation, exif })
    [format]()
    .toBuffer();
}

/** Boxes one in another, as MP4 and HEIC files have them. */
function box(type: string, ...inside: readonly (Buffer | readonly number[])[]): Buffer {
  const content = Buffer.concat(inside.map((one) => Buffer.from(one)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content]);
}

function numbers(...all: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * all.length);
  all.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
  return bytes;
}

const FTYP = box('ftyp', Buffer.from('heicmif1', 'latin1'));

describe('heads of files in a Takeout', () => {
  for (const format of ['jpeg', 'png', 'webp', 'avif'] as const) {
    it(`time, camera and size of a ${format} are read from its head`, async () => {
      assert.deepEqual(readHead(await shot(format)), { local: LOCAL, ...CAMERA, width: 60, height: 40 });
    });
  }

  it('a TIFF and a GIF, which carry no EXIF data here, have their sizes', async () => {
    assert.deepEqual(readHead(await shot('tiff')), { width: 60, height: 40 });
    assert.deepEqual(readHead(await shot('gif')), { width: 60, height: 40 });
  });

  it('a RAW file has its time and camera', () => {
    const raw = pictureOf({ kind: 'raw', seed: 1, size: 5000, timeMs: TAKEN, camera: CAMERA });
    assert.deepEqual(readHead(raw), { instant: TAKEN, ...CAMERA, width: 16, height: 16 });
  });

  it('a time with an offset is a moment, one without it a time on a clock', async () => {
    const there = { ...CAMERA, width: 60, height: 40 };
    assert.deepEqual(readHead(await shot('jpeg', { offset: '+02:00' })), { instant: TAKEN - 7_200_000, ...there });
    assert.deepEqual(readHead(await shot('jpeg', { offset: '-03:30' })), { instant: TAKEN + 12_600_000, ...there });
    assert.deepEqual(readHead(await shot('jpeg', { offset: '   :  ' })), { local: LOCAL, ...there });
    assert.deepEqual(readHead(await shot('jpeg', { offset: '+99:00' })), { local: LOCAL, ...there });
  });

  it('times that no calendar has are no times', async () => {
    for (const time of [
      ...['0000:00:00 00:00:00', '    :  :     :  :  ', '2019:02:29 12:00:00', '2019:13:01 12:00:00'],
      ...['2019:08:07 24:00:00', '2019:08:07 12:60:00', '2019:08:07', 'yesterday'],
    ])
      assert.deepEqual(readHead(await shot('jpeg', { time })), { ...CAMERA, width: 60, height: 40 }, time);
  });

  it('a picture that lies on its side has width and height as it is shown', async () => {
    for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const { width, height } = readHead(await shot('jpeg', { orientation }));
      assert.deepEqual([width, height], orientation < 5 ? [60, 40] : [40, 60], `orientation ${orientation}`);
    }
  });

  it('a HEIC picture in tiles has the size of the whole, turned as it is shown', () => {
    const sizes = [box('ispe', numbers(0, 512, 512)), box('ispe', numbers(0, 4032, 3024))];
    const meta = (...more: Buffer[]): Buffer =>
      Buffer.concat([FTYP, box('meta', numbers(0), box('iprp', box('ipco', ...sizes, ...more)))]);
    assert.deepEqual(readHead(meta()), { width: 4032, height: 3024 });
    assert.deepEqual(readHead(meta(box('irot', [2]))), { width: 4032, height: 3024 });
    assert.deepEqual(readHead(meta(box('irot', [3]))), { width: 3024, height: 4032 });
  });

  it('a video whose index comes first has its time and size; one whose index comes last has none', () => {
    const clip = mp4OfSize(VIDEO_TEMPLATE.bytes(), TAKEN, 1, VIDEO_TEMPLATE.sampleSize);
    const head = readHead(clip.read(0, Math.min(clip.length, 128 * 1024)));
    assert.equal(head.instant, TAKEN);
    assert.ok((head.width ?? 0) > 0 && (head.height ?? 0) > 0);
    const late = Buffer.concat([FTYP, box('mdat', Buffer.alloc(200_000))]).subarray(0, 128 * 1024);
    assert.deepEqual(readHead(late), {});
  });

  it('a video that was filmed upright is as high as it is shown', () => {
    const upright = numbers(0, 65_536, 0, 0xffff0000, 0, 0, 0, 0, 0x40000000);
    const track = box('tkhd', numbers(0, 0, 0, 1, 0, 0, 0, 0, 0, 0), upright, numbers(1920 * 65_536, 1080 * 65_536));
    const movie = box('moov', box('mvhd', numbers(0, 0, 0, 1000, 1)), box('trak', track));
    assert.deepEqual(readHead(Buffer.concat([FTYP, movie])), { width: 1080, height: 1920 });
  });

  it('names of cameras lose what cannot be seen, and empty ones are none', () => {
    const plain = { kind: 'jpeg', seed: 1, size: 5000, timeMs: TAKEN } as const;
    const padded = pictureOf({ ...plain, camera: { make: 'NIKON CORPORATION   ', model: 'NIKON\u0007 D70\0junk' } });
    const { make, model } = readHead(padded);
    assert.deepEqual([make, model], ['NIKON CORPORATION', 'NIKON D70']);
    assert.deepEqual(readHead(pictureOf({ ...plain, camera: { make: '  ', model: '' } })), {
      ...{ instant: TAKEN, width: 16, height: 16 },
    });
  });

  it('bytes that are no picture state nothing', () => {
    for (const text of ['', 'x', 'hello, world', '%PDF-1.7\n', '{"title":"a"}', '\0'.repeat(1000)])
      assert.deepEqual(readHead(Buffer.from(text)), {}, text.slice(0, 20));
  });

  it(`a head that is cut or damaged anywhere throws nothing and is done soon (${SEED_NOTE})`, async () => {
    const originals = [
      ...(await Promise.all((['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const).map((format) => shot(format)))),
      readFileSync(join(SAMPLES, 'photo-0.jpg')),
      readFileSync(join(SAMPLES, 'clip.mp4')),
      pictureOf({ kind: 'raw', seed: 1, size: 2000, timeMs: TAKEN, camera: CAMERA }),
    ];
    const random = chance(SEED);
    let slowest = 0;
    for (let round = 0; round < share(5000); round++) {
      const original = originals[round % originals.length] ?? Buffer.alloc(0);
      const bytes = Buffer.from(original.subarray(0, random(4) === 0 ? random(original.length) : original.length));
      // Most of what is read stands at the beginning.
      const reach = Math.min(bytes.length, random(2) === 0 ? 400 : bytes.length);
      for (let count = random(12); count > 0 && reach > 0; count--) bytes[random(reach)] = random(256);
      const start = performance.now();
      const head = readHead(bytes);
      slowest = Math.max(slowest, performance.now() - start);
      assert.ok(JSON.stringify(head).length < 1000, `round ${round}`);
    }
    assert.ok(slowest < 2000, `the slowest took ${slowest} ms`);
  });
});
