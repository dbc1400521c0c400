import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { createDispatcher, proxyName } from '../../../src/remote/dispatcher.js';
import { createHttp } from '../../../src/remote/http.js';

/** A proxy that refuses everything and notes what it was asked for. */
async function withProxy(body: (address: string, asked: string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const server = createServer((_, response) => void response.writeHead(502).end());
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
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

describe('the way to Google', () => {
  it('goes through the proxy of the environment, in either case of letters', () =>
    withProxy(async (address, asked) => {
      await ask('https://photos.invalid/', { HTTPS_PROXY: address });
      await ask('https://photos.invalid/', { https_proxy: address.replace('http://', '') });
      assert.deepEqual(asked, ['photos.invalid:443', 'photos.invalid:443']);
    }));

  it('leaves out what NO_PROXY names, and always this machine', () =>
    withProxy(async (address, asked) => {
      await ask('https://photos.invalid/', { HTTPS_PROXY: address, NO_PROXY: 'other.invalid,photos.invalid' });
      await ask('https://sub.photos.invalid/', { HTTPS_PROXY: address, no_proxy: '.photos.invalid' });
      await ask('https://127.0.0.1:9/', { HTTPS_PROXY: address });
      await ask('http://localhost:9/', { HTTP_PROXY: address });
      assert.deepEqual(asked, []);
    }));

  it('is named by host and port, never with a password', () => {
    assert.equal(proxyName({ https_proxy: 'http://me:secret@proxy.example:3128' }), 'proxy.example:3128');
    assert.equal(proxyName({}), undefined);
  });

  it('refuses a proxy or certificate file that is none, without repeating a password', () => {
    assert.throws(
      () => createDispatcher({ env: { HTTPS_PROXY: 'socks5://me:secret@x' } }, 1),
      (error: Error) => {
        assert.match(error.message, /HTTPS_PROXY/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
    assert.throws(() => createDispatcher({ env: {}, caFile: '/nonexistent' }, 1), /cannot be read/);
    assert.throws(() => createDispatcher({ env: {}, caFile: '/etc/hostname' }, 1), /no certificate in PEM form/);
  });
});
