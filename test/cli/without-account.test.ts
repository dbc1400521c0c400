import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { mountConfig } from '../../src/cli/mount-config.js';
import { baseFolders } from '../../src/daemon/profile-paths.js';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import type { SourceName } from '../../src/library/source.js';
import { ExitCode } from '../../src/support/user-error.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import type { SourcesOrder } from '../support/daemon-with-sources.js';
import { endMount } from '../support/end-mount.js';
import { exitOf, program, repositoryRoot } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run as runProgram } from '../support/run-program.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { until } from '../support/until.js';

let emulator: Emulator;
let folders: PrivateFolders;
let daemon: ChildProcess | undefined;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
  const { GPHOTOS_LIBRARY_URL, GPHOTOS_PICKER_URL, GPHOTOS_TOKEN_URL, GPHOTOS_AUTH_URL } = emulator.env;
  // Led to the emulator, but with no client and no sign-in.
  folders = makePrivateFolders({ GPHOTOS_LIBRARY_URL, GPHOTOS_PICKER_URL, GPHOTOS_TOKEN_URL, GPHOTOS_AUTH_URL });
});
afterEach(async () => {
  await endMount(folders);
  daemon?.kill('SIGKILL');
  await emulator.close();
  folders.remove();
});

/** Starts a mount of a profile with these sources; `log` gives what it has written. */
function start(sources: readonly SourceName[]): { readonly child: ChildProcess; readonly log: () => string } {
  const { env, home, mountpoint } = folders;
  const uid = process.getuid?.() ?? 0;
  const around = { env, home, platform: process.platform, uid, temporaryFolder: folders.root };
  const person = { uid, gid: process.getgid?.() ?? 0, umask: 0o022, currentFolder: '/' };
  const settings = { foreground: true } as Parameters<typeof mountConfig>[1];
  const order: SourcesOrder = {
    config: mountConfig(mountpoint, settings, baseFolders(around), person, '0.0.0'),
    sources,
  };
  const file = join(repositoryRoot, 'build/test/support/daemon-with-sources.js');
  const child = spawn(process.execPath, [file, JSON.stringify(order)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  daemon = child;
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return { child, log: () => text };
}

describe('a profile whose sources need no account', () => {
  it('a profile whose sources need no account mounts without a sign-in, is ready, and asks Google for nothing', async () => {
    const { child, log } = start(['takeout']);
    await until('it is mounted', () => {
      assert.equal(child.exitCode, null, log());
      return log().includes('mounted at ');
    });
    const run = (...args: string[]): ReturnType<typeof gphotosMount> => gphotosMount(args, folders.env);

    const { signIn, state, emptyBecause, sync } = JSON.parse((await run('status', '--json')).stdout) as StatusDocument;
    assert.deepEqual([state, signIn.state, signIn.message, emptyBecause], ['ready', 'none', null, null]);
    assert.equal(sync.lastError, null);
    const check = await run('status', '--check');
    assert.equal(check.code, 0, check.stdout);
    assert.match(check.stdout, /^OK .*: 0 items in 0 albums\n$/);
    assert.match((await run('status')).stdout, /state +ready\n[^]*sign-in +none is needed\n/);

    const readme = await readFile(join(folders.mountpoint, 'README.txt'), 'utf8');
    assert.match(readme, /This folder shows 0 items and 0 albums\. This mount is read-only/);
    assert.doesNotMatch(readme, /OAuth client|sign-in|first reading|Last read|Still to do/);
    assert.deepEqual(await readdir(join(folders.mountpoint, 'media/all')), []);

    // Whatever could begin to ask Google is asked for: a look for changes, a reload, the cache.
    for (const args of [
      ['sync', '--wait'],
      ['sync', '--full', '--wait'],
      ['cache', 'stats'],
    ]) {
      const outcome = await run(...args);
      assert.equal(outcome.code, 0, `${args.join(' ')}: ${outcome.stderr}`);
    }
    child.kill('SIGHUP');
    await until('the reload is logged', () => log().includes('reloading settings and credentials'));
    assert.equal((await run('status', '--check')).code, 0, log());
    assert.doesNotMatch(log(), / (?:warn|error) /);

    child.kill('SIGTERM');
    assert.equal(await exitOf(child), 0, log());
    assert.equal(emulator.counters.requests(), 0);
  });

  it('a profile of which one source needs an account is refused without a sign-in, as Google alone is', async () => {
    for (const sources of [['app'], ['takeout', 'app']] as const) {
      const { child, log } = start(sources);
      assert.equal(await exitOf(child), ExitCode.signIn, log());
      assert.match(log(), /There is no OAuth client/);
    }
  });

  it('after the first login a mount of Takeouts alone shows what Google lists beside them, without a new start', async () => {
    const run = (...args: string[]): ReturnType<typeof gphotosMount> => gphotosMount(args, folders.env);
    const library = describeLibrary({ photos: [{ title: 'takeout.jpg' }] });
    await writeExport(library, { folder: folders.home });
    const added = await run('takeout', 'add', '--wait', folders.home);
    assert.equal(added.code, 0, added.stderr);
    const mounted = await run(folders.mountpoint);
    assert.equal(mounted.code, 0, mounted.stderr);
    const all = join(folders.mountpoint, 'media/all');
    assert.deepEqual(await readdir(all), ['takeout.jpg']);
    // Nothing is there to be taken up yet.
    assert.equal((await run('sync', '--wait')).code, 0);
    assert.equal(emulator.counters.requests(), 0);

    const { GPHOTOS_REFRESH_TOKEN, ...others } = emulator.env;
    const env = { ...folders.env, ...others, TOKEN: GPHOTOS_REFRESH_TOKEN, NODE: process.execPath, PROGRAM: program };
    const line = 'printf %s "$TOKEN" | "$NODE" "$PROGRAM" login --refresh-token';
    const login = await runProgram('sh', ['-c', line], { env });
    assert.equal(login.code, 0, login.stderr);
    assert.match(login.stdout, /The running mount on .* goes on with the new sign-in\./);
    await until('the items of Google are there', async () => (await readdir(all)).length === 4);
    const status = JSON.parse((await run('status', '--json')).stdout) as StatusDocument;
    assert.deepEqual([status.signIn.state, status.catalog.sources.app], ['ok', 3]);
    const readme = await readFile(join(folders.mountpoint, 'README.txt'), 'utf8');
    assert.match(readme, /Last read from Google/);
  });
});
