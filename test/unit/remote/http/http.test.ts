import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { RemoteError } from '../../../../src/library/remote-error.js';
import { networkFault } from '../../../../src/remote/http/network-fault.js';
import { createHttp, type HttpOptions, type HttpRequest } from '../../../../src/remote/http/http.js';
import { oddServer } from '../odd-server.js';

/** Bytes that are the same at no two places near each other. */
const LONG = Buffer.alloc(8_000_000);
for (let at = 0; at < LONG.length; at += 4) LONG.writeUInt32LE(Math.imul(at, 0x9e37_79b1) >>> 0, at);

function httpFor(test: TestContext, options: HttpOptions = {}) {
  const http = createHttp(options);
  test.after(() => http.close());
  let sent = 0;
  return {
    sent: () => sent,
    get: (url: string, more: Partial<HttpRequest> = {}) =>
      http.request({ method: 'GET', url: new URL(url), priority: 'foreground', onSent: () => sent++, ...more }),
  };
}

/** A port on loopback that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, 'the condition came about in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('the HTTP client', () => {
  it('the HTTP client keeps its connection from one answer to the next, read or discarded', async (test) => {
    const server = await oddServer(test, (_request, response) => response.end('hello'));
    const { get, sent } = httpFor(test);
    for (let round = 0; round < 5; round++) {
      assert.equal((await (await get(server.root)).read(100)).toString(), 'hello');
      await (await get(server.root)).discard();
      await (await get(server.root, { method: 'HEAD' })).discard();
    }
    // The client may be quicker than its first connection is free again.
    assert.ok(server.connections() <= 2, `${server.connections()} connections`);
    assert.equal(sent(), 15);
  });

  it('the HTTP client uses new connections after a change of the network; what is under way goes on with its own', async (test) => {
    const held: (() => void)[] = [];
    const server = await oddServer(test, (request, response) => {
      if (request.url === '/slow') held.push(() => response.end('late'));
      else response.end('hello');
    });
    const http = createHttp();
    test.after(() => http.close());
    const get = (path: string) =>
      http.request({ method: 'GET', url: new URL(path, server.root), priority: 'foreground' });
    await (await get('/')).read(100);
    const slow = get('/slow');
    await until(() => held.length === 1);
    const before = server.connections();
    http.renewConnections({ breakOff: false });
    assert.equal((await (await get('/')).read(100)).toString(), 'hello');
    assert.equal(server.connections(), before + 1);
    held[0]?.();
    assert.equal((await (await slow).read(100)).toString(), 'late');
  });

  it('the HTTP client breaks off what is under way after a change of the network with breakOff, and serves on', async (test) => {
    const server = await oddServer(test, (request, response) => {
      if (request.url !== '/never') response.end('hello');
    });
    const http = createHttp();
    test.after(() => http.close());
    const get = (path: string) =>
      http.request({ method: 'GET', url: new URL(path, server.root), priority: 'foreground' });
    const stuck = get('/never');
    stuck.catch(() => undefined);
    await until(() => server.connections() === 1);
    await turns(20);
    http.renewConnections({ breakOff: true });
    await assert.rejects(stuck, { kind: 'server' });
    assert.equal((await (await get('/')).read(100)).toString(), 'hello');
  });

  it('the HTTP client sends again at once on a fresh connection where the kept one turns out to be closed', async (test) => {
    const server = await oddServer(test, (_request, response, index) => {
      if (index === 1) response.destroy();
      else response.end('hello');
    });
    const { get, sent } = httpFor(test);
    assert.equal((await (await get(server.root)).read(100)).toString(), 'hello');
    // The client may be quicker than its first connection is free again.
    await turns(20);
    assert.equal((await (await get(server.root)).read(100)).toString(), 'hello');
    assert.deepEqual([server.seen.length, server.connections(), sent()], [3, 2, 3]);
  });

  it('a refused connection fails as offline at once and counts no request', async (test) => {
    const { get, sent } = httpFor(test);
    const port = await closedPort();
    await assert.rejects(get(`http://127.0.0.1:${port}/secret?key=canary`), (error: RemoteError) => {
      assert.deepEqual([error.kind, error.reason], ['offline', 'ECONNREFUSED']);
      assert.doesNotMatch(error.message, /secret|canary/);
      return true;
    });
    assert.equal(sent(), 0);
  });

  it('a request fails as worth another try, and is not counted, if this process has too many open files', () => {
    const thrown = Object.assign(new Error('connect EMFILE'), { code: 'EMFILE' });
    const { error, sent } = networkFault(thrown, 'photos.example');
    assert.deepEqual([error.kind, error.reason, sent], ['server', 'EMFILE', false]);
    assert.match(error.message, /too many files are open here/);
    assert.match(error.hint ?? '', /ulimit -n/);
  });

  it('an unknown host name fails as offline and counts no request', async (test) => {
    const { get, sent } = httpFor(test);
    await assert.rejects(get('http://nowhere.invalid/'), { kind: 'offline' });
    assert.equal(sent(), 0);
  });

  it('a request whose status line does not come in time fails as offline', async (test) => {
    const server = await oddServer(test, () => undefined);
    const { get, sent } = httpFor(test, { headersTimeoutMs: 100 });
    await assert.rejects(get(server.root), { kind: 'offline', reason: 'UND_ERR_HEADERS_TIMEOUT' });
    assert.equal(sent(), 1);
  });

  it('the HTTP client ends a body that stands still in an error that can be retried', async (test) => {
    const server = await oddServer(test, (_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
    });
    const { get } = httpFor(test, { bodyIdleTimeoutMs: 100 });
    const answer = await get(server.root);
    await assert.rejects(answer.read(100), { kind: 'server', reason: 'UND_ERR_BODY_TIMEOUT' });
  });

  it('the HTTP client ends in an error worth another try where the connection breaks before or in the body', async (test) => {
    const server = await oddServer(test, (request, response) => {
      if (request.url === '/now') response.destroy();
      else {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half', () => response.destroy());
      }
    });
    const { get } = httpFor(test);
    await assert.rejects(get(`${server.root}now`), { kind: 'server' });
    await assert.rejects((await get(server.root)).read(100), { kind: 'server' });
  });

  it('an answer that is not HTTP is refused', async (test) => {
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    const { get } = httpFor(test);
    await assert.rejects(get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`), { kind: 'protocol' });
  });

  it('the HTTP client refuses an answer that is longer than the reader can use', async (test) => {
    const server = await oddServer(test, (_request, response) => response.end('x'.repeat(1_000)));
    const { get } = httpFor(test);
    await assert.rejects((await get(server.root)).read(999), { kind: 'protocol' });
  });

  it('the HTTP client hands a redirect over as an answer instead of following it', async (test) => {
    const server = await oddServer(test, (_request, response) =>
      response.writeHead(302, { location: '/elsewhere' }).end(),
    );
    const { get } = httpFor(test);
    const answer = await get(server.root);
    assert.equal(answer.status, 302);
    assert.equal(answer.header('location'), '/elsewhere');
    await answer.discard();
    assert.equal(server.seen.length, 1);
  });

  it('a request can be aborted while it waits for its turn, for the answer, and in the body', async (test) => {
    const server = await oddServer(test, (request, response) => {
      if (request.url === '/body') response.writeHead(200).write('half');
    });
    const { get, sent } = httpFor(test, { perHost: { foreground: 1, 'read-ahead': 1, background: 1 } });
    const [inQueue, inFlight, inBody] = [new AbortController(), new AbortController(), new AbortController()];
    const flying = get(server.root, { signal: inFlight.signal });
    const queued = get(server.root, { signal: inQueue.signal });
    inQueue.abort();
    await assert.rejects(queued, { kind: 'aborted' });
    assert.equal(sent(), 0);
    await until(() => server.seen.length === 1);
    inFlight.abort();
    await assert.rejects(flying, { kind: 'aborted' });
    const answer = await get(`${server.root}body`, { signal: inBody.signal });
    const reading = answer.read(100);
    inBody.abort();
    await assert.rejects(reading, { kind: 'aborted' });
  });

  it('the HTTP client survives the abort of an unread answer, and gives its slot to the next request', async (test) => {
    const server = await oddServer(test, (request, response) => {
      if (request.url === '/stuck') response.writeHead(200).write('half');
      else response.end('next');
    });
    const { get } = httpFor(test, { perHost: { foreground: 1, 'read-ahead': 1, background: 1 } });
    const abort = new AbortController();
    await get(`${server.root}stuck`, { signal: abort.signal });
    const next = get(server.root);
    abort.abort();
    assert.equal((await (await next).read(100)).toString(), 'next');
  });

  it('the HTTP client sends what a person waits for before background work that came earlier', async (test) => {
    const held: (() => void)[] = [];
    const server = await oddServer(test, (_request, response) => held.push(() => response.end()));
    const { get } = httpFor(test, { perHost: { foreground: 2, 'read-ahead': 1, background: 1 } });
    const discard = async (path: string, priority: HttpRequest['priority']): Promise<void> =>
      (await get(server.root + path, { priority })).discard();
    const all = [discard('b1', 'background'), discard('b2', 'background'), discard('f1', 'foreground')];
    await until(() => server.seen.length === 2);
    assert.deepEqual(
      server.seen.map(({ url }) => url),
      ['/b1', '/f1'],
    );
    held.splice(0).forEach((end) => end());
    await until(() => held.length === 1);
    held[0]?.();
    await Promise.all(all);
  });

  it('the HTTP client counts each host by itself: a silent host takes no slots of another', async (test) => {
    const held: (() => void)[] = [];
    const dead = await oddServer(test, (_request, response) => held.push(() => response.end()));
    const other = await oddServer(test, (_request, response) => response.end('hello'));
    const { get } = httpFor(test, { perHost: { foreground: 2, 'read-ahead': 1, background: 1 } });
    const stuck = [1, 2, 3].map(async () => (await get(dead.root)).discard());
    await until(() => dead.seen.length === 2);
    assert.equal((await (await get(other.root)).read(100)).toString(), 'hello');
    assert.equal(dead.seen.length, 2, 'the third waits for its turn');
    held.splice(0).forEach((end) => end());
    await until(() => held.length === 1);
    held[0]?.();
    await Promise.all(stuck);
  });

  it('the HTTP client closes the connection of a reader that stops early', async (test) => {
    const server = await oddServer(test, (_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write('x'.repeat(1_000));
    });
    const { get } = httpFor(test, { perHost: { foreground: 1, 'read-ahead': 1, background: 1 } });
    const enough = new Error('enough');
    for (let round = 0; round < 2; round++) {
      const answer = await get(server.root);
      await assert.rejects(
        answer.forEach((piece) => {
          assert.ok(piece.length > 0);
          if (round === 0) throw enough;
          return Promise.reject(enough);
        }),
        (thrown) => thrown === enough,
      );
    }
    assert.equal(server.seen.length, 2);
    await until(() => server.open() === 0);
  });

  it('the HTTP client makes the sender wait for a slow reader, who gets what came before a break first', async (test) => {
    const server = await oddServer(test, (_request, response) => {
      response.writeHead(200, { 'content-length': String(2 * LONG.length) });
      response.write(LONG, () => response.destroy());
    });
    const { get } = httpFor(test);
    const answer = await get(server.root);
    let isOver = false;
    let length = 0;
    let goOn = (): void => undefined;
    const reading = answer
      .forEach((piece) => {
        assert.ok(LONG.subarray(length, length + piece.length).equals(piece), `the bytes at ${length}`);
        length += piece.length;
        return new Promise((resolve) => {
          goOn = resolve;
        });
      })
      .finally(() => {
        isOver = true;
      });
    reading.catch(() => undefined);
    await until(() => length > 0);
    const first = length;
    await turns(100);
    assert.equal(length, first, 'one piece at a time');
    await until(() => {
      goOn();
      return isOver;
    });
    await assert.rejects(reading, { kind: 'server' });
    assert.equal(length, LONG.length);
  });

  it('the HTTP client receives a long body in a few buffers, again and again', async (test) => {
    const server = await oddServer(test, (_request, response) => response.end(LONG));
    const { get } = httpFor(test);
    for (const pauses of [false, true]) {
      const buffers = new Set<ArrayBufferLike>();
      let at = 0;
      const answer = await get(server.root);
      await answer.forEach((piece) => {
        assert.ok(LONG.subarray(at, at + piece.length).equals(piece), `the bytes at ${at}`);
        at += piece.length;
        buffers.add(piece.buffer);
        return pauses ? turns(5) : undefined;
      });
      assert.equal(at, LONG.length);
      assert.ok(buffers.size <= 10, `${buffers.size} buffers`);
    }
  });

  it('the HTTP client mixes up no bytes of bodies that come at once, whole, in chunks or cut short, to slow readers and quick ones', async (test) => {
    const server = await oddServer(test, ({ url }, response) => {
      const [, kind = '', from = ''] = url.split('/');
      const bytes = LONG.subarray(Number(from));
      if (kind === 'whole') response.setHeader('content-length', bytes.length);
      for (let at = 0; at < bytes.length; at += 70_000) response.write(bytes.subarray(at, at + 70_000));
      response.end();
    });
    const { get } = httpFor(test);
    const enough = new Error('enough');
    const follow = async (number: number): Promise<void> => {
      const from = number * 1_001;
      const answer = await get(`${server.root}${number % 2 === 0 ? 'whole' : 'chunks'}/${from}`);
      let at = from;
      const look = (piece: Uint8Array): void => {
        assert.ok(LONG.subarray(at, at + piece.length).equals(piece), `the bytes of ${number} at ${at}`);
        at += piece.length;
        if (number % 3 === 0 && at > LONG.length / 2) throw enough;
      };
      const slowly = async (piece: Uint8Array): Promise<void> => {
        await turns(number % 5);
        look(piece);
      };
      await answer.forEach(number % 5 === 0 ? look : slowly).catch((error: unknown) => {
        if (error !== enough) throw error;
      });
      if (number % 3 !== 0) assert.equal(at, LONG.length);
    };
    const whole = async (number: number): Promise<void> => {
      const body = await (await get(`${server.root}chunks/${number}`)).read(LONG.length);
      assert.ok(LONG.subarray(number).equals(body));
    };
    await Promise.all(Array.from({ length: 24 }, (_, number) => (number % 8 === 7 ? whole(number) : follow(number))));
  });
});
