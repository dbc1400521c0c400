import assert from 'node:assert/strict';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { queryObjects } from 'node:v8';
import { CacheFile } from '../../../src/content/cache-file.js';
import { cacheName } from '../../../src/content/cache-files.js';
import { DescriptorPool } from '../../../src/content/descriptor-pool.js';
import { MediaFile } from '../../../src/content/media-file.js';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';
import { bytesOf, mediaRef } from './fake-media.js';
import { settle, until } from './manual-clock.js';

const KIB = 1024;
const MIB = 1_048_576;

function cacheFiles(rig: ContentRig, suffix = ''): string[] {
  return readdirSync(join(rig.folder, 'cache'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => join(entry.parentPath, entry.name));
}

function diskBytes(rig: ContentRig): number {
  return cacheFiles(rig).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.blocks ?? 0) * 512, 0);
}

async function readWhole(rig: ContentRig, id: string): Promise<void> {
  const file = await rig.open(id);
  await expectAll(file, id);
  file.close();
  await settle();
}

/** All of `ids` is on disk and let go. */
async function fill(rig: ContentRig, ids: readonly string[], size: number): Promise<void> {
  const before = rig.store.stats().openFiles;
  for (const id of ids) {
    rig.media.add(id, size);
    await readWhole(rig, id);
    await until('it is closed', () => rig.store.stats().openFiles === before);
    await rig.clock.advance(1);
  }
}

function overwrite(file: string, position: number, bytes: Buffer): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

const endOfRecords = (size: number): number => 512 + Math.ceil(size / (64 * KIB)) * 12;

/** Puts an item into a cache without a store as versions before one file did. */
async function twoFiles(rig: ContentRig, id: string, size: number): Promise<void> {
  const name = cacheName(mediaRef(id).id);
  const folder = join(rig.folder, 'cache', name.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  const paths = { data: join(folder, `${name}.data`), index: join(folder, `${name}.index`) };
  const version = { size, etag: '"v1"', createdAt: rig.clock.now(), isStated: true };
  const file = await CacheFile.create(paths, version, new DescriptorPool(8));
  const blocks = Math.ceil(size / (64 * KIB));
  await file.write(
    0,
    Array.from({ length: blocks }, (_, at) => bytesOf(id, 1, at * 64 * KIB, Math.min(size, (at + 1) * 64 * KIB))),
  );
  file.close();
}

describe('the cache on disk', () => {
  it('the cache folder is readable by its owner only, and no name from outside is part of a path', async () => {
    await using rig = await ContentRig.start();
    await fill(rig, ['../../../etc/passwd', 'a/b'], 1000);
    assert.equal(statSync(join(rig.folder, 'cache')).mode & 0o777, 0o700);
    const files = cacheFiles(rig);
    assert.equal(files.length, 2);
    for (const file of files) {
      assert.match(file, /\/cache\/([0-9a-f]{2})\/\1[0-9a-f]{38}\.one$/);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
    }
  });

  // Up to 4 MiB the index and the bytes are one file, in larger sizes two.
  for (const [kind, size, dataFile, indexFile, dataAt] of [
    ['small', MIB, '.one', '.one', 4096],
    ['large', 5 * MIB, '.data', '.index', 0],
  ] as const) {
    it(`a damaged block of a ${kind} file in the cache is fetched again, and only that one`, async () => {
      await using rig = await ContentRig.start();
      await fill(rig, ['a'], size);
      await rig.store.stop();
      const [data = ''] = cacheFiles(rig, dataFile);
      const bytes = readFileSync(data);
      const at = dataAt + 300 * KIB;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(data, bytes);
      await rig.restart();
      await readWhole(rig, 'a');
      assert.equal(rig.media.bytesSent, size + 64 * KIB);
    });

    for (const [title, damage] of [
      ['a torn last record', (index: string) => overwrite(index, endOfRecords(size) - 5, Buffer.alloc(5))],
      [
        'rubbish after the last record',
        (index: string) => overwrite(index, endOfRecords(size), Buffer.from('rubbish rubbish')),
      ],
      ['a torn header', (index: string) => truncateSync(index, 100)],
      ['an empty index', (index: string) => truncateSync(index, 0)],
      ['an index of noise', (index: string) => overwrite(index, 0, Buffer.alloc(2000, 7))],
    ] as const) {
      it(`a ${kind} cache file with ${title} gives right bytes after a restart`, async () => {
        await using rig = await ContentRig.start();
        await fill(rig, ['a'], size);
        await rig.store.stop();
        damage(cacheFiles(rig, indexFile)[0] ?? '');
        await rig.restart();
        await readWhole(rig, 'a');
        await rig.store.stop();
        await rig.restart();
        const sent = rig.media.bytesSent;
        await readWhole(rig, 'a');
        assert.equal(rig.media.bytesSent, sent, 'what was repaired is kept');
      });
    }

    it(`a read goes on with right bytes when its ${kind} cache file is cut short by another program`, async () => {
      await using rig = await ContentRig.start();
      await fill(rig, ['a'], size);
      truncateSync(cacheFiles(rig, dataFile)[0] ?? '', 100 * KIB);
      await readWhole(rig, 'a');
      assert.ok(rig.media.fetches().length >= 2);
    });
  }

  it('a small cache file cut at any place, as a kill leaves it, gives right bytes and keeps the whole blocks', async () => {
    await using rig = await ContentRig.start();
    await fill(rig, ['a'], 300 * KIB);
    await rig.store.stop();
    const [file = ''] = cacheFiles(rig, '.one');
    const whole = readFileSync(file);
    for (const length of [0, 511, 512, 530, 4095, 4096, 4096 + 70 * KIB, 4096 + 299 * KIB]) {
      writeFileSync(file, whole.subarray(0, length));
      await rig.restart();
      const before = rig.media.bytesSent;
      await readWhole(rig, 'a');
      const blocks = Math.max(0, Math.floor((length - 4096) / (64 * KIB)));
      assert.equal(rig.media.bytesSent - before, (300 - 64 * blocks) * KIB, `${length} bytes`);
      await rig.store.stop();
    }
  });

  it('a small file in two files, as earlier versions kept it, is read, counted, evicted and replaced', async () => {
    await using rig = await ContentRig.start();
    const size = 200 * KIB;
    rig.media.add('a', size);
    await rig.store.stop();
    await twoFiles(rig, 'a', size);
    await rig.restart();
    const bytes = diskBytes(rig);
    await until('it is counted', () => rig.store.stats().bytes === bytes);
    await readWhole(rig, 'a');
    assert.equal(rig.media.bytesSent, 0);
    rig.media.items.set('a', { size: size + 5, version: 2 });
    const file = await rig.open('a');
    await expectAll(file, 'a', 131_072, 2);
    file.close();
    await until('the new one is on disk', () => rig.store.isCached({ id: mediaRef('a').id, size: size + 5 }));
    assert.deepEqual(
      cacheFiles(rig).map((path) => path.replace(/.*\./, '')),
      ['one'],
    );
    await rig.clock.advance(2_000);
    await rig.store.clear();
    assert.deepEqual(cacheFiles(rig), []);
    assert.equal(rig.store.stats().bytes, 0);
  });

  it('an ETag that only a later answer brings is kept in the cache for later processes', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 4 * MIB);
    rig.media.etags = false;
    const ref = mediaRef('v', 'video');
    const read = async (etag: string | undefined, position: number, version: number): Promise<void> => {
      const file = await rig.store.open({ ref, size: 4 * MIB, etag });
      await expectBytes(file, 'v', position, 64 * KIB, version);
      file.close();
      await rig.clock.advance(2_000);
      await rig.store.stop();
      await rig.restart();
    };
    await read(undefined, 0, 1);
    rig.media.etags = true;
    await read(undefined, 2 * MIB, 1);
    const sent = rig.media.bytesSent;
    await read('"v1"', 0, 1);
    await read('"v1"', 2 * MIB, 1);
    assert.equal(rig.media.bytesSent, sent, 'both parts are of the version that was told');
    rig.media.items.set('v', { size: 4 * MIB, version: 2 });
    await read('"v2"', 0, 2);
    assert.ok(rig.media.bytesSent > sent, 'the old version is not taken for the new one');
  });

  it('a cached version of another size is not used', async () => {
    await using rig = await ContentRig.start();
    await fill(rig, ['a'], MIB);
    rig.media.items.set('a', { size: MIB + 5, version: 2 });
    const file = await rig.open('a');
    await expectAll(file, 'a', 131_072, 2);
    file.close();
  });

  it('without a usable cache folder files are read uncached, and it is reported once', async () => {
    await using rig = new ContentRig();
    writeFileSync(join(rig.folder, 'cache'), 'in the way');
    await rig.restart();
    await fill(rig, ['a', 'b'], 3 * MIB);
    assert.deepEqual(
      rig.reports.map(({ code }) => code),
      ['cache-unwritable'],
    );
    assert.equal(rig.media.bytesSent, 6 * MIB);
  });

  it('on a full disk files are read uncached, and caching resumes later', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 3 * MIB);
    const part = join(rig.folder, 'cache', cacheName(mediaRef('a').id).slice(0, 2));
    writeFileSync(part, 'in the way');
    await readWhole(rig, 'a');
    // Until then all of it may still wait for the disk, and is read from there.
    await until('the disk has refused it', () => rig.reports.length > 0);
    await settle();
    await readWhole(rig, 'a');
    assert.equal(rig.media.bytesSent, 6 * MIB);
    assert.deepEqual(
      rig.reports.map(({ code }) => code),
      ['cache-unwritable'],
    );
    truncateSync(part);
    const { unlinkSync } = await import('node:fs');
    unlinkSync(part);
    await rig.clock.advance(61_000);
    await readWhole(rig, 'a');
    await readWhole(rig, 'a');
    assert.equal(rig.media.bytesSent, 9 * MIB);
  });
});

describe('the limits of the cache', () => {
  it('a full cache evicts the least recently used file first and never exceeds its limit', async () => {
    await using rig = await ContentRig.start({ maxBytes: 3.5 * MIB });
    await fill(rig, ['a', 'b', 'c'], MIB);
    await readWhole(rig, 'a');
    await fill(rig, ['d'], MIB);
    assert.ok(diskBytes(rig) <= 3.5 * MIB);
    const sent = rig.media.bytesSent;
    for (const id of ['a', 'c', 'd']) await readWhole(rig, id);
    assert.equal(rig.media.bytesSent, sent);
    await readWhole(rig, 'b');
    assert.equal(rig.media.bytesSent, sent + MIB);
  });

  it('the order of eviction survives a restart, for uses that are a minute apart', async () => {
    await using rig = await ContentRig.start();
    await fill(rig, ['a', 'b', 'c'], MIB);
    await rig.clock.advance(61_000);
    await readWhole(rig, 'a');
    await until('nothing is open', () => rig.store.stats().openFiles === 0);
    await rig.store.stop();
    await rig.restart({ maxBytes: 3.5 * MIB });
    await fill(rig, ['d'], MIB);
    const sent = rig.media.bytesSent;
    for (const id of ['a', 'c', 'd']) await readWhole(rig, id);
    assert.equal(rig.media.bytesSent, sent);
  });

  it('a file larger than the whole cache is read twice with right bytes, and the cache stays within its limit', async () => {
    await using rig = await ContentRig.start({ maxBytes: MIB });
    rig.media.add('v', 10 * MIB);
    for (let round = 0; round < 2; round++) {
      const file = await rig.open('v', 'video');
      for (let at = 0; at < file.size; at += 128 * KIB) {
        await expectBytes(file, 'v', at, 128 * KIB);
        assert.ok(diskBytes(rig) <= MIB);
      }
      file.close();
      await rig.clock.advance(2_000);
    }
    assert.ok(rig.media.bytesSent <= 1.1 * 20 * MIB, `${String(rig.media.bytesSent)} bytes`);
  });

  it('the limit of the cache holds with many readers at once', async () => {
    await using rig = await ContentRig.start({ maxBytes: 5 * MIB });
    const ids = Array.from({ length: 24 }, (_, number) => `p${String(number)}`);
    for (const id of ids) rig.media.add(id, MIB - 100);
    let most = 0;
    await Promise.all(
      ids.map(async (id) => {
        const file = await rig.open(id);
        await expectAll(file, id, 50_000);
        most = Math.max(most, diskBytes(rig));
        file.close();
      }),
    );
    assert.ok(most <= 5 * MIB + 64 * KIB, `${String(most)} bytes`);
  });

  it('open and pinned files are never evicted', async () => {
    await using rig = await ContentRig.start({ maxBytes: 3.5 * MIB });
    await fill(rig, ['pinned', 'open'], MIB);
    await rig.store.setPins([mediaRef('pinned').id]);
    const open = await rig.open('open');
    await fill(rig, ['c', 'd', 'e'], MIB);
    await rig.clock.advance(10 * 3_600_000);
    const sent = rig.media.bytesSent;
    await expectAll(open, 'open');
    await readWhole(rig, 'pinned');
    assert.equal(rig.media.bytesSent, sent);
    open.close();
    await rig.store.stop();
    await rig.restart();
    await readWhole(rig, 'pinned');
    assert.equal(rig.media.bytesSent, sent, 'the pin is kept across a restart');
  });

  it('cached files older than the age limit are removed from the disk', async () => {
    await using rig = await ContentRig.start({ maxAgeMs: 60_000 });
    await fill(rig, ['a'], MIB);
    await rig.clock.advance(50_000);
    assert.equal(cacheFiles(rig).length, 1);
    await rig.clock.advance(30_000);
    await until('the files are gone', () => cacheFiles(rig).length === 0);
    await until('nothing is counted', () => rig.store.stats().bytes === 0);
    await readWhole(rig, 'a');
    assert.equal(rig.media.bytesSent, 2 * MIB);
  });

  it('after a restart the cache counts its files and removes data without an index', async () => {
    await using rig = await ContentRig.start();
    await fill(rig, ['a', 'b'], MIB);
    const { bytes } = rig.store.stats();
    assert.equal(bytes, diskBytes(rig));
    await rig.store.stop();
    mkdirSync(join(rig.folder, 'cache', 'ab'), { recursive: true });
    writeFileSync(join(rig.folder, 'cache', 'ab', `ab${'0'.repeat(38)}.data`), 'orphan');
    await rig.restart();
    await until('all is counted', () => rig.store.stats().bytes === bytes);
    assert.equal(cacheFiles(rig).length, 2);
  });

  it('clearing the cache removes all files except open ones', async () => {
    await using rig = await ContentRig.start();
    await fill(rig, ['a', 'b'], MIB);
    const open = await rig.open('a');
    assert.ok((await rig.store.clear()) >= MIB);
    assert.equal(cacheFiles(rig).length, 1);
    await expectAll(open, 'a');
    open.close();
  });
});

describe('files that were closed long ago', () => {
  it('of 400 files read and closed, memory keeps no more than the 256 used last', async () => {
    await using rig = await ContentRig.start();
    const size = 1000;
    for (let number = 0; number < 400; number++) {
      const id = `photo ${number}`;
      rig.media.add(id, size);
      const file = await rig.open(id);
      await expectAll(file, id);
      file.close();
      await until('it is on disk', () => rig.store.isCached({ id: mediaRef(id).id, size }));
    }
    // Past all waits that would still speak of them.
    await rig.clock.advance(30_000);
    // Counts what is alive after a collection of garbage.
    assert.ok(queryObjects(MediaFile, { format: 'count' }) <= 256);
    assert.ok(queryObjects(CacheFile, { format: 'count' }) <= 256);
  });
});
