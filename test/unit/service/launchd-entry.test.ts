import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exitCodeIn, exitForLaunchd, underLaunchd } from '../../../src/service/launchd-entry.js';
import { unitText } from '../../../src/service/unit-text.js';
import { ExitCode } from '../../../src/support/user-error.js';

const NOW = Date.UTC(2026, 0, 31, 12);

/** Runs a program that ends with this code, in a log that holds this already. */
async function ended(code: ExitCode, before = ''): Promise<{ told: number; log: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'gpm-launchd-'));
  const file = join(folder, 'service.log');
  writeFileSync(file, before);
  const descriptor = openSync(file, 'a');
  try {
    const write = (text: string): void => void writeSync(descriptor, text);
    const told = await underLaunchd(() => Promise.resolve(code), { write, now: () => NOW, descriptor });
    return { told, log: readFileSync(file, 'utf8') };
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
}

describe('the process that launchd starts', () => {
  it('the process that launchd starts ends with 0 exactly where systemd would not start it again either, else with its own code', () => {
    const unit = unitText({
      mountpoint: '/m',
      node: '/n',
      program: '/p',
      options: [],
      environment: {},
      user: undefined,
      hasNotify: true,
    });
    const prevented = /^RestartPreventExitStatus=(.*)$/m.exec(unit)?.[1]?.split(' ').map(Number) ?? [];
    assert.ok(prevented.length > 0);
    for (const code of Object.values(ExitCode))
      assert.equal(exitForLaunchd(code), prevented.includes(code) ? 0 : code, String(code));
  });

  it('the process that launchd starts that ended for want of a sign-in says so in its log, with the exit code and what to do', async () => {
    const { told, log } = await ended(ExitCode.signIn);
    assert.equal(told, 0);
    assert.match(
      log,
      /^2026-01-31T12:00:00\.000Z the service starts\n2026-01-31T12:00:00\.000Z the service ended with exit code 77; it is not started again: mend this, then run gphotos-mount service install\n$/,
    );
    assert.equal(exitCodeIn(log), ExitCode.signIn);
  });

  it('the process that launchd starts that will be started again says when', async () => {
    const { told, log } = await ended(ExitCode.system);
    assert.equal(told, 2);
    assert.match(log, /ended with exit code 2; launchd starts it again, at the earliest 30 seconds after/);
    assert.equal(exitCodeIn(log), ExitCode.system);
  });

  it('the process that launchd starts that ended well, or runs, has no exit code of an earlier run', async () => {
    const { log: before } = await ended(ExitCode.signIn);
    const { told, log } = await ended(ExitCode.ok, before);
    assert.equal(told, 0);
    assert.doesNotMatch(log, /exit code 0/);
    assert.equal(exitCodeIn(log), undefined);
    assert.equal(exitCodeIn(''), undefined);
  });

  it('empties a log that has grown large, and keeps a small one', async () => {
    const { log: large } = await ended(ExitCode.ok, 'x\n'.repeat(200_000));
    assert.doesNotMatch(large, /x/);
    const { log: small } = await ended(ExitCode.ok, 'x\n');
    assert.match(small, /^x\n/);
  });
});
