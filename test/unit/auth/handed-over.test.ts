import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { loadCredentials } from '../../../src/auth/credentials.js';

let folder: string;
let configDir: string;
let credentials: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gphotos-handed-'));
  configDir = join(folder, 'config');
  credentials = join(folder, 'credentials');
  for (const path of [configDir, credentials]) mkdirSync(path, { mode: 0o700 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const CLIENT = '{"installed":{"client_id":"id","client_secret":"secret"}}';

describe("systemd's LoadCredential", () => {
  const load = (env: NodeJS.ProcessEnv = {}): ReturnType<typeof loadCredentials> =>
    loadCredentials({ env: { CREDENTIALS_DIRECTORY: credentials, ...env }, configDir, profile: 'default' });

  it('systemd’s LoadCredential hands over token and client, of whatever owner and readable by the group', async () => {
    writeFileSync(join(credentials, 'token.json'), '{"refresh_token":"handed"}', { mode: 0o440 });
    writeFileSync(join(credentials, 'client_secret.json'), CLIENT, { mode: 0o440 });
    assert.deepEqual(await load(), { clientId: 'id', clientSecret: 'secret', refreshToken: 'handed' });
  });

  it('systemd’s LoadCredential goes before the config folder, and after the environment', async () => {
    writeFileSync(join(credentials, 'token.json'), '{"refresh_token":"handed"}', { mode: 0o400 });
    writeFileSync(join(configDir, 'client_secret.json'), CLIENT, { mode: 0o600 });
    writeFileSync(join(configDir, 'token.json'), '{"refresh_token":"kept"}', { mode: 0o600 });
    assert.equal((await load()).refreshToken, 'handed');
    assert.equal((await load({ GPHOTOS_REFRESH_TOKEN: 'said' })).refreshToken, 'said');
    rmSync(join(credentials, 'token.json'));
    assert.equal((await load()).refreshToken, 'kept');
  });

  it('systemd’s LoadCredential is refused where everybody can read it', async () => {
    const file = join(credentials, 'token.json');
    writeFileSync(file, '{"refresh_token":"handed"}');
    chmodSync(file, 0o444);
    writeFileSync(join(configDir, 'client_secret.json'), CLIENT, { mode: 0o600 });
    await assert.rejects(load(), { name: 'UserError', exitCode: 78, message: /read by everybody/ });
  });
});

describe('the keyring of the desktop', () => {
  it('a keyring that gives no secret is reported as a missing sign-in, with the next step', async () => {
    writeFileSync(join(configDir, 'token.json'), '{"keyring":true,"client_id":"a","client_secret":"b"}', {
      mode: 0o600,
    });
    const places = { env: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent' }, configDir, profile: 'default' };
    await assert.rejects(loadCredentials(places), {
      name: 'UserError',
      exitCode: 77,
      message: /keyring/,
      hint: /--no-keyring/,
    });
  });
});
