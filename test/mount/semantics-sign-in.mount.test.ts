import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { SCOPES } from '../emulator/oauth-state.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { withMount, type Mounted } from '../support/mounted.js';
import { newcomer, type Newcomer } from '../support/newcomer.js';
import { makePrivateFolders } from '../support/private-folders.js';

const IN_FILES = { GPHOTOS_CLIENT_ID: '', GPHOTOS_CLIENT_SECRET: '', GPHOTOS_REFRESH_TOKEN: '' };

/** A mount whose sign-in lies in a file, as `gphotos-mount login` leaves it. */
async function withSignIn(
  options: { readonly items: number; readonly scopes?: readonly string[] },
  body: (mounted: Mounted, person: Newcomer, emulator: Emulator) => Promise<void>,
): Promise<void> {
  const emulator = await startEmulator({ seed: { items: options.items, albums: 1 } });
  const folders = makePrivateFolders();
  const person = newcomer(emulator, folders);
  const { refreshToken } = emulator.oauth.newGrant(options.scopes ?? Object.values(SCOPES));
  const { id, secret } = emulator.oauth.client;
  mkdirSync(dirname(person.tokenFile), { mode: 0o700 });
  const stored = { refresh_token: refreshToken, client_id: id, client_secret: secret };
  writeFileSync(person.tokenFile, JSON.stringify(stored), { mode: 0o600 });
  try {
    const args = ['--poll-interval', '1s', '--attr-timeout', '0'];
    await withMount({ emulator, folders, env: IN_FILES, args, until: 'measured' }, (mounted) =>
      body(mounted, person, emulator),
    );
  } finally {
    await emulator.close();
    folders.remove();
  }
}

/** As a dead sign-in shows itself: the access token is refused, and no new one is given. */
function revoke(emulator: Emulator, person: Newcomer): Promise<void> {
  return readFile(person.tokenFile, 'utf8').then((text) => {
    emulator.oauth.revoke((JSON.parse(text) as { refresh_token: string }).refresh_token);
  });
}

async function signInAgain(person: Newcomer): Promise<string> {
  const login = person.login('--no-browser');
  const response = await fetch(await login.consentUrl(), { redirect: 'manual' });
  login.type(response.headers.get('location') ?? '');
  const { code, stdout, stderr } = await login.done();
  assert.equal(code, 0, stderr);
  return stdout;
}

describe('SEMANTICS, signing in', () => {
  it('signed-out: a dead sign-in leaves listing and cached bytes, and README.txt and status say why', () =>
    withSignIn({ items: 5 }, async (mounted, person, emulator) => {
      const all = join(mounted.path, 'media/all');
      const [name = ''] = await readdir(all);
      const bytes = await readFile(join(all, name));
      await revoke(emulator, person);
      const status = await mounted.untilStatus('the sign-in is refused', ({ signIn }) => signIn.state === 'refused');
      assert.equal(status.state, 'degraded');
      assert.match(status.signIn.hint ?? '', /gphotos-mount login/);
      assert.equal((await readdir(all)).length, 5);
      assert.deepEqual(await readFile(join(all, name)), bytes);
      const readme = (await readFile(join(mounted.path, 'README.txt'), 'utf8')).replace(/\s+/g, ' ');
      for (const words of [
        /sign-in does not work any more/,
        /testing mode.*7 days/,
        /revoked/,
        /6 months/,
        /password/,
        /gphotos-mount login/,
      ])
        assert.match(readme, words);
    }));

  it('signed-in-again: after login the running mount goes on by itself', () =>
    withSignIn({ items: 2 }, async (mounted, person, emulator) => {
      await revoke(emulator, person);
      await mounted.untilStatus('the sign-in is refused', ({ signIn }) => signIn.state === 'refused');
      const said = await signInAgain(person);
      assert.match(said, /The running mount on .* goes on with the new sign-in/);
      emulator.library.add({ filename: 'afterwards.jpg' });
      const status = await mounted.untilStatus(
        'syncing goes on',
        ({ catalog, state }) => catalog.items === 3 && state === 'ready',
      );
      assert.equal(status.signIn.state, 'ok');
      assert.ok((await readdir(join(mounted.path, 'media/all'))).includes('afterwards.jpg'));
      assert.doesNotMatch(await readFile(join(mounted.path, 'README.txt'), 'utf8'), /does not work any more/);
    }));

  it('permissions: what was not granted is said in README.txt and status, and the rest works', () =>
    withSignIn({ items: 2, scopes: [SCOPES.read] }, async (mounted) => {
      const { signIn, state } = await mounted.status();
      assert.equal(state, 'ready');
      assert.deepEqual(signIn.scopes, ['photoslibrary.readonly.appcreateddata']);
      assert.match(signIn.missing.join('\n'), /nothing can be uploaded: the mount is read-only/);
      assert.match(signIn.missing.join('\n'), /cannot be picked/);
      const readme = (await readFile(join(mounted.path, 'README.txt'), 'utf8')).replace(/\s+/g, ' ');
      assert.match(readme, /not granted: to add photos, videos and albums; nothing can be uploaded/);
    }));

  it('empty: an empty mount says how many items there are, what Google hides and the ways on', () =>
    withSignIn({ items: 0 }, async (mounted) => {
      const readme = (await readFile(join(mounted.path, 'README.txt'), 'utf8')).replace(/\s+/g, ' ');
      for (const words of [
        /shows 0 items/,
        /Since 2025-03-31/,
        /Why it is empty/,
        /Upload/,
        /Pick/,
        /takeout\.google\.com/,
      ])
        assert.match(readme, words);
      assert.match((await mounted.status()).emptyBecause ?? '', /0 photos and videos.*takeout\.google\.com/);
    }));
});
