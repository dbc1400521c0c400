import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MediaKind } from '../../../src/library/media-item.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';
import { mediaRef } from './fake-media.js';
import { settle } from './manual-clock.js';

const KIB = 1024;
const MIB = 1_048_576;

/** What was asked for, as `measure` or `fetch`, by item. */
const asked = (rig: ContentRig): string[] => rig.media.requests.map(({ kind, id }) => `${kind} ${id}`);

/** As a program that names a file: a look, then an open and a read of it all. */
async function readNew(rig: ContentRig, id: string, kind: MediaKind = 'photo'): Promise<void> {
  const size = await rig.sizes.sizeOf(mediaRef(id, kind));
  assert.equal(size, rig.media.items.get(id)?.size);
  const file = await rig.open(id, kind, size);
  await expectAll(file, id);
  file.close();
}

describe('the first look at an item that was never measured', () => {
  for (const honoured of [true, false]) {
    const host = honoured ? 'honours Range' : 'ignores Range';

    it(`an unmeasured photo of 3 MiB is measured and read whole with one request where the host ${host}`, async () => {
      await using rig = await ContentRig.start();
      rig.media.honourRanges = honoured;
      rig.media.add('p', 3 * MIB + 7);
      await readNew(rig, 'p');
      assert.deepEqual(asked(rig), ['fetch p']);
      assert.equal(rig.media.bytesSent, 3 * MIB + 7);
    });

    it(`unmeasured photos read one after another cost one request each where the host ${host}`, async () => {
      await using rig = await ContentRig.start();
      rig.media.honourRanges = honoured;
      const names = Array.from({ length: 12 }, (_, index) => `p${index}`);
      for (const id of names) rig.media.add(id, 100 * KIB);
      for (const id of names) await readNew(rig, id);
      assert.deepEqual(
        asked(rig),
        names.map((id) => `fetch ${id}`),
      );
    });

    it(`an unmeasured video is read from its first byte with the request that measured it where the host ${host}`, async () => {
      await using rig = await ContentRig.start();
      rig.media.honourRanges = honoured;
      rig.media.add('v', 20 * MIB + 5);
      await readNew(rig, 'v', 'video');
      assert.deepEqual(asked(rig), ['fetch v']);
      assert.ok(rig.media.bytesSent <= 1.01 * (20 * MIB));
    });

    it(`a listing of many unmeasured items asks for the bytes of one, and for little of them, where the host ${host}`, async () => {
      await using rig = await ContentRig.start();
      rig.media.honourRanges = honoured;
      const names = Array.from({ length: 40 }, (_, index) => `p${index}`);
      for (const id of names) rig.media.add(id, 3 * MIB);
      for (const id of names) assert.equal(await rig.sizes.sizeOf(mediaRef(id)), 3 * MIB);
      await rig.clock.advance(5_000);
      assert.deepEqual(rig.media.fetches().length, 1);
      assert.equal(rig.media.requests.length, 40);
      assert.ok(rig.media.bytesSent <= 128 * KIB, `${rig.media.bytesSent} bytes`);
      assert.deepEqual(rig.media.aborts, ['p0'], 'its body was ended');
    });
  }

  it('readers that open eight unmeasured photos at once get each with one request', async () => {
    await using rig = await ContentRig.start();
    const names = Array.from({ length: 8 }, (_, index) => `p${index}`);
    for (const id of names) rig.media.add(id, MIB);
    rig.media.beforeAnswer = () => rig.clock.sleep(50);
    await rig.meanwhile(Promise.all(names.map((id) => readNew(rig, id))));
    assert.equal(rig.media.requests.length, 8);
    assert.equal(rig.media.bytesSent, 8 * MIB);
  });

  it('a photo that is fetched ahead without a known size costs one request', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('p', 3 * MIB);
    const ref = mediaRef('p');
    const size = await rig.sizes.sizeForFetch(ref);
    const { signal } = new AbortController();
    await rig.store.fill({ ref, size, etag: rig.sizes.knownEtag(ref.id) }, 'read-ahead', signal);
    assert.deepEqual(asked(rig), ['fetch p']);
    assert.equal(rig.sizes.isListing, false);
    assert.equal(rig.media.bytesSent, 3 * MIB);
  });

  it('a photo over 4 MiB is read whole after its first look without a byte fetched twice', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('p', 9 * MIB);
    await readNew(rig, 'p');
    assert.equal(rig.media.requests.length, rig.media.fetches().length);
    assert.ok(rig.media.fetches().length <= 3);
    assert.ok(rig.media.bytesSent <= 9 * MIB);
  });

  it('a photo that was looked at and not opened is served from what its first look brought, later', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('p', 200 * KIB);
    const size = await rig.sizes.sizeOf(mediaRef('p'));
    await rig.clock.advance(20_000);
    const file = await rig.open('p', 'photo', size);
    await expectBytes(file, 'p', 0, 200 * KIB);
    file.close();
    assert.deepEqual(asked(rig), ['fetch p']);
  });

  it('looks bring bytes again ten seconds after a listing', async () => {
    await using rig = await ContentRig.start();
    for (const id of ['a', 'b', 'c', 'd']) rig.media.add(id, MIB);
    for (const id of ['a', 'b', 'c']) await rig.sizes.sizeOf(mediaRef(id));
    await rig.clock.advance(11_000);
    await readNew(rig, 'd');
    assert.deepEqual(asked(rig), ['fetch a', 'measure b', 'measure c', 'fetch d']);
  });

  it('an item whose downloads have no length is measured by a HEAD', async () => {
    await using rig = await ContentRig.start();
    rig.media.honourRanges = false;
    rig.media.downloadsTellLength = false;
    rig.media.add('p', 3 * MIB);
    assert.equal(await rig.sizes.sizeOf(mediaRef('p')), 3 * MIB);
    assert.deepEqual(asked(rig), ['fetch p', 'measure p']);
    await settle();
    assert.equal(rig.media.bytesSent, 0);
  });

  it('an item whose bytes come in a wrong shape is measured by a HEAD, and one that is gone is not asked for again', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('p', MIB);
    rig.media.beforeAnswer = ({ kind, id }) => {
      if (kind === 'fetch') throw new RemoteError(id === 'p' ? 'protocol' : 'not-found', 'No.');
    };
    assert.equal(await rig.sizes.sizeOf(mediaRef('p')), MIB);
    await rig.clock.advance(11_000);
    await assert.rejects(rig.sizes.sizeOf(mediaRef('gone')), { code: 'EIO' });
    assert.deepEqual(asked(rig), ['fetch p', 'measure p', 'fetch gone']);
  });

  it('a size announced with bytes that never come in full is corrected once the host states another', async () => {
    await using rig = await ContentRig.start();
    rig.media.honourRanges = false;
    rig.media.add('p', MIB);
    assert.equal(await rig.sizes.sizeOf(mediaRef('p')), MIB);
    rig.media.items.set('p', { size: 2 * MIB, version: 1 });
    await rig.clock.advance(20_000);
    const file = await rig.open('p', 'photo', MIB).catch((error: unknown) => error as Error);
    if (!(file instanceof Error)) await assert.rejects(rig.meanwhile(expectAll(file, 'p')));
    assert.equal(rig.sizes.known(mediaRef('p').id), 2 * MIB);
  });
});
