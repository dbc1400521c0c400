import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { CheckReport } from '../../src/doctor/check.js';
import { SCOPES } from '../emulator/oauth-state.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { until } from '../support/until.js';
import { gphotosMount, run } from '../support/run-program.js';
import { program } from '../support/mounted.js';

let emulator: Emulator;
let folders: PrivateFolders;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
  folders = makePrivateFolders();
});
afterEach(async () => {
  await emulator.close();
  folders.remove();
});

async function doctor(
  env: NodeJS.ProcessEnv = {},
  ...args: string[]
): Promise<{ code: number | null; of: (id: string) => CheckReport; all: CheckReport[] }> {
  const { code, stdout, stderr } = await gphotosMount(['doctor', '--json', ...args], {
    ...folders.env,
    ...emulator.env,
    ...env,
  });
  assert.equal(stderr, '');
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: CheckReport[] };
  assert.equal(code === 0, ok);
  assert.equal(
    ok,
    checks.every(({ result }) => result !== 'fail'),
  );
  return {
    code,
    all: checks,
    of: (id) => checks.find((check) => check.id === id) ?? assert.fail(`no check ${id}`),
  };
}

/** The checks that failed; a dead mount that stood on this machine before is no fault of a test. */
function failed(all: readonly CheckReport[]): CheckReport[] {
  const isStranger = ({ id, message }: CheckReport): boolean =>
    id === 'stale-mounts' && !message.includes(folders.root);
  return all.filter((check) => check.result === 'fail' && !isStranger(check));
}

describe('doctor', () => {
  it('doctor runs at least 20 checks, each with a sentence, and ends with 0 where none fails', async () => {
    const { code, all } = await doctor();
    assert.deepEqual(failed(all), []);
    assert.equal(code, all.some(({ result }) => result === 'fail') ? 2 : 0);
    assert.ok(all.filter(({ result }) => result !== 'skip').length >= 20, `${all.length} checks`);
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    for (const { message } of all) assert.match(message, /^\S.*\.$/);
  });

  it('doctor changes no file and no folder', async () => {
    const { stdout } = await gphotosMount(['doctor'], { ...folders.env, ...emulator.env });
    const lines = stdout.split('\n').filter((line) => line.startsWith('FAIL'));
    assert.deepEqual(
      lines.filter((line) => !/^FAIL {2}stale-mounts /.test(line) || line.includes(folders.root)),
      [],
    );
    assert.match(stdout, /\d+ checks: [01] failed/);
    assert.ok(!existsSync(join(folders.data, 'default')));
  });

  interface Trouble {
    readonly what: string;
    readonly id: string;
    readonly result: CheckReport['result'];
    readonly says: RegExp;
    readonly fix: RegExp;
    readonly arrange: () => NodeJS.ProcessEnv | undefined;
  }
  const without = { GPHOTOS_CLIENT_ID: '', GPHOTOS_CLIENT_SECRET: '', GPHOTOS_REFRESH_TOKEN: '' };
  const file = (name: string, text: string, mode = 0o600): undefined => {
    mkdirSync(join(folders.config, 'default'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folders.config, name), text, { mode });
  };
  const TROUBLES: readonly Trouble[] = [
    {
      what: 'no client',
      id: 'oauth-client',
      result: 'fail',
      says: /no OAuth client/,
      fix: /login/,
      arrange: () => without,
    },
    {
      what: 'no sign-in',
      id: 'sign-in',
      result: 'fail',
      says: /Nobody is signed in/,
      fix: /login/,
      arrange: () => ({ GPHOTOS_REFRESH_TOKEN: '' }),
    },
    {
      what: 'a token file open to others',
      id: 'secret-files',
      result: 'fail',
      says: /read by others/,
      fix: /chmod 600/,
      arrange: () => file('default/token.json', '{"refresh_token":"x"}', 0o644),
    },
    {
      what: 'a folder that others may write to',
      id: 'cache-folder',
      result: 'fail',
      says: /Others may write/,
      fix: /chmod 700/,
      arrange: () => {
        mkdirSync(join(folders.cache, 'default'));
        chmodSync(join(folders.cache, 'default'), 0o777);
        return undefined;
      },
    },
    {
      what: 'a catalog that is none',
      id: 'catalog',
      result: 'fail',
      says: /catalog/,
      fix: /./,
      arrange: () => {
        mkdirSync(join(folders.data, 'default'), { mode: 0o700 });
        writeFileSync(join(folders.data, 'default/catalog.db'), 'x'.repeat(5000));
        return undefined;
      },
    },
    {
      what: 'a certificate file that is none',
      id: 'ca-cert',
      result: 'fail',
      says: /cannot be read/,
      fix: /--ca-cert/,
      arrange: () => ({ GPHOTOS_CA_CERT: '/nonexistent.pem' }),
    },
    {
      what: 'a dead sign-in',
      id: 'token',
      result: 'fail',
      says: /no longer accepts/,
      fix: /login/,
      arrange: () => {
        emulator.oauth.grant.revoked = true;
        return undefined;
      },
    },
    {
      what: 'permissions not granted',
      id: 'scopes',
      result: 'warn',
      says: /Not granted: to add/,
      fix: /tick every box/,
      arrange: () => {
        emulator.oauth.grant.scopes = [SCOPES.read];
        return undefined;
      },
    },
    {
      what: 'the one permission missing that all needs',
      id: 'scopes',
      result: 'fail',
      says: /Not granted: to see/,
      fix: /tick every box/,
      arrange: () => {
        emulator.oauth.grant.scopes = [SCOPES.append];
        return undefined;
      },
    },
    {
      what: 'the Library API off',
      id: 'library-api',
      result: 'fail',
      says: /Photos Library API is not switched on/,
      fix: /project=123456789012/,
      arrange: () => {
        emulator.faults.add({
          match: { route: 'mediaItems.list' },
          times: Infinity,
          action: { type: 'api-error', error: 'service-disabled' },
        });
        return undefined;
      },
    },
    {
      what: 'the Picker API off',
      id: 'picker-api',
      result: 'warn',
      says: /Picker API is not switched on/,
      fix: /api\/photospicker\.googleapis\.com\/overview\?project=123456789012/,
      arrange: () => {
        emulator.faults.add({
          match: { route: 'picker.sessions.get' },
          action: { type: 'api-error', error: 'picker-disabled' },
        });
        return undefined;
      },
    },
    {
      what: 'an empty library',
      id: 'library-content',
      result: 'warn',
      says: /0 items/,
      fix: /takeout/,
      arrange: () => {
        emulator.faults.add({ match: { route: 'mediaItems.list' }, action: { type: 'answer', status: 200, body: {} } });
        return undefined;
      },
    },
    {
      what: 'a clock that is wrong',
      id: 'clock',
      result: 'fail',
      says: /\d+ s off/,
      fix: /timedatectl/,
      arrange: () => {
        emulator.faults.add({
          match: { route: 'unknown', method: 'HEAD' },
          action: { type: 'answer', status: 405, body: '', headers: { Date: 'Mon, 01 Jan 2024 00:00:00 GMT' } },
        });
        return undefined;
      },
    },
    {
      what: 'a clock that is a little wrong',
      id: 'clock',
      result: 'warn',
      says: /1\d\d s off/,
      fix: /timedatectl/,
      arrange: () => {
        const headers = { Date: new Date(Date.now() - 120_000).toUTCString() };
        emulator.faults.add({
          match: { route: 'unknown', method: 'HEAD' },
          action: { type: 'answer', status: 405, body: '', headers },
        });
        return undefined;
      },
    },
    {
      what: 'a config.json that is no JSON',
      id: 'config-file',
      result: 'fail',
      says: /config\.json is not valid JSON/,
      fix: /move it away/,
      arrange: () => file('config.json', '{'),
    },
    {
      what: 'a setting that is none',
      id: 'config-file',
      result: 'fail',
      says: /unknown key "pol-interval"/,
      fix: /Did you mean "poll-interval"/,
      arrange: () => file('config.json', '{"pol-interval":"5m"}'),
    },
    {
      what: 'a variable that is wrong',
      id: 'config-file',
      result: 'fail',
      says: /GPHOTOS_POLL_INTERVAL must be a duration/,
      fix: /unset GPHOTOS_POLL_INTERVAL/,
      arrange: () => ({ GPHOTOS_POLL_INTERVAL: 'soon' }),
    },
    {
      what: 'a cache folder named in config.json that others may write to',
      id: 'cache-folder',
      result: 'fail',
      says: /Others may write to the cache folder .*elsewhere\/default/,
      fix: /chmod 700/,
      arrange: () => {
        mkdirSync(join(folders.root, 'elsewhere/default'), { recursive: true });
        chmodSync(join(folders.root, 'elsewhere/default'), 0o777);
        file('config.json', JSON.stringify({ 'cache-dir': join(folders.root, 'elsewhere') }));
        return { GPHOTOS_CACHE_DIR: '' };
      },
    },
    {
      what: 'no network',
      id: 'network',
      result: 'fail',
      says: /cannot be reached/,
      fix: /network connection/,
      arrange: () => ({ GPHOTOS_TOKEN_URL: 'http://127.0.0.1:9/token' }),
    },
    {
      what: 'a proxy that is none',
      id: 'proxy',
      result: 'fail',
      says: /HTTPS_PROXY is not the address/,
      fix: /http:\/\/proxy/,
      arrange: () => ({ HTTPS_PROXY: 'ftp://x:y@z' }),
    },
  ];
  for (const { what, id, result, says, fix, arrange } of TROUBLES) {
    it(`doctor says what to do about ${what}`, async () => {
      const env = arrange() ?? {};
      const { of, code } = await doctor(env);
      const check = of(id);
      assert.equal(check.result, result, JSON.stringify(check));
      assert.match(check.message, says);
      assert.match(check.fix, fix);
      if (result === 'fail') assert.notEqual(code, 0);
    });
  }

  it('doctor reports a degraded mount and the quota', async () => {
    const env = { ...folders.env, ...emulator.env };
    emulator.oauth.grant.revoked = true;
    assert.equal((await gphotosMount([folders.mountpoint], env)).code, 0);
    try {
      let service: CheckReport | undefined;
      for (let tries = 0; service?.result !== 'fail' && tries < 20; tries++) service = (await doctor()).of('service');
      assert.match(service?.message ?? '', /is degraded: .*no longer accepts the sign-in/);
      assert.match((await doctor()).of('quota').message, /100 % of the day's requests/);
      assert.match((await doctor({}, folders.mountpoint)).of('mount-point').message, /mounted by gphotos-mount/);
    } finally {
      await gphotosMount(['unmount', folders.mountpoint], env);
    }
  });

  it('doctor finds the dead mount that a killed daemon left, and the command that it names removes it', async () => {
    const env = { ...folders.env, ...emulator.env };
    assert.equal((await gphotosMount([folders.mountpoint], env)).code, 0);
    try {
      const { stdout } = await gphotosMount(['status', '--json'], env);
      process.kill((JSON.parse(stdout) as { pid: number }).pid, 'SIGKILL');
      const dead = new RegExp(`dead mounts? on .*${folders.mountpoint}`);
      const found = await until('the mount is dead', async () => {
        const point = (await doctor({}, folders.mountpoint)).of('mount-point');
        return point.result === 'fail' ? point : undefined;
      });
      assert.match(found.message, /holds a dead mount/);
      const { of, code } = await doctor();
      assert.equal(of('stale-mounts').result, 'fail');
      assert.notEqual(code, 0);
      assert.match(of('stale-mounts').message, dead);
      const own = `gphotos-mount unmount ${folders.mountpoint}`;
      assert.equal(found.fix, own);
      assert.ok(of('stale-mounts').fix.split(' && ').includes(own), of('stale-mounts').fix);
      assert.match(found.message, new RegExp(folders.mountpoint));
      assert.equal((await gphotosMount(found.fix.split(' ').slice(1), env)).code, 0);
      assert.match((await doctor({}, folders.mountpoint)).of('mount-point').message, /Nothing is mounted/);
      assert.doesNotMatch((await doctor()).of('stale-mounts').message, dead);
    } finally {
      await gphotosMount(['unmount', folders.mountpoint], env);
    }
  });

  it('doctor fails for a mount point that holds another file system, and passes for a free one', async () => {
    assert.match((await doctor({}, '/proc')).of('mount-point').message, /another file system/);
    assert.equal((await doctor({}, folders.mountpoint)).of('mount-point').result, 'pass');
  });

  it('doctor passes, with the words of its status, while a running mount is well', async () => {
    const env = { ...folders.env, ...emulator.env };
    assert.equal((await gphotosMount([folders.mountpoint], env)).code, 0);
    try {
      const found = await until('the mount is ready', async () => {
        const service = (await doctor()).of('service');
        return service.message.endsWith('is ready.') ? service : undefined;
      });
      assert.equal(found.result, 'pass');
      assert.match((await doctor()).of('troubles').message, /no trouble/);
    } finally {
      await gphotosMount(['unmount', folders.mountpoint], env);
    }
  });

  it('doctor writes a bundle without secrets after showing what is in it, and only after a yes', async () => {
    const env = { ...folders.env, ...emulator.env };
    const bundle = join(folders.root, 'report.txt');
    const refused = await gphotosMount(['doctor', '--bundle', bundle], env);
    assert.match(refused.stderr, /Nothing was written/);
    assert.ok(!existsSync(bundle));
    const { code, stdout } = await run(
      'sh',
      ['-c', 'echo y | "$@"', 'sh', process.execPath, program, 'doctor', '--bundle', bundle],
      { env },
    );
    assert.equal(code, 0);
    const text = readFileSync(bundle, 'utf8');
    assert.ok(stdout.includes(text.trimEnd()), 'all of it was shown');
    assert.equal(statSync(bundle).mode & 0o777, 0o600);
    assert.match(text, /=== system ===\ngphotos-mount \d/);
    for (const secret of [
      emulator.env.GPHOTOS_CLIENT_ID,
      emulator.env.GPHOTOS_CLIENT_SECRET,
      emulator.env.GPHOTOS_REFRESH_TOKEN,
    ])
      assert.ok(!text.includes(secret));
    assert.match((await gphotosMount(['doctor', '--yes', '--bundle', bundle], env)).stderr, /there already/);
  });
});
