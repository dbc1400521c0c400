import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultAction } from '../../emulator/faults.js';
import { collect } from '../../unit/remote/media/media-source-rig.js';
import { person, refOf, remoteRooms, type RemoteRooms } from './remote-rooms.js';

const content = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));

/** A photo with known bytes; its base URL is known already where `learned`. */
async function withPhoto({ emulator, library, media }: RemoteRooms, learned = false) {
  const item = emulator.library.add({ bytes: content });
  if (learned) media.learn((await library.listMediaItems({ pageSize: 10 })).items);
  return refOf(item);
}

describe('the media source against the emulator', () => {
  for (const head of [true, false]) {
    for (const contentLength of [true, false]) {
      it(`the media source against the emulator measures with HEAD ${head ? 'on' : 'off'} and Content-Length ${contentLength ? 'on' : 'off'}`, async (test) => {
        const rooms = await remoteRooms(test, { switches: { head, contentLength } });
        const facts = await rooms.media.measure(await withPhoto(rooms), person);
        assert.equal(facts.length, contentLength ? 5_000 : undefined);
        assert.equal(typeof facts.etag, 'string');
        const media = rooms.emulator.counters.journal({ route: /^media\./ });
        assert.equal(rooms.spent.media, media.length + rooms.emulator.counters.open);
        assert.ok(media.every(({ authorized }) => !authorized));
      });
    }
  }

  for (const range of ['ignored', 'honored'] as const) {
    for (const redirect of ['never', 'always'] as const) {
      it(`the media source against the emulator fetches right bytes with Range ${range} and redirects ${redirect}`, async (test) => {
        const rooms = await remoteRooms(test, { switches: { range, redirect } });
        const ref = await withPhoto(rooms);
        const whole = await rooms.media.fetch(ref, undefined, person);
        assert.deepEqual([whole.start, whole.bodyLength, whole.facts.length], [0, 5_000, 5_000]);
        assert.deepEqual(await collect(whole), content);
        const part = await rooms.media.fetch(ref, { start: 1_000, end: 1_500 }, person);
        assert.equal(part.facts.length, 5_000);
        const got = await collect(part);
        assert.equal(got.length, part.bodyLength);
        assert.deepEqual(got.subarray(1_000 - part.start, 1_500 - part.start), content.subarray(1_000, 1_500));
        assert.equal(part.start, range === 'honored' ? 1_000 : 0);
        const journal = rooms.emulator.counters.journal({ route: /^media\./ });
        assert.equal(rooms.spent.media, journal.length);
        assert.ok(journal.every(({ authorized }) => !authorized));
      });
    }
  }

  it('the media source against the emulator needs no API request for what a listing showed, and one for fifty others', async (test) => {
    const rooms = await remoteRooms(test, { seed: { items: 60, videosEvery: 0 } });
    const { items } = await rooms.library.listMediaItems({ pageSize: 10 });
    rooms.media.learn(items);
    await Promise.all(items.map((item) => rooms.media.measure(item, person)));
    assert.equal(rooms.spent.api, 1);
    const rest = Array.from({ length: 50 }, (_, index) =>
      refOf(rooms.emulator.library.item(rooms.emulator.library.idOf(index + 10))),
    );
    const facts = await Promise.all(rest.map((ref) => rooms.media.measure(ref, person)));
    assert.equal(rooms.spent.api, 2);
    assert.deepEqual(
      facts.map(({ length }) => length),
      rest.map(({ id }) => rooms.emulator.library.sizeOf(id)),
    );
  });

  it('the media source against the emulator renews a base URL that died before its time without the reader noticing', async (test) => {
    const rooms = await remoteRooms(test);
    const ref = await withPhoto(rooms, true);
    rooms.emulator.expireBaseUrls();
    assert.deepEqual(await collect(await rooms.media.fetch(ref, undefined, person)), content);
    assert.equal(rooms.emulator.counters.requests({ status: 403 }), 1);
  });

  it('the media source never uses a base URL older than 50 minutes', async (test) => {
    const rooms = await remoteRooms(test);
    const ref = await withPhoto(rooms, true);
    rooms.emulator.clock.advance(61 * 60_000);
    await rooms.media.measure(ref, person);
    assert.equal(rooms.emulator.counters.requests({ status: 403 }), 0);
  });

  it('the media source against the emulator fetches a video once it is ready, and says why not before', async (test) => {
    const rooms = await remoteRooms(test);
    const { library } = rooms.emulator;
    const clip = library.add({ mimeType: 'video/mp4', videoStatus: 'PROCESSING' });
    const broken = library.add({ mimeType: 'video/mp4', videoStatus: 'FAILED' });
    assert.equal((await rooms.failure(rooms.media.measure(refOf(clip), person))).kind, 'not-ready');
    assert.equal((await rooms.failure(rooms.media.measure(refOf(broken), person))).kind, 'failed-video');
    assert.equal(rooms.spent.media, 0);
    library.update(clip.id, { videoStatus: 'READY' });
    rooms.emulator.clock.advance(60_000);
    const bytes = await collect(await rooms.media.fetch(refOf(clip), undefined, person));
    assert.equal(bytes.length, library.sizeOf(clip.id));
  });

  it('the media source against the emulator stops at the daily quota or rate limit of the media host and sends no further request', async (test) => {
    const rooms = await remoteRooms(test, { switches: { mediaPerDay: 1 } });
    const ref = await withPhoto(rooms);
    await rooms.media.measure(ref, person);
    for (let call = 0; call < 3; call++)
      assert.match((await rooms.failure(rooms.media.measure(ref, person))).kind, /^(rate-limited|quota-exhausted)$/);
    assert.equal(rooms.spent.media, 2);
  });

  const faults: readonly (readonly [string, FaultAction, string])[] = [
    ['HTML with 200', { type: 'html', status: 200 }, 'protocol'],
    ['HTML with 403', { type: 'html', status: 403 }, 'forbidden'],
    ['a picture with 404', { type: 'png', status: 404 }, 'not-found'],
    ['HTML with 500', { type: 'html', status: 500 }, 'server'],
    ['a connection that breaks', { type: 'reset' }, 'server'],
    ['a connection that breaks in the bytes', { type: 'reset', afterBytes: 1_000 }, 'server'],
    ['an answer that does not come', { type: 'stall' }, 'offline'],
    ['bytes that stop coming', { type: 'stall', afterBytes: 1_000 }, 'server'],
    ['compression that was not asked for', { type: 'headers', headers: { 'content-encoding': 'gzip' } }, 'protocol'],
    ['a wrong Content-Range', { type: 'headers', headers: { 'content-range': 'bytes 7-9/5000' } }, 'protocol'],
    [
      'a redirect to a stranger',
      { type: 'answer', status: 302, headers: { location: 'https://evil.example/x' } },
      'protocol',
    ],
  ];
  for (const [what, action, expected] of faults) {
    it(`the media source against the emulator ends a fetch with ${what} as ${expected}, with the right bytes afterwards`, async (test) => {
      const rooms = await remoteRooms(test, { switches: { range: 'honored' } });
      const ref = await withPhoto(rooms);
      rooms.emulator.faults.add({ match: { route: /^media\./ }, times: Infinity, action });
      const range = { start: 100, end: 4_900 };
      const failed = await rooms.failure(rooms.media.fetch(ref, range, person).then(collect));
      assert.equal(failed.kind, expected);
      rooms.emulator.faults.clear();
      assert.deepEqual(await collect(await rooms.media.fetch(ref, range, person)), content.subarray(100, 4_900));
    });
  }

  it('the media source against the emulator is offline at once where nothing listens any more', async (test) => {
    const rooms = await remoteRooms(test);
    const ref = await withPhoto(rooms, true);
    await rooms.emulator.close();
    assert.equal((await rooms.failure(rooms.media.measure(ref, person))).kind, 'offline');
    assert.equal((await rooms.failure(rooms.library.listMediaItems({ pageSize: 5 }))).kind, 'offline');
    assert.ok(rooms.spent.media <= 1, 'at most the request that found its kept connection broken is counted');
  });
});
