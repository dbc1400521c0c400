import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SizeBook, type MeasuredSize, type SizeBookDeps } from '../../../src/content/size-book.js';
import { RemoteError } from '../../../src/library/remote-error.js';
import { OfflineGate } from '../../../src/remote/media/offline-gate.js';
import { FakeMedia, mediaRef } from './fake-media.js';
import { ManualClock, settle } from './manual-clock.js';

function book(options: Partial<SizeBookDeps> = {}) {
  const media = new FakeMedia();
  const clock = new ManualClock();
  const measured: MeasuredSize[][] = [];
  const failures: string[] = [];
  const sizes = new SizeBook({
    source: new OfflineGate(media, clock),
    clock,
    onMeasured: (batch) => measured.push([...batch]),
    onFailure: (ref, error) => failures.push(`${ref.id} ${error.code}`),
    ...options,
  });
  return { media, clock, measured, failures, sizes };
}

describe('the size book', () => {
  it('an item that several callers wait for is measured once, in the foreground', async () => {
    const { media, sizes } = book();
    media.add('a', 123);
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => sizes.sizeOf(mediaRef('a')))), [123, 123, 123]);
    assert.deepEqual(
      media.requests.map(({ kind, priority }) => [kind, priority]),
      [['measure', 'foreground']],
    );
  });

  it('measured sizes are handed over in batches and known until the catalog has committed them', async () => {
    const { media, clock, measured, sizes } = book();
    for (const id of ['a', 'b']) media.add(id, 7);
    sizes.measureSoon([mediaRef('a'), mediaRef('b')]);
    await clock.advance(200);
    assert.deepEqual(
      measured.map((batch) => batch.map(({ id }) => id)),
      [['a', 'b']],
    );
    const { id } = mediaRef('a');
    sizes.correct(mediaRef('a'), { length: 8, etag: undefined, basis: 'head' });
    sizes.committed([id]);
    assert.equal(sizes.known(id), 8, 'the correction is not committed yet');
    sizes.committed([id]);
    assert.equal(sizes.known(id), undefined);
  });

  it('the time of changed bytes is known until the catalog has it, and each change has a time of its own', async () => {
    const { clock, measured, sizes } = book();
    const ref = mediaRef('a');
    const correct = (etag: string): number => {
      sizes.correct(ref, { length: 8, etag, basis: 'head' });
      return sizes.changedAt(ref.id) ?? NaN;
    };
    const first = correct('one');
    assert.equal(first, clock.now());
    const second = correct('two');
    assert.notEqual(second, first);
    await clock.advance(200);
    assert.deepEqual(
      measured.flat().map(({ changedAt }) => changedAt),
      [first, second],
    );
    sizes.committed([ref.id]);
    assert.equal(sizes.changedAt(ref.id), second, 'one of two is committed');
    sizes.committed([ref.id]);
    assert.equal(sizes.changedAt(ref.id), undefined);
  });

  it('an item whose wrong bytes were handed out gets new times and keeps its size and ETag', async () => {
    const { clock, measured, sizes } = book();
    sizes.distrust(mediaRef('a'), { size: 9, etag: 'one' });
    const changedAt = sizes.changedAt(mediaRef('a').id);
    assert.equal(changedAt, clock.now());
    await clock.advance(200);
    assert.deepEqual(measured.flat(), [{ id: mediaRef('a').id, size: 9, etag: 'one', changedAt }]);
  });

  it('a size measured after a change carries the time of the change, a first measurement none', async () => {
    const { media, clock, measured, sizes } = book();
    media.add('a', 9);
    media.add('b', 9);
    sizes.correct(mediaRef('a'), { length: undefined, etag: undefined, basis: 'head' });
    const changedAt = sizes.changedAt(mediaRef('a').id);
    await sizes.sizeOf(mediaRef('b'));
    await clock.advance(200);
    assert.deepEqual(
      measured.flat().map((one) => [one.id, one.changedAt]),
      [
        [mediaRef('a').id, changedAt],
        [mediaRef('b').id, undefined],
      ],
    );
  });

  it('siblings are measured a few at a time, and no more than the queue holds', async () => {
    const { media, sizes } = book({ parallel: 3, queueLimit: 10 });
    let under = 0;
    let most = 0;
    media.beforeAnswer = async () => {
      most = Math.max(most, ++under);
      await settle();
      under--;
    };
    const refs = Array.from({ length: 30 }, (_, number) => mediaRef(`p${String(number)}`));
    for (const { id } of refs) media.add(id, 5);
    sizes.measureSoon([...refs, ...refs]);
    while (sizes.pending > 0) await settle();
    assert.equal(most, 3);
    assert.ok(media.requests.length <= 13, String(media.requests.length));
    assert.equal(new Set(media.requests.map(({ id }) => id)).size, media.requests.length);
  });

  for (const [kind, code] of [
    ['not-found', 'EIO'],
    ['server', 'EIO'],
    ['quota-exhausted', 'EIO'],
    ['rate-limited', 'EAGAIN'],
    ['not-ready', 'EAGAIN'],
    ['failed-video', 'EIO'],
  ] as const) {
    it(`a size that fails with ${kind} is answered ${code}, reported once, and not asked for again for a while`, async () => {
      const { media, clock, failures, sizes } = book();
      media.beforeAnswer = () => {
        throw new RemoteError(kind, 'no');
      };
      await assert.rejects(sizes.sizeOf(mediaRef('a')), { code });
      await assert.rejects(sizes.sizeOf(mediaRef('a')), { code });
      assert.equal(media.requests.length, 1);
      assert.deepEqual(failures, [`a ${code}`]);
      media.beforeAnswer = () => undefined;
      media.add('a', 9);
      await clock.advance(6_000);
      assert.equal(await sizes.sizeOf(mediaRef('a')), 9);
    });
  }

  it('the items of a listing are measured 96 at once, and one that a program waits for does not wait for them', async () => {
    const { media, clock, sizes } = book();
    const names = Array.from({ length: 200 }, (_, number) => `p${number}`);
    for (const id of [...names, 'last']) media.add(id, 9);
    let open = 0;
    let most = 0;
    media.beforeAnswer = async () => {
      most = Math.max(most, ++open);
      await clock.sleep(50);
      open--;
    };
    sizes.measureSoon(names.map((id) => mediaRef(id)));
    await settle();
    assert.equal(most, 96);
    const size = sizes.sizeOf(mediaRef('last'));
    await clock.advance(50);
    assert.equal(await size, 9);
    await clock.advance(200);
    assert.equal(media.requests.length, 201);
    assert.equal(most, 97);
  });

  it('a caller waits at most 25 s for a size', async () => {
    const { media, clock, sizes } = book();
    media.beforeAnswer = () => new Promise(() => undefined);
    const failing = assert.rejects(sizes.sizeOf(mediaRef('a')), { code: 'EIO' });
    await clock.advance(25_000);
    await failing;
  });

  it('without a network the size of every item fails at once', async () => {
    const { media, clock, sizes } = book();
    media.beforeAnswer = async () => {
      await clock.sleep(10_000);
      throw new RemoteError('offline', 'No connection to Google.');
    };
    const first = assert.rejects(sizes.sizeOf(mediaRef('a')), { code: 'EIO' });
    await clock.advance(10_000);
    await first;
    const started = clock.now();
    const others = Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        assert.rejects(sizes.sizeOf(mediaRef(`p${String(number)}`)), { code: 'EIO' }),
      ),
    ).then(() => clock.now() - started);
    await clock.advance(1_999);
    assert.ok((await others) < 2_000);
  });

  it('a size without a length in the headers is measured by counting the bytes', async () => {
    const { media, sizes } = book();
    media.tellLength = false;
    media.honourRanges = false;
    media.add('a', 70_001);
    assert.equal(await sizes.sizeOf(mediaRef('a')), 70_001);
  });
});
