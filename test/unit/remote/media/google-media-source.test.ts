import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bytes, collect, itemOf, person, photo, sendBytes, sourceOn, video } from './media-source-rig.js';
import { sendHtml } from '../odd-server.js';

describe('measuring an item', () => {
  it('measuring an item asks for the headers of the download, =d for photos and =dv for videos, without a credential', async (test) => {
    const { source, server, paths } = await sourceOn(test, { answer: sendBytes });
    assert.deepEqual(await source.measure(photo, person), { length: 100, etag: '"v1"', basis: 'head' });
    await source.measure(video, person);
    assert.deepEqual(paths(), ['HEAD /P-1=d', 'HEAD /V-2=dv']);
    for (const { headers } of server.seen) {
      assert.equal(headers.authorization, undefined);
      assert.equal(headers['accept-encoding'], 'identity');
    }
  });

  for (const status of [405, 500, 501]) {
    it(`measuring an item falls back to GET where HEAD answers ${status}`, async (test) => {
      const { source, paths, requests } = await sourceOn(test, {
        answer: (request, response) =>
          request.method === 'HEAD' ? response.writeHead(status).end() : sendBytes(request, response),
      });
      assert.equal((await source.measure(photo, person)).length, 100);
      await source.measure(photo, person);
      // A server that does not know HEAD is not asked twice; a 500 says nothing about the next time.
      const second = status === 500 ? ['HEAD /P-1=d', 'GET /P-1=d'] : ['GET /P-1=d'];
      assert.deepEqual(paths(), ['HEAD /P-1=d', 'GET /P-1=d', ...second]);
      assert.equal(requests(), paths().length);
    });
  }

  it('measuring an item falls back to GET where HEAD gives no length, and admits not to know it where GET gives none', async (test) => {
    const { source, paths } = await sourceOn(test, {
      answer: (request, response) => {
        response.writeHead(200, { 'content-type': 'video/mp4', 'transfer-encoding': 'chunked' });
        response.end(request.method === 'HEAD' ? undefined : bytes);
      },
    });
    assert.equal((await source.measure(photo, person)).length, undefined);
    assert.deepEqual(paths(), ['HEAD /P-1=d', 'GET /P-1=d']);
  });

  const wrong: readonly (readonly [string, Record<string, string>])[] = [
    ['an HTML page', { 'content-type': 'text/html; charset=utf-8', 'content-length': '100' }],
    ['compressed bytes', { 'content-type': 'image/jpeg', 'content-encoding': 'gzip', 'content-length': '100' }],
    ['an empty file', { 'content-type': 'image/jpeg', 'content-length': '0' }],
  ];
  for (const [what, headers] of wrong) {
    it(`${what} with status 200 is refused as the bytes of an item`, async (test) => {
      const { source } = await sourceOn(test, {
        answer: (_request, response) => response.writeHead(200, headers).end(),
      });
      await assert.rejects(source.measure(photo, person), { kind: 'protocol' });
    });
  }
});

describe('a video', () => {
  it('a video that Google is still processing is not ready, and becomes readable by itself', async (test) => {
    const { source, clock, batches } = await sourceOn(test, {
      answer: sendBytes,
      lookup: (id, root, call) => itemOf(id, `${root}${id}-${call}`, call === 1 ? 'PROCESSING' : 'READY'),
    });
    await assert.rejects(source.measure(video, person), { kind: 'not-ready' });
    await assert.rejects(source.fetch(video, undefined, person), { kind: 'not-ready' });
    assert.equal(batches.length, 1);
    clock.advance(31_000);
    assert.equal((await source.measure(video, person)).length, 100);
  });

  it('a video that Google could not process fails with that reason', async (test) => {
    const { source, requests } = await sourceOn(test, {
      answer: sendBytes,
      lookup: (id, root) => itemOf(id, root, 'FAILED'),
    });
    await assert.rejects(source.fetch(video, undefined, person), { kind: 'failed-video' });
    assert.equal(requests(), 0);
  });
});

describe('fetching an item', () => {
  it('fetching an item gives the whole file with its length and etag', async (test) => {
    const { source } = await sourceOn(test, { answer: sendBytes });
    const stream = await source.fetch(photo, undefined, person);
    assert.deepEqual(
      [stream.start, stream.bodyLength, stream.facts],
      [0, 100, { length: 100, etag: '"v1"', basis: 'announced' }],
    );
    assert.deepEqual(await collect(stream), bytes);
  });

  it('fetching an item gives the part that was asked for where the server takes ranges', async (test) => {
    const { source, server } = await sourceOn(test, { answer: sendBytes });
    const stream = await source.fetch(video, { start: 90, end: 500 }, person);
    assert.equal(server.seen[0]?.headers.range, 'bytes=90-499');
    assert.deepEqual([stream.start, stream.bodyLength, stream.facts.length], [90, 10, 100]);
    assert.equal(stream.facts.basis, 'content-range');
    assert.deepEqual(await collect(stream), bytes.subarray(90));
  });

  it('fetching an item gives the whole file from its start where the server ignores the range', async (test) => {
    const { source } = await sourceOn(test, {
      answer: (request, response) => sendBytes({ ...request, headers: {} }, response),
    });
    const stream = await source.fetch(video, { start: 90, end: 95 }, person);
    assert.deepEqual([stream.start, stream.bodyLength], [0, 100]);
    assert.deepEqual(await collect(stream), bytes);
  });

  it('fetching an item gives the whole file where the range lies behind its end, so that the new length is seen', async (test) => {
    const { source, paths } = await sourceOn(test, {
      answer: (request, response) =>
        request.headers.range === undefined
          ? sendBytes(request, response)
          : response.writeHead(416, { 'content-range': 'bytes */100' }).end(),
    });
    const stream = await source.fetch(video, { start: 200, end: 300 }, person);
    assert.deepEqual([stream.start, stream.facts.length], [0, 100]);
    await collect(stream);
    assert.equal(paths().length, 2);
  });

  const contentRanges: readonly (readonly [string, string | undefined, string])[] = [
    ['begins elsewhere', 'bytes 0-9/100', '10'],
    ['begins late', 'bytes 15-19/100', '5'],
    ['ends early', 'bytes 10-14/100', '5'],
    ['goes on too long', 'bytes 10-29/100', '20'],
    ['is missing', undefined, '10'],
    ['makes no sense', 'bytes 19-10/100', '10'],
    ['lies outside of its own total', 'bytes 10-19/15', '10'],
    ['is in other units', 'items 10-19/100', '10'],
    ['contradicts the length', 'bytes 10-19/100', '11'],
  ];
  for (const [what, contentRange, length] of contentRanges) {
    it(`fetching an item refuses a part whose Content-Range ${what}`, async (test) => {
      const { source } = await sourceOn(test, {
        answer: (_request, response) => {
          response.writeHead(206, {
            'content-type': 'video/mp4',
            'content-length': length,
            ...(contentRange === undefined ? {} : { 'content-range': contentRange }),
          });
          response.end(Buffer.alloc(Number(length)));
        },
      });
      await assert.rejects(source.fetch(video, { start: 10, end: 20 }, person), { kind: 'protocol' });
    });
  }

  it('fetching an item refuses a part where the whole was asked for', async (test) => {
    const { source } = await sourceOn(test, {
      answer: (request, response) => sendBytes({ ...request, headers: { range: 'bytes=0-99' } }, response),
    });
    await assert.rejects(source.fetch(video, undefined, person), { kind: 'protocol' });
  });

  it('fetching an item ends a body that is cut short in an error worth another try', async (test) => {
    const { source } = await sourceOn(test, {
      answer: (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write(bytes.subarray(0, 40), () => response.destroy());
      },
    });
    await assert.rejects(collect(await source.fetch(photo, undefined, person)), { kind: 'server' });
  });

  it('fetching an item ends a chunked part that is longer or shorter than its range in an error', async (test) => {
    for (const [length, kind] of [
      [11, 'protocol'],
      [9, 'server'],
    ] as const) {
      const { source } = await sourceOn(test, {
        answer: (_request, response) => {
          response.writeHead(206, { 'content-range': 'bytes 10-19/100' });
          response.end(Buffer.alloc(length));
        },
      });
      await assert.rejects(collect(await source.fetch(video, { start: 10, end: 20 }, person)), { kind });
    }
  });

  it('fetching an item tries again after 5xx and a broken connection, three times in all for a person', async (test) => {
    const { source, clock, requests } = await sourceOn(test, {
      answer: (request, response, index) => {
        if (index === 0) sendHtml(response, 503);
        else if (index === 1) response.destroy();
        else sendBytes(request, response);
      },
    });
    assert.deepEqual(await collect(await source.fetch(photo, undefined, person)), bytes);
    assert.deepEqual(
      clock.sleeps.filter((ms) => ms >= 1_000),
      [1_000, 2_000],
    );
    assert.equal(requests(), 3);
  });

  it('fetching an item for a person fails at once during a rate limit, and sends no request meanwhile', async (test) => {
    const { source, requests } = await sourceOn(test, { answer: (_request, response) => sendHtml(response, 429) });
    await assert.rejects(source.fetch(photo, undefined, person), { kind: 'rate-limited', retryAfterMs: 30_000 });
    await assert.rejects(source.fetch(photo, undefined, person), { kind: 'rate-limited' });
    assert.equal(requests(), 1);
  });

  it('fetching an item follows three redirects and no more, each counted, to hosts of Google only', async (test) => {
    const { source, requests } = await sourceOn(test, {
      answer: (request, response) => {
        const hops = Number(/hop(\d)/.exec(request.url)?.[1] ?? 0);
        if (hops === 3) sendBytes(request, response);
        else response.writeHead(302, { location: `/hop${hops + 1}` }).end();
      },
    });
    assert.equal((await collect(await source.fetch(video, undefined, person))).length, 100);
    assert.equal(requests(), 4);
    const endless = await sourceOn(test, {
      answer: (_request, response) => response.writeHead(302, { location: '/again' }).end(),
    });
    await assert.rejects(endless.source.fetch(video, undefined, person), { kind: 'protocol' });
    assert.equal(endless.requests(), 4);
    const strange = await sourceOn(test, {
      answer: (_request, response) => response.writeHead(302, { location: 'https://evil.example/' }).end(),
    });
    await assert.rejects(strange.source.fetch(video, undefined, person), { kind: 'protocol' });
    assert.equal(strange.requests(), 1);
  });

  it('a fetch can be aborted in the middle of the bytes', async (test) => {
    const { source } = await sourceOn(test, {
      answer: (_request, response) => response.writeHead(200, { 'content-length': '100' }).write(bytes.subarray(0, 10)),
    });
    const abort = new AbortController();
    const stream = await source.fetch(photo, undefined, { ...person, signal: abort.signal });
    const reading = collect(stream);
    abort.abort();
    await assert.rejects(reading, { kind: 'aborted' });
  });

  it('fetching an item refuses an empty range before anything is sent', async (test) => {
    const { source, requests } = await sourceOn(test, { answer: sendBytes });
    await assert.rejects(source.fetch(photo, { start: 5, end: 5 }, person), { kind: 'invalid' });
    assert.equal(requests(), 0);
  });
});
