import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startEmulator } from '../emulator/start-emulator.js';
import { freeMountPoint, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { run } from '../support/run-program.js';

const INSTALL_MS = 600_000;

interface Lock {
  readonly packages: Readonly<
    Record<string, { version?: string; integrity?: string; dev?: boolean; devOptional?: boolean }>
  >;
}

/** Versions and checksums of what stands below `prefix`, by name. */
function lockedBelow(prefix: string, { packages }: Lock): Record<string, string> {
  const rows = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path.startsWith(prefix) && dev !== true && devOptional !== true)
    .map(([path, { version, integrity }]) => [path.slice(prefix.length), `${version} ${integrity}`] as const);
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Packs the repository into `place`; answers the name of the tarball. */
async function pack(place: string, env: NodeJS.ProcessEnv): Promise<string> {
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', place], {
    env,
    cwd: repositoryRoot,
    deadlineMs: 120_000,
  });
  assert.equal(packed.code, 0, packed.stderr);
  return packed.stdout.trim().split('\n').at(-1) ?? '';
}

describe('the packed program', () => {
  it('the packed program carries the locked versions of all that it needs, and packing leaves nothing behind', async () => {
    const folders = makePrivateFolders();
    try {
      const tarball = await pack(folders.root, { ...folders.env, npm_config_update_notifier: 'false' });
      assert.ok(!existsSync(join(repositoryRoot, 'npm-shrinkwrap.json')));
      const args = ['-xzOf', join(folders.root, tarball), 'package/npm-shrinkwrap.json'];
      const shrinkwrap = JSON.parse((await run('tar', args)).stdout) as Lock;
      const lock = JSON.parse(readFileSync(join(repositoryRoot, 'package-lock.json'), 'utf8')) as Lock;
      const wanted = lockedBelow('node_modules/', lock);
      assert.ok(Object.keys(wanted).length > 20);
      assert.deepEqual(lockedBelow('node_modules/', shrinkwrap), wanted);
    } finally {
      folders.remove();
    }
  });

  it('the packed program installs in an empty folder and mounts', { timeout: INSTALL_MS + 60_000 }, async () => {
    const emulator = await startEmulator({ seed: { items: 5, albums: 1 } });
    const folders = makePrivateFolders(emulator.env);
    const place = join(folders.root, 'install');
    mkdirSync(place);
    writeFileSync(
      join(place, 'package.json'),
      // npm 11 runs the install scripts of those packages only that the installing project names.
      JSON.stringify({ private: true, allowScripts: { 'better-sqlite3': true, 'fuse-native': true } }),
    );
    const env = {
      ...folders.env,
      // Its own npm cache: no package of the machine's may help. But the machine's way to its registry is needed.
      npm_config_cache: join(folders.root, 'npm-cache'),
      npm_config_userconfig: process.env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'),
      npm_config_update_notifier: 'false',
    };
    try {
      const tarball = await pack(place, env);
      const installed = await run('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`], {
        env,
        cwd: place,
        deadlineMs: INSTALL_MS,
      });
      assert.equal(installed.code, 0, installed.stderr);

      const files = await readdir(join(place, 'node_modules/gphotos-mount'), { recursive: true });
      assert.deepEqual(
        files.filter((file) => file.includes('test')),
        [],
        'no tests are packed',
      );
      const command = join(place, 'node_modules/.bin/gphotos-mount');
      const mounted = await run(command, [folders.mountpoint], { env });
      assert.equal(mounted.code, 0, mounted.stderr);
      assert.ok((await readdir(folders.mountpoint)).includes('README.txt'));
      assert.equal((await run(command, ['unmount', folders.mountpoint], { env })).code, 0);

      // As mount(8) starts it: without an environment.
      const helper = join(place, 'node_modules/.bin/mount.gphotos');
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
