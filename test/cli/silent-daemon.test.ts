import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { ExitCode } from '../../src/support/user-error.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { withDeadline } from '../support/deadline.js';
import { abortFuseMounts } from '../support/fuse-abort.js';
import { deviceOf, exitOf, freeMountPoint, withMount } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run } from '../support/run-program.js';
import { until } from '../support/until.js';

const abortModule = new URL('../../src/mount/abort-connection.js', import.meta.url).href;

let emulator: Emulator;
let folders: PrivateFolders;
let pid: number;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
  folders = makePrivateFolders(emulator.env);
  const outcome = await gphotosMount([folders.mountpoint], folders.env);
  assert.equal(outcome.code, 0, outcome.stderr);
  pid = (JSON.parse((await gphotosMount(['status', '--json'], folders.env)).stdout) as StatusDocument).pid;
  process.kill(pid, 'SIGSTOP');
  await until('it is stopped', () => /^State:\s*T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')));
});
afterEach(async () => {
  await abortFuseMounts(folders.mountpoint);
  for (const signal of ['SIGKILL', 'SIGCONT'] as const)
    try {
      process.kill(pid, signal);
    } catch {
      // It ended already.
    }
  freeMountPoint(folders.mountpoint);
  await emulator.close();
  folders.remove();
});

const isAlive = (): boolean => {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a daemon that is stopped', () => {
  const silence = (): RegExp =>
    new RegExp(
      `gphotos-mount on ${folders.mountpoint} does not answer; pid ${pid}, which is stopped\\.\n.*kill -CONT ${pid}`,
    );

  it('a stopped daemon is reported as stopped by status, sync and cache with exit code 69, and by login and doctor', async () => {
    for (const args of [
      ['status'],
      ['status', '--json'],
      ['status', folders.mountpoint],
      ['status', '--profile', 'default'],
      ['sync'],
      ['cache', 'stats'],
      ['cache', 'pin', join(folders.mountpoint, 'album')],
    ]) {
      const { code, stdout, stderr } = await gphotosMount(args, folders.env);
      assert.equal(code, ExitCode.notRunning, args.join(' '));
      assert.match(stderr, silence(), args.join(' '));
      assert.equal(stdout, '');
    }
    const { stdout } = await gphotosMount(['doctor', '--json'], folders.env);
    const { checks } = JSON.parse(stdout) as { checks: { id: string; result: string; message: string }[] };
    const service = checks.find(({ id }) => id === 'service');
    assert.equal(service?.result, 'fail');
    assert.match(service.message, new RegExp(`does not answer; pid ${pid}`));
  });

  it('a second mount reports that the first daemon is stopped', async () => {
    const again = await gphotosMount([folders.mountpoint], folders.env);
    assert.equal(again.code, ExitCode.mount);
    assert.match(again.stderr, new RegExp(`is mounted already.*does not answer; pid ${pid}`));
    assert.match(again.stderr, /gphotos-mount unmount/);
    const elsewhere = makePrivateFolders();
    const other = await gphotosMount([elsewhere.mountpoint], folders.env);
    elsewhere.remove();
    assert.equal(other.code, ExitCode.busy);
    assert.match(other.stderr, new RegExp(`already works on this profile.*does not answer; pid ${pid}`));
  });

  it('unmount of a stopped daemon frees its readers, ends it, and lets the next mount work', async () => {
    const waiting = spawn('cat', [join(folders.mountpoint, 'README.txt')], { stdio: 'ignore' });
    await until('the reader waits', () => /request_wait/.test(readFileSync(`/proc/${waiting.pid ?? 0}/wchan`, 'utf8')));
    const outcome = await gphotosMount(['unmount', folders.mountpoint], folders.env);
    assert.deepEqual(outcome, { code: 0, stdout: '', stderr: '' });
    assert.equal(await withDeadline(exitOf(waiting), 5000, 'the end of the reader'), 1);
    assert.equal(deviceOf(folders.mountpoint), undefined);
    assert.ok(!isAlive(), 'the daemon has ended');
    assert.match(readFileSync(join(folders.data, 'default/daemon.log'), 'utf8'), /ending: /);
    assert.ok(!existsSync(join(folders.data, 'default/lock.json')), 'the profile was released');
    const again = await gphotosMount([folders.mountpoint], folders.env);
    assert.equal(again.code, 0, again.stderr);
    assert.equal((await gphotosMount(['unmount', folders.mountpoint], folders.env)).code, 0);
  });

  it('a stopped daemon whose connection was aborted ends by itself when it is continued', async () => {
    const connection = deviceOf(folders.mountpoint);
    assert.ok(connection !== undefined);
    await abortFuseMounts(folders.mountpoint);
    process.kill(pid, 'SIGCONT');
    await until('it has ended', () => !isAlive());
    assert.match(
      readFileSync(join(folders.data, 'default/daemon.log'), 'utf8'),
      /ending: unmounted by another program/,
    );
    assert.equal(deviceOf(folders.mountpoint), undefined);
  });
});

describe('a mount whose connection is aborted while its daemon runs', () => {
  const isRoot = process.getuid?.() === 0;
  it(
    'a mount whose connection is aborted while its daemon runs is taken out of the tree by the daemon, which ends with 0',
    { skip: !isRoot },
    async () => {
      const own = makePrivateFolders();
      try {
        await withMount({ emulator, folders: own }, async ({ path, exited }) => {
          // In a mount namespace of its own: the machine may not have these controls where they belong.
          const script = 'mount -t fusectl none /sys/fs/fuse/connections && exec "$0" --input-type=module -e "$1"';
          const code = `import { abortConnection, SYSTEM } from ${JSON.stringify(abortModule)};
          process.exit((await abortConnection(${JSON.stringify(path)}, { ...SYSTEM, userId: 1 })) ? 0 : 1);`;
          const { code: status, stderr } = await run('unshare', ['-m', 'sh', '-c', script, process.execPath, code]);
          assert.equal(status, 0, stderr);
          assert.equal(await withDeadline(exited(), 10_000, 'the end of the daemon'), 0);
          assert.equal(deviceOf(path), undefined);
        });
      } finally {
        own.remove();
      }
    },
  );
});
