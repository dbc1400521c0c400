import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OfflineGate } from '../../../../src/remote/media/offline-gate.js';
import { RemoteError } from '../../../../src/library/remote-error.js';
import { FakeMedia, mediaRef } from '../../content/fake-media.js';
import { ManualClock, settle } from '../../content/manual-clock.js';

const person = { priority: 'foreground' } as const;
const gone = (): never => {
  throw new RemoteError('offline', 'No connection to Google.');
};

function setUp() {
  const media = new FakeMedia();
  const clock = new ManualClock();
  media.add('a', 100_000);
  return { media, clock, gate: new OfflineGate(media, clock) };
}

/** How a promise ended, `waiting` while it has not. */
function watched(promise: Promise<unknown>): () => string {
  let state = 'waiting';
  promise.then(
    () => (state = 'done'),
    (error: unknown) => (state = error instanceof RemoteError ? error.kind : String(error)),
  );
  return () => state;
}

describe('the gate before the network', () => {
  it('the offline gate fails new requests at once while the network is gone, and finds it back by itself', async () => {
    const { media, clock, gate } = setUp();
    media.beforeAnswer = gone;
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    const asked = media.requests.length;
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    assert.equal(media.requests.length, asked, 'no request was sent');
    media.beforeAnswer = () => undefined;
    await clock.advance(1_000);
    assert.equal(gate.offline, false);
    assert.equal((await gate.measure(mediaRef('a'), person)).length, 100_000);
  });

  it('the offline gate probes rarely while the network stays away, and soon after a new request', async () => {
    const { media, clock, gate } = setUp();
    media.beforeAnswer = gone;
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await clock.advance(120_000);
    assert.ok(media.requests.length < 15, `${media.requests.length} probes in two minutes`);
    media.beforeAnswer = () => undefined;
    await clock.advance(2_000);
    if (gate.offline) await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await settle();
    assert.equal(gate.offline, false);
  });

  it('the offline gate probes at once after a change of the network, then every second at first, however long it was gone', async () => {
    const { media, clock, gate } = setUp();
    media.beforeAnswer = gone;
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await clock.advance(3_600_000);
    const asked = media.requests.length;
    gate.networkChanged();
    await settle();
    assert.equal(media.requests.length, asked + 1);
    media.beforeAnswer = () => undefined;
    await clock.advance(1_000);
    assert.equal(gate.offline, false);
  });

  it('the offline gate ends requests under way within two seconds of finding the network gone', async () => {
    const { media, clock, gate } = setUp();
    let silent = false;
    media.beforeAnswer = () => (silent ? new Promise(() => undefined) : undefined);
    const stream = await gate.fetch(mediaRef('a'), undefined, person);
    media.beforeChunk = () => new Promise(() => undefined);
    const body = watched(stream.body.forEach(() => undefined));
    silent = true;
    const headers = watched(gate.fetch(mediaRef('a'), undefined, person));
    silent = false;
    media.beforeAnswer = gone;
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await clock.advance(2_000);
    assert.deepEqual([body(), headers()], ['offline', 'offline']);
  });

  it('the offline gate probes the network when a body falls silent', async () => {
    const { media, clock, gate } = setUp();
    const stream = await gate.fetch(mediaRef('a'), undefined, person);
    media.beforeChunk = () => new Promise(() => undefined);
    media.beforeAnswer = () => new Promise(() => undefined);
    const body = watched(stream.body.forEach(() => undefined));
    await clock.advance(5_000);
    assert.equal(body(), 'waiting');
    await clock.advance(10_000);
    assert.equal(body(), 'offline');
  });

  it('the offline gate opens by a probe of an item answered before, while the one that hung still hangs', async () => {
    const { media, clock, gate } = setUp();
    media.add('b', 100_000);
    await gate.measure(mediaRef('b'), person);
    media.beforeAnswer = ({ id }) => (id === 'a' ? gone() : undefined);
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await clock.advance(1_000);
    assert.equal(gate.offline, false);
    assert.equal((await gate.measure(mediaRef('b'), person)).length, 100_000);
  });

  it('the offline gate closes for one host that is gone, and for all hosts if the network is', async () => {
    const { media, clock, gate } = setUp();
    media.add('b', 100_000);
    media.hostOf = ({ id }) => (id === 'a' ? 'one' : 'other');
    await gate.measure(mediaRef('b'), person);
    media.beforeAnswer = ({ id }) => (id === 'a' ? gone() : undefined);
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await settle();
    assert.equal((await gate.measure(mediaRef('b'), person)).length, 100_000);
    assert.deepEqual([gate.isOffline(mediaRef('a')), gate.isOffline(mediaRef('b'))], [true, false]);
    media.beforeAnswer = () => undefined;
    await clock.advance(1_000);
    assert.equal(gate.isOffline(mediaRef('a')), false);

    media.beforeAnswer = gone;
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    await settle();
    const asked = media.requests.length;
    await assert.rejects(gate.measure(mediaRef('b'), person), { kind: 'offline' });
    assert.equal(media.requests.length, asked, 'the other was found gone before anybody asked for it');
  });

  const silent = new RemoteError('offline', 'The host did not answer in time.', { reason: 'UND_ERR_HEADERS_TIMEOUT' });
  const refused = new RemoteError('offline', 'This network asks for a sign-in of its own.', { status: 407 });
  for (const [what, failure] of [
    ['gets no answer in time', silent],
    ['gets 407', refused],
  ] as const) {
    it(`the offline gate stays open for the others where one item ${what}, whether another was answered before or not`, async () => {
      for (const isAnsweredBefore of [true, false]) {
        const { media, clock, gate } = setUp();
        media.add('b', 100_000);
        if (isAnsweredBefore) await gate.measure(mediaRef('b'), person);
        media.beforeAnswer = ({ id }) => {
          if (id === 'a') throw failure;
        };
        for (let time = 0; time < 3; time++) {
          await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
          assert.equal(gate.isOffline(mediaRef('b')), false);
          assert.equal((await gate.measure(mediaRef('b'), person)).length, 100_000);
        }
        await clock.advance(60_000);
        assert.equal((await gate.measure(mediaRef('b'), person)).length, 100_000);
      }
    });

    it(`the offline gate closes within two seconds where one item ${what} and others get no answer`, async () => {
      for (const isAnsweredBefore of [true, false]) {
        const { media, clock, gate } = setUp();
        for (const id of ['b', 'c', 'd']) media.add(id, 100_000);
        if (isAnsweredBefore) await gate.measure(mediaRef('b'), person);
        media.beforeAnswer = ({ id }) => {
          if (id === 'a') throw failure;
          return new Promise(() => undefined);
        };
        const before = watched(gate.measure(mediaRef('c'), person));
        await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
        const after = watched(gate.measure(mediaRef('d'), person));
        await clock.advance(2_000);
        assert.deepEqual([before(), after()], ['offline', 'offline']);
        const asked = media.requests.length;
        await assert.rejects(gate.measure(mediaRef('c'), person), { kind: 'offline' });
        assert.ok(media.requests.length <= asked + 1, 'no more than a probe is asked');
      }
    });
  }

  it('the offline gate stays open where the body of one item falls silent and another item is answered', async () => {
    const { media, clock, gate } = setUp();
    media.add('b', 100_000);
    await gate.measure(mediaRef('b'), person);
    const stream = await gate.fetch(mediaRef('a'), undefined, person);
    media.beforeChunk = () => new Promise(() => undefined);
    media.beforeAnswer = ({ id }) => (id === 'a' ? new Promise(() => undefined) : undefined);
    const body = watched(stream.body.forEach(() => undefined));
    await clock.advance(30_000);
    assert.deepEqual([body(), gate.offline], ['waiting', false]);
  });

  it('the offline gate opens by itself where the item that was asked for last is never answered and others are', async () => {
    const { media, clock, gate } = setUp();
    media.add('b', 100_000);
    media.beforeAnswer = gone;
    await assert.rejects(gate.measure(mediaRef('b'), person), { kind: 'offline' });
    await assert.rejects(gate.measure(mediaRef('a'), person), { kind: 'offline' });
    media.beforeAnswer = ({ id }) => (id === 'a' ? new Promise(() => undefined) : undefined);
    await clock.advance(20_000);
    assert.equal(gate.offline, false);
  });
});
