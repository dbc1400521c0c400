import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MediaId, MediaRef } from '../../../../src/library/media-item.js';
import { RemoteError } from '../../../../src/library/remote-error.js';
import { bytes, collect, itemOf, person, photo, sendBytes, sourceOn, video } from './media-source-rig.js';
import { sendHtml } from '../odd-server.js';

describe('the addresses of neighbours', () => {
  const row = Array.from({ length: 200 }, (_, index) => `n${index}` as MediaId);
  const neighbours = (id: MediaId, limit: number): MediaId[] => {
    const at = row.indexOf(id);
    return [...row.keys()]
      .filter((index) => index !== at)
      .sort((one, other) => Math.abs(one - at) - Math.abs(other - at))
      .slice(0, limit)
      .map((index) => row[index] ?? id);
  };

  it('base URLs of neighbours come in the same batch, so that 200 photos in order cost four API calls', async (test) => {
    const { source, batches } = await sourceOn(test, { answer: sendBytes, more: { neighbours } });
    for (const id of row) await source.measure({ id, kind: 'photo' }, person);
    assert.ok(batches.length <= 8, `${batches.length} calls`);
    for (const batch of batches) assert.ok(batch.length <= 50 && new Set(batch).size === batch.length);
  });

  it('base URLs asked for by eight readers at once are shared, none asked for twice', async (test) => {
    const { source, batches } = await sourceOn(test, { answer: sendBytes, more: { neighbours } });
    const left = [...row];
    const reader = async (): Promise<void> => {
      for (let id = left.shift(); id !== undefined; id = left.shift())
        await source.measure({ id, kind: 'photo' }, person);
    };
    await Promise.all(Array.from({ length: 8 }, reader));
    assert.ok(batches.length <= 8, `${batches.length} calls`);
    assert.equal(batches.flat().length, new Set(batches.flat()).size);
  });

  it('many base URLs needed soon are asked for in advance, once', async (test) => {
    const { source, batches } = await sourceOn(test, { answer: sendBytes, more: { neighbours } });
    const refs = row.map((id): MediaRef => ({ id, kind: 'photo' }));
    source.prepare?.(refs.slice(0, 20));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(batches.length, 0, 'these are not worth a request');
    source.prepare?.(refs.slice(0, 40));
    source.prepare?.(refs.slice(0, 40));
    await new Promise((resolve) => setImmediate(resolve));
    source.prepare?.(refs.slice(0, 50));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(
      batches.map((batch) => batch.slice(0, 40)),
      [row.slice(0, 40)],
    );
    await Promise.all(refs.slice(0, 40).map((ref) => source.measure(ref, person)));
    assert.equal(batches.length, 1);
  });

  it('a batch searches far for neighbours of only a few of its items', async (test) => {
    const looks: number[] = [];
    const counted = (id: MediaId, limit: number): MediaId[] => {
      looks.push(limit);
      return neighbours(id, limit);
    };
    const { source, batches } = await sourceOn(test, { answer: sendBytes, more: { neighbours: counted } });
    await Promise.all(row.slice(100, 130).map((id) => source.measure({ id, kind: 'photo' }, person)));
    assert.deepEqual(
      batches.map(({ length }) => length),
      [50],
    );
    assert.ok(looks.length <= 4, `${looks.length} looks`);
  });

  it('companions of a batch that fails whole are left out, and asked for again for a caller that needs one by then', async (test) => {
    const asked: { ids: readonly MediaId[]; companions: number }[] = [];
    let answerFirst: () => void = () => undefined;
    const { source } = await sourceOn(test, {
      answer: sendBytes,
      more: {
        neighbours,
        library: {
          batchGetMediaItems: async (ids, _signal, hints) => {
            const companions = hints?.companions ?? 0;
            asked.push({ ids, companions });
            if (asked.length === 1) await new Promise<void>((resolve) => (answerFirst = resolve));
            const answered = asked.length === 1 ? ids.slice(0, ids.length - companions) : ids;
            const root = `http://127.0.0.1:1/`;
            return new Map(answered.map((id) => [id, itemOf(id, `${root}${id}`)]));
          },
        },
      },
    });
    const first = source.measure({ id: row[0] ?? photo.id, kind: 'photo' }, person).catch(() => 'no host');
    for (let turn = 0; asked.length === 0 && turn < 1_000; turn++)
      await new Promise((resolve) => setImmediate(resolve));
    const second = source.measure({ id: row[1] ?? photo.id, kind: 'photo' }, person).catch(() => 'no host');
    await new Promise((resolve) => setImmediate(resolve));
    answerFirst();
    assert.deepEqual(await Promise.all([first, second]), ['no host', 'no host']);
    assert.equal(asked[0]?.companions, 49);
    assert.equal(asked[1]?.ids[0], row[1]);
  });
});
describe('base URLs', () => {
  it('base URLs asked for within the same moment share a batch', async (test) => {
    const { source, batches } = await sourceOn(test, { answer: sendBytes });
    const refs = Array.from({ length: 120 }, (_, index): MediaRef => ({ id: `i${index}` as MediaId, kind: 'photo' }));
    await Promise.all([...refs, ...refs].map((ref) => source.measure(ref, person)));
    assert.deepEqual(
      batches.map(({ length }) => length),
      [50, 50, 20],
    );
  });

  it('base URLs from a listing are not asked for', async (test) => {
    const { source, server, batches } = await sourceOn(test, { answer: sendBytes });
    source.learn([itemOf(photo.id, `${server.root}learned`)]);
    await source.measure(photo, person);
    assert.equal(server.seen[0]?.url, '/learned=d');
    assert.equal(batches.length, 0);
  });

  it('a known base URL gives the host of an item, different for photos and videos', async (test) => {
    const { source, server } = await sourceOn(test, { answer: sendBytes });
    assert.equal(source.hostOf?.(photo), undefined);
    await source.measure(photo, person);
    assert.equal(source.hostOf?.(photo), `${new URL(server.root).host} photo`);
  });

  it('base URLs of 50 minutes are renewed before use', async (test) => {
    const { source, clock, paths } = await sourceOn(test, { answer: sendBytes });
    await source.measure(photo, person);
    clock.advance(49 * 60_000);
    await source.measure(photo, person);
    clock.advance(2 * 60_000);
    await source.measure(photo, person);
    assert.deepEqual(paths(), ['HEAD /P-1=d', 'HEAD /P-1=d', 'HEAD /P-2=d']);
  });

  for (const status of [403, 404]) {
    it(`a base URL that the media host answers ${status} is renewed once, and the reader sees bytes`, async (test) => {
      const { source, paths } = await sourceOn(test, {
        answer: (request, response) =>
          request.url === '/P-1=d' ? sendHtml(response, status) : sendBytes(request, response),
      });
      assert.deepEqual(await collect(await source.fetch(photo, undefined, person)), bytes);
      assert.deepEqual(paths(), ['GET /P-1=d', 'GET /P-2=d']);
    });

    it(`a base URL that gets ${status} after its renewal too ends in an error`, async (test) => {
      const { source, requests, batches } = await sourceOn(test, {
        answer: (_request, response) => sendHtml(response, status),
      });
      const kind = status === 403 ? 'forbidden' : 'not-found';
      await assert.rejects(source.fetch(photo, undefined, person), { kind });
      assert.equal(requests(), 2);
      assert.equal(batches.length, 2);
    });
  }

  it("base URLs on hosts that are not Google's are not used, from any source", async (test) => {
    for (const bad of [
      'https://evil.example/x',
      'http://lh3.googleusercontent.com/x',
      'https://evilgoogleusercontent.com/x',
    ]) {
      const { source, requests } = await sourceOn(test, { answer: sendBytes, lookup: (id) => itemOf(id, bad) });
      source.learn([itemOf(photo.id, bad)]);
      await assert.rejects(source.measure(photo, person), { kind: 'protocol' });
      assert.equal(requests(), 0);
    }
  });

  it("base URLs on this machine are not used if the API is Google's", async (test) => {
    const { source, requests } = await sourceOn(test, {
      answer: sendBytes,
      more: { baseUrl: 'https://photoslibrary.googleapis.com/' },
    });
    await assert.rejects(source.measure(photo, person), { kind: 'protocol' });
    assert.equal(requests(), 0);
  });

  it('the error of a batch of base URLs reaches every caller that waits for it', async (test) => {
    const { source } = await sourceOn(test, {
      answer: sendBytes,
      more: { library: { batchGetMediaItems: () => Promise.reject(new RemoteError('offline', 'no network')) } },
    });
    const all = [photo, video].map((ref) => assert.rejects(source.measure(ref, person), { kind: 'offline' }));
    await Promise.all(all);
  });

  it('a caller that is aborted does not wait for its base URL', async (test) => {
    const { source } = await sourceOn(test, {
      answer: sendBytes,
      more: { library: { batchGetMediaItems: () => new Promise(() => undefined) } },
    });
    const abort = new AbortController();
    const measuring = source.measure(photo, { ...person, signal: abort.signal });
    abort.abort();
    await assert.rejects(measuring, { kind: 'aborted' });
  });

  it('forgotten base URLs are asked for again', async (test) => {
    const { source, batches } = await sourceOn(test, { answer: sendBytes });
    await source.measure(photo, person);
    await source.measure(photo, person);
    assert.equal(batches.length, 1);
    source.forget();
    await source.measure(photo, person);
    assert.equal(batches.length, 2);
  });
});
