import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ExitCode } from '../../src/support/user-error.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { deviceOf } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount } from '../support/run-program.js';
import { endMount } from '../support/end-mount.js';
import { until } from '../support/until.js';

let emulator: Emulator;
let folders: PrivateFolders;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 2, albums: 1 } });
  folders = makePrivateFolders(emulator.env);
});
afterEach(async () => {
  await endMount(folders);
  await emulator.close();
  folders.remove();
});

/** Another session of the same user: the data folder is the same, where sockets lie is not. */
function session(name: string): NodeJS.ProcessEnv {
  const runtime = join(folders.root, name);
  mkdirSync(runtime, { mode: 0o700 });
  const env: NodeJS.ProcessEnv = { ...folders.env, TMPDIR: runtime };
  delete env['GPHOTOS_RUNTIME_DIR'];
  return env;
}

const socketOf = (): string => {
  const note = JSON.parse(readFileSync(join(folders.data, 'default/lock.json'), 'utf8')) as { socket: string };
  return note.socket;
};

async function mounted(env: NodeJS.ProcessEnv = folders.env): Promise<void> {
  const outcome = await gphotosMount([folders.mountpoint], env);
  assert.equal(outcome.code, 0, outcome.stderr);
}

describe('a daemon', () => {
  it('a daemon is found by status, sync, cache, accounts, doctor, login and unmount from a session with another runtime folder', async () => {
    await mounted({ ...session('run-of-the-service'), XDG_RUNTIME_DIR: join(folders.root, 'run-of-the-service') });
    const env = session('tmp-of-another');
    for (const args of [['status'], ['status', folders.mountpoint], ['sync', '--wait'], ['cache', 'stats']]) {
      const { code, stderr } = await gphotosMount(args, env);
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    }
    const accounts = await gphotosMount(['accounts', '--json'], env);
    assert.equal((JSON.parse(accounts.stdout) as { mountpoint: string }[])[0]?.mountpoint, folders.mountpoint);
    const doctor = await gphotosMount(['doctor', '--json'], env);
    assert.match(doctor.stdout, new RegExp(`The mount on ${folders.mountpoint} is`));
    const unmounted = await gphotosMount(['unmount', folders.mountpoint], env);
    assert.deepEqual(unmounted, { code: 0, stdout: '', stderr: '' });
    assert.equal(deviceOf(folders.mountpoint), undefined);
  });

  it('a daemon whose runtime folder is removed at logout listens in the data folder, and is found from the next session', async () => {
    const env = session('tmp-of-login');
    const runtime = join(folders.root, 'run-of-login');
    mkdirSync(runtime, { mode: 0o700 });
    await mounted({ ...env, XDG_RUNTIME_DIR: runtime });
    assert.ok(socketOf().startsWith(runtime));
    rmSync(runtime, { recursive: true });
    mkdirSync(runtime, { mode: 0o700 });
    const status = await gphotosMount(['status'], { ...env, XDG_RUNTIME_DIR: runtime });
    assert.equal(status.code, 0, status.stderr);
    assert.equal(socketOf(), join(folders.data, 'default/control.sock'));
    assert.equal(lstatSync(socketOf()).mode & 0o777, 0o600);
    assert.equal((await gphotosMount(['unmount', folders.mountpoint], env)).code, 0);
    assert.ok(!existsSync(join(folders.data, 'default/control.sock')));
  });

  it('a daemon listens again where its socket in the data folder is removed too', async () => {
    await mounted();
    rmSync(socketOf());
    const lasting = join(folders.data, 'default/control.sock');
    await until('it listens in the data folder', () => existsSync(lasting));
    await until('the note says so', () => socketOf() === lasting);
    rmSync(lasting);
    await until('it listens again', () => existsSync(lasting));
    assert.equal((await gphotosMount(['status'], folders.env)).code, 0);
  });

  it('a daemon with a data folder too deep for a socket is found after its runtime folder is gone', async () => {
    const deep = join(folders.root, 'd'.repeat(120));
    const env = { ...folders.env, GPHOTOS_DATA_DIR: deep };
    await mounted(env);
    const note = join(deep, 'default/lock.json');
    rmSync(folders.runtime, { recursive: true });
    const status = await gphotosMount(['status'], env);
    assert.equal(status.code, 0, status.stderr);
    const { socket } = JSON.parse(readFileSync(note, 'utf8')) as { socket: string };
    assert.ok(Buffer.byteLength(socket) < 104, socket);
    assert.equal((await gphotosMount(['unmount', folders.mountpoint], env)).code, 0);
    rmSync(join(socket, '..'), { recursive: true, force: true });
  });

  it('a daemon of an older version, whose lock names no socket, is found in the runtime folder', async () => {
    await mounted();
    const note = join(folders.data, 'default/lock.json');
    const { pid, mountpoint } = JSON.parse(readFileSync(note, 'utf8')) as Record<string, unknown>;
    writeFileSync(note, JSON.stringify({ pid, mountpoint }));
    for (const args of [['status'], ['sync'], ['unmount', folders.mountpoint]])
      assert.equal((await gphotosMount(args, folders.env)).code, 0, args.join(' '));
  });

  it('a daemon that was killed is not found: its note and its socket are ignored', async () => {
    await mounted();
    const { pid } = JSON.parse(readFileSync(join(folders.data, 'default/lock.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    const { code, stderr } = await gphotosMount(['status'], folders.env);
    assert.equal(code, ExitCode.notRunning);
    assert.match(stderr, /No mount of gphotos-mount is running/);
  });
});

describe('a runtime folder that another user could have made', () => {
  let liar: Server;
  let asked = 0;
  beforeEach(async () => {
    asked = 0;
    liar = createServer((socket) => {
      asked += 1;
      socket.end(`${JSON.stringify({ ok: false, message: 'Run: rm -r ~', hint: '', exitCode: 0 })}\n`);
    });
    await new Promise<void>((resolve) => liar.listen(join(folders.runtime, 'default.sock'), resolve));
  });
  afterEach(() => void liar.close());

  const STRANGER = 54_321;
  const isRoot = process.getuid?.() === 0;
  const FAULTS: readonly { what: string; arrange: () => void; says: RegExp; skip?: boolean }[] = [
    {
      what: 'that others may write to',
      arrange: () => chmodSync(folders.runtime, 0o777),
      says: /in which a running mount would be asked, may be written to by others; nothing was asked/,
    },
    {
      what: 'that belongs to another user',
      arrange: () => chownSync(folders.runtime, STRANGER, STRANGER),
      says: /belongs to another user \(uid 54321\); nothing was asked/,
      skip: !isRoot,
    },
    {
      what: 'with a socket of another user',
      arrange: () => chownSync(join(folders.runtime, 'default.sock'), STRANGER, STRANGER),
      says: /default\.sock, the control socket, belongs to another user/,
      skip: !isRoot,
    },
  ];
  for (const { what, arrange, says, skip = false } of FAULTS) {
    it(
      `in a runtime folder that another user could have made, ${what} is reported by status, sync and cache, and nothing is asked there`,
      { skip },
      async () => {
        arrange();
        for (const args of [['status'], ['sync'], ['cache', 'stats']]) {
          const { code, stdout, stderr } = await gphotosMount(args, folders.env);
          assert.equal(code, ExitCode.config, `${args.join(' ')}: ${stderr}`);
          assert.match(stderr, says);
          assert.doesNotMatch(stdout + stderr, /rm -r/);
        }
        assert.equal(asked, 0);
      },
    );
  }
});
