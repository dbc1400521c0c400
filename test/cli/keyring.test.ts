import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { SCOPES } from '../emulator/oauth-state.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { startDesktopKeyring, type DesktopKeyring } from '../support/desktop-keyring.js';
import { newcomer, type Newcomer } from '../support/newcomer.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, type Outcome } from '../support/run-program.js';
import { until } from '../support/until.js';

const isLinux = process.platform === 'linux';

describe('the keyring of the desktop', { skip: isLinux ? false : 'Linux only' }, () => {
  let emulator: Emulator;
  let folders: PrivateFolders;
  let keyring: DesktopKeyring;
  let person: Newcomer;
  beforeEach(async () => {
    emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
    folders = makePrivateFolders();
    keyring = await startDesktopKeyring(folders.home);
    person = newcomer(emulator, folders, keyring.env);
  });
  afterEach(async () => {
    await gphotosMount(['unmount', '--lazy', folders.mountpoint], person.env);
    await keyring.close();
    await emulator.close();
    folders.remove();
  });

  async function login(...args: string[]): Promise<Outcome> {
    const signIn = person.login('--no-browser', ...args);
    const response = await fetch(await signIn.consentUrl(), { redirect: 'manual' });
    signIn.type(response.headers.get('location') ?? '');
    return signIn.done();
  }

  async function works(outcome: Promise<Outcome>): Promise<string> {
    const { code, stdout, stderr } = await outcome;
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async function fails(outcome: Promise<Outcome>, says: RegExp, hint: RegExp): Promise<void> {
    const { code, stderr } = await outcome;
    const [sentence = '', next = ''] = stderr.trimEnd().split('\n');
    assert.match(sentence, says);
    assert.match(next, hint);
    assert.equal(code, 77, stderr);
  }

  const status = async (): Promise<StatusDocument> =>
    JSON.parse((await gphotosMount(['status', '--json'], person.env)).stdout) as StatusDocument;
  const ready = (): Promise<StatusDocument> =>
    until('the mount is ready', async () => {
      const now = await status();
      return now.state === 'ready' ? now : undefined;
    });
  /** Everything that the program keeps on disk. */
  const onDisk = (): string =>
    [folders.config, folders.data, folders.cache, folders.runtime]
      .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
      .map((file) => readFileSync(file, 'latin1'))
      .join('\n');

  it('the keyring of the desktop holds the sign-in instead of a file; mount, renewal and logout work from it', async () => {
    assert.match(await works(login('--keyring')), /Kept in the keyring of the desktop/);
    const secret = (await keyring.secretOf('default')) ?? '';
    assert.match(secret, /^1\/\//);
    assert.ok(!onDisk().includes(secret), 'nothing of it is on disk');
    assert.match(readFileSync(person.tokenFile, 'utf8'), /"keyring": true/);

    await works(gphotosMount([folders.mountpoint], person.env));
    await ready();
    assert.equal((await readdir(join(folders.mountpoint, 'media/all'))).length, 3);

    // Google puts another refresh token in place of the one that is used.
    const { refreshToken } = emulator.oauth.newGrant(Object.values(SCOPES));
    const edit = (json: Record<string, unknown>): unknown => ({ ...json, refresh_token: refreshToken });
    emulator.faults.add({ match: { route: 'oauth.token' }, action: { type: 'edit', edit } });
    emulator.oauth.expireAccessTokens();
    await works(gphotosMount(['sync', '--wait'], person.env));
    await until('the new one is kept', async () => (await keyring.secretOf('default')) === refreshToken);
    assert.ok(!onDisk().includes(refreshToken), 'nothing of it is on disk');

    const out = await works(gphotosMount(['logout'], person.env));
    assert.match(out, /Google took the access back/);
    assert.equal(emulator.oauth.grantOf(refreshToken)?.revoked, true);
    assert.equal(await keyring.secretOf('default'), undefined);
    assert.ok(!existsSync(person.tokenFile));
  });

  it('the keyring of the desktop holds one secret for each profile; login --no-keyring moves it to a file and says so', async () => {
    await works(login('--keyring'));
    await works(login('--keyring', '--profile', 'work'));
    const mine = await keyring.secretOf('default');
    assert.notEqual(await keyring.secretOf('work'), mine);
    assert.match(await works(login('--no-keyring')), /Kept in \S+token\.json, which only you can read/);
    assert.equal(await keyring.secretOf('default'), undefined);
    assert.match(readFileSync(person.tokenFile, 'utf8'), /"refresh_token": "1\/\//);
    assert.match((await keyring.secretOf('work')) ?? '', /^1\/\//);
  });

  it('a mount goes on when the keyring ends with the desktop, and takes up a new sign-in without it', async () => {
    await works(login('--keyring'));
    await works(gphotosMount([folders.mountpoint], person.env));
    const { pid } = await ready();
    await keyring.close();
    emulator.oauth.expireAccessTokens();
    emulator.library.add({ filename: 'afterwards.jpg' });
    await works(gphotosMount(['sync', '--wait'], person.env));
    assert.ok((await readdir(join(folders.mountpoint, 'media/all'))).includes('afterwards.jpg'));
    const said = await works(login('--no-keyring'));
    assert.match(said, /stays in the keyring/);
    assert.match(said, /goes on with the new sign-in/);
    assert.equal((await ready()).pid, pid);
  });

  it('a locked keyring neither gives nor takes the secret, and the error says how to unlock it', async () => {
    await works(login('--keyring'));
    const before = await keyring.secretOf('default');
    await keyring.lock();
    await fails(gphotosMount([folders.mountpoint], person.env), /the keyring is locked\./, /Unlock it.*--no-keyring/);
    await fails(login('--keyring'), /not kept in the keyring of the desktop: the keyring is locked/, /Unlock it/);
    assert.match(readFileSync(person.tokenFile, 'utf8'), /"keyring": true/, 'the sign-in before is left as it was');
    assert.ok(!onDisk().includes(before ?? '?'));
    const { stdout } = await gphotosMount(['accounts'], person.env);
    assert.match(stdout, /the keyring is locked/);
    await fails(gphotosMount(['logout'], person.env), /could not be told.*the keyring is locked/, /myaccount\.google/);
    assert.ok(!existsSync(person.tokenFile));
  });

  it('without a keyring service login --keyring fails with a sentence and stores nothing, not even in a file', async () => {
    await works(login('--keyring'));
    const there = readFileSync(person.tokenFile, 'utf8');
    for (const address of ['', 'unix:path=/nonexistent/bus']) {
      person = newcomer(emulator, folders, { ...keyring.env, DBUS_SESSION_BUS_ADDRESS: address });
      await fails(
        gphotosMount([folders.mountpoint], person.env),
        /no keyring service/,
        /desktop session.*--no-keyring/,
      );
      await fails(login('--keyring', '--profile', 'new'), /no keyring service answers here/, /--no-keyring/);
      assert.ok(!existsSync(join(folders.config, 'new')));
      assert.equal(readFileSync(person.tokenFile, 'utf8'), there);
    }
  });

  it('without the package that opens the keyring, the error names the package to install', async () => {
    const hook = join(folders.root, 'without.cjs');
    writeFileSync(
      hook,
      `const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name === '@napi-rs/keyring') throw Object.assign(new Error("Cannot find module '@napi-rs/keyring'"), { code: 'MODULE_NOT_FOUND' });
  return resolve.call(this, name, ...rest);
};
`,
    );
    await works(login('--keyring'));
    person = newcomer(emulator, folders, { ...keyring.env, NODE_OPTIONS: `--require ${hook}` });
    await fails(
      gphotosMount([folders.mountpoint], person.env),
      /@napi-rs\/keyring.* is not installed/,
      /npm install -g/,
    );
    await fails(login('--keyring', '--profile', 'new'), /@napi-rs\/keyring.* is not installed/, /--no-keyring/);
    assert.ok(!existsSync(join(folders.config, 'new')));
  });

  it('a keyring that lost the secret ends a mount with the command to sign in again', async () => {
    mkdirSync(join(folders.config, 'default'), { mode: 0o700 });
    writeFileSync(person.tokenFile, '{"keyring":true,"client_id":"a","client_secret":"b"}', { mode: 0o600 });
    await fails(gphotosMount([folders.mountpoint], person.env), /does not hold it any more/, /login --keyring/);
  });
});
