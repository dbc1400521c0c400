import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { proxyToGoogle, readProxySettings } from '../../../../src/remote/http/proxy-settings.js';
import { ExitCode, UserError } from '../../../../src/support/user-error.js';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('proxy variables', () => {
  const FORMS: readonly (readonly [value: string, url: string, credentials?: string])[] = [
    ['10.0.0.1:3128', 'http://10.0.0.1:3128'],
    ['proxy.example', 'http://proxy.example:1080'],
    ['proxy.example:80', 'http://proxy.example:80'],
    ['proxy.example/', 'http://proxy.example:1080'],
    ['[fd00::1]:3128', 'http://[fd00::1]:3128'],
    [' http://proxy.example:3128/ ', 'http://proxy.example:3128'],
    ['http://proxy.example', 'http://proxy.example:80'],
    ['https://proxy.example', 'https://proxy.example:443'],
    ['HTTP://proxy.example:3128', 'http://proxy.example:3128'],
    ['me:secret@10.0.0.1:3128', 'http://10.0.0.1:3128', 'me:secret'],
    ['http://me:p%40ss@proxy.example:3128', 'http://proxy.example:3128', 'me:p@ss'],
    ['http://me:100%@proxy.example:3128', 'http://proxy.example:3128', 'me:100%'],
    ['http://me:50%zz%40@proxy.example:3128', 'http://proxy.example:3128', 'me:50%zz@'],
    ['http://me@proxy.example:3128', 'http://proxy.example:3128', 'me:'],
  ];
  for (const [value, url, credentials] of FORMS)
    it(`proxy variables take ${JSON.stringify(value)} for the proxy ${url}`, () => {
      const proxy = proxyToGoogle({ HTTPS_PROXY: value });
      assert.equal(proxy?.url, url);
      assert.equal(proxy.authorization, credentials === undefined ? undefined : basic(credentials));
      assert.equal(proxy.name, url.replace(/^https?:\/\//, ''));
    });

  const WRONG = [
    'socks5://me:secret@x:1080',
    'ftp://me:secret@x',
    'http://',
    'me:secret@',
    'a b:secret',
    '"secret"',
    'x:99999',
  ];
  for (const value of WRONG)
    it(`proxy variables that hold ${value} are refused with what to do, and the value is not repeated`, () => {
      for (const variable of ['HTTPS_PROXY', 'all_proxy'])
        assert.throws(
          () => proxyToGoogle({ [variable]: value }),
          (error: unknown) => {
            assert.ok(error instanceof UserError);
            assert.equal(error.exitCode, ExitCode.config);
            assert.match(error.message, new RegExp(`^${variable.toUpperCase()} `));
            assert.match(error.hint, /http:\/\/proxy\.example\.org:3128/);
            assert.doesNotMatch(`${error.message}${error.hint}`, /secret/);
            return true;
          },
        );
    });

  it('proxy variables of SOCKS are named as such', () => {
    for (const scheme of ['socks', 'socks4', 'socks4a', 'socks5', 'socks5h', 'SOCKS5'])
      assert.throws(() => proxyToGoogle({ ALL_PROXY: `${scheme}://127.0.0.1:1080` }), /names a SOCKS proxy/);
  });

  it('proxy variables that are not consulted may be wrong', () => {
    const env = { HTTPS_PROXY: 'proxy.example:3128', ALL_PROXY: 'socks5://x', http_proxy: '://' };
    assert.equal(proxyToGoogle(env)?.variable, 'HTTPS_PROXY');
  });

  it('proxy variables count in lower case before upper case, HTTPS_PROXY before ALL_PROXY before HTTP_PROXY', () => {
    const all = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY', 'HTTP_PROXY'].map((name) => [
      name,
      `${name}:1`,
    ]);
    const order = all.map(
      (_, from) => proxyToGoogle(Object.fromEntries(all.slice(from)) as Record<string, string>)?.name,
    );
    assert.deepEqual(order, ['https_proxy:1', 'https_proxy:1', 'all_proxy:1', 'all_proxy:1', 'http_proxy:1']);
  });

  it('proxy variables of https do not lead to http addresses', () => {
    const settings = readProxySettings({ HTTPS_PROXY: 'a:1', HTTP_PROXY: 'b:1' });
    assert.equal(settings.proxyFor(new URL('http://photos.invalid/'))?.name, 'b:1');
    assert.equal(readProxySettings({ HTTPS_PROXY: 'a:1' }).proxyFor(new URL('http://photos.invalid/')), undefined);
  });
});

describe('NO_PROXY', () => {
  const ROWS: readonly (readonly [noProxy: string, url: string, direct: boolean])[] = [
    ['*', 'https://photos.invalid/', true],
    ['a.invalid, *', 'https://photos.invalid/', true],
    ['photos.invalid', 'https://photos.invalid/', true],
    ['PHOTOS.invalid.', 'https://photos.invalid/', true],
    ['photos.invalid', 'https://sub.photos.invalid/', true],
    ['.photos.invalid', 'https://photos.invalid/', true],
    ['*.photos.invalid', 'https://sub.photos.invalid/', true],
    ['tos.invalid', 'https://photos.invalid/', false],
    ['sub.photos.invalid', 'https://photos.invalid/', false],
    ['other.invalid photos.invalid', 'https://photos.invalid/', true],
    ['photos.invalid:443', 'https://photos.invalid/', true],
    ['photos.invalid:8443', 'https://photos.invalid/', false],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['fd00::/8', 'https://[fd00::1]/', true],
    ['[fd00::1]', 'https://[fd00::1]/', true],
    ['[fd00::1]:443', 'https://[fd00::1]/', true],
    ['[fd00::1]:8443', 'https://[fd00::1]/', false],
    ['fd00::1:443', 'https://[fd00::1]/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['', 'https://127.0.0.2/', true],
    ['', 'https://localhost/', true],
    ['', 'https://[::1]/', true],
  ];
  for (const [noProxy, url, direct] of ROWS)
    it(`${JSON.stringify(noProxy)} ${direct ? 'keeps' : 'does not keep'} ${url} from the proxy`, () => {
      const proxy = readProxySettings({ HTTPS_PROXY: 'proxy.example:3128', no_proxy: noProxy }).proxyFor(new URL(url));
      assert.equal(proxy === undefined, direct);
    });
});
