import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { acquireProfileLock } from '../../../src/catalog/profile-lock.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

const modulePath = new URL('../../../src/catalog/profile-lock.js', import.meta.url).href;

async function withFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'lock-'));
  try {
    await work(join(parent, 'profile'));
  } finally {
    rmSync(parent, { recursive: true });
  }
}

function assertBusy(folder: string, part: RegExp): void {
  assert.throws(
    () => acquireProfileLock(folder, { pid: 2, mountpoint: '/elsewhere' }),
    (error: unknown) => error instanceof UserError && error.exitCode === ExitCode.busy && part.test(error.message),
  );
}

describe('the lock on a profile', () => {
  it('the lock on a profile is refused to a second daemon with the process and mount point of the first, and free after release', () =>
    withFolder((folder) => {
      const lock = acquireProfileLock(folder, { pid: 4711, mountpoint: '/home/ann/photos' });
      assertBusy(folder, /process 4711, mounted on \/home\/ann\/photos/);
      assertBusy(folder, /process 4711/);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      for (const name of ['lock', 'lock.json']) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
      lock.release();
      acquireProfileLock(folder, { pid: 2, mountpoint: '/elsewhere' }).release();
    }));

  it('the lock on a profile is free once a holder in another process was killed', () =>
    withFolder(async (folder) => {
      const code = `import { acquireProfileLock } from ${JSON.stringify(modulePath)};
        // Kept, because a lock that is collected is released.
        globalThis.lock = acquireProfileLock(${JSON.stringify(folder)}, { pid: process.pid, mountpoint: '/killed' });
        console.log('locked'); setInterval(() => {}, 1000);`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const gone = once(child, 'exit');
      try {
        await once(child.stdout, 'data');
        assertBusy(folder, new RegExp(`process ${String(child.pid)}, mounted on /killed`));
      } finally {
        child.kill('SIGKILL');
        await gone;
      }
      acquireProfileLock(folder, { pid: 2, mountpoint: '/elsewhere' }).release();
    }));
});
