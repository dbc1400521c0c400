import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { AlbumId } from '../../../../src/library/album.js';
import type { MediaId } from '../../../../src/library/media-item.js';
import { RemoteError } from '../../../../src/library/remote-error.js';
import { createRemoteLibrary } from '../../../../src/remote/library/google-library.js';
import { InstantClock } from '../instant-clock.js';
import { libraryOn } from './library-rig.js';
import { sendHtml, sendJson, type Answer } from '../odd-server.js';

const page = { pageSize: 100 };
const ids = ['a', 'b', 'c'] as MediaId[];

describe('the remote library', () => {
  it('the remote library lists items with page size, page token and bearer token', async (test) => {
    const { library, server } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItems: [{ id: 'a' }], nextPageToken: 'next+/=' }),
    );
    const first = await library.listMediaItems(page);
    assert.equal(first.nextPageToken, 'next+/=');
    await library.listMediaItems({ pageSize: 100, pageToken: 'next+/=' });
    assert.equal(server.seen[0]?.url, '/v1/mediaItems?pageSize=100');
    assert.equal(server.seen[1]?.url, '/v1/mediaItems?pageSize=100&pageToken=next%2B%2F%3D');
    assert.equal(server.seen[0].headers.authorization, 'Bearer first-token');
  });

  it('the remote library searches with the filters that were asked for and no other', async (test) => {
    const { library, server } = await libraryOn(test, (_request, response) => sendJson(response, 200, {}));
    const day = { year: 2024, month: 7, day: 19 };
    await library.searchMediaItems({}, page);
    await library.searchMediaItems({ favorites: true, mediaKind: 'video', includeArchived: true }, page);
    await library.searchMediaItems({ dateRanges: [{ start: day, end: day }], mediaKind: 'all' }, page);
    await library.searchMediaItems({ albumId: 'B1' as AlbumId, favorites: true }, { pageSize: 5, pageToken: 't' });
    assert.deepEqual(
      server.seen.map(({ body }) => JSON.parse(body) as unknown),
      [
        { pageSize: 100 },
        {
          pageSize: 100,
          filters: {
            featureFilter: { includedFeatures: ['FAVORITES'] },
            mediaTypeFilter: { mediaTypes: ['VIDEO'] },
            includeArchivedMedia: true,
          },
        },
        {
          pageSize: 100,
          filters: {
            dateFilter: { ranges: [{ startDate: day, endDate: day }] },
            mediaTypeFilter: { mediaTypes: ['ALL_MEDIA'] },
          },
        },
        { pageSize: 5, pageToken: 't', albumId: 'B1' },
      ],
    );
  });

  it('the remote library lists albums', async (test) => {
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { albums: [{ id: 'B1', title: 'Rome', mediaItemsCount: '3' }] }),
    );
    const { items } = await library.listAlbums({ pageSize: 50 });
    assert.deepEqual(
      items.map(({ title, mediaItemsCount }) => [title, mediaItemsCount]),
      [['Rome', 3]],
    );
  });

  it('the remote library reports entries that it had to leave out of a page', async (test) => {
    const { library, reports } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItems: [{}, { id: 'a' }] }),
    );
    assert.equal((await library.listMediaItems(page)).items.length, 1);
    assert.match(reports.join(), /Left out 1 entries/);
  });

  it('the remote library reads a compressed answer', async (test) => {
    const { library } = await libraryOn(test, (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('{"mediaItems":[{"id":"a"}]}'));
    });
    assert.equal((await library.listMediaItems(page)).items.length, 1);
  });

  const strange: readonly (readonly [string, Answer])[] = [
    ['HTML with status 200', (_request, response) => sendHtml(response, 200)],
    ['an array', (_request, response) => sendJson(response, 200, [])],
    ['null', (_request, response) => sendJson(response, 200, null)],
    ['an error with status 200', (_request, response) => sendJson(response, 200, { error: { code: 500 } })],
    ['JSON that breaks off', (_request, response) => response.end('{"mediaItems":[{"id":')],
    ['nothing at all', (_request, response) => response.end()],
    ['an unknown compression', (_request, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('x')],
    ['broken compression', (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
  ];
  for (const [what, answer] of strange) {
    it(`${what} as answer of the API is refused, without a retry`, async (test) => {
      const { library, requests } = await libraryOn(test, answer);
      await assert.rejects(library.listMediaItems(page), { kind: 'protocol' });
      assert.equal(requests(), 1);
    });
  }

  it('the remote library gets another token once where the first is refused', async (test) => {
    const { library, refused, requests } = await libraryOn(test, (request, response) =>
      request.headers.authorization === 'Bearer second-token'
        ? sendJson(response, 200, {})
        : sendJson(response, 401, { error: { code: 401, status: 'UNAUTHENTICATED' } }),
    );
    await library.listMediaItems(page);
    assert.deepEqual(refused, [undefined, 'first-token']);
    assert.equal(requests(), 2);
  });

  it('the remote library gives up where the second token is refused too', async (test) => {
    const { library, requests } = await libraryOn(test, (_request, response) => sendJson(response, 401, {}));
    await assert.rejects(library.listMediaItems(page), { kind: 'unauthenticated' });
    assert.equal(requests(), 2);
  });

  it('tells a refused page token from other wrong requests', async (test) => {
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 400, { error: { code: 400, status: 'INVALID_ARGUMENT' } }),
    );
    await assert.rejects(library.listMediaItems({ pageSize: 1, pageToken: 'old' }), { kind: 'bad-page-token' });
    await assert.rejects(library.searchMediaItems({ albumId: 'x' as AlbumId }, page), { kind: 'not-found' });
    await assert.rejects(library.listMediaItems(page), { kind: 'invalid' });
  });

  it('an aborted call ends, also while it waits for another try', async (test) => {
    const abort = new AbortController();
    const { library } = await libraryOn(test, (_request, response) => {
      sendHtml(response, 500);
      abort.abort();
    });
    await assert.rejects(library.listMediaItems({ ...page, signal: abort.signal }), { kind: 'aborted' });
  });

  it('the remote library gets a batch with the failure of each item in its place', async (test) => {
    const { library, server } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, {
        mediaItemResults: [
          { mediaItem: { id: 'a' } },
          { status: { code: 3, message: 'Invalid media item ID.' } },
          { status: { code: 13 } },
        ],
      }),
    );
    const results = await library.batchGetMediaItems(ids);
    assert.equal(server.seen[0]?.url, '/v1/mediaItems:batchGet?mediaItemIds=a&mediaItemIds=b&mediaItemIds=c');
    assert.deepEqual(
      [...results].map(([id, result]) => [id, result instanceof RemoteError ? result.kind : result.id]),
      [
        ['a', 'a'],
        ['b', 'not-found'],
        ['c', 'server'],
      ],
    );
  });

  it('the remote library gives every id of a batch an entry where the answer is short or strange', async (test) => {
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItemResults: [{ mediaItem: { id: 'stranger' } }, { mediaItem: { id: 'c' } }] }),
    );
    const results = await library.batchGetMediaItems(ids);
    assert.equal(results.size, 3);
    assert.ok(results.get('a' as MediaId) instanceof RemoteError);
    assert.equal((results.get('c' as MediaId) as { id: string }).id, 'c');
  });

  it('the remote library asks for each item alone where the batch fails whole', async (test) => {
    const { library, requests } = await libraryOn(test, (request, response) => {
      const id = /^\/v1\/mediaItems\/(\w)$/.exec(request.url)?.[1];
      if (id === undefined) sendHtml(response, 500);
      else if (id === 'b') sendJson(response, 400, { error: { code: 400, status: 'INVALID_ARGUMENT' } });
      else sendJson(response, 200, { id });
    });
    const results = await library.batchGetMediaItems(ids);
    assert.deepEqual(
      [...results.values()].map((result) => (result instanceof RemoteError ? result.kind : result.id)),
      ['a', 'not-found', 'c'],
    );
    assert.equal(requests(), 2 + 3);
  });

  it('the remote library refuses a batch over 50 or with an id twice before it is sent', async (test) => {
    const { library, requests } = await libraryOn(test, (_request, response) => sendJson(response, 200, {}));
    await assert.rejects(library.batchGetMediaItems(['a', 'a'] as MediaId[]), { kind: 'invalid' });
    const many = Array.from({ length: 51 }, (_, index) => `id${index}` as MediaId);
    await assert.rejects(library.batchGetMediaItems(many), { kind: 'invalid' });
    assert.equal(requests(), 0);
  });

  it('the remote library shows neither token nor URL in any error, however much of them the server sends back', async (test) => {
    for (const status of [200, 302, 400, 401, 403, 404, 409, 429, 500]) {
      for (const asText of [true, false]) {
        const { library, server } = await libraryOn(
          test,
          (request, response) => {
            const echo = `${String(request.headers.authorization)} http://127.0.0.1${request.url} canary-page`;
            const error = {
              code: status,
              message: echo,
              status: echo,
              details: [{ '@type': 'google.rpc.ErrorInfo', reason: echo }],
            };
            response.writeHead(status, { location: echo }).end(asText ? echo : JSON.stringify({ error }));
          },
          { token: () => Promise.resolve('ya29.canary-token') },
        );
        const listing = library.listMediaItems({ pageSize: 5, pageToken: 'canary-token-of-a-page-long-enough' });
        const error: unknown = await listing.then(String, (thrown: unknown) => thrown);
        assert.ok(error instanceof RemoteError);
        const everything = inspect(error, { depth: Infinity, showHidden: true });
        assert.doesNotMatch(everything, /canary-token|pageToken/);
        assert.ok(!everything.includes(server.root));
      }
    }
  });

  it('a remote library can be made for Google and for this machine only', () => {
    const make = (baseUrl: string) => () =>
      createRemoteLibrary({
        baseUrl,
        token: () => Promise.resolve('x'),
        http: { request: () => Promise.reject(new Error()), close: () => Promise.resolve() },
        clock: new InstantClock(),
        random: () => 0,
        onRequest: () => undefined,
      });
    for (const good of [
      'https://photoslibrary.googleapis.com',
      'http://127.0.0.1:1/',
      'http://[::1]:1',
      'http://localhost:1',
    ])
      assert.doesNotThrow(make(good));
    for (const bad of [
      'http://photoslibrary.googleapis.com',
      'https://photoslibrary.googleapis.com.evil.example/',
      'http://10.0.0.1/',
      'http://127.0.0.1.evil.example/',
      'http://user:pass@127.0.0.1/',
      'file:///etc/passwd',
      'nonsense',
    ])
      assert.throws(make(bad), { name: 'UserError', exitCode: 78 });
  });
});
