import assert from 'node:assert/strict';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { folderSnapshot } from '../support/folder-snapshot.js';
import { newcomer, type Login, type Newcomer } from '../support/newcomer.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';

describe('a login that waits for the browser', () => {
  let emulator: Emulator;
  let folders: PrivateFolders;
  let person: Newcomer;
  let login: Login;
  beforeEach(async () => {
    emulator = await startEmulator({ seed: { items: 1, albums: 0 } });
    folders = makePrivateFolders();
    person = newcomer(emulator, folders);
    login = person.login('--no-browser');
  });
  afterEach(async () => {
    login.child.kill('SIGKILL');
    await login.done();
    await emulator.close();
    folders.remove();
  });

  /** Where the consent page sends the browser of a person who agreed. */
  async function back(): Promise<URL> {
    const response = await fetch(await login.consentUrl(), { redirect: 'manual' });
    return new URL(response.headers.get('location') ?? '');
  }

  function ask(
    url: URL,
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: url.port, path, headers, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      call.on('error', reject);
      call.end();
    });
  }

  const other = 'another-state-another-state-another-state-a';
  type Hostile = (good: URL) => { readonly path: string; readonly headers?: Record<string, string> };
  const HOSTILE: readonly (readonly [string, number, RegExp, Hostile])[] = [
    ['a wrong state', 400, /state of another sign-in/, (good) => ({ path: changed(good, 'state', other) })],
    ['no state', 400, /has no state/, (good) => ({ path: changed(good, 'state', undefined) })],
    [
      'a callback from another origin',
      403,
      /script or a frame of another page/,
      (good) => ({ path: `/${good.search}`, headers: { origin: 'https://evil.example' } }),
    ],
    [
      'a hostile Host',
      421,
      /meant for another host/,
      (good) => ({ path: `/${good.search}`, headers: { host: 'photos.evil.example' } }),
    ],
    ['a huge request', 431, /far too long/, (good) => ({ path: `/${good.search}&x=${'x'.repeat(1_000_000)}` })],
  ];
  for (const [what, status, says, hostile] of HOSTILE)
    it(`a login that waits for the browser refuses ${what} in a sentence, stores nothing, and takes the right one afterwards`, async () => {
      const good = await back();
      const before = folderSnapshot(folders.config);
      const { path, headers } = hostile(good);
      const answer = await ask(good, path, headers).catch(() => undefined);
      // What is far too long may be cut off before it is answered.
      if (answer !== undefined) assert.equal(answer.status, status);
      if (answer !== undefined && status !== 431) assert.match(answer.text, /Nothing was stored/);
      await login.until(says);
      assert.deepEqual(folderSnapshot(folders.config), before, 'nothing is stored');
      assert.match((await ask(good, `/${good.search}`)).text, /You are signed in/);
      assert.equal((await login.done()).code, 0);
    });

  it('a login that waits for the browser refuses the state of a login that is over', async () => {
    const old = await back();
    assert.match((await ask(old, `/${old.search}`)).text, /You are signed in/);
    await login.done();
    const before = folderSnapshot(folders.config);
    login = person.login('--no-browser');
    const now = await back();
    const { status, text } = await ask(now, `/${old.search}`);
    assert.equal(status, 400);
    assert.match(text, /state of another sign-in/);
    assert.deepEqual(folderSnapshot(folders.config), before);
  });

  it('a login that waits for the browser takes one callback of several, and is over then', async () => {
    const good = await back();
    const answers = await Promise.allSettled([1, 2, 3].map(() => ask(good, `/${good.search}`)));
    const pages = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.text : 'hung up'));
    assert.equal(pages.filter((page) => page.includes('You are signed in')).length, 1, pages.join('\n'));
    assert.ok(pages.every((page) => /You are signed in|a second time|hung up/.test(page)));
    assert.equal((await login.done()).code, 0);
    await assert.rejects(ask(good, `/${good.search}`), /ECONNREFUSED/);
  });

  for (const [what, edit] of [
    ['without the challenge', (url: URL) => url.searchParams.delete('code_challenge')],
    ['with the challenge of another', (url: URL) => url.searchParams.set('code_challenge', 'c'.repeat(43))],
  ] as const)
    it(`a login that waits for the browser refuses a code that was got ${what}, and stores nothing`, async () => {
      const url = new URL(await login.consentUrl());
      edit(url);
      const response = await fetch(url, { redirect: 'manual' });
      const before = folderSnapshot(folders.config);
      login.type(new URL(response.headers.get('location') ?? '').searchParams.get('code') ?? '');
      const { code, stderr } = await login.done();
      assert.equal(code, 77);
      assert.match(stderr, /does not accept that this sign-in asked for the code\.\n.*latest one only/);
      assert.deepEqual(folderSnapshot(folders.config), before, 'nothing is stored');
    });
});

function changed(url: URL, name: string, value: string | undefined): string {
  const copy = new URL(url);
  if (value === undefined) copy.searchParams.delete(name);
  else copy.searchParams.set(name, value);
  return `/${copy.search}`;
}
