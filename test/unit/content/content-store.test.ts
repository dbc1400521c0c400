import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';

const MIB = 1_048_576;

describe('reading a photo', () => {
  it('reading a photo fetches it whole with one request and gives its bytes', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 3 * MIB + 17);
    const file = await rig.open('a');
    await expectAll(file, 'a');
    assert.equal(rig.media.fetches().length, 1);
    file.close();
  });

  it('reading a cached photo costs no request, also after a restart', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', MIB + 1);
    const first = await rig.open('a');
    await expectAll(first, 'a');
    first.close();
    const second = await rig.open('a');
    await expectAll(second, 'a');
    second.close();
    await rig.store.stop();
    await rig.restart();
    const third = await rig.open('a');
    await expectAll(third, 'a');
    third.close();
    assert.equal(rig.media.fetches().length, 1);
  });

  it('a photo read by many at once costs one request', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 2 * MIB);
    const files = await Promise.all(Array.from({ length: 8 }, () => rig.open('a')));
    await Promise.all(files.map((file) => expectAll(file, 'a', 65_536)));
    assert.equal(rig.media.fetches().length, 1);
    for (const file of files) file.close();
  });

  it('a read beyond the end gives no bytes; an empty file gives none and costs no request', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 1000);
    rig.media.add('empty', 0);
    const file = await rig.open('a');
    await expectBytes(file, 'a', 900, 4096);
    await expectBytes(file, 'a', 1000, 10);
    const empty = await rig.open('empty');
    assert.equal(await empty.read(Buffer.alloc(10), 0), 0);
    assert.equal(rig.media.fetches('empty').length, 0);
    file.close();
    empty.close();
  });
});

describe('a file that changed at Google', () => {
  it('a file with another length at Google fails to open with EIO, then opens with the corrected length', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 5000);
    await assert.rejects(rig.open('a', 'photo', 4000), { code: 'EIO' });
    const ref = 'a' as Parameters<typeof rig.sizes.known>[0];
    assert.equal(rig.sizes.known(ref), 5000);
    const file = await rig.open('a', 'photo', rig.sizes.known(ref));
    await expectAll(file, 'a');
    file.close();
  });
});
