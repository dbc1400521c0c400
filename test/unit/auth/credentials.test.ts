import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { loadCredentials, usableSources } from '../../../src/auth/credentials.js';
import { readRcloneRemote } from '../../../src/auth/rclone-config.js';
import { storeRefreshToken } from '../../../src/auth/token-file.js';
import { SOURCES, type Source } from '../../../src/library/source.js';
import { UserError } from '../../../src/support/user-error.js';
import { temporaryFolder } from './temporary-folder.js';

const CLIENT = 'client_secret_1.json';
const desktop = JSON.stringify({ installed: { client_id: 'file-id', client_secret: 'file-secret', project_id: 'p' } });
const token = JSON.stringify({ refresh_token: 'file-token', note: 'kept' });

function folderWith(test: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(test);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  }
  return folder;
}

function load(configDir: string, env: Record<string, string> = {}, profile = 'default') {
  return loadCredentials({ env, configDir, profile });
}

function refusal(exitCode: number, words: RegExp, hint: RegExp = /./) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.exitCode, exitCode);
    assert.match(error.message, words);
    assert.match(error.hint, hint);
    assert.doesNotMatch(`${error.message} ${error.hint}`, /file-secret|file-token|env-secret/);
    return true;
  };
}

const never = (): boolean => false;

describe('credentials', () => {
  it('credentials come from the environment where all three are there', async (test) => {
    const env = { GPHOTOS_CLIENT_ID: 'i', GPHOTOS_CLIENT_SECRET: 's', GPHOTOS_REFRESH_TOKEN: 't' };
    assert.deepEqual(await load(join(temporaryFolder(test), 'missing'), env), {
      clientId: 'i',
      clientSecret: 's',
      refreshToken: 't',
    });
  });

  it('credentials come from the files of the config folder where the environment has none', async (test) => {
    const folder = folderWith(test, { [CLIENT]: desktop, 'token.json': token });
    assert.deepEqual(await load(folder), {
      clientId: 'file-id',
      clientSecret: 'file-secret',
      refreshToken: 'file-token',
      keptIn: { tokenFile: join(folder, 'token.json'), inKeyring: false },
    });
  });

  for (const [form, encode] of [
    ['UTF-8 with a byte order mark', (text: string) => Buffer.from(`\ufeff${text}`)],
    ['UTF-16 LE', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 BE', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ] as const)
    it(`credentials are read from files in ${form}`, async (test) => {
      const folder = temporaryFolder(test);
      for (const [name, text] of [
        [CLIENT, desktop],
        ['token.json', token],
      ] as const)
        writeFileSync(join(folder, name), encode(text), { mode: 0o600 });
      const { clientId, refreshToken } = await load(folder);
      assert.deepEqual([clientId, refreshToken], ['file-id', 'file-token']);
      const handedOver = await load(join(folder, 'missing'), { CREDENTIALS_DIRECTORY: folder });
      assert.deepEqual([handedOver.clientId, handedOver.refreshToken], ['file-id', 'file-token']);
      writeFileSync(
        join(folder, 'rclone.conf'),
        encode(`[gp]\ntype = google photos\nclient_id = i\nclient_secret = s\ntoken = ${token}\n`),
      );
      const remote = readRcloneRemote('gp', { RCLONE_CONFIG: join(folder, 'rclone.conf') }, '/nowhere');
      assert.deepEqual([remote.client.clientId, remote.refreshToken], ['i', 'file-token']);
    });

  it('credentials whose refresh token is in quotes are taken, and one that is another kind of secret is named', async (test) => {
    const client = { GPHOTOS_CLIENT_ID: 'i', GPHOTOS_CLIENT_SECRET: 's' };
    const folder = temporaryFolder(test);
    assert.equal(
      (await load(folder, { ...client, GPHOTOS_REFRESH_TOKEN: '"1//0abcdefgh"' })).refreshToken,
      '1//0abcdefgh',
    );
    await assert.rejects(
      load(folder, { ...client, GPHOTOS_REFRESH_TOKEN: 'ya29.env-secret' }),
      refusal(78, /GPHOTOS_REFRESH_TOKEN holds an access token/, /gphotos-mount login/),
    );
    writeFileSync(join(folder, 'token.json'), '{"refresh_token": "ya29.file-token"}', { mode: 0o600 });
    await assert.rejects(load(folder, client), refusal(78, /token\.json is an access token/, /gphotos-mount login/));
  });

  it('credentials take the token of the profile first', async (test) => {
    const folder = folderWith(test, {
      [CLIENT]: desktop,
      'token.json': token,
      'default/token.json': '{"refresh_token":"own"}',
      'work/token.json': '{"refresh_token":"work"}',
    });
    assert.equal((await load(folder)).refreshToken, 'own');
    assert.equal((await load(folder, {}, 'work')).refreshToken, 'work');
  });

  it('credentials of one profile are never those of another', async (test) => {
    const folder = folderWith(test, { [CLIENT]: desktop, 'token.json': token });
    await assert.rejects(
      load(folder, {}, 'work'),
      refusal(77, /Nobody is signed in \(profile work\)/, /work\/token\.json/),
    );
    await assert.rejects(load(folder, {}, '../default'), refusal(64, /not a name for a profile/));
  });

  it('credentials that are missing are named with the next step', async (test) => {
    await assert.rejects(load(temporaryFolder(test)), refusal(77, /no OAuth client/, /Desktop app.*GPHOTOS_CLIENT_ID/));
    const folder = folderWith(test, { [CLIENT]: desktop });
    await assert.rejects(load(folder), refusal(77, /Nobody is signed in/, /GPHOTOS_REFRESH_TOKEN/));
  });

  it('credentials are loaded for each source that needs an account, and not looked for where none does', async (test) => {
    const folder = folderWith(test, {});
    for (const source of SOURCES) {
      const found = usableSources([source], () => load(folder), never);
      if (source.needsAccount) await assert.rejects(found, refusal(77, /no OAuth client/), source.name);
      else assert.deepEqual(await found, { sources: [source], credentials: undefined }, source.name);
    }
  });

  it('a profile without a sign-in has the sources that need none and hold something', async (test) => {
    const folder = folderWith(test, {});
    const isTakeout = ({ name }: Source): boolean => name === 'takeout';
    const { sources, credentials } = await usableSources(SOURCES, () => load(folder), isTakeout);
    assert.deepEqual([sources.map(({ name }) => name), credentials], [['takeout'], undefined]);
  });

  it('a profile that has nothing is refused with both roads, Takeout first', async (test) => {
    const folder = folderWith(test, {});
    await assert.rejects(
      usableSources(SOURCES, () => load(folder), never),
      refusal(
        77,
        /no Takeout export was added\. There is no OAuth client/,
        /^[^\n]*takeout add[^\n]*\n[^\n]*gphotos-mount login[^\n]*$/,
      ),
    );
  });

  it('a file that is wrong is told of, whatever other sources there are', async (test) => {
    const folder = folderWith(test, { [CLIENT]: desktop.slice(0, 40) });
    await assert.rejects(
      usableSources(
        SOURCES,
        () => load(folder),
        () => true,
      ),
      refusal(78, /not valid JSON/),
    );
  });

  it('credentials need client id and client secret together', async (test) => {
    const folder = temporaryFolder(test);
    await assert.rejects(load(folder, { GPHOTOS_CLIENT_SECRET: 'env-secret' }), refusal(78, /CLIENT_ID is not/));
    await assert.rejects(load(folder, { GPHOTOS_CLIENT_ID: 'x' }), refusal(78, /CLIENT_SECRET is not/));
  });

  const clientFiles: readonly (readonly [string, string, RegExp])[] = [
    ['that is cut off', desktop.slice(0, 40), /not valid JSON/],
    ['that holds a list', '[]', /not valid JSON/],
    ['of a web application', desktop.replace('installed', 'web'), /"Web application"/],
    ['of a service account', '{"type":"service_account","private_key":"file-secret"}', /service account/],
    ['of another kind', '{"type":"authorized_user"}', /not the file of an OAuth client of type "Desktop app"/],
    ['without a secret', '{"installed":{"client_id":"x"}}', /lacks the client id or the client secret/],
  ];
  for (const [what, text, words] of clientFiles) {
    it(`credentials refuse a client file ${what}`, async (test) => {
      await assert.rejects(load(folderWith(test, { [CLIENT]: text, 'token.json': token })), refusal(78, words));
    });
  }

  it('credentials refuse to choose among several client files', async (test) => {
    const folder = folderWith(test, { [CLIENT]: desktop, 'client_secret (2).json': desktop, 'token.json': token });
    await assert.rejects(load(folder), refusal(78, /2 client files.*client_secret \(2\)\.json/, /Keep the one/));
  });

  for (const text of ['{"refresh_tok', '{}', '{"refresh_token":""}', '{"refresh_token":7}', '"file-token"']) {
    it(`credentials refuse a token file with ${text}`, async (test) => {
      await assert.rejects(load(folderWith(test, { [CLIENT]: desktop, 'token.json': text })), refusal(78, /damaged/));
    });
  }

  for (const name of [CLIENT, 'token.json']) {
    it(`credentials refuse ${name} where others can read it, and say how to close it`, async (test) => {
      for (const mode of [0o644, 0o640, 0o602]) {
        const folder = folderWith(test, { [CLIENT]: desktop, 'token.json': token });
        chmodSync(join(folder, name), mode);
        await assert.rejects(load(folder), refusal(78, /can be read by others/, new RegExp(`chmod 600 .*${name}`)));
      }
    });

    it(`credentials refuse ${name} where it is a symbolic link, a folder or a pipe`, async (test) => {
      for (const [make, words] of [
        [(path: string) => symlinkSync('/dev/null', path), /symbolic link/],
        [(path: string) => mkdirSync(path), /not a plain file/],
        [(path: string) => execFileSync('mkfifo', ['-m', '600', path]), /not a plain file/],
      ] as const) {
        const others = { [CLIENT]: desktop, 'token.json': token };
        const folder = folderWith(test, Object.fromEntries(Object.entries(others).filter(([other]) => other !== name)));
        make(join(folder, name));
        await assert.rejects(load(folder), refusal(78, words));
      }
    });
  }

  it('credentials refuse a file of another user', { skip: process.getuid?.() !== 0 && 'needs root' }, async (test) => {
    const folder = folderWith(test, { [CLIENT]: desktop, 'token.json': token });
    execFileSync('chown', ['12345', join(folder, 'token.json')]);
    await assert.rejects(load(folder), refusal(78, /belongs to another user/, /chown/));
  });

  it('credentials refuse a token file far too long', async (test) => {
    const folder = folderWith(test, { [CLIENT]: desktop, 'token.json': ' '.repeat(70_000) + token });
    await assert.rejects(load(folder), refusal(78, /far too long/));
  });
});

describe('a new refresh token', () => {
  it('a new refresh token takes the place of the old one, closed to others, with nothing left beside it', async (test) => {
    const folder = folderWith(test, { 'token.json': token });
    const path = join(folder, 'token.json');
    await storeRefreshToken(path, 'newer');
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { refresh_token: 'newer', note: 'kept' });
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ['token.json']);
  });

  it('a new refresh token gets a folder of its own, closed to others, where there was none', async (test) => {
    const path = join(temporaryFolder(test), 'work', 'token.json');
    await storeRefreshToken(path, 'first');
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { refresh_token: 'first' });
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  });

  it('a new refresh token leaves the old one whole where it cannot be written', async (test) => {
    const folder = folderWith(test, { 'token.json': token });
    mkdirSync(join(folder, `.token.json.${process.pid}.tmp`));
    await assert.rejects(storeRefreshToken(join(folder, 'token.json'), 'newer'));
    assert.equal(readFileSync(join(folder, 'token.json'), 'utf8'), token);
  });
});
