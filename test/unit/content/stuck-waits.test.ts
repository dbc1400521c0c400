import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentRig, expectBytes } from './content-rig.js';
import { mediaRef } from './fake-media.js';
import { until } from './manual-clock.js';

const NEVER = new Promise<never>(() => undefined);
const DEADLINE_MS = 25_000;

describe('a wait for Google that ends at its deadline', () => {
  it('a size that does not come before the deadline is dropped, and the next caller gets it with a new request', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 1_000);
    rig.media.beforeAnswer = () => NEVER;
    const stuck = assert.rejects(rig.sizes.sizeOf(mediaRef('a')), { code: 'EIO' });
    await rig.clock.advance(DEADLINE_MS);
    await stuck;
    rig.media.beforeAnswer = () => undefined;
    assert.equal(await rig.sizes.sizeOf(mediaRef('a')), 1_000);
  });

  it('a download without headers before the deadline is dropped, and the next open starts another and reads', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 300_000);
    rig.media.beforeAnswer = () => NEVER;
    const stuck = assert.rejects(rig.open('a'), { code: 'EIO' });
    await rig.clock.advance(DEADLINE_MS);
    await stuck;
    rig.media.beforeAnswer = () => undefined;
    const file = await rig.open('a');
    await expectBytes(file, 'a', 0, 300_000);
    file.close();
  });

  it('a download whose body stands still until the deadline is dropped, and the next read starts another', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 300_000);
    rig.media.beforeChunk = () => NEVER;
    const file = await rig.open('a');
    const stuck = assert.rejects(file.read(Buffer.alloc(1_000), 0) as Promise<number>, { code: 'EIO' });
    await rig.clock.advance(DEADLINE_MS);
    await stuck;
    rig.media.beforeChunk = () => undefined;
    await rig.clock.advance(1_000);
    const asked = rig.media.requests.length;
    await expectBytes(file, 'a', 0, 1_000);
    await until('another request was made', () => rig.media.requests.length > asked);
    file.close();
  });
});
