import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import { describe, it } from 'node:test';
import type { FaultAction } from '../../emulator/faults.js';
import { idsOf, refused, withEmulator, type Client } from './client.js';

const SEED = { seed: { items: 30, albums: 3, archivedEvery: 0 } } as const;

/** Sends a GET and tells what arrived before the connection ended, or 'timeout' where nothing came for `ms` milliseconds. */
function arrived(url: string, ms: number): Promise<{ status: number; bytes: number; ending: string }> {
  return new Promise((resolve) => {
    let status = 0;
    let bytes = 0;
    const end = (ending: string): void => {
      clearTimeout(timer);
      asked.destroy();
      resolve({ status, bytes, ending });
    };
    const timer = setTimeout(() => end('timeout'), ms);
    const asked = httpRequest(url, { agent: false, headers: { connection: 'keep-alive' } }, (response) => {
      status = response.statusCode ?? 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
        timer.refresh();
      });
      response.on('error', () => end('broken'));
      response.on('end', () => end('complete'));
    });
    asked.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    asked.end();
  });
}

describe("the emulator's faults", () => {
  it('the emulator’s faults answer in place of the service, as often as asked and no more', () =>
    withEmulator(SEED, async (client, { faults }) => {
      const fault = faults.add({
        match: { route: 'mediaItems.list' },
        times: 2,
        action: { type: 'html', status: 502 },
      });
      for (let i = 0; i < 2; i++) {
        const response = await client.request('GET', '/v1/mediaItems');
        assert.deepEqual([response.status, response.headers.get('content-type')], [502, 'text/html; charset=UTF-8']);
        assert.match(await response.text(), /^<!DOCTYPE html>/);
        await client.get('/v1/albums');
      }
      await client.get('/v1/mediaItems');
      assert.deepEqual([fault.hits, faults.pending], [2, 0]);
    }));

  it('the emulator’s faults speak the errors of the API', () =>
    withEmulator(SEED, async (client, { faults }) => {
      const errors = [
        ['rate-limit', 429, 'RESOURCE_EXHAUSTED', /per minute/],
        ['daily-quota', 429, 'RESOURCE_EXHAUSTED', /per day/],
        ['concurrent-write', 429, 'RESOURCE_EXHAUSTED', /concurrent write request/],
        ['service-disabled', 403, 'PERMISSION_DENIED', /has not been used in project/],
        ['photos-disabled', 403, 'PERMISSION_DENIED', /disabled for the user/],
        ['not-yours', 403, 'PERMISSION_DENIED', /does not have permission/],
        ['bad-page-token', 400, 'INVALID_ARGUMENT', /page token/],
        ['internal', 500, 'INTERNAL', /Internal/],
        ['unavailable', 503, 'UNAVAILABLE', /unavailable/],
      ] as const;
      for (const [error, code, status, message] of errors) {
        faults.add({ action: { type: 'api-error', error } });
        assert.match((await refused(client.request('GET', '/v1/albums'), code, status)).message, message);
      }
    }));

  it('the emulator’s faults give any status, headers and body', () =>
    withEmulator(SEED, async (client, { faults }) => {
      faults.add({ action: { type: 'answer', status: 429, body: 'slow down', headers: { 'Retry-After': '7' } } });
      faults.add({ action: { type: 'answer', status: 418, body: { error: 'teapot' } } });
      faults.add({ action: { type: 'png' } });
      const [text, json, png] = [
        await client.request('GET', '/v1/albums'),
        await client.request('GET', '/v1/albums'),
        await client.request('GET', '/v1/albums'),
      ];
      assert.deepEqual([text.status, text.headers.get('retry-after'), await text.text()], [429, '7', 'slow down']);
      assert.deepEqual([json.status, await json.json()], [418, { error: 'teapot' }]);
      assert.deepEqual([png.status, png.headers.get('content-type')], [404, 'image/png']);
    }));

  it('the emulator’s faults name a Retry-After, answer 102 without end, and send headers or a body byte by byte', () =>
    withEmulator(SEED, async (client, { faults, url }) => {
      faults.add({ action: { type: 'api-error', error: 'rate-limit', retryAfter: 'soon' } });
      const limited = await client.request('GET', '/v1/albums');
      assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, 'soon']);
      await limited.text();
      faults.add({ action: { type: 'drip', part: 'body', status: 503, everyMs: 1 } });
      const page = await client.request('GET', '/v1/albums');
      assert.deepEqual([page.status, /Server Error/.test(await page.text())], [503, true]);

      const said = (): Promise<string> =>
        new Promise((resolve, reject) => {
          const socket = connect(Number(new URL(url).port), '127.0.0.1');
          let text = '';
          socket.write('GET /v1/albums HTTP/1.1\r\nHost: x\r\n\r\n');
          socket.on('error', reject);
          socket.on('data', (data) => {
            text += data.toString('latin1');
            if (text.length < 50) return;
            socket.destroy();
            resolve(text);
          });
        });
      faults.add({ action: { type: 'interim', everyMs: 1 } });
      assert.match(await said(), /^(?:HTTP\/1\.1 102 Processing\r\n\r\n){2}/);
      faults.add({ action: { type: 'drip', part: 'headers', everyMs: 1 } });
      assert.match(await said(), /^HTTP\/1\.1 401 OK\r\n/);
    }));

  it('the emulator’s faults meet only the requests they are meant for', () =>
    withEmulator(SEED, async (client, { faults, library, baseUrlOf }) => {
      const items = [...library.items()];
      const [one, two] = items.filter(({ kind }) => kind === 'photo').map(({ id }) => id) as [string, string];
      const video = items.find(({ kind }) => kind === 'video')?.id ?? '';
      const status = async (url: string, method = 'GET'): Promise<number> => (await fetch(url, { method })).status;
      const gone: FaultAction = { type: 'html', status: 500 };
      faults.add({ match: { mediaId: one, method: 'GET' }, action: gone });
      assert.equal(await status(`${baseUrlOf(two)}=d`), 200);
      assert.equal(await status(`${baseUrlOf(one)}=d`, 'HEAD'), 200);
      assert.equal(await status(`${baseUrlOf(one)}=d`), 500);
      faults.add({ match: { route: /^media\./, kind: 'video' }, action: gone });
      assert.equal(await status(`${baseUrlOf(one)}=d`), 200);
      assert.equal(await status(`${baseUrlOf(video)}=dv`), 500);
      faults.add({ match: { path: /pageSize=3/ }, action: gone });
      await client.get('/v1/mediaItems?pageSize=5');
      assert.equal((await client.request('GET', '/v1/mediaItems?pageSize=3')).status, 500);
      faults.add({ match: { hasPageToken: true }, action: gone });
      const { nextPageToken } = await client.search({ pageSize: 3 });
      assert.equal(
        (await client.request('POST', '/v1/mediaItems:search', { pageSize: 3, pageToken: nextPageToken })).status,
        500,
      );
    }));

  it('the emulator’s faults let as many requests pass first as asked', () =>
    withEmulator(SEED, async (client, { faults }) => {
      faults.add({ match: { route: 'albums.list' }, after: 2, action: { type: 'html', status: 503 } });
      const statuses: number[] = [];
      for (let i = 0; i < 4; i++) statuses.push((await client.request('GET', '/v1/albums')).status);
      assert.deepEqual(statuses, [200, 200, 503, 200]);
    }));

  it('the emulator’s faults can be taken away again', () =>
    withEmulator(SEED, async (client, { faults }) => {
      faults.add({ times: Infinity, action: { type: 'html', status: 500 } }).remove();
      await client.get('/v1/albums');
      faults.add({ times: Infinity, action: { type: 'html', status: 500 } });
      faults.clear();
      await client.get('/v1/albums');
    }));

  it('the emulator’s faults break the connection before the answer, or after so many bytes of it', () =>
    withEmulator({}, async (_, { faults, library, baseUrlOf, counters }) => {
      const url = `${baseUrlOf(library.add({ size: 300_000 }).id)}=d`;
      faults.add({ action: { type: 'reset' } });
      assert.deepEqual(await arrived(url, 5000), { status: 0, bytes: 0, ending: 'ECONNRESET' });
      faults.add({ action: { type: 'reset', afterBytes: 100_001 } });
      assert.deepEqual(await arrived(url, 5000), { status: 200, bytes: 100_001, ending: 'broken' });
      faults.add({ action: { type: 'reset', afterBytes: 0 } });
      assert.deepEqual(await arrived(url, 5000), { status: 200, bytes: 0, ending: 'broken' });
      while (counters.open > 0) await new Promise(setImmediate);
      assert.deepEqual(
        counters.journal().map(({ status, bytes }) => [status, bytes]),
        [
          [0, 0],
          [200, 100_001],
          [200, 0],
        ],
      );
    }));

  it('the emulator’s faults stall before the answer, or in the middle of it', () =>
    withEmulator({}, async (_, { faults, library, baseUrlOf }) => {
      const url = `${baseUrlOf(library.add({ size: 300_000 }).id)}=d`;
      faults.add({ action: { type: 'stall' } });
      assert.deepEqual(await arrived(url, 1000), { status: 0, bytes: 0, ending: 'timeout' });
      faults.add({ action: { type: 'stall', afterBytes: 100_001 } });
      assert.deepEqual(await arrived(url, 1000), { status: 200, bytes: 100_001, ending: 'timeout' });
      assert.equal((await arrived(url, 5000)).ending, 'complete');
    }));

  it('the emulator’s faults make answers late or slow', () =>
    withEmulator({}, async (_, { faults, library, baseUrlOf }) => {
      const url = `${baseUrlOf(library.add({ size: 40_000 }).id)}=d`;
      for (const action of [
        { type: 'slow', delayMs: 200 },
        { type: 'slow', bytesPerSecond: 200_000 },
      ] as const) {
        faults.add({ action });
        const start = performance.now();
        assert.deepEqual(await arrived(url, 5000), { status: 200, bytes: 40_000, ending: 'complete' });
        assert.ok(performance.now() - start > 150);
      }
    }));

  it('the emulator’s faults lie about the length', () =>
    withEmulator({}, async (_, { faults, library, baseUrlOf }) => {
      const url = `${baseUrlOf(library.add({ size: 40_000 }).id)}=d`;
      faults.add({ action: { type: 'headers', headers: { 'content-length': '50000', etag: '' } } });
      assert.deepEqual(await arrived(url, 5000), { status: 200, bytes: 40_000, ending: 'broken' });
    }));

  const list = async (client: Client, pageToken?: string): Promise<Response> =>
    client.request('GET', `/v1/mediaItems?pageSize=10${pageToken === undefined ? '' : `&pageToken=${pageToken}`}`);

  it('the emulator’s faults cut JSON in the middle', () =>
    withEmulator(SEED, async (client, { faults }) => {
      faults.add({ action: { type: 'truncated-json' } });
      const response = await list(client);
      assert.equal(response.status, 200);
      await assert.rejects(response.json(), SyntaxError);
    }));

  it('the emulator’s faults leave out the array of a page, repeat the page before, or edit it', () =>
    withEmulator(SEED, async (client, { faults }) => {
      faults.add({ match: { hasPageToken: false }, action: { type: 'without', fields: ['mediaItems'] } });
      const cut = await client.get('/v1/mediaItems?pageSize=10');
      assert.deepEqual(Object.keys(cut), ['nextPageToken']);

      const first = await client.get('/v1/mediaItems?pageSize=10');
      faults.add({ match: { hasPageToken: true }, action: { type: 'repeated-page' } });
      const again = await client.get(`/v1/mediaItems?pageSize=10&pageToken=${first.nextPageToken ?? ''}`);
      assert.deepEqual(idsOf(again), idsOf(first));
      const third = await client.get(`/v1/mediaItems?pageSize=10&pageToken=${again.nextPageToken ?? ''}`);
      assert.equal(
        idsOf(third).some((id) => idsOf(first).includes(id)),
        false,
      );

      faults.add({ action: { type: 'edit', edit: (json) => ({ ...json, mediaItems: 'no' }) } });
      assert.equal((await client.get<{ mediaItems: unknown }>('/v1/mediaItems')).mediaItems, 'no');
    }));

  it('the emulator’s faults reach the token endpoint too', () =>
    withEmulator(SEED, async (_, { faults, env }) => {
      faults.add({ match: { route: 'oauth.token' }, action: { type: 'html', status: 503 } });
      assert.equal((await fetch(env.GPHOTOS_TOKEN_URL, { method: 'POST' })).status, 503);
    }));
});

describe("the emulator's counters", () => {
  it('the emulator’s counters count by route, method, status and item, and start anew', () =>
    withEmulator(SEED, async (client, { counters, library, baseUrlOf }) => {
      const [item] = library.items();
      const id = item?.id ?? '';
      await client.get('/v1/albums');
      await client.request('GET', '/v1/albums/x');
      await (await fetch(`${baseUrlOf(id)}=d`, { headers: { range: 'bytes=1-2' } })).arrayBuffer();
      await fetch(`${baseUrlOf(id)}=d`, { method: 'HEAD' });
      while (counters.open > 0) await new Promise(setImmediate);
      assert.equal(counters.requests(), 4);
      assert.equal(counters.requests({ route: /^albums\./ }), 2);
      assert.equal(counters.requests({ route: 'albums.get', status: 400 }), 1);
      assert.equal(counters.requests({ mediaId: id, method: 'HEAD' }), 1);
      assert.equal(counters.bytes({ mediaId: id }), library.sizeOf(id));
      assert.equal(counters.journal({ mediaId: id })[0]?.range, 'bytes=1-2');
      assert.deepEqual(counters.summary(), {
        'GET albums.list 200': 1,
        'GET albums.get 400': 1,
        'GET media.photo 200': 1,
        'HEAD media.photo 200': 1,
      });
      counters.reset();
      assert.deepEqual([counters.requests(), counters.journal().length], [0, 0]);
    }));

  it('the emulator’s counters know how many requests were in the air at once, waiting side by side', () =>
    withEmulator({ ...SEED, switches: { latencyMs: 100 } }, async (client, { counters }) => {
      const start = performance.now();
      await Promise.all(Array.from({ length: 10 }, () => client.get('/v1/albums')));
      const took = performance.now() - start;
      assert.ok(took >= 99, `${took} ms`);
      assert.equal(counters.peak, 10);
    }));
});
