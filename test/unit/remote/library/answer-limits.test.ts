import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { MediaId, MediaItem } from '../../../../src/library/media-item.js';
import { RemoteError } from '../../../../src/library/remote-error.js';
import type { RemoteLibrary } from '../../../../src/library/remote-library.js';
import { JSON_SHAPE, LONGEST_ANSWER, LONGEST_PAGE_TOKEN } from '../../../../src/remote/library/answer-limits.js';
import { createFormExchange, LONGEST_FORM_ANSWER } from '../../../../src/remote/http/form-exchange.js';
import { createHttp } from '../../../../src/remote/http/http.js';
import { isWithinShape } from '../../../../src/remote/library/json-shape.js';
import { libraryOn } from './library-rig.js';
import { oddServer, sendJson } from '../odd-server.js';

const page = { pageSize: 100 };
const MIB = 1024 ** 2;

function refusedFor(reason: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof RemoteError && error.kind === 'protocol' && error.reason === reason && error.hint !== undefined;
}

/** So much is sent where nothing stops it: far more than any limit, and than what sockets hold. */
const ALL = 256 * MIB;

const ENDPOINTS: readonly [string, (library: RemoteLibrary) => Promise<unknown>][] = [
  ['the list', (library) => library.listMediaItems(page)],
  ['a search', (library) => library.searchMediaItems({ favorites: true }, page)],
  ['the albums', (library) => library.listAlbums({ pageSize: 50 })],
];

describe('answers of the Library API that are too large', () => {
  for (const [what, call] of ENDPOINTS) {
    for (const length of ['with its length', 'in chunks'] as const) {
      it(`a body of ${what} over its limit, sent ${length}, is refused before it has come whole`, async (test) => {
        let taken = 0;
        const { library, requests } = await libraryOn(test, (_request, response) => {
          response.writeHead(200, {
            'content-type': 'application/json',
            ...(length === 'with its length' ? { 'content-length': String(2 * ALL) } : {}),
          });
          const piece = Buffer.alloc(MIB / 4, 0x20);
          const more = (): void => {
            if (response.destroyed || taken > ALL) return;
            taken += piece.length;
            if (response.write(piece)) setImmediate(more);
            else response.once('drain', more);
          };
          more();
        });
        await assert.rejects(call(library), refusedFor('TOO_LARGE'));
        assert.ok(taken < ALL, 'not all of it was sent');
        assert.equal(requests(), 1, 'it is not asked for again at once');
      });
    }
  }

  it('a small gzip body that unpacks to more than the limit is refused as too large', async (test) => {
    const bomb = gzipSync(Buffer.alloc(LONGEST_ANSWER.items + 1, 0x20));
    const { library } = await libraryOn(test, (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    await assert.rejects(library.listMediaItems(page), refusedFor('TOO_LARGE'));
  });

  it('a page with three times as many items as Google ever sends is refused, one with twice as many is taken', async (test) => {
    let count = 300;
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItems: Array.from({ length: count }, (_, index) => ({ id: `i${index}` })) }),
    );
    await assert.rejects(library.listMediaItems(page), refusedFor('TOO_MANY'));
    count = 200;
    assert.equal((await library.listMediaItems(page)).items.length, 200);
  });

  it('a page of 300,000 items within the limit of bytes is refused for its number of values', async (test) => {
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItems: Array.from({ length: 300_000 }, (_, index) => ({ id: `i${index}` })) }),
    );
    await assert.rejects(library.listMediaItems(page), refusedFor('TOO_MANY'));
  });

  for (const [what, arrays] of [
    ['two million small arrays', `[${Array.from({ length: 2_000_000 }, () => '[]').join(',')}]`],
    ['arrays nested a thousand deep', `${'['.repeat(1000)}${']'.repeat(1000)}`],
  ] as const) {
    it(`a page with ${what} beside its items is refused`, async (test) => {
      const { library } = await libraryOn(test, (_request, response) => {
        response.writeHead(200);
        response.end(`{"mediaItems":[],"more":${arrays}}`);
      });
      await assert.rejects(library.listMediaItems(page), refusedFor('TOO_MANY'));
    });
  }

  it('a page token of a megabyte is refused rather than sent back', async (test) => {
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItems: [], nextPageToken: 'x'.repeat(LONGEST_PAGE_TOKEN + 1) }),
    );
    await assert.rejects(library.listMediaItems(page), refusedFor('TOO_MANY'));
  });

  it('a page of 100 items with descriptions of 64 KiB each is taken whole', async (test) => {
    const description = '"abé'.repeat(10_922);
    const { library } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, {
        mediaItems: Array.from({ length: 100 }, (_, index) => ({ id: `i${index}`, description })),
      }),
    );
    const { items } = await library.listMediaItems(page);
    assert.equal(items.length, 100);
    assert.ok(items.every((item) => item.description === description));
  });

  it('names, words and URLs of a megabyte are cut or taken for absent, and an id of a megabyte is left out', async (test) => {
    const long = 'x'.repeat(MIB / 8);
    const { library, reports } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, {
        mediaItems: [
          { id: long },
          {
            id: 'i',
            filename: long,
            mimeType: long,
            productUrl: long,
            baseUrl: long,
            mediaMetadata: { creationTime: `2024-01-01T00:00:00.${'1'.repeat(10_000)}Z`, photo: { cameraMake: long } },
          },
        ],
      }),
    );
    const { items } = await library.listMediaItems(page);
    const [item] = items as [MediaItem];
    assert.equal(items.length, 1);
    assert.deepEqual(
      [item.filename.length, item.mimeType, item.productUrl, item.baseUrl, item.cameraMake, item.creationTimeText],
      [4096, '', '', undefined, undefined, ''],
    );
    assert.equal(reports.length, 1);
  });

  it('a batch that is too large as a whole brings the items that can be had alone', async (test) => {
    const ids = ['a', 'b'] as MediaId[];
    const { library } = await libraryOn(test, ({ url }, response) => {
      const description = 'x'.repeat(LONGEST_ANSWER.batch / 4);
      if (url.includes(':batchGet'))
        sendJson(response, 200, {
          mediaItemResults: ids.map((id) => ({ mediaItem: { id, description: description.repeat(4) } })),
        });
      else if (url.endsWith('/a')) sendJson(response, 200, { id: 'a', description });
      else sendJson(response, 200, { id: 'b', description: description.repeat(4) });
    });
    const found = await library.batchGetMediaItems(ids);
    assert.equal((found.get('a' as MediaId) as MediaItem).id, 'a');
    assert.ok(refusedFor('TOO_LARGE')(found.get('b' as MediaId)));
  });

  it('a batch with far more results than ids is refused, and its ids are not asked for one by one', async (test) => {
    const { library, server } = await libraryOn(test, (_request, response) =>
      sendJson(response, 200, { mediaItemResults: Array.from({ length: 5000 }, () => ({})) }),
    );
    await assert.rejects(library.batchGetMediaItems(['a', 'b'] as MediaId[]), refusedFor('TOO_MANY'));
    assert.equal(server.seen.length, 1);
  });

  it('an error body over its limit still tells its status', async (test) => {
    const { library } = await libraryOn(test, (_request, response) => {
      response.writeHead(403);
      response.end('x'.repeat(LONGEST_ANSWER.error + 1));
    });
    await assert.rejects(
      library.listMediaItems(page),
      (error: unknown) => error instanceof RemoteError && error.kind === 'forbidden' && error.status === 403,
    );
  });

  it('an answer of the token endpoint over its limit is refused', async (test) => {
    const server = await oddServer(test, (_request, response) => response.end('x'.repeat(LONGEST_FORM_ANSWER + 1)));
    const http = createHttp();
    test.after(() => http.close());
    await assert.rejects(createFormExchange(http)(`${server.root}token`, 'a=b'), refusedFor('TOO_LARGE'));
  });
});

describe('the shape of JSON text', () => {
  const within = (text: string, values: number, depth: number): boolean =>
    isWithinShape(Buffer.from(text), { values, depth });

  it('the shape of JSON text counts arrays, objects and members, and levels', () => {
    assert.equal(within('[1,2,3]', 3, 1), true);
    assert.equal(within('[1,2,3,4]', 3, 1), false);
    assert.equal(within('{"a":[{}]}', 3, 3), true);
    assert.equal(within('{"a":[{}]}', 3, 2), false);
    assert.equal(within('[[],[],[]]', 6, 2), true);
  });

  it('the shape of JSON text takes no bracket and no comma of a string for one, whatever quotes and backslashes it holds', () => {
    for (const text of ['[[[,,,', '"', '\\', '\\"[[', '\\\\"', 'é"[,', '\\\\\\"']) {
      assert.equal(within(JSON.stringify({ [text]: [text] }), 2, 2), true, text);
      assert.equal(within(JSON.stringify([[text], [text], [[text]]]), 100, 2), false, text);
    }
  });

  it('the shape of JSON text takes a page of 100 items with every field for one that is possible', () => {
    const item = {
      id: 'i',
      description: ',[{',
      mediaMetadata: { width: '1', height: '2', photo: { a: 1, b: 2, c: 3 } },
    };
    const text = JSON.stringify({ mediaItems: Array.from({ length: 100 }, () => item), nextPageToken: 't' });
    assert.equal(isWithinShape(Buffer.from(text), JSON_SHAPE), true);
  });
});
