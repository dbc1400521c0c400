import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RemoteError } from '../../../src/library/remote-error.js';
import { ContentRig, expectAll, expectBytes } from './content-rig.js';
import { mediaRef } from './fake-media.js';
import { settle, until } from './manual-clock.js';

const KIB = 1024;
const MIB = 1_048_576;

describe('reading a video', () => {
  it('a reader of the first 64 KiB of a video causes little to be fetched', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 50 * MIB);
    const file = await rig.open('v', 'video');
    await expectBytes(file, 'v', 0, 64 * KIB);
    file.close();
    await settle();
    assert.ok(rig.media.bytesSent <= 128 * KIB, `${String(rig.media.bytesSent)} bytes`);
  });

  it('fillHead fetches the head of a video and no more, whether the host honours Range or not', async () => {
    for (const honoured of [true, false]) {
      await using rig = await ContentRig.start();
      rig.media.honourRanges = honoured;
      rig.media.add('v', 50 * MIB);
      const item = { ref: mediaRef('v', 'video'), size: 50 * MIB };
      await rig.store.fillHead(item, 256 * KIB);
      await rig.store.fillHead(item, 256 * KIB);
      await rig.clock.advance(15_000);
      assert.equal(rig.media.fetches().length, 1);
      assert.ok(rig.media.bytesSent <= 288 * KIB, `${String(rig.media.bytesSent)} bytes`);
      const file = await rig.open('v', 'video');
      await expectBytes(file, 'v', 0, 128 * KIB);
      await expectBytes(file, 'v', 128 * KIB, 128 * KIB);
      file.close();
    }
  });

  it('a video is not opened with a prefetched head of another version', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 50 * MIB);
    const item = { ref: mediaRef('v', 'video'), size: 50 * MIB };
    await rig.store.fillHead(item, 256 * KIB);
    await rig.clock.advance(15_000);
    rig.media.items.set('v', { size: 50 * MIB, version: 2 });
    const file = await rig.open('v', 'video');
    await assert.rejects(expectBytes(file, 'v', 20 * MIB, KIB), { code: 'ESTALE' });
    file.close();
    await expectBytes(await rig.open('v', 'video'), 'v', 0, KIB, 2);
  });

  it('fillHead rejects if the head of a video cannot be fetched', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 50 * MIB);
    rig.media.beforeAnswer = () => Promise.reject(new RemoteError('not-found', 'Gone.'));
    const item = { ref: mediaRef('v', 'video'), size: 50 * MIB };
    await assert.rejects(rig.store.fillHead(item, 256 * KIB), { code: 'EIO' });
  });

  it('a sequential reader of a video causes each byte to be fetched once, in a handful of requests', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 20 * MIB + 5);
    const file = await rig.open('v', 'video');
    await expectAll(file, 'v');
    assert.ok(rig.media.bytesSent <= 1.01 * file.size, `${String(rig.media.bytesSent)} bytes`);
    assert.ok(rig.media.fetches().length <= 3, `${String(rig.media.fetches().length)} requests`);
    file.close();
  });

  it('read-ahead of a sequential reader of a video grows with each read, up to its window', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 200 * MIB);
    const file = await rig.open('v', 'video');
    for (const [at, ahead] of [0, 256, 512, 1024, 2048].entries()) {
      await expectBytes(file, 'v', at * 128 * KIB, 128 * KIB);
      const expected = (at + 1) * 128 * KIB + ahead * KIB;
      await until(`${String(ahead)} KiB are read ahead`, () => rig.media.bytesSent >= expected);
      await settle();
      assert.equal(rig.media.bytesSent, expected);
    }
    file.close();
  });

  it('a jump in a video requests a small range and stops read-ahead', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 100 * MIB);
    const file = await rig.open('v', 'video');
    await expectBytes(file, 'v', 0, 4 * KIB);
    await expectBytes(file, 'v', 90 * MIB, 4 * KIB);
    await expectBytes(file, 'v', 40 * MIB + 100, 4 * KIB);
    await settle();
    assert.deepEqual(
      rig.media.fetches().map(({ range }) => [range?.start, (range?.end ?? 0) - (range?.start ?? 0)]),
      [
        [0, 128 * KIB],
        [90 * MIB, 128 * KIB],
        [40 * MIB, 128 * KIB],
      ],
    );
    file.close();
  });

  it('many readers at different places of a video share one copy', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 8 * MIB);
    const files = await Promise.all(Array.from({ length: 6 }, () => rig.open('v', 'video')));
    await Promise.all(files.map((file) => expectAll(file, 'v')));
    assert.ok(rig.media.bytesSent <= 1.02 * 8 * MIB, `${String(rig.media.bytesSent)} bytes`);
    for (const file of files) file.close();
  });
});

describe('reading photos', () => {
  const KEPT = 128 * KIB;

  it('a small photo is fetched whole when opened, a larger one with one request as it is read', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('s', 200 * KIB);
    rig.media.add('l', 3 * MIB);
    (await rig.open('s')).close();
    await until('the small one is there', () => rig.media.bytesSent === 200 * KIB);
    const file = await rig.open('l');
    await expectAll(file, 'l');
    file.close();
    assert.deepEqual(
      rig.media.fetches().map(({ range }) => range),
      [undefined, undefined],
    );
  });

  it('only heads are fetched after reads of heads only, and whole photos again after the first that is read whole', async () => {
    await using rig = await ContentRig.start();
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`);
    for (const id of names) rig.media.add(id, 2 * MIB);
    const look = async (id: string): Promise<void> => {
      const file = await rig.open(id);
      await expectBytes(file, id, 0, 64 * KIB);
      file.close();
      await settle();
    };
    for (const id of names.slice(0, 2)) await look(id);
    await rig.clock.advance(5_000);
    const before = rig.media.bytesSent;
    for (const id of names.slice(2, 10)) await look(id);
    await rig.clock.advance(5_000);
    assert.equal(rig.media.bytesSent - before, 8 * KEPT);
    const file = await rig.open('p2');
    await expectAll(file, 'p2');
    file.close();
    const fetched = rig.media.fetches().length;
    const whole = await rig.open('p10');
    await expectAll(whole, 'p10');
    whole.close();
    assert.equal(rig.media.fetches().length, fetched + 1, 'one request for all of it');
    const known = rig.media.bytesSent;
    await look('p11');
    await rig.clock.advance(5_000);
    assert.ok(rig.media.bytesSent - known <= 2 * KEPT, 'Range is known to work: what is left is not drawn');
  });

  it('a photo is fetched once if the host ignores Range, also after reads of heads only', async () => {
    await using rig = await ContentRig.start();
    rig.media.honourRanges = false;
    const names = Array.from({ length: 6 }, (_, index) => `p${index}`);
    for (const id of names) rig.media.add(id, MIB);
    for (const id of names) {
      const file = await rig.open(id);
      await expectBytes(file, id, 0, 64 * KIB);
      await until('all of it is there', () => rig.media.bytesSent % MIB === 0);
      await expectAll(file, id);
      file.close();
    }
    assert.equal(rig.media.bytesSent, 6 * MIB);
  });
});

describe('a host that ignores ranges', () => {
  it('a host that ignores Range is asked once: its body fills the cache from the start while a reader waits for its part', async () => {
    await using rig = await ContentRig.start();
    rig.media.honourRanges = false;
    rig.media.add('v', 6 * MIB);
    const file = await rig.open('v', 'video');
    await expectBytes(file, 'v', 5 * MIB, 4 * KIB);
    await expectAll(file, 'v');
    assert.equal(rig.media.fetches().length, 1);
    assert.equal(rig.media.bytesSent, 6 * MIB);
    file.close();
  });

  it('a host that ignores Range is detected also without a length in its answer', async () => {
    await using rig = await ContentRig.start();
    rig.media.honourRanges = false;
    rig.media.tellLength = false;
    rig.media.add('v', 6 * MIB + 3);
    const file = await rig.open('v', 'video');
    await expectAll(file, 'v');
    assert.equal(rig.media.fetches().length, 1);
    file.close();
  });

  it('a host known to ignore Range is not asked for parts again', async () => {
    await using rig = await ContentRig.start();
    rig.media.honourRanges = false;
    rig.media.add('v', 2 * MIB);
    rig.media.add('w', 2 * MIB);
    for (const id of ['v', 'w']) {
      const file = await rig.open(id, 'video');
      await expectBytes(file, id, MIB, 4 * KIB);
      await until('all is fetched', () => rig.media.bytesSent % (2 * MIB) === 0);
      file.close();
    }
    assert.equal(rig.media.fetches('w')[0]?.range, undefined);
    assert.equal(rig.media.bytesSent, 4 * MIB);
  });
});

describe('a download', () => {
  it('a download is cancelled soon after the last close, unless it is nearly done', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 4 * MIB);
    rig.media.add('b', 4 * MIB);
    const stops: Readonly<Record<string, number>> = { a: MIB, b: 3.75 * MIB };
    const gates: (() => void)[] = [];
    rig.media.beforeChunk = (id, at) =>
      at === stops[id] ? new Promise<void>((resolve) => gates.push(resolve)) : undefined;
    for (const id of ['a', 'b']) {
      const file = await rig.open(id);
      await expectBytes(file, id, 0, 4 * KIB);
      await until('the stream came to its gate', () => gates.length === (id === 'a' ? 1 : 2));
      file.close();
    }
    await rig.clock.advance(2_000);
    for (const open of gates) open();
    await until('the nearly done one is finished', () => rig.media.bytesSent >= 5 * MIB);
    assert.deepEqual(rig.media.aborts, ['a']);
    assert.equal(rig.media.bytesSent, 5 * MIB);
  });

  it('a download goes on at the missing byte after its body broke off', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('a', 2 * MIB);
    let broken = 0;
    rig.media.beforeChunk = (_id, at) => {
      if (at === 80 * KIB && broken++ === 0) throw new RemoteError('server', 'The connection was reset.');
    };
    const file = await rig.open('a');
    const all = expectAll(file, 'a');
    await until('the stream broke', () => broken > 0);
    await rig.clock.advance(1_000);
    await all;
    assert.deepEqual(
      rig.media.fetches().map(({ range }) => range?.start),
      [undefined, 80 * KIB],
    );
    assert.equal(rig.media.bytesSent, 2 * MIB);
    file.close();
  });

  it('a download fails with EIO after a few tries without a byte, and the next read tries again', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 10 * MIB);
    const file = await rig.open('v', 'video');
    await expectBytes(file, 'v', 0, 4 * KIB);
    await until('the beginning came', () => rig.media.bytesSent === 128 * KIB);
    rig.media.beforeChunk = () => {
      throw new RemoteError('server', 'The connection was reset.');
    };
    const before = rig.media.fetches().length;
    const failing = assert.rejects(expectBytes(file, 'v', 5 * MIB, 4 * KIB), { code: 'EIO' });
    for (let turn = 0; turn < 20; turn++) await rig.clock.advance(500);
    await failing;
    assert.equal(rig.media.fetches().length - before, 3);
    rig.media.beforeChunk = () => undefined;
    await expectBytes(file, 'v', 5 * MIB, 4 * KIB);
    file.close();
  });

  it('a read is answered EIO after 25 s of silence of the host', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 10 * MIB);
    const file = await rig.open('v', 'video');
    rig.media.beforeChunk = () => new Promise(() => undefined);
    const started = rig.clock.now();
    const failing = assert.rejects(expectBytes(file, 'v', 5 * MIB, 4 * KIB), { code: 'EIO' });
    const failed = failing.then(() => rig.clock.now() - started);
    await rig.clock.advance(30_000);
    assert.equal(await failed, 25_000);
    file.close();
  });
});

describe('with the network gone', () => {
  it('without a network cached bytes are read, other reads fail within 2 s, and all recovers by itself', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 10 * MIB);
    rig.media.add('w', 10 * MIB);
    const file = await rig.open('v', 'video');
    await expectBytes(file, 'v', 0, 4 * KIB);
    rig.media.beforeAnswer = async () => {
      await rig.clock.sleep(10_000);
      throw new RemoteError('offline', 'No connection to Google.');
    };
    const first = assert.rejects(expectBytes(file, 'v', 5 * MIB, 4 * KIB), { code: 'EIO' });
    await rig.clock.advance(10_000);
    await first;
    await expectBytes(file, 'v', 0, 64 * KIB);
    for (const wait of [0, 5_000]) {
      await rig.clock.advance(wait);
      const started = rig.clock.now();
      const failing = assert.rejects(rig.open('w', 'video'), { code: 'EIO' }).then(() => rig.clock.now() - started);
      await rig.clock.advance(1_999);
      assert.ok((await failing) < 2_000);
    }
    rig.media.beforeAnswer = () => undefined;
    await rig.clock.advance(30_000);
    await expectBytes(file, 'v', 5 * MIB, 4 * KIB);
    file.close();
  });
});

describe('a file that changes at Google while it is open', () => {
  it('a file that changes at Google gives ESTALE to open handles and the new version, unmixed, to the next open', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 10 * MIB);
    const file = await rig.open('v', 'video');
    await expectBytes(file, 'v', 0, 100 * KIB);
    rig.media.items.set('v', { size: 10 * MIB, version: 2 });
    await assert.rejects(expectBytes(file, 'v', 5 * MIB, 4 * KIB), { code: 'ESTALE' });
    await assert.rejects(expectBytes(file, 'v', 0, 4 * KIB), { code: 'ESTALE' });
    const next = await rig.open('v', 'video');
    await expectAll(next, 'v', 131_072, 2);
    next.close();
    file.close();
    await rig.store.stop();
    await rig.restart();
    const again = await rig.open('v', 'video');
    await expectAll(again, 'v', 131_072, 2);
    again.close();
  });

  it('a download that meets another length tells the size book', async () => {
    await using rig = await ContentRig.start();
    rig.media.add('v', 10 * MIB);
    const file = await rig.open('v', 'video');
    rig.media.items.set('v', { size: 9 * MIB, version: 2 });
    await assert.rejects(expectBytes(file, 'v', 5 * MIB, 4 * KIB), { code: 'ESTALE' });
    await rig.clock.advance(1_000);
    const changedAt = rig.sizes.changedAt(mediaRef('v').id);
    assert.ok(changedAt);
    assert.deepEqual(rig.measured, [{ id: 'v', size: 9 * MIB, etag: '"v2"', changedAt }]);
    file.close();
  });

  it('a file keeps its size while no answer states a length, and is corrected by the first that does', async () => {
    for (const size of [300 * KIB, 700 * KIB]) {
      await using rig = await ContentRig.start();
      rig.media.honourRanges = false;
      rig.media.tellLength = false;
      rig.media.add('a', size);
      const readEnd = async (): Promise<void> => {
        const file = await rig.open('a', 'photo', 500 * KIB);
        await expectBytes(file, 'a', 499 * KIB, 1024).finally(() => file.close());
      };
      await rig.meanwhile(assert.rejects(readEnd(), { code: 'EIO' }));
      const sizes = [rig.sizes.known(mediaRef('a').id) ?? 500 * KIB, ...rig.measured.map((told) => told.size)];
      assert.deepEqual([...new Set(sizes)], [500 * KIB], `${String(size)} bytes change no size`);
      rig.media.tellLength = true;
      await rig.clock.advance(2_000);
      await rig.meanwhile(assert.rejects(readEnd(), { name: 'ContentError' }));
      assert.equal(rig.sizes.known(mediaRef('a').id), size);
      const next = await rig.open('a');
      await expectAll(next, 'a');
      next.close();
    }
  });
});

describe('many open videos', () => {
  it('many open videos without reads hold only a few connections', async () => {
    await using rig = await ContentRig.start({ tuning: { pausedMost: 2 } });
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const [number, id] of ids.entries()) {
      rig.media.add(id, 50 * MIB);
      const file = await rig.open(id, 'video');
      await expectBytes(file, id, 0, 128 * KIB);
      await expectBytes(file, id, 128 * KIB, 128 * KIB);
      await until('its window is full', () => rig.media.bytesSent === (number + 1) * 512 * KIB);
      await settle();
    }
    await until('the oldest are given up', () => rig.media.aborts.length === 3);
    assert.deepEqual(rig.media.aborts, ['a', 'b', 'c']);
    await rig.clock.advance(11_000);
    await until('the others too, after a while', () => rig.media.aborts.length === 5);
  });
});
