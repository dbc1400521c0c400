import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CacheFile } from '../../../src/content/cache-file.js';
import { DescriptorPool, type Parkable } from '../../../src/content/descriptor-pool.js';
import { until } from '../../support/until.js';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';
import { mediaRef } from './fake-media.js';

const BLOCK = 65_536;

/** Descriptors that this process has open in a folder. */
function openIn(folder: string): number {
  return readdirSync('/proc/self/fd').filter((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`).startsWith(`${folder}/`);
    } catch {
      return false;
    }
  }).length;
}

const onLinux = { skip: process.platform === 'linux' ? false : '/proc is Linux’s' };

describe('the cache with room for 3 open files', () => {
  it(
    '20 files that are open at once and read in turn give their bytes through at most 6 descriptors',
    onLinux,
    async () => {
      await using rig = await ContentRig.start({ openFiles: 3 });
      const ids = Array.from({ length: 20 }, (_, index) => `photo ${index}`);
      for (const id of ids) rig.media.add(id, 3 * BLOCK + 5);
      const files = await Promise.all(ids.map((id) => rig.open(id)));
      await Promise.all(files.map((file, index) => expectAll(file, ids[index] ?? '')));
      await until('all is on disk', () =>
        ids.every((id) => rig.store.isCached({ id: mediaRef(id).id, size: 3 * BLOCK + 5 })),
      );
      for (let turn = 0; turn < 3; turn++) {
        for (const [index, file] of files.entries()) await expectBytes(file, ids[index] ?? '', turn * BLOCK, BLOCK);
        assert.ok(openIn(rig.folder) <= 6, `${openIn(rig.folder)} descriptors`);
      }
      for (const file of files) file.close();
      assert.ok(openIn(rig.folder) <= 6, `${openIn(rig.folder)} descriptors after the last close`);
      assert.equal(rig.media.fetches().length, 20, 'nothing was fetched twice');
    },
  );

  it('a file that changed at Google while its descriptors were closed is not read from its successor', async () => {
    await using rig = await ContentRig.start({ openFiles: 1 });
    rig.media.add('a', 3 * BLOCK);
    rig.media.add('b', 3 * BLOCK);
    const first = await rig.open('a');
    await expectAll(first, 'a');
    await until('it is on disk', () => rig.store.isCached({ id: mediaRef('a').id, size: 3 * BLOCK }));
    // Takes the one place there is.
    const other = await rig.open('b');
    await expectAll(other, 'b');
    rig.media.items.set('a', { size: 4 * BLOCK, version: 2 });
    const second = await rig.open('a', 'photo', 4 * BLOCK);
    await expectAll(second, 'a', 131_072, 2);
    await assert.rejects(async () => first.read(Buffer.alloc(BLOCK), 0), { code: 'ESTALE' });
    for (const file of [first, second, other]) file.close();
  });

  it('a cache file that another version took the place of is not opened again', async () => {
    await using rig = await ContentRig.start();
    const pool = new DescriptorPool(1);
    const paths = { data: join(rig.folder, 'x.data'), index: join(rig.folder, 'x.index') };
    const version = { size: BLOCK, etag: undefined, createdAt: 1, isStated: true };
    const old = await CacheFile.create(paths, version, pool);
    let isCurrent = true;
    old.validWhile(() => isCurrent);
    await old.write(0, [Buffer.alloc(BLOCK, 1)]);
    for (const path of Object.values(paths)) renameSync(path, `${path}.old`);
    isCurrent = false;
    const next = await CacheFile.create(paths, { ...version, createdAt: 2 }, pool);
    await next.write(0, [Buffer.alloc(BLOCK, 2)]);
    assert.throws(() => old.readNow(Buffer.alloc(BLOCK), 0), /taken away/);
    old.close();
    next.close();
    rmSync(`${paths.data}.old`);
  });
});

describe('a pool of descriptors', () => {
  const parkable = (park: () => boolean): Parkable => ({ park });

  it('a descriptor pool full of files in use has no room until one of them is idle', async () => {
    const pool = new DescriptorPool(2);
    let isIdle = false;
    pool.used(parkable(() => isIdle));
    pool.used(parkable(() => false));
    assert.equal(pool.makeRoom(), false);
    const changed = pool.changed();
    isIdle = true;
    pool.idle();
    await changed;
    assert.equal(pool.makeRoom(), true);
    assert.equal(pool.size, 1);
  });

  it('relieve of a descriptor pool parks the half that was used longest ago', () => {
    const pool = new DescriptorPool(9);
    const parked: number[] = [];
    const files = [0, 1, 2, 3].map((number) => parkable(() => parked.push(number) > 0));
    for (const file of files) pool.used(file);
    if (files[0] !== undefined) pool.used(files[0]);
    assert.equal(pool.relieve(), true);
    assert.deepEqual(parked, [1, 2]);
  });
});

describe('fetching many files that one signal ends', () => {
  it('40 fills with one signal warn of no leak and leave no listener behind', async () => {
    await using rig = await ContentRig.start();
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', hear);
    try {
      const { signal } = new AbortController();
      const ids = Array.from({ length: 40 }, (_, index) => `photo ${index}`);
      for (const id of ids) rig.media.add(id, BLOCK);
      await Promise.all(ids.map((id) => rig.store.fill({ ref: mediaRef(id), size: BLOCK }, 'read-ahead', signal)));
      // Warnings are emitted in a later turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(warnings, []);
      assert.equal(getEventListeners(signal, 'abort').length, 0);
    } finally {
      process.off('warning', hear);
    }
  });
});
