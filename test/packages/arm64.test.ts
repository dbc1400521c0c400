import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { elfMachineOf } from '../../src/support/elf-machine.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { cannotRunArm64, debName, DEBS, HOME } from '../support/debian.js';
import { freeMountPoint, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders } from '../support/private-folders.js';
import { run, type Outcome } from '../support/run-program.js';
import { until } from '../support/until.js';

const LONG_MS = 300_000;
/** Started by its path: nothing is registered on this machine. The folder has the libraries of an arm64 system. */
const QEMU = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu'] as const;
const CROSS = 'aarch64-linux-gnu-';

describe('arm64 Linux', { skip: (await cannotRunArm64()) ?? false }, () => {
  const place = mkdtempSync(join(tmpdir(), 'arm64-'));
  const tree = join(place, 'tree');
  const node = join(tree, HOME, 'bin/node');
  before(async () => {
    const unpacked = await run('dpkg-deb', ['-x', join(DEBS, debName('arm64') ?? ''), tree], { deadlineMs: LONG_MS });
    assert.equal(unpacked.code, 0, unpacked.stderr);
  });
  after(() => rmSync(place, { recursive: true }));

  const onArm = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> =>
    run(QEMU[0], [...QEMU.slice(1), node, ...args], {
      env: { ...env, NODE_TEST_CONTEXT: undefined },
      deadlineMs: LONG_MS,
    });

  it('arm64 Linux gets its packages from npm ci, and the FUSE module is compiled without a library for x86', async () => {
    const folder = join(place, 'clone');
    mkdirSync(folder);
    for (const name of ['package.json', 'package-lock.json', '.npmrc'])
      copyFileSync(join(repositoryRoot, name), join(folder, name));
    const own = 'native-notes/binding/fuse-shared-library';
    cpSync(join(repositoryRoot, own), join(folder, own), { recursive: true });
    const env = {
      ...process.env,
      npm_config_userconfig: process.env['npm_config_userconfig'] ?? join(homedir(), '.npmrc'),
      // As npm's scripts find it on an arm64 system: the processor, and a compiler for it.
      npm_config_arch: 'arm64',
      CC: `${CROSS}gcc`,
      CXX: `${CROSS}g++`,
    };
    const npm = async (cwd: string, ...args: string[]): Promise<void> => {
      const { code, stdout, stderr } = await run('npm', args, { cwd, env, deadlineMs: LONG_MS });
      assert.equal(code, 0, `${stdout}${stderr}`);
    };
    // The module of SQLite, which takes a minute or two, was compiled for the package by the command of its install script.
    const options = ['--omit=dev', '--no-audit', '--no-fund', '--os=linux', '--cpu=arm64', '--libc=glibc'];
    await npm(folder, 'ci', '--ignore-scripts', ...options);
    // npm 10 runs this script; npm 11 leaves it out, as the package is bundled.
    await npm(join(folder, 'node_modules/fuse-native'), 'run', 'install');
    const built = join(folder, 'node_modules/fuse-native/build/Release');
    for (const name of (await readdir(built)).filter((file) => /\.(?:node|so)$/.test(file)))
      assert.equal(elfMachineOf(join(built, name)), 'arm64', name);
    const { stdout } = await run('readelf', ['-d', '-V', join(built, 'fuse.node')]);
    assert.match(stdout, /NEEDED.*\[libfuse\.so\.2\]/);
    assert.match(stdout, /Name: FUSE_2\.6/);
  });

  it('arm64 Linux passes the tests of the catalog and the ledger, with its module of SQLite', async () => {
    assert.equal((await onArm(['-p', 'process.arch'])).stdout, 'arm64\n');
    const compiled = join(tree, HOME, 'build/test');
    cpSync(join(repositoryRoot, 'build/test'), compiled, { recursive: true });
    for (const file of ['catalog/catalog-file', 'catalog/copies', 'ledger/ledger']) {
      const { code, stdout, stderr } = await onArm([join(compiled, 'unit', `${file}.test.js`)]);
      assert.equal(code, 0, `${file}\n${stdout}${stderr}`);
      assert.match(stdout, /^(?:# |ℹ )pass [1-9]/m, file);
    }
    rmSync(compiled, { recursive: true });
  });

  it('arm64 Linux mounts and delivers the right bytes, with the libfuse of the package, and ends cleanly', async () => {
    const emulator = await startEmulator({ seed: { items: 5, albums: 1 } });
    const folders = makePrivateFolders(emulator.env);
    const program = join(tree, HOME, 'build/src/main.js');
    const child = spawn(QEMU[0], [...QEMU.slice(1), node, program, '-f', folders.mountpoint], {
      env: folders.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    try {
      const all = join(folders.mountpoint, 'media/all');
      await until(
        'the first sync',
        async () => {
          if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}:\n${log}`);
          return (await readdir(all).catch(() => [])).length === 5;
        },
        LONG_MS,
      );
      const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
      const shown = (await readdir(all)).map(async (name) => hash(await readFile(join(all, name))));
      const truth = [...emulator.library.items()].map(async ({ id }) => hash(await emulator.library.bytesOf(id)));
      assert.deepEqual((await Promise.all(shown)).sort(), (await Promise.all(truth)).sort());
      assert.match(readFileSync(`/proc/${child.pid}/maps`, 'utf8'), /build\/native\/linux-arm64\/libfuse\.so\.2/);
      child.kill('SIGTERM');
      assert.equal(await ended, 0, log);
    } finally {
      child.kill('SIGKILL');
      await ended;
      freeMountPoint(folders.mountpoint);
      await emulator.close();
      folders.remove();
    }
  });
});
