import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BLOCK_SIZE } from '../../../src/content/block-map.js';
import { CacheFile } from '../../../src/content/cache-file.js';
import { DescriptorPool } from '../../../src/content/descriptor-pool.js';
import { cacheName } from '../../../src/content/cache-files.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';
import { bytesOf, mediaRef } from './fake-media.js';
import { until } from './manual-clock.js';

const SIZE = 300_440;
const CUT_AT = 100_000;
const ITEM = { ref: mediaRef('a'), size: SIZE, etag: '"v1"' };
const { id } = ITEM.ref;

async function withPhoto(work: (rig: ContentRig) => Promise<void>): Promise<void> {
  await using rig = await ContentRig.start();
  rig.media.honourRanges = false;
  rig.media.add('a', SIZE);
  await work(rig);
}

/** Opens and reads to the end; the error's code, or `bytes`. */
function reading(rig: ContentRig, item: { readonly size: number } = ITEM): Promise<string> {
  const work = async (): Promise<string> => {
    const file = await rig.store.open({ ...ITEM, ...item });
    try {
      await expectAll(file, 'a');
      return 'bytes';
    } finally {
      file.close();
    }
  };
  return rig.meanwhile(work().catch((error: unknown) => (error as { code: string }).code));
}

/** A complete cached file of the first {@link CUT_AT} bytes, as the version before the mark of stated sizes left it. */
async function leaveCutFile(rig: ContentRig): Promise<void> {
  // It has counted the cache then: a count that is under way removes a file that is half made.
  await rig.store.stop();
  const name = cacheName(id);
  const folder = join(rig.folder, 'cache', name.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  const file = await CacheFile.create(
    { data: join(folder, `${name}.data`), index: join(folder, `${name}.index`) },
    { size: CUT_AT, etag: '"v1"', createdAt: rig.clock.now(), isStated: false },
    new DescriptorPool(1),
  );
  await file.write(0, [bytesOf('a', 1, 0, BLOCK_SIZE), bytesOf('a', 1, BLOCK_SIZE, CUT_AT)]);
  file.close();
  await rig.restart();
  await until('the cache is counted', () => rig.store.isCached({ id, size: CUT_AT }));
}

function assertUnchanged(rig: ContentRig): void {
  assert.equal(rig.sizes.known(id) ?? SIZE, SIZE, 'the size stays');
  // Where wrong bytes were handed out, its times move all the same.
  for (const { size, etag } of rig.measured) assert.deepEqual([size, etag], [SIZE, '"v1"']);
}

describe('a download without a length', () => {
  it('a download without a length that ends early each time: the read is EIO, the size stays, blocks before the cut are readable', () =>
    withPhoto(async (rig) => {
      rig.media.downloadsTellLength = false;
      rig.media.cutAt = CUT_AT;
      for (let time = 0; time < 3; time++) assert.equal(await reading(rig), 'EIO');
      assertUnchanged(rig);
      const fetches = rig.media.fetches().length;
      const file = await rig.store.open(ITEM);
      await expectBytes(file, 'a', 0, BLOCK_SIZE);
      file.close();
      assert.equal(rig.media.fetches().length, fetches, 'the block before the cut came from the cache');
    }));

  it('a download without a length that goes on beyond the size: the read is EIO, the size stays, no byte is kept', () =>
    withPhoto(async (rig) => {
      rig.media.downloadsTellLength = false;
      rig.media.items.set('a', { size: SIZE + 100_000, version: 1 });
      rig.media.headSays = { length: SIZE };
      assert.equal(await reading(rig), 'EIO');
      assertUnchanged(rig);
      rig.media.items.set('a', { size: SIZE, version: 1 });
      const sent = rig.media.bytesSent;
      assert.equal(await reading(rig), 'bytes');
      assert.equal(rig.media.bytesSent - sent, SIZE, 'all of it was fetched again');
    }));

  it('a download without a length that ends early once is tried again, and the read gives the bytes', () =>
    withPhoto(async (rig) => {
      rig.media.downloadsTellLength = false;
      rig.media.cutAt = CUT_AT;
      rig.media.beforeAnswer = ({ kind }) => {
        if (kind === 'fetch' && rig.media.fetches().length > 1) rig.media.cutAt = Infinity;
      };
      assert.equal(await reading(rig), 'bytes');
      assertUnchanged(rig);
    }));

  it('a download without a length that ends early fails pin and warm with EIO and keeps the size', () =>
    withPhoto(async (rig) => {
      rig.media.downloadsTellLength = false;
      rig.media.cutAt = CUT_AT;
      await rig.meanwhile(assert.rejects(rig.store.fillHead(ITEM, 262_144), { code: 'EIO' }));
      await rig.clock.advance(10_000);
      for (const priority of ['background', 'read-ahead'] as const)
        await rig.meanwhile(
          assert.rejects(rig.store.fill(ITEM, priority, new AbortController().signal), { code: 'EIO' }),
        );
      assertUnchanged(rig);
    }));

  it('a cached size that no answer has stated is asked for with one HEAD, and later processes need not ask', () =>
    withPhoto(async (rig) => {
      rig.media.downloadsTellLength = false;
      assert.equal(await reading(rig), 'bytes');
      await rig.store.stop();
      await rig.restart();
      assert.equal(await reading(rig), 'bytes');
      assert.deepEqual(
        rig.media.requests.map(({ kind }) => kind),
        ['fetch', 'measure'],
      );
    }));
});

describe('an answer that differs from what is known', () => {
  for (const [what, isOtherTag] of [
    ['length', false],
    ['ETag', true],
  ] as const) {
    it(`an answer with another ${what}: if a HEAD states the known one, the read is EIO and nothing changes`, () =>
      withPhoto(async (rig) => {
        rig.media.headSays = { length: SIZE, etag: '"v1"' };
        rig.media.items.set('a', isOtherTag ? { size: SIZE, version: 2 } : { size: 200_000, version: 1 });
        assert.equal(await reading(rig), 'EIO');
        assertUnchanged(rig);
      }));

    it(`an answer with another ${what}: if a HEAD states it too, the catalog gets it`, () =>
      withPhoto(async (rig) => {
        const size = isOtherTag ? SIZE : 200_000;
        rig.media.items.set('a', { size, version: 2 });
        assert.equal(await reading(rig), 'EIO');
        await rig.clock.advance(1_000);
        assert.deepEqual(rig.measured, [{ id, size, etag: '"v2"', changedAt: rig.sizes.changedAt(id) }]);
        assert.ok(rig.sizes.changedAt(id));
      }));
  }

  it('an answer with another length, and no length by HEAD: the size changes if the body comes to the end of its Content-Length', () =>
    withPhoto(async (rig) => {
      rig.media.headSays = { length: 200_000, basis: 'announced' };
      rig.media.items.set('a', { size: 200_000, version: 1 });
      assert.equal(await reading(rig), 'EIO');
      assert.equal(rig.sizes.known(id), 200_000);
    }));

  it('an answer with another length, and no length by HEAD: nothing changes if the body ends before its Content-Length', () =>
    withPhoto(async (rig) => {
      rig.media.headSays = { length: 200_000, basis: 'announced' };
      rig.media.items.set('a', { size: 200_000, version: 1 });
      rig.media.beforeChunk = (_, offset) => {
        if (offset > 50_000) throw new RemoteError('server', 'The media host sent fewer bytes than it announced.');
      };
      assert.equal(await reading(rig), 'EIO');
      assertUnchanged(rig);
    }));

  it('an answer with another ETag, and none by HEAD: the ETag changes if all bytes come with it', () =>
    withPhoto(async (rig) => {
      rig.media.headSays = { etag: undefined };
      rig.media.items.set('a', { size: SIZE, version: 2 });
      assert.equal(await reading(rig), 'EIO');
      assert.equal(rig.sizes.knownEtag(id), '"v2"');
    }));
});

describe('a size that an earlier version learnt from a broken transfer', () => {
  it('a wrong size of an earlier version is corrected by the first open, although the short file is whole in the cache', () =>
    withPhoto(async (rig) => {
      await leaveCutFile(rig);
      assert.equal(await reading(rig, { size: CUT_AT }), 'EIO');
      assert.equal(rig.sizes.known(id), SIZE);
      assert.equal(await reading(rig), 'bytes');
    }));

  it('a wrong size of an earlier version is corrected by the first open, although the host still cuts downloads there', () =>
    withPhoto(async (rig) => {
      rig.media.downloadsTellLength = false;
      rig.media.cutAt = CUT_AT;
      for (const isCached of [false, true]) {
        if (isCached) await leaveCutFile(rig);
        assert.equal(await reading(rig, { size: CUT_AT }), 'EIO');
        assert.equal(rig.sizes.known(id), SIZE);
      }
      assert.equal(await reading(rig), 'EIO');
    }));

  it('a wrong size of an earlier version is corrected although answers to Range do not state the length of the whole', () =>
    withPhoto(async (rig) => {
      rig.media.honourRanges = true;
      rig.media.downloadsTellLength = false;
      const video = { ref: mediaRef('v', 'video'), size: 2_000_000 };
      rig.media.add('v', 3_000_000);
      await rig.meanwhile(assert.rejects(async () => rig.store.open(video), { code: 'EIO' }));
      assert.equal(rig.sizes.known(video.ref.id), 3_000_000);
    }));

  it('a wrong size of an earlier version is served while there is no network, and corrected when it is back', () =>
    withPhoto(async (rig) => {
      await leaveCutFile(rig);
      rig.media.beforeAnswer = () => {
        throw new RemoteError('offline', 'No network.');
      };
      assert.equal(await reading(rig, { size: CUT_AT }), 'bytes');
      await rig.store.stop();
      await rig.restart();
      rig.media.beforeAnswer = () => undefined;
      assert.equal(await reading(rig, { size: CUT_AT }), 'EIO');
      assert.equal(rig.sizes.known(id), SIZE);
    }));
});
