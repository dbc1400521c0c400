import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { RemoteError } from '../../../../src/library/remote-error.js';
import { createDispatcher } from '../../../../src/remote/http/dispatcher.js';
import { ReceiveBuffers } from '../../../../src/remote/http/receive-buffers.js';
import { createHttp } from '../../../../src/remote/http/http.js';
import { systemClock } from '../../../../src/support/clock.js';

/** A proxy that answers each CONNECT the same (by hanging up where it is empty) and notes what it was asked for. */
async function withProxy(
  body: (address: string, asked: string[]) => Promise<void>,
  answer = 'HTTP/1.1 502 Bad Gateway\r\n\r\n',
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((_, response) => void response.writeHead(502).end());
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.on('error', () => undefined);
    if (answer === '') socket.destroy();
    else socket.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function ask(url: string, env: Record<string, string>): Promise<void> {
  const http = createHttp({ route: { env }, connectTimeoutMs: 2000 });
  await assert.rejects(http.request({ method: 'GET', url: new URL(url), priority: 'foreground' }), {
    name: 'RemoteError',
  });
  await http.close();
}

async function refusalBy(env: Record<string, string>): Promise<RemoteError> {
  const http = createHttp({ route: { env }, connectTimeoutMs: 2000 });
  try {
    await http.request({ method: 'GET', url: new URL('https://photos.invalid/'), priority: 'foreground' });
    assert.fail('it was let through');
  } catch (error) {
    assert.ok(error instanceof RemoteError, String(error));
    return error;
  } finally {
    await http.close();
  }
}

const buffers = new ReceiveBuffers();
const connecting = { timeoutMs: 1, clock: systemClock };

describe('a proxy', () => {
  const NEEDS_PASSWORD = 'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n';
  const ROWS: readonly (readonly [string, string, RegExp, RegExp])[] = [
    ['wants a password', NEEDS_PASSWORD, /proxy 127\.0\.0\.1:\d+ wants a user name and password/, /HTTPS_PROXY/],
    [
      'does not allow Google',
      'HTTP/1.1 403 Forbidden\r\n\r\n',
      /does not let.*photos\.invalid.*403/,
      /googleapis\.com/,
    ],
    ['cannot get on', 'HTTP/1.1 502 Bad Gateway\r\n\r\n', /does not let.*photos\.invalid.*502/, /proxy/],
    ['hangs up', '', /127\.0\.0\.1:\d+ hangs up when asked for photos\.invalid/, /HTTPS_PROXY/],
  ];
  for (const [what, answer, says, hint] of ROWS)
    it(`a proxy that ${what} is reported with the next step`, () =>
      withProxy(async (address) => {
        const error = await refusalBy({ HTTPS_PROXY: address.replace('//', '//me:secret@') });
        assert.equal(error.kind, 'offline');
        assert.match(error.message, says);
        assert.match(error.hint ?? '', hint);
        assert.doesNotMatch(`${error.message}${error.hint ?? ''}`, /secret/);
      }, answer));

  it('a proxy that is not there, or does not speak TLS where it should, is reported', async () => {
    const absent = await refusalBy({ HTTPS_PROXY: 'http://127.0.0.1:9' });
    assert.equal(absent.kind, 'offline');
    assert.match(absent.hint ?? '', /the proxy 127\.0\.0\.1:9 /);
    await withProxy(async (address) => {
      const plain = await refusalBy({ HTTPS_PROXY: address.replace('http:', 'https:') });
      assert.equal(plain.kind, 'offline');
      assert.match(plain.hint ?? '', /begins with https:\/\/.*write http:\/\//);
    });
  });

  it('a proxy is given the user name and password of its address', async () => {
    let given: string | undefined;
    const server = createServer();
    server.on('connect', (request, socket) => {
      given = request.headers['proxy-authorization'];
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await refusalBy({ HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}` });
    server.close();
    assert.equal(given, `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
  });
});

describe('the way to Google', () => {
  it('the way to Google goes through the proxy of the environment, in either case of letters', () =>
    withProxy(async (address, asked) => {
      await ask('https://photos.invalid/', { HTTPS_PROXY: address });
      await ask('https://photos.invalid/', { https_proxy: address.replace('http://', '') });
      assert.deepEqual(asked, ['photos.invalid:443', 'photos.invalid:443']);
    }));

  it('the way to Google goes through the proxy of ALL_PROXY or HTTP_PROXY where HTTPS_PROXY is not set or empty', () =>
    withProxy(async (address, asked) => {
      await ask('https://a.invalid/', { ALL_PROXY: address });
      await ask('https://b.invalid/', { https_proxy: '', HTTPS_PROXY: '', all_proxy: `${address}/` });
      await ask('https://c.invalid/', { HTTP_PROXY: address });
      await ask('https://d.invalid/', { https_proxy: '', HTTPS_PROXY: address });
      assert.deepEqual(asked, ['a.invalid:443', 'b.invalid:443', 'c.invalid:443', 'd.invalid:443']);
    }));

  it('the way to Google is direct for all hosts where NO_PROXY is an asterisk', () =>
    withProxy(async (address, asked) => {
      await ask('https://photos.invalid/', { HTTPS_PROXY: address, NO_PROXY: '*' });
      assert.deepEqual(asked, []);
    }));

  it('the way to Google leaves out what NO_PROXY names, and always this machine', () =>
    withProxy(async (address, asked) => {
      await ask('https://photos.invalid/', { HTTPS_PROXY: address, NO_PROXY: 'other.invalid,photos.invalid' });
      await ask('https://sub.photos.invalid/', { HTTPS_PROXY: address, no_proxy: '.photos.invalid' });
      await ask('https://127.0.0.1:9/', { HTTPS_PROXY: address });
      await ask('http://localhost:9/', { HTTP_PROXY: address });
      assert.deepEqual(asked, []);
    }));

  it('the way to Google refuses a proxy or certificate file that is none', () => {
    assert.throws(
      () => createDispatcher({ env: { HTTPS_PROXY: 'socks5://me:secret@x' } }, connecting, buffers),
      (error: Error) => {
        assert.match(error.message, /HTTPS_PROXY names a SOCKS proxy/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
    assert.throws(() => createDispatcher({ env: {}, caFile: '/nonexistent' }, connecting, buffers), /cannot be read/);
    assert.throws(
      () => createDispatcher({ env: {}, caFile: '/etc/hostname' }, connecting, buffers),
      /no certificate in PEM form/,
    );
  });
});
