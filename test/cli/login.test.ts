import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { SCOPES } from '../emulator/oauth-state.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { folderSnapshot } from '../support/folder-snapshot.js';
import { newcomer, type Login, type Newcomer } from '../support/newcomer.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { program } from '../support/mounted.js';
import { gphotosMount, run, type Outcome } from '../support/run-program.js';

let emulator: Emulator;
let folders: PrivateFolders;
let person: Newcomer;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
  folders = makePrivateFolders();
  person = newcomer(emulator, folders);
});
afterEach(async () => {
  await emulator.close();
  folders.remove();
});

/** Where the consent page sends a browser that agrees. */
async function agreed(login: Login): Promise<string> {
  const response = await fetch(await login.consentUrl(), { redirect: 'manual' });
  return response.headers.get('location') ?? '';
}

const token = (): Record<string, unknown> =>
  JSON.parse(readFileSync(person.tokenFile, 'utf8')) as Record<string, unknown>;

function fails({ code, stderr }: Outcome, exitCode: number, says: RegExp, hint: RegExp = /./): void {
  const [sentence = '', next = ''] = stderr.trimEnd().split('\n');
  assert.match(sentence, says);
  assert.match(sentence, /^gphotos-mount: \S.*[.]$/);
  assert.match(next, hint);
  assert.equal(code, exitCode, stderr);
}

describe('login without a browser', () => {
  it('login without a browser accepts the pasted URL', async () => {
    const login = person.login('--no-browser');
    login.type(await agreed(login));
    const { code, stdout, stderr } = await login.done();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Signed in \(profile default\)/);
    assert.deepEqual(String(token()['scope']).split(' ').sort(), Object.values(SCOPES).sort());
  });

  it('login without a browser refuses a text that is no code, then accepts the bare code', async () => {
    const login = person.login('--no-browser');
    const back = new URL(await agreed(login));
    login.type('what is this?');
    login.type('');
    login.type(back.href.replace(/state=[^&]*/, 'state=stolen'));
    login.type(back.searchParams.get('code') ?? '');
    const { code, stdout } = await login.done();
    assert.equal(code, 0);
    assert.match(stdout, /refused, because it is neither an address nor/);
    assert.match(stdout, /refused, because it has the state of another sign-in/);
  });

  it('login --port waits on that port, for a tunnel', async () => {
    const login = person.login('--no-browser', '--port', '18085');
    const back = await agreed(login);
    assert.match(back, /^http:\/\/127\.0\.0\.1:18085\/\?/);
    assert.match(await (await fetch(back)).text(), /You are signed in/);
    assert.equal((await login.done()).code, 0);
    assert.match(login.said(), /ssh -L 18085:127\.0\.0\.1:18085/);
  });

  it('login without a browser refuses a code that was used before, and one of another sign-in', async () => {
    const first = person.login('--no-browser');
    const used = new URL(await agreed(first)).searchParams.get('code') ?? '';
    first.type(used);
    assert.equal((await first.done()).code, 0);
    rmSync(join(folders.config, 'default'), { recursive: true });
    const second = person.login('--no-browser');
    await second.consentUrl();
    second.type(used);
    fails(await second.done(), 77, /works once and for a few minutes/);
    const third = person.login('--no-browser');
    const foreign = new URL(await agreed(third)).searchParams.get('code') ?? '';
    const fourth = person.login('--no-browser');
    await fourth.consentUrl();
    fourth.type(foreign);
    fails(await fourth.done(), 77, /redirect address|asked for the code/);
    assert.ok(!existsSync(person.tokenFile));
    third.child.kill();
  });

  it('login prints the URL if no browser can be opened', async () => {
    person = newcomer(emulator, folders, { BROWSER: '/nonexistent/browser' });
    const login = person.login();
    assert.match(await (await fetch(await agreed(login))).text(), /You are signed in/);
    assert.match(login.said(), /No browser could be opened here/);
    assert.equal((await login.done()).code, 0);
  });

  it('login puts nothing on the command line of the browser but a URL that works once', async () => {
    const login = person.login();
    const opened = await login.opened();
    const { searchParams } = new URL(await login.consentUrl());
    for (const name of ['state', 'code_challenge', 'client_id'])
      assert.ok(!opened.includes(searchParams.get(name) ?? '?'));
    assert.equal((await fetch(opened, { redirect: 'manual' })).status, 302);
    assert.equal((await fetch(opened, { redirect: 'manual' })).status, 404);
    login.child.kill();
    await login.done();
  });
});

describe('the client file', () => {
  const refused = async (text: string, says: RegExp, hint: RegExp = /./): Promise<void> => {
    writeFileSync(person.clientFile, text);
    const before = folderSnapshot(folders.config);
    for (const args of [[], [person.clientFile]]) fails(await person.login(...args).done(), 78, says, hint);
    assert.deepEqual(folderSnapshot(folders.config), before, 'nothing is stored');
  };

  it('the client file of a Web client is refused', () =>
    refused('{"web":{"client_id":"a","client_secret":"b"}}', /Web application/, /Desktop app/));
  it('the client file of a service account is refused', () =>
    refused('{"type":"service_account","private_key":"x"}', /service account/));
  it('a client file that is cut off is refused', () =>
    refused('{"installed":{"client_id":"a","cli', /not valid JSON/, /Download it again/));
  it('a client file without a client is refused', () => refused('{"hello":1}', /not the file of an OAuth client/));

  it('login without a client file explains step by step how to make one', async () => {
    rmSync(person.clientFile);
    const outcome = await person.login().done();
    fails(outcome, 77, /no OAuth client/, /gphotos-mount login/);
    for (const step of [
      /projectcreate/,
      /photoslibrary\.googleapis\.com/,
      /photospicker\.googleapis\.com/,
      /Publish app/,
      /7 days/,
      /"Desktop app"/,
    ])
      assert.match(outcome.stdout, step);
    fails(await person.login(join(folders.home, 'nowhere.json')).done(), 78, /There is no file/);
  });

  it('the client file is kept, because Google gives it out once: the next login needs none', async () => {
    const first = person.login('--no-browser');
    first.type(await agreed(first));
    await first.done();
    rmSync(person.clientFile);
    await gphotosMount(['logout'], person.env);
    const again = person.login('--no-browser');
    again.type(await agreed(again));
    assert.equal((await again.done()).code, 0);
  });
});

describe('the place of the token', () => {
  it('a token file that is a link or open to others is refused before anything is asked', async () => {
    mkdirSync(join(folders.config, 'default'), { mode: 0o700 });
    const elsewhere = join(folders.root, 'elsewhere.json');
    writeFileSync(elsewhere, '{"refresh_token":"x"}', { mode: 0o600 });
    symlinkSync(elsewhere, person.tokenFile);
    fails(await person.login().done(), 78, /is a symbolic link/);
    assert.equal(readFileSync(elsewhere, 'utf8'), '{"refresh_token":"x"}');
    rmSync(person.tokenFile);
    writeFileSync(person.tokenFile, '{"refresh_token":"x"}', { mode: 0o644 });
    chmodSync(person.tokenFile, 0o644);
    fails(await person.login().done(), 78, /can be read by others/, /chmod 600/);
    chmodSync(person.tokenFile, 0o600);
    chmodSync(join(folders.config, 'default'), 0o777);
    fails(await person.login().done(), 78, /others may write to it/, /chmod 700/);
  });
});

describe('a disk under the config folder', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  const DISKS: readonly { what: string; prepare: (folder: string) => string; says: RegExp }[] = [
    {
      what: 'without a free block',
      prepare: (folder) =>
        `mount -t tmpfs -o size=64k,mode=700 none '${folder}'; head -c 1m /dev/zero 2>/dev/null >'${folder}/filler' || true`,
      says: /disk is full: \S*\/config\/\S+\.json cannot be written/,
    },
    {
      what: 'that is read-only',
      prepare: (folder) => `mount --bind '${folder}' '${folder}'; mount -o remount,bind,ro '${folder}'`,
      says: /\/config\/\S+\.json cannot be written: its file system is read-only/,
    },
  ];
  for (const { what, prepare, says } of DISKS)
    it(`${what} fails the login with 2 and one sentence`, async () => {
      const script = `set -e; ${prepare(folders.config)}; printf '%s\\n' "$TYPED" | "$@"`;
      const command = [process.execPath, program, 'login', '--refresh-token'];
      const env = { ...person.env, TYPED: emulator.oauth.grant.refreshToken };
      fails(await run('unshare', ['-m', 'sh', '-c', script, 'sh', ...command], { env }), 2, says, /./);
    });
});

describe('a sign-in of another program', () => {
  it('a sign-in of another program is taken from standard input after it was tried', async () => {
    const login = person.login('--refresh-token');
    login.child.stdin?.end(`${emulator.oauth.grant.refreshToken}\n`);
    const { code, stderr } = await login.done();
    assert.equal(code, 0, stderr);
    assert.equal(token()['refresh_token'], emulator.oauth.grant.refreshToken);
    assert.equal(statSync(person.tokenFile).mode & 0o777, 0o600);
  });

  it("a refresh token is accepted from a file in UTF-16 and from rclone's whole token line", async () => {
    const { refreshToken } = emulator.oauth.grant;
    const rclone = JSON.stringify({ access_token: 'ya29.canary', token_type: 'Bearer', refresh_token: refreshToken });
    for (const text of [Buffer.from(`\ufeff"${refreshToken}"\r\n`, 'utf16le'), Buffer.from(`token = ${rclone}\n`)]) {
      rmSync(person.tokenFile, { force: true });
      const login = person.login('--refresh-token');
      login.child.stdin?.end(text);
      const { code, stderr } = await login.done();
      assert.equal(code, 0, stderr);
      assert.equal(token()['refresh_token'], refreshToken);
    }
  });

  it('login --refresh-token given an access token, a code or a client secret names what it is and does not repeat it', async () => {
    for (const [text, says] of [
      ['Bearer ya29.canary-canary', /is an access token, which ends after an hour, not a refresh token/],
      ['4/0canary-canary', /is the one-time code of the consent page/],
      ['GOCSPX-canary-canary', /is a client secret/],
    ] as const) {
      const login = person.login('--refresh-token');
      login.child.stdin?.end(text);
      const outcome = await login.done();
      fails(outcome, 64, says, /gphotos-mount login/);
      assert.doesNotMatch(outcome.stderr + outcome.stdout, /canary/);
    }
    assert.ok(!existsSync(person.tokenFile));
  });

  it('a sign-in of another program that was made for permissions which Google removed is refused, and one that may only upload is kept', async () => {
    const removed = emulator.oauth.newGrant(['https://www.googleapis.com/auth/photoslibrary.readonly']);
    const old = person.login('--refresh-token');
    old.child.stdin?.end(removed.refreshToken);
    fails(await old.done(), 77, /permissions that Google removed in March 2025/, /gphotos-mount login/);
    assert.ok(!existsSync(person.tokenFile));
    const uploads = emulator.oauth.newGrant([SCOPES.append]);
    const kept = person.login('--refresh-token');
    kept.child.stdin?.end(uploads.refreshToken);
    const { code, stdout } = await kept.done();
    assert.equal(code, 0);
    assert.match(stdout, /Not granted: to see the photos[^\n]*no photos or albums can be read/);
    assert.equal(token()['refresh_token'], uploads.refreshToken);
  });

  it('a sign-in of another program that is dead, empty or on the command line is refused', async () => {
    const dead = person.login('--refresh-token');
    dead.child.stdin?.end('1//0dead-dead-dead');
    fails(await dead.done(), 77, /no longer accepts the sign-in/);
    const empty = person.login('--refresh-token');
    empty.child.stdin?.end('\n');
    fails(await empty.done(), 64, /No refresh token came/);
    const seen = await person.login('--refresh-token', '1//0canary').done();
    fails(seen, 64, /does not belong on a command line/);
    assert.doesNotMatch(seen.stderr + seen.stdout, /canary/);
    assert.ok(!existsSync(person.tokenFile));
  });

  const rclone = (lines: readonly string[]): void => {
    mkdirSync(join(folders.home, '.config/rclone'), { recursive: true });
    writeFileSync(join(folders.home, '.config/rclone/rclone.conf'), lines.join('\n'));
  };

  it('a sign-in of another program is taken from a remote of rclone', async () => {
    const { id, secret } = emulator.oauth.client;
    const stored = JSON.stringify({ access_token: 'x', refresh_token: emulator.oauth.grant.refreshToken });
    rclone([
      '# mine',
      '[drive]',
      'type = drive',
      '',
      '[gp]',
      'type = google photos',
      `client_id = ${id}`,
      `client_secret = ${secret}`,
      `token = ${stored}`,
    ]);
    rmSync(person.clientFile);
    const { code, stderr } = await person.login('--from-rclone', 'gp').done();
    assert.equal(code, 0, stderr);
    assert.equal(token()['client_id'], id);
    fails(await person.login('--from-rclone', 'drive').done(), 78, /not of the type "google photos"/);
    fails(await person.login('--from-rclone', 'nope').done(), 78, /no such remote/, /There are: gp/);
  });

  it("a sign-in of rclone is refused if it is made with rclone's own client, not signed in, encrypted or absent", async () => {
    fails(await person.login('--from-rclone', 'gp').done(), 78, /no configuration of rclone/);
    rclone(['[gp]', 'type = google photos', 'token = {"refresh_token":"1//x"}']);
    fails(await person.login('--from-rclone', 'gp').done(), 78, /rclone's own OAuth client/);
    rclone(['[gp]', 'type = google photos', 'client_id = a', 'client_secret = b', 'token = {']);
    fails(await person.login('--from-rclone', 'gp').done(), 78, /not signed in/);
    rclone(['# Encrypted rclone configuration File', 'RCLONE_ENCRYPT_V0:', 'abc']);
    fails(await person.login('--from-rclone', 'gp').done(), 78, /is encrypted/);
  });
});

describe('logout and accounts', () => {
  const signIn = async (...args: string[]): Promise<void> => {
    const login = person.login('--no-browser', ...args);
    login.type(await agreed(login));
    const { code, stderr } = await login.done();
    assert.equal(code, 0, stderr);
  };

  it('logout revokes the access at Google and deletes the file', async () => {
    await signIn();
    const refreshToken = String(token()['refresh_token']);
    const { code, stdout } = await gphotosMount(['logout'], person.env);
    assert.equal(code, 0);
    assert.match(stdout, /Google took the access back/);
    assert.equal(emulator.oauth.grantOf(refreshToken)?.revoked, true);
    assert.ok(!existsSync(person.tokenFile));
    fails(await gphotosMount(['logout'], person.env), 77, /Nobody is signed in/);
  });

  it('logout deletes the sign-in also if Google cannot be reached, and says so', async () => {
    await signIn();
    const env = { ...person.env, GPHOTOS_TOKEN_URL: 'http://127.0.0.1:9/token' };
    fails(await gphotosMount(['logout'], env), 68, /could not be told/, /myaccount\.google\.com/);
    assert.ok(!existsSync(person.tokenFile));
  });

  it('accounts lists each profile with its own state', async () => {
    await signIn();
    await signIn('--profile', 'work');
    emulator.oauth.revoke(String(token()['refresh_token']));
    const { stdout } = await gphotosMount(['accounts', '--json'], person.env);
    const states = JSON.parse(stdout) as { profile: string; state: string }[];
    assert.deepEqual(
      states.map(({ profile, state }) => [profile, state]),
      [
        ['default', 'refused'],
        ['work', 'signed-in'],
      ],
    );
    const { stdout: words } = await gphotosMount(['accounts'], person.env);
    assert.match(words, /default {2}Google no longer accepts the sign-in\.\n.*gphotos-mount login/);
    assert.match(words, /work {5}Signed in\./);
    assert.equal((await gphotosMount(['logout', '--profile', 'work'], person.env)).code, 0);
    assert.ok(existsSync(person.tokenFile), 'the other profile is left alone');
  });

  it('login says that a sign-in of a project in testing mode ends in 7 days', async () => {
    emulator.switches.refreshTokenLifetimeMs = 7 * 86_400_000;
    const login = person.login('--no-browser');
    login.type(await agreed(login));
    assert.match((await login.done()).stdout, /ends in 7 days, because the consent screen.*testing mode/);
    const { stdout } = await gphotosMount(['doctor', '--json'], person.env);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; result: string }[] };
    assert.equal(checks.find(({ id }) => id === 'token')?.result, 'warn');
  });
});
