import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { ExitCode } from '../../src/support/user-error.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { faultWhenAsked } from '../support/fault-when-asked.js';
import { deviceOf, freeMountPoint, program, withMount } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run } from '../support/run-program.js';
import { until } from '../support/until.js';

let emulator: Emulator;
let folders: PrivateFolders;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 30, albums: 2 } });
  folders = makePrivateFolders(emulator.env);
});
afterEach(async () => {
  await gphotosMount(['unmount', '--lazy', folders.mountpoint], folders.env);
  freeMountPoint(folders.mountpoint);
  await emulator.close();
  folders.remove();
});

const isMounted = (): boolean => deviceOf(folders.mountpoint) !== undefined;

async function status(): Promise<StatusDocument> {
  const outcome = await gphotosMount(['status', '--json'], folders.env);
  assert.equal(outcome.code, 0, outcome.stderr);
  return JSON.parse(outcome.stdout) as StatusDocument;
}

async function mountInBackground(...args: string[]): Promise<StatusDocument> {
  const outcome = await gphotosMount([folders.mountpoint, ...args], folders.env);
  assert.equal(outcome.code, 0, outcome.stderr);
  return status();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A dead process whose parent has not waited for it yet is dead too.
  return !/^State:\s*Z/m.test(procStatus(pid));
}

function procStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

const untilDead = (pid: number): Promise<unknown> => until(`process ${pid} is gone`, () => !isAlive(pid));

describe('a mount in the background', () => {
  it('a mount in the background works when the command returns, and says how to end it', async () => {
    const outcome = await gphotosMount([folders.mountpoint], folders.env);
    assert.equal(outcome.code, 0);
    assert.equal(
      outcome.stdout,
      `mounted at ${folders.mountpoint} (unmount with: gphotos-mount unmount ${folders.mountpoint})\n`,
    );
    assert.equal(outcome.stderr, '');
    assert.ok((await readdir(folders.mountpoint)).includes('README.txt'));
  });

  it('a mount in the background takes a mount point relative to where it is called', async () => {
    const outcome = await gphotosMount(['photos'], folders.env, folders.root);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal((await status()).mountpoint, folders.mountpoint);
    assert.equal((await gphotosMount(['unmount', './photos/'], folders.env, folders.root)).code, 0);
  });

  it('a mount in the background is found by the name of a symbolic link to it', async () => {
    const link = join(folders.root, 'link');
    symlinkSync(folders.mountpoint, link);
    assert.equal((await gphotosMount([link], folders.env)).code, 0);
    assert.equal((await gphotosMount(['status', link], folders.env)).code, 0);
    assert.equal((await gphotosMount(['status', folders.mountpoint], folders.env)).code, 0);
    assert.equal((await gphotosMount(['unmount', link], folders.env)).code, 0);
    assert.ok(!isMounted());
  });

  it('a mount in the background keeps its log, its catalog and its socket to its owner', async () => {
    await mountInBackground();
    const { data, cache, runtime } = folders;
    for (const file of [
      join(data, 'default/daemon.log'),
      join(data, 'default/catalog.db'),
      join(runtime, 'default.sock'),
    ]) {
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
    }
    for (const folder of [join(data, 'default'), join(cache, 'default'), runtime]) {
      assert.equal(statSync(folder).mode & 0o777, 0o700, folder);
    }
  });

  it('a mount in the background is shown by status, for a person and as JSON', async () => {
    const { pid } = await mountInBackground();
    await until('the first sync', async () => (await status()).sync.firstSyncDone);
    const document = await status();
    assert.equal(document.mountpoint, folders.mountpoint);
    assert.equal(document.state, 'ready');
    assert.deepEqual(
      { items: document.catalog.items, albums: document.catalog.albums },
      { items: emulator.library.itemCount, albums: 2 },
    );
    assert.ok(document.quota.api.used > 0 && document.quota.api.limit === 10_000);
    assert.deepEqual(document.errors, []);
    const text = await gphotosMount(['status', folders.mountpoint], folders.env);
    assert.match(text.stdout, new RegExp(`pid ${pid}`));
    assert.match(text.stdout, /state +ready\n +library +\d+ items in 2 albums/);
  });

  it('a mount in the background shows the same document in .gphotos/status.json', async () => {
    await mountInBackground('--attr-timeout', '0');
    await until('the first sync', async () => (await status()).sync.firstSyncDone);
    const text = await readFile(join(folders.mountpoint, '.gphotos/status.json'), 'utf8');
    const document = JSON.parse(text) as StatusDocument;
    assert.deepEqual(Object.keys(document), Object.keys(await status()));
    assert.equal(document.mountpoint, folders.mountpoint);
  });

  it('a mount in the background is ended by unmount, which returns when another start is possible', async () => {
    const { pid } = await mountInBackground();
    const outcome = await gphotosMount(['unmount', folders.mountpoint], folders.env);
    assert.deepEqual(outcome, { code: 0, stdout: '', stderr: '' });
    assert.ok(!isMounted());
    await mountInBackground();
    await untilDead(pid);
  });

  it('a mount in the background is not ended by unmount while a file is open, unless asked to', async () => {
    await mountInBackground();
    const file = await open(join(folders.mountpoint, 'README.txt'));
    try {
      const busy = await gphotosMount(['unmount', folders.mountpoint], folders.env);
      assert.equal(busy.code, ExitCode.busy);
      assert.match(busy.stderr, /cannot be unmounted/);
      assert.ok(isMounted());
      assert.equal((await gphotosMount(['unmount', '--lazy', folders.mountpoint], folders.env)).code, 0);
      assert.ok(!isMounted());
    } finally {
      await file.close();
    }
  });

  it('a mount in the background ends when it is unmounted from outside', async () => {
    const { pid } = await mountInBackground();
    freeMountPoint(folders.mountpoint);
    await untilDead(pid);
    const log = await readFile(join(folders.data, 'default/daemon.log'), 'utf8');
    assert.match(log, /ending: unmounted by another program/);
    assert.ok(!existsSync(join(folders.runtime, 'default.sock')));
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`a mount in the background unmounts and ends on ${signal}`, async () => {
      const { pid } = await mountInBackground();
      process.kill(pid, signal);
      await untilDead(pid);
      assert.ok(!isMounted());
    });
  }

  it('a mount in the background that was killed leaves a dead mount, which the next start takes over', async () => {
    const { pid } = await mountInBackground();
    process.kill(pid, 'SIGKILL');
    await untilDead(pid);
    assert.ok(isMounted(), 'the dead mount is there');
    assert.notEqual((await mountInBackground()).pid, pid);
    assert.ok((await readdir(folders.mountpoint)).includes('README.txt'));
  });

  it('a mount in the background that was killed leaves a dead mount, which unmount takes away', async () => {
    const { pid } = await mountInBackground();
    process.kill(pid, 'SIGKILL');
    await untilDead(pid);
    assert.deepEqual(await gphotosMount(['unmount', folders.mountpoint], folders.env), {
      code: 0,
      stdout: '',
      stderr: '',
    });
    assert.ok(!isMounted());
  });
});

describe('a second daemon', () => {
  it('a second daemon on the same profile is refused, and the first named', async () => {
    const { pid } = await mountInBackground();
    const other = makePrivateFolders();
    const log = await readFile(join(folders.data, 'default/daemon.log'), 'utf8');
    const outcome = await gphotosMount([other.mountpoint], folders.env);
    other.remove();
    assert.equal(outcome.code, ExitCode.busy);
    assert.match(outcome.stderr, new RegExp(`process ${pid}, mounted on ${folders.mountpoint}`));
    assert.match(outcome.stderr, /--profile/);
    assert.equal((await status()).pid, pid);
    assert.ok((await readFile(join(folders.data, 'default/daemon.log'), 'utf8')).startsWith(log));
  });

  it('a second daemon on the same mount point is refused', async () => {
    await mountInBackground();
    const outcome = await gphotosMount([folders.mountpoint, '--profile', 'other'], folders.env);
    assert.equal(outcome.code, ExitCode.mount);
    assert.match(outcome.stderr, /is mounted already/);
  });

  it('a second daemon on another profile and mount point runs beside it', async () => {
    const other = makePrivateFolders();
    await mountInBackground();
    try {
      const outcome = await gphotosMount([other.mountpoint, '--profile', 'other'], folders.env);
      assert.equal(outcome.code, 0, outcome.stderr);
      const both = await gphotosMount(['status'], folders.env);
      assert.match(both.stdout, /profile default/);
      assert.match(both.stdout, /profile other/);
      const json = await gphotosMount(['status', '--json'], folders.env);
      assert.equal(json.code, ExitCode.usage);
      assert.match(json.stderr, /Several mounts/);
      assert.equal((await gphotosMount(['status', '--json', '--profile', 'other'], folders.env)).code, 0);
    } finally {
      await gphotosMount(['unmount', other.mountpoint], folders.env);
      other.remove();
    }
  });
});

describe('a mount in the foreground', () => {
  it('a mount in the foreground logs to stderr and exits with 0 on SIGTERM', async () => {
    await withMount({ emulator, folders }, async ({ end, log, path }) => {
      assert.match(log(), /^\S+Z info gphotos-mount \d+\.\d+\.\d+ starts on/m);
      assert.match(log(), new RegExp(`^mounted at ${path} `, 'm'));
      assert.ok(!log().includes('\r'), 'no progress line where no terminal is');
      assert.equal(await end(), 0);
    });
    assert.ok(!existsSync(join(folders.data, 'default/daemon.log')));
  });

  it('a mount in the foreground exits with 0 when it is unmounted by the command', async () => {
    await withMount({ emulator, folders }, async ({ path, pid }) => {
      assert.equal((await gphotosMount(['unmount', path], folders.env)).code, 0);
      await untilDead(pid);
    });
  });

  it('a mount in the foreground shows the progress of the first sync on a terminal', async () => {
    const command = `${process.execPath} ${program} -f ${folders.mountpoint}`;
    const terminal = spawn('script', ['-qefc', command, '/dev/null'], {
      env: folders.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    await until('the progress line', () => shown.includes('first sync: '));
    await until('its end', () => /first sync: [\d,]+ items, 2 albums, done/.test(shown));
    assert.match(shown, /\r\u001b\[K/);
    await gphotosMount(['unmount', folders.mountpoint], folders.env);
    await until('the end', () => terminal.exitCode !== null);
    assert.equal(terminal.exitCode, 0);
  });

  it('a mount in the foreground writes no secret and no base URL into its log', async () => {
    await withMount({ emulator, folders, args: ['--log-level', 'debug'], until: 'measured' }, async ({ log, path }) => {
      const [name = ''] = await readdir(join(path, 'media/all'));
      await readFile(join(path, 'media/all', name));
      const { GPHOTOS_CLIENT_SECRET, GPHOTOS_REFRESH_TOKEN } = emulator.env;
      for (const secret of [GPHOTOS_CLIENT_SECRET, GPHOTOS_REFRESH_TOKEN, emulator.url]) {
        assert.ok(!log().includes(secret), 'not in the log');
      }
    });
  });
});

describe('a mount that meets a fault of its own', () => {
  for (const [what, code] of [
    ['an exception that is not caught', "throw new Error('injected fault');"],
    ['a rejection that is not handled', "void Promise.reject(new Error('injected fault'));"],
  ] as const) {
    it(`a mount that meets a fault of the program unmounts, logs it and exits with 4 after ${what}`, async () => {
      const { env, inject } = faultWhenAsked(folders, code, 'the main thread');
      await withMount({ emulator, folders, env }, async ({ log, exited }) => {
        inject();
        assert.equal(await exited(), ExitCode.internal);
        assert.match(log(), /error ending: Error: injected fault/);
        assert.ok(!isMounted());
        assert.ok(!existsSync(join(folders.runtime, 'default.sock')));
      });
    });
  }

  it('a mount whose sync thread crashes still shows what is known, reports the crash, and syncs again by itself', async () => {
    const { env, inject } = faultWhenAsked(folders, "throw new Error('injected fault');", 'the worker');
    await withMount({ emulator, folders, env, args: ['--poll-interval', '1s'] }, async ({ path, untilStatus }) => {
      const before = (await readdir(join(path, 'media/all'))).length;
      // Keeps the next thread from getting over it too soon to be seen.
      const fault = emulator.faults.add({ times: Infinity, action: { type: 'reset' } });
      inject();
      const failing = await untilStatus('the fault shows', ({ sync }) => sync.lastError?.code === 'sync-failed');
      assert.equal(failing.state, 'degraded');
      assert.match(failing.sync.lastError?.message ?? '', /injected fault/);
      assert.equal(failing.sync.firstSyncDone, true);
      assert.equal((await readdir(join(path, 'media/all'))).length, before);
      fault.remove();
      emulator.library.add({ filename: 'later.jpg' });
      const mended = await untilStatus('it syncs again', ({ state, catalog }) => {
        return state === 'ready' && catalog.items === emulator.library.itemCount;
      });
      assert.equal(mended.sync.lastError, null);
      const told = mended.errors.filter(({ code }) => code === 'sync-failed');
      assert.deepEqual(
        told.map(({ resolvedAt }) => resolvedAt !== null),
        [true],
      );
    });
  });

  it('a mount ends at a second signal although unmounting hangs', async () => {
    // Stands before the real one; hangs unless it is to detach.
    const real = spawnSync('sh', ['-c', 'command -v fusermount3 || command -v fusermount'], { encoding: 'utf8' });
    const bin = join(folders.root, 'bin');
    const called = join(folders.root, 'called');
    mkdirSync(bin);
    const script = `#!/bin/sh\ncase "$*" in *-z*) exec ${real.stdout.trim()} "$@";; esac\n: > ${called}\nsleep 20\n`;
    for (const name of ['fusermount3', 'fusermount', 'umount']) writeFileSync(join(bin, name), script, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    await withMount({ emulator, folders, env }, async ({ pid, end }) => {
      process.kill(pid, 'SIGTERM');
      await until('the first signal unmounts', () => existsSync(called));
      assert.ok(isMounted());
      assert.equal(await end('SIGINT'), ExitCode.interrupted);
      assert.ok(!isMounted());
    });
  });
});

describe('the help', () => {
  it('every help text has examples and ends with exit code 0', async () => {
    const help = await run(process.execPath, [program, '--help'], { env: folders.env });
    assert.equal(help.code, 0);
    assert.match(help.stdout, /Examples:\n +gphotos-mount ~\/photos/);
    const version = await run(process.execPath, [program, '--version'], { env: folders.env });
    assert.match(version.stdout, /^gphotos-mount \d+\.\d+\.\d+\n$/);
  });
});
