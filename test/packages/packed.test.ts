import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CheckReport } from '../../src/doctor/check.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { freeMountPoint, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { run, type Outcome } from '../support/run-program.js';

/** SQLite is compiled, which takes a minute or two. */
const INSTALL_MS = 600_000;

interface Lock {
  readonly packages: Readonly<
    Record<string, { version?: string; dev?: boolean; devOptional?: boolean; optional?: boolean }>
  >;
}

const place = mkdtempSync(join(tmpdir(), 'packed-'));
let tarball = '';
before(async () => {
  const { code, stdout, stderr } = await npm(['pack', '--silent', '--pack-destination', place], repositoryRoot);
  assert.equal(code, 0, stderr);
  tarball = join(place, stdout.trim().split('\n').at(-1) ?? '');
});
after(() => rmSync(place, { recursive: true }));

/** Nothing of the machine's npm but its way to the registry: own packages, own cache. */
function environment(prefix = join(place, 'prefix')): NodeJS.ProcessEnv {
  return {
    ...process.env,
    npm_config_prefix: prefix,
    npm_config_cache: join(place, 'npm-cache'),
    npm_config_userconfig: process.env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'),
    npm_config_update_notifier: 'false',
  };
}

function npm(args: readonly string[], cwd: string, program: readonly string[] = ['npm']): Promise<Outcome> {
  const [file = '', ...rest] = program;
  return run(file, [...rest, ...args], { env: environment(), cwd, deadlineMs: INSTALL_MS });
}

/** Versions by path below the folder of the program: `node_modules/cliui/node_modules/string-width` is one. */
function locked(): Map<string, { version: string; isOptional: boolean }> {
  const { packages } = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as Lock;
  const wanted = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true,
  );
  return new Map(
    wanted.map(([path, one]) => [path, { version: one.version ?? '', isOptional: one.optional === true }]),
  );
}

/** The same of an installation, read from the packages themselves. */
function installed(folder: string, below = 'node_modules'): Map<string, string> {
  const found = new Map<string, string>();
  const at = join(folder, below);
  if (!existsSync(at)) return found;
  for (const name of readdirSync(at)) {
    if (name.startsWith('.')) continue;
    const names = name.startsWith('@') ? readdirSync(join(at, name)).map((inner) => `${name}/${inner}`) : [name];
    for (const one of names) {
      const path = `${below}/${one}`;
      const { version } = JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8')) as { version: string };
      found.set(path, version);
      for (const [inner, innerVersion] of installed(folder, `${path}/node_modules`)) found.set(inner, innerVersion);
    }
  }
  return found;
}

function assertAsLocked(folder: string): void {
  const versions = installed(folder);
  const wanted = locked();
  assert.ok(versions.size > 50, `${versions.size} packages`);
  for (const [path, version] of versions) assert.equal(version, wanted.get(path)?.version, path);
  const missing = [...wanted].filter(([path, { isOptional }]) => !isOptional && !versions.has(path));
  assert.deepEqual(missing, []);
  assert.ok(versions.has('node_modules/@node-rs/crc32'));
}

describe('the packed program', () => {
  it('the packed program holds no tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const own = stdout.split('\n').filter((file) => !file.startsWith('package/node_modules/'));
    assert.ok(own.includes('package/build/src/main.js'));
    assert.deepEqual(
      own.filter((file) => file.includes('test')),
      [],
    );
  });

  it('the packed program installed by npm 10 has the versions of package-lock.json, nested packages too', async (test) => {
    const folder = join(place, 'npm-10');
    mkdirSync(folder);
    const fetched = await npm(['install', '--prefix', folder, '--no-audit', '--no-fund', 'npm@10'], folder);
    if (fetched.code !== 0) {
      test.skip('npm 10 cannot be fetched');
      return;
    }
    const older = [process.execPath, join(folder, 'node_modules/npm/bin/npm-cli.js')];
    const prefix = join(folder, 'prefix');
    const outcome = await npm(['install', '-g', '--prefix', prefix, '--ignore-scripts', tarball], folder, older);
    assert.equal(outcome.code, 0, outcome.stderr);
    assertAsLocked(join(prefix, 'lib/node_modules/gphotos-mount'));
  });

  it('the packed program installed by the line of README has the locked versions, is found whole by doctor, and mounts', async () => {
    const [line = ''] = /^ {4}npm install -g .*$/m.exec(readFileSync(join(repositoryRoot, 'README.md'), 'utf8')) ?? [];
    // Packing once more would only take time.
    const command = line.trim().replace('"$(npm pack --silent)"', tarball);
    assert.ok(command.endsWith(tarball), line);
    const done = await run('sh', ['-c', `exec ${command}`], { env: environment(), cwd: place, deadlineMs: INSTALL_MS });
    assert.equal(done.code, 0, done.stderr);
    assertAsLocked(join(place, 'prefix/lib/node_modules/gphotos-mount'));

    const emulator = await startEmulator({ seed: { items: 5, albums: 1 } });
    const folders = makePrivateFolders(emulator.env);
    const photos = (...args: string[]): Promise<Outcome> =>
      run(join(place, 'prefix/bin/gphotos-mount'), args, { env: folders.env });
    try {
      const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string };
      assert.match((await photos('--version')).stdout, new RegExp(version.replaceAll('.', '\\.')));
      const { checks } = JSON.parse((await photos('doctor', '--json')).stdout) as { checks: CheckReport[] };
      assert.deepEqual(
        checks.filter(({ result }) => result === 'fail'),
        [],
      );
      const mounted = await photos(folders.mountpoint);
      assert.equal(mounted.code, 0, mounted.stderr);
      assert.ok((await readdir(folders.mountpoint)).includes('README.txt'));
      assert.equal((await photos('unmount', folders.mountpoint)).code, 0);

      // As mount(8) starts it: without an environment.
      const helper = join(place, 'prefix/bin/mount.gphotos');
      const refused = await run(helper, ['nobody-here', folders.mountpoint, '-f'], { env: {} });
      assert.match(refused.stderr, /There is no user nobody-here/);
      assert.equal(refused.code, 1);
    } finally {
      freeMountPoint(folders.mountpoint);
      await emulator.close();
      folders.remove();
    }
  });
});
