import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { SCOPES } from '../emulator/oauth-state.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { withMount, type Mounted } from '../support/mounted.js';
import { newcomer, type Newcomer } from '../support/newcomer.js';
import { gphotosMount } from '../support/run-program.js';
import { makePrivateFolders } from '../support/private-folders.js';

const IN_FILES = { GPHOTOS_CLIENT_ID: '', GPHOTOS_CLIENT_SECRET: '', GPHOTOS_REFRESH_TOKEN: '' };

/** A mount whose sign-in lies in a file, as `gphotos-mount login` leaves it. */
async function withSignIn(
  options: { readonly items: number; readonly scopes?: readonly string[]; readonly until?: 'mounted' },
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
    await withMount({ emulator, folders, env: IN_FILES, args, until: options.until ?? 'measured' }, (mounted) =>
      body(mounted, person, emulator),
    );
  } finally {
    await emulator.close();
    folders.remove();
  }
}

async function oneLine(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replace(/\s+/g, ' ');
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

  it('signed-out: after logout the mount says just that, and guesses no reasons', () =>
    withSignIn({ items: 2 }, async (mounted, person) => {
      const { code, stdout } = await gphotosMount(['logout'], person.env);
      assert.equal(code, 0);
      assert.match(stdout, /goes on with what is known and cached/);
      const { signIn } = await mounted.untilStatus('it is signed out', ({ state }) => state === 'degraded');
      assert.equal(signIn.reason, 'NO_CREDENTIALS');
      const readme = await oneLine(join(mounted.path, 'README.txt'));
      assert.match(readme, /There is no sign-in .*gphotos-mount login.*there is no need to mount again/);
      assert.doesNotMatch(readme, /Usual reasons|does not work any more/);
      assert.equal((await readdir(join(mounted.path, 'media/all'))).length, 2);
      await signInAgain(person);
      await mounted.untilStatus('it goes on', ({ state }) => state === 'ready');
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

  it('permissions: without the one to see photos the mount stays up, says so, and comes alive after login', () =>
    withSignIn({ items: 3, scopes: [SCOPES.append, SCOPES.picker], until: 'mounted' }, async (mounted, person) => {
      const status = await mounted.untilStatus('the mount says so', ({ state }) => state === 'degraded');
      assert.match(status.signIn.missing.join('\n'), /no photos or albums can be read/);
      assert.match(status.signIn.hint ?? '', /gphotos-mount login and tick every box/);
      assert.deepEqual(await readdir(join(mounted.path, 'media/all')), []);
      assert.match(
        await oneLine(join(mounted.path, 'README.txt')),
        /This sign-in may not see photos .*gphotos-mount login and tick every box/,
      );
      assert.match(await signInAgain(person), /The running mount on .* goes on with the new sign-in/);
      await mounted.untilStatus('everything shows', ({ catalog, state }) => catalog.items === 3 && state === 'ready');
      assert.equal((await readdir(join(mounted.path, 'media/all'))).length, 3);
      assert.doesNotMatch(await oneLine(join(mounted.path, 'README.txt')), /may not see photos/);
    }));

  it('permissions: what was known and cached stays where the one to see photos is unticked later', () =>
    withSignIn({ items: 3 }, async (mounted, person, emulator) => {
      const all = join(mounted.path, 'media/all');
      const [name = ''] = await readdir(all);
      const bytes = await readFile(join(all, name));
      emulator.oauth.consent = { scopes: [SCOPES.edit] };
      assert.match(await signInAgain(person), /The running mount on .* shows only what it knows already/);
      await mounted.untilStatus('the mount says so', ({ state }) => state === 'degraded');
      assert.equal((await readdir(all)).length, 3);
      assert.deepEqual(await readFile(join(all, name)), bytes);
      emulator.oauth.consent = 'allow';
      await signInAgain(person);
      emulator.library.add({ filename: 'afterwards.jpg' });
      await mounted.untilStatus('syncing goes on', ({ catalog, state }) => catalog.items === 4 && state === 'ready');
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
