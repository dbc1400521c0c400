import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startRcloneProxy } from '../emulator/https-proxy.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { withMount } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { newcomer } from '../support/newcomer.js';
import { gphotosMount } from '../support/run-program.js';

/** Google's own addresses everywhere, so that only the proxy leads anywhere. */
const GOOGLE = {
  GPHOTOS_LIBRARY_URL: undefined,
  GPHOTOS_PICKER_URL: undefined,
  GPHOTOS_TOKEN_URL: undefined,
  GPHOTOS_AUTH_URL: undefined,
};

async function withProxy(
  body: (world: { emulator: Emulator; proxy: string; authority: string; asked: ReadonlySet<string> }) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator({ seed: { items: 4, albums: 1 } });
  const proxy = await startRcloneProxy(emulator);
  const edit = (json: Record<string, unknown>): unknown =>
    JSON.parse(JSON.stringify(json).replaceAll(emulator.url, 'https://lh3.googleusercontent.com'));
  emulator.faults.add({ match: { route: /^mediaItems\./ }, times: Infinity, action: { type: 'edit', edit } });
  try {
    await body({ emulator, proxy: proxy.env.HTTPS_PROXY, authority: proxy.env.SSL_CERT_FILE, asked: proxy.asked });
  } finally {
    await proxy.close();
    await emulator.close();
  }
}

describe('behind a proxy that inspects traffic', () => {
  for (const [way, variable, form = 'http://host:port'] of [
    ['--ca-cert', 'HTTPS_PROXY'],
    ['NODE_EXTRA_CA_CERTS', 'HTTPS_PROXY'],
    ['--ca-cert', 'HTTP_PROXY'],
    ['NODE_EXTRA_CA_CERTS', 'https_proxy'],
    ['--ca-cert', 'HTTPS_PROXY', 'host:port'],
    ['--ca-cert', 'ALL_PROXY', 'host:port/'],
  ] as const) {
    it(`a mount behind a proxy that inspects traffic signs in, syncs, measures and downloads by ${variable}=${form} with the authority named by ${way}`, () =>
      withProxy(async ({ emulator, proxy, authority, asked }) => {
        const isOption = way === '--ca-cert';
        const value = form.replace('host:port', new URL(proxy).host);
        const env = { ...GOOGLE, [variable]: value, NODE_EXTRA_CA_CERTS: isOption ? undefined : authority };
        const args = isOption ? ['--ca-cert', authority] : [];
        await withMount({ emulator, env, args, until: 'measured' }, async ({ path }) => {
          const all = join(path, 'media/all');
          const names = await readdir(all);
          assert.equal(names.length, 4);
          const file = join(all, names[0] ?? '');
          assert.equal((await readFile(file)).length, (await stat(file)).size);
        });
        assert.deepEqual([...asked].sort(), [
          'lh3.googleusercontent.com',
          'oauth2.googleapis.com',
          'photoslibrary.googleapis.com',
        ]);
      }));
  }

  it('behind a proxy that inspects traffic, login, logout, accounts and doctor reach Google', () =>
    withProxy(async ({ emulator, proxy, authority, asked }) => {
      const folders = makePrivateFolders();
      try {
        const around = { ...GOOGLE, GPHOTOS_AUTH_URL: emulator.env.GPHOTOS_AUTH_URL, HTTPS_PROXY: proxy };
        const person = newcomer(emulator, folders, { ...around, NODE_EXTRA_CA_CERTS: undefined });
        const login = person.login('--no-browser', '--ca-cert', authority);
        const response = await fetch(await login.consentUrl(), { redirect: 'manual' });
        login.type(response.headers.get('location') ?? '');
        const { code, stderr } = await login.done();
        assert.equal(code, 0, stderr);
        const said = async (...args: string[]): Promise<string> =>
          (await gphotosMount([...args, '--ca-cert', authority], person.env)).stdout;
        assert.match(await said('accounts'), /Signed in\./);
        const report = await said('doctor');
        for (const id of ['network', 'token', 'library-api', 'picker-api'])
          assert.match(report, new RegExp(`^ok +${id} `, 'm'));
        assert.match(await said('logout'), /Google took the access back/);
        assert.ok(asked.has('photospicker.googleapis.com'));
      } finally {
        folders.remove();
      }
    }));

  it('a mount behind a proxy that inspects traffic names the missing certificate authority', () =>
    withProxy(async ({ emulator, proxy }) => {
      const folders = makePrivateFolders();
      try {
        const env = { ...folders.env, ...emulator.env, ...GOOGLE, HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: undefined };
        const { stdout, code } = await gphotosMount(['doctor'], env);
        assert.notEqual(code, 0);
        assert.match(
          stdout,
          /certificate shown for oauth2\.googleapis\.com is not to be trusted[^\n]*\n[^\n]*--ca-cert/,
        );
        assert.match(stdout, new RegExp(`through the proxy ${new URL(proxy).host}`));
      } finally {
        folders.remove();
      }
    }));
});
