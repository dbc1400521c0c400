import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openCatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { allChecks } from '../../../src/doctor/all-checks.js';
import { runChecks, type CheckReport, type DoctorDeps } from '../../../src/doctor/check.js';
import { fileChecks } from '../../../src/doctor/file-checks.js';
import { PROFILE_SOURCES, sourceNamed } from '../../../src/library/source.js';
import { systemClock } from '../../../src/support/clock.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';
import { treeNames } from '../../../src/sync/tree-names.js';

const isRoot = process.getuid?.() === 0;
const asRoot = { skip: isRoot ? false : 'needs root' };

describe('doctor, on the disk', () => {
  let root: string;
  const at = (...names: string[]): string => join(root, ...names);
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'gpm-doctor-'));
    for (const name of ['config', 'data', 'cache', 'runtime']) mkdirSync(at(name), { mode: 0o700 });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function depsOf(more: { caFile?: string; env?: NodeJS.ProcessEnv; settingsFault?: UserError } = {}): DoctorDeps {
    const folders = { config: at('config'), data: at('data'), cache: at('cache'), runtime: at('runtime') };
    const around = {
      env: more.env ?? {},
      home: root,
      platform: 'linux' as const,
      currentFolder: root,
      folders,
      profile: 'default',
      caFile: more.caFile,
      clock: systemClock,
      say: () => undefined,
    };
    const { settingsFault } = more;
    return {
      around,
      mountpoint: undefined,
      sources: PROFILE_SOURCES,
      allowOther: false,
      cacheMaxBytes: undefined,
      settingsFault,
    };
  }
  async function checked(id: string, more: Parameters<typeof depsOf>[0] = {}): Promise<CheckReport> {
    const checks = fileChecks(depsOf(more));
    return (await runChecks(checks)).find((report) => report.id === id) ?? assert.fail(`no check ${id}`);
  }
  function says(report: CheckReport, result: CheckReport['result'], message: RegExp, fix: RegExp = /^$/): void {
    assert.equal(report.result, result, JSON.stringify(report));
    assert.match(report.message, message);
    assert.match(report.fix, fix);
  }

  it('doctor passes over what an account needs where no source of the profile needs one, and asks no server', async () => {
    const ofAccount = ['oauth-client', 'sign-in', 'network', 'clock', 'token', 'scopes', 'library-api', 'picker-api'];
    const deps: DoctorDeps = { ...depsOf(), sources: [sourceNamed('takeout')] };
    const checks = allChecks(deps).filter(({ id }) => ofAccount.includes(id));
    const reports = await runChecks(checks);
    assert.deepEqual(reports.map(({ id }) => id).sort(), [...ofAccount].sort());
    for (const report of reports) says(report, 'skip', /No source of this profile needs a Google account/);
    says(await checked('sign-in'), 'fail', /no OAuth client/, /gphotos-mount login/);
  });

  const FOLDERS: readonly (readonly [string, string])[] = [
    ['config-folder', 'config'],
    ['data-folder', 'data/default'],
    ['cache-folder', 'cache/default'],
    ['runtime-folder', 'runtime'],
  ];
  for (const [id, path] of FOLDERS) {
    it(`doctor ${id}: a right folder and a missing one pass`, async () => {
      if (path.includes('/')) says(await checked(id), 'pass', /will be made/);
      mkdirSync(at(path), { recursive: true, mode: 0o700 });
      says(await checked(id), 'pass', /folder is /);
    });
    it(`doctor ${id}: a folder that others may write to, that you may not, and a file in its place fail`, async () => {
      mkdirSync(at(path), { recursive: true });
      chmodSync(at(path), 0o777);
      says(await checked(id), 'fail', /Others may write/, /^chmod 700 /);
      chmodSync(at(path), 0o500);
      says(await checked(id), 'fail', /You may not write/, /^chmod 700 /);
      rmSync(at(path), { recursive: true });
      writeFileSync(at(path), '');
      says(await checked(id), 'fail', /is not a folder/, /^Move it away: mv /);
    });
    it(`doctor ${id}: a folder of another user fails`, asRoot, async () => {
      mkdirSync(at(path), { recursive: true, mode: 0o700 });
      chownSync(at(path), 65534, 65534);
      says(await checked(id), 'fail', /belongs to another user/, /chown "\$USER"/);
    });
  }

  it('doctor config-file: absent, right, and with what is wrong', async () => {
    says(await checked('config-file'), 'pass', /no config\.json/);
    writeFileSync(at('config/config.json'), '{}');
    says(await checked('config-file'), 'pass', /are right/);
    const settingsFault = new UserError(ExitCode.config, 'The key is unknown.', 'Correct it.');
    says(await checked('config-file', { settingsFault }), 'fail', /unknown/, /Correct it/);
  });

  it('doctor oauth-client and sign-in: missing, there, broken', async () => {
    says(await checked('oauth-client'), 'fail', /no OAuth client/, /gphotos-mount login/);
    says(await checked('sign-in'), 'fail', /no OAuth client/, /gphotos-mount login/);
    mkdirSync(at('config/default'), { mode: 0o700 });
    const token = at('config/default/token.json');
    writeFileSync(token, '{"refresh_token":"x","client_id":"a","client_secret":"b"}', { mode: 0o600 });
    says(await checked('oauth-client'), 'pass', /of the sign-in/);
    says(await checked('sign-in'), 'pass', /token\.json/);
    writeFileSync(token, '{"refresh_token":');
    says(await checked('sign-in'), 'fail', /is damaged/, /Delete it.*login/);
    writeFileSync(at('config/client_secret_1.json'), '{"web":{}}', { mode: 0o600 });
    says(await checked('oauth-client'), 'fail', /Web application/, /Desktop app/);
  });

  it('doctor secret-files: none, closed, open to others, a link, an open folder', async () => {
    says(await checked('secret-files'), 'skip', /no files/);
    mkdirSync(at('config/default'), { mode: 0o700 });
    const token = at('config/default/token.json');
    writeFileSync(token, '{}', { mode: 0o600 });
    says(await checked('secret-files'), 'pass', /Only you/);
    chmodSync(at('config/default'), 0o755);
    says(await checked('secret-files'), 'warn', /looked into by others/, /^chmod 700 /);
    chmodSync(token, 0o640);
    says(await checked('secret-files'), 'fail', /read by others/, /^chmod 600 /);
    rmSync(token);
    symlinkSync('/etc/hostname', token);
    says(await checked('secret-files'), 'fail', /symbolic link/, /the file itself/);
  });

  it('doctor ca-cert: none, right, unreadable, none in it', async () => {
    says(await checked('ca-cert'), 'pass', /No extra/);
    says(await checked('ca-cert', { caFile: at('no.pem') }), 'fail', /cannot be read/, /--ca-cert/);
    writeFileSync(at('some.pem'), 'hello');
    says(
      await checked('ca-cert', { env: { NODE_EXTRA_CA_CERTS: at('some.pem') } }),
      'fail',
      /no certificate/,
      /PEM|BEGIN/,
    );
    writeFileSync(at('some.pem'), '-----BEGIN CERTIFICATE-----\n');
    says(await checked('ca-cert', { caFile: at('some.pem') }), 'pass', /trusted too/);
  });

  it('doctor catalog: absent, whole, damaged in the middle, no catalog at all', async () => {
    says(await checked('catalog'), 'pass', /no catalog yet/);
    mkdirSync(at('data/default'), { mode: 0o700 });
    const file = at('data/default/catalog.db');
    openCatalogWriter(file, { names: treeNames }).close();
    says(await checked('catalog'), 'pass', /is whole/);
    const whole = readFileSync(file);
    for (let offset = 4096; offset < whole.length; offset += 4096) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xa5, offset, offset + 2000);
      writeFileSync(file, damaged);
      const found = await checked('catalog');
      says(found, 'fail', /catalog\.db is damaged[^]*\.$/, /[Mm]ove .*(?:\.damaged|next mount|away)/);
      assert.doesNotMatch(found.message, /\n/);
    }
    writeFileSync(file, 'once upon a time '.repeat(1000));
    says(await checked('catalog'), 'fail', /is not a catalog/, /Move the file away/);
  });

  it('doctor disk-space: enough, little, next to none', asRoot, async () => {
    const mount = (size: string): void => {
      const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at('cache')]);
      assert.equal(status, 0, String(stderr));
    };
    const unmount = (): void => void spawnSync('umount', [at('cache')]);
    try {
      says(await checked('disk-space'), 'pass', /GiB are free/);
      mount('200m');
      says(await checked('disk-space'), 'warn', /^0\.2 GiB are free/, /Free some space/);
      unmount();
      mount('10m');
      says(await checked('disk-space'), 'fail', /^0\.0 GiB are free/, /--cache-dir or a smaller --cache-max-size/);
    } finally {
      unmount();
    }
  });
});
