import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StatusDocument } from '../../src/daemon/status-document.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import { abortFuseMounts } from '../support/fuse-abort.js';
import { freeMountPoint, program } from '../support/mounted.js';
import { makePrivateFolders, type PrivateFolders } from '../support/private-folders.js';
import { gphotosMount, run, type Outcome } from '../support/run-program.js';
import { until } from '../support/until.js';

/** Of `status --check` itself. */
const DEADLINE_MS = 15_000;

let emulator: Emulator;
let folders: PrivateFolders;
let pid: number;
beforeEach(async () => {
  emulator = await startEmulator({ seed: { items: 3, albums: 1 } });
  folders = makePrivateFolders(emulator.env);
  const outcome = await gphotosMount([folders.mountpoint], folders.env);
  assert.equal(outcome.code, 0, outcome.stderr);
  pid = (JSON.parse((await gphotosMount(['status', '--json'], folders.env)).stdout) as StatusDocument).pid;
});
afterEach(async () => {
  await abortFuseMounts(folders.mountpoint);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended already.
  }
  freeMountPoint(folders.mountpoint);
  await emulator.close();
  folders.remove();
});

const check = (...args: string[]): Promise<Outcome> =>
  run(process.execPath, [program, 'status', '--check', ...args], { env: folders.env, deadlineMs: DEADLINE_MS });

describe('status --check', () => {
  it('ends with 0 and one line where the mount is well', async () => {
    const { code, stdout } = await check();
    assert.equal(code, 0, stdout);
    assert.match(stdout, new RegExp(`^OK ${folders.mountpoint}: .*\\n$`));
  });

  it('ends with 1 and the reason where Google no longer accepts the sign-in, and the tree still shows', async () => {
    emulator.oauth.grant.revoked = true;
    await gphotosMount(['sync'], folders.env);
    const { stdout } = await until('it is degraded', async () => {
      const outcome = await check(folders.mountpoint);
      return outcome.code === 1 ? outcome : undefined;
    });
    assert.equal((await readdir(folders.mountpoint)).includes('media'), true);
    assert.match(
      stdout,
      new RegExp(`^DEGRADED ${folders.mountpoint}: degraded: .*no longer accepts the sign-in.*\\n$`),
    );
  });

  it('ends with 2 within its deadline where the daemon is stopped, asked for all mounts and for the one', async () => {
    process.kill(pid, 'SIGSTOP');
    for (const args of [[], [folders.mountpoint]]) {
      const { code, stdout } = await check(...args);
      assert.equal(code, 2, stdout);
      assert.equal(stdout, `DOWN ${folders.mountpoint}: does not answer\n`);
    }
  });

  it('ends with 2 where the daemon was killed, and where nothing was mounted', async () => {
    process.kill(pid, 'SIGKILL');
    const dead = await until('it is down', async () => {
      const outcome = await check(folders.mountpoint);
      return outcome.code === 2 ? outcome : undefined;
    });
    assert.match(dead.stdout, /^DOWN .*\n$/);
    const none = await check();
    assert.equal(none.code, 2);
    assert.match(none.stdout, /^DOWN .*\n$/);
  });
});
