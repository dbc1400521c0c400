import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { RemoteError } from '../../../../src/library/remote-error.js';
import { createHttp, type HttpOptions, type HttpRequest } from '../../../../src/remote/http/http.js';
import { ManualClock, until } from '../../content/manual-clock.js';

const ONE_AT_A_TIME = { foreground: 1, 'read-ahead': 1, background: 1 } as const;
const GOOD = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood';

/** A server of bare sockets: `answer` is called for each request, with its number. */
async function bareServer(test: TestContext, answer: (socket: Socket, index: number) => void) {
  const sockets: Socket[] = [];
  let requests = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    let text = '';
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (!text.includes('\r\n\r\n')) return;
      text = '';
      answer(socket, requests++);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, root: `http://127.0.0.1:${port}/`, sockets, requests: () => requests };
}

function httpOn(test: TestContext, options: HttpOptions = {}) {
  const clock = new ManualClock();
  const http = createHttp({ clock, perHost: ONE_AT_A_TIME, ...options });
  test.after(() => http.close());
  const get = (url: string, more: Partial<HttpRequest> = {}) =>
    http.request({ method: 'GET', url: new URL(url), priority: 'foreground', ...more });
  return { clock, get };
}

/** How a promise ended: `waiting`, `done`, or kind and reason of its RemoteError. */
function watched(promise: Promise<unknown>): () => string {
  let state = 'waiting';
  promise.then(
    () => (state = 'done'),
    (error: unknown) => {
      const { kind, reason = '' } = error as RemoteError;
      state = `${kind} ${reason}`;
    },
  );
  return () => state;
}

/** Each turn of the event loop, as long as the socket lives: faster than any clock of a stuck host. */
function drip(socket: Socket, text: string): void {
  if (socket.destroyed) return;
  socket.write(text);
  setImmediate(() => drip(socket, text));
}

describe('an exchange that is stuck loses its connection and its slot at the host, and the next one is served', () => {
  const STUCK: readonly {
    readonly what: string;
    readonly act: (socket: Socket) => void;
    readonly ends: string;
  }[] = [
    { what: 'no answer at all', act: () => undefined, ends: 'offline UND_ERR_HEADERS_TIMEOUT' },
    {
      what: 'answers 102 without end',
      act: (socket) => drip(socket, 'HTTP/1.1 102 Processing\r\n\r\n'),
      ends: 'server ANSWER_TOO_SLOW',
    },
    {
      what: 'headers that come byte by byte',
      act: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nX-Long: ');
        socket.write('x');
      },
      ends: 'offline UND_ERR_HEADERS_TIMEOUT',
    },
  ];
  for (const { what, act, ends } of STUCK)
    it(`${what}: after 15 s`, async (test) => {
      const server = await bareServer(test, (socket, index) => {
        if (index === 0) act(socket);
        else socket.write(GOOD);
      });
      const { clock, get } = httpOn(test);
      const stuck = watched(get(server.root));
      const next = get(server.root);
      await until('the request is there', () => server.sockets.length === 1);
      await clock.advance(14_000);
      assert.equal(stuck(), 'waiting');
      await clock.advance(1_000);
      await until('it has ended', () => stuck() !== 'waiting');
      assert.equal(stuck(), ends);
      assert.equal((await (await next).read(100)).toString(), 'good');
      await until('its socket is gone', () => server.sockets[0]?.destroyed === true);
    });

  it('a body that comes byte by byte: after 30 s of waiting for it', async (test) => {
    const server = await bareServer(test, (socket, index) =>
      socket.write(index === 0 ? 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nabc' : GOOD),
    );
    const { clock, get } = httpOn(test);
    const stuck = watched((await get(server.root)).forEach(() => undefined));
    const next = get(server.root);
    await clock.advance(29_000);
    assert.equal(stuck(), 'waiting');
    await clock.advance(1_000);
    assert.equal(stuck(), 'server ANSWER_TOO_SLOW');
    assert.equal((await (await next).read(100)).toString(), 'good');
    await until('its socket is gone', () => server.sockets[0]?.destroyed === true);
  });

  it('an answer with a deadline of its own: when that is over, however steadily its body comes', async (test) => {
    const server = await bareServer(test, (socket, index) =>
      socket.write(index === 0 ? 'HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n' : GOOD),
    );
    const { clock, get } = httpOn(test);
    const stuck = watched(get(server.root, { deadlineMs: 20_000 }).then((answer) => answer.read(1_000_000)));
    const next = get(server.root);
    await until('the request is there', () => server.requests() === 1);
    for (let second = 1; second <= 20; second++) {
      assert.equal(stuck(), 'waiting', `after ${second - 1} s`);
      server.sockets[0]?.write('x'.repeat(5_000));
      await clock.advance(1_000);
    }
    await until('it has ended', () => stuck() !== 'waiting');
    assert.equal(stuck(), 'server ANSWER_TOO_SLOW');
    assert.equal((await (await next).read(100)).toString(), 'good');
  });

  it('an error body or the body of a redirect of which nothing is used: after 5 s', async (test) => {
    const server = await bareServer(test, (socket, index) =>
      socket.write(index < 2 ? 'HTTP/1.1 503 Down\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n' : GOOD),
    );
    const { clock, get } = httpOn(test);
    const first = await get(server.root);
    const discarded = watched(first.discard());
    const read = get(server.root).then((answer) => answer.read(1_000, 5_000));
    const reading = watched(read);
    const last = get(server.root);
    await clock.advance(4_000);
    assert.equal(discarded(), 'waiting');
    await clock.advance(1_000);
    await until('it is over', () => discarded() !== 'waiting');
    await until('the second request is there', () => server.requests() === 2);
    assert.equal(discarded(), 'done');
    await clock.advance(5_000);
    await until('it has ended', () => reading() !== 'waiting');
    assert.equal(reading(), 'server ANSWER_TOO_SLOW');
    assert.equal((await (await last).read(100)).toString(), 'good');
  });
});

describe('a body that is not stuck', () => {
  it('a body that is not stuck is not dropped while its reader takes no more of it, for however long', async (test) => {
    const server = await bareServer(test, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc'));
    const { clock, get } = httpOn(test);
    const answer = await get(server.root);
    let goOn = (): void => undefined;
    const text: string[] = [];
    const reading = answer.forEach((piece) => {
      text.push(Buffer.from(piece).toString());
      return new Promise((resolve) => (goOn = resolve));
    });
    await until('the first piece is there', () => text.length === 1);
    await clock.advance(600_000);
    goOn();
    server.sockets[0]?.write('def');
    await until('the second piece is there', () => text.length === 2);
    goOn();
    await reading;
    assert.equal(text.join(''), 'abcdef');
  });

  it('a body that is not stuck may take as long as it likes where a KiB comes each second', async (test) => {
    const KIB = 1_024;
    const seconds = 120;
    const server = await bareServer(test, (socket) =>
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${seconds * KIB}\r\n\r\n`),
    );
    const { clock, get } = httpOn(test);
    let received = 0;
    const reading = (await get(server.root)).forEach((piece) => {
      received += piece.length;
    });
    for (let second = 1; second <= seconds; second++) {
      server.sockets[0]?.write('x'.repeat(KIB));
      await until(`second ${second}`, () => received === second * KIB);
      await clock.advance(1_000);
    }
    await reading;
    assert.equal(received, seconds * KIB);
  });
});

describe('a connection that does not come about', () => {
  const TUNNEL = 'HTTP/1.1 200 Connection established\r\n\r\n';

  it('a proxy that accepts and never answers CONNECT is given up after 5 s, and asked by a new connection', async (test) => {
    const proxy = await bareServer(test, (socket, index) => {
      if (index > 0) socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const { clock, get } = httpOn(test, { route: { env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } } });
    const stuck = get('https://photos.invalid/');
    const state = watched(stuck);
    await until('CONNECT is there', () => proxy.sockets.length === 1);
    await clock.advance(4_999);
    assert.equal(state(), 'waiting');
    await clock.advance(1);
    await until('it has ended', () => state() !== 'waiting');
    await assert.rejects(stuck, (error: RemoteError) => {
      assert.deepEqual([error.kind, error.reason], ['offline', 'PROXY_SILENT']);
      assert.match(error.message, new RegExp(`proxy 127\\.0\\.0\\.1:${proxy.port} does not answer`));
      return true;
    });
    await until('its socket is gone', () => proxy.sockets[0]?.destroyed === true);
    await assert.rejects(get('https://photos.invalid/'), { reason: 'PROXY_REFUSED' });
    assert.equal(proxy.sockets.length, 2);
  });

  for (const way of ['directly', 'through a proxy'] as const)
    it(`a TLS handshake that never ends, ${way}, is given up and its socket closed`, async (test) => {
      const host = await bareServer(test, (socket) => {
        if (way === 'through a proxy') socket.write(TUNNEL);
      });
      const env = way === 'directly' ? {} : { HTTPS_PROXY: `http://127.0.0.1:${host.port}` };
      // The timer of the client is not by the clock handed in.
      const { get } = httpOn(test, { route: { env }, connectTimeoutMs: 100 });
      const url = way === 'directly' ? `https://127.0.0.1:${host.port}/` : 'https://photos.invalid/';
      await assert.rejects(get(url), { kind: 'offline', reason: 'UND_ERR_CONNECT_TIMEOUT' });
      await until('its socket is gone', () => host.sockets[0]?.destroyed === true);
    });
});
