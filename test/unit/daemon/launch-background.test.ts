import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { DaemonConfig } from '../../../src/daemon/daemon-config.js';
import { launchInBackground } from '../../../src/daemon/launch-background.js';

/** Starts a program in the place of the daemon. */
async function launched(program: string, timeoutMs: number, longestMs?: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'launch-'));
  const programFile = join(folder, 'daemon.mjs');
  writeFileSync(programFile, program);
  try {
    const config = { paths: { logFile: '/log' } } as DaemonConfig;
    return await launchInBackground({
      config,
      programFile,
      env: process.env,
      timeoutMs,
      ...(longestMs === undefined ? {} : { longestMs }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the command that starts the daemon', () => {
  it('the command that starts the daemon waits longer than its limit where the daemon says that it is busy', async () => {
    // Busy for three times the limit.
    const program = `let left = 12;
      const timer = setInterval(() => {
        if (left-- > 0) process.send({ kind: 'busy' });
        else { clearInterval(timer); process.send({ kind: 'ready' }, () => process.disconnect()); }
      }, 500);`;
    assert.ok((await launched(program, 2000)) > 0);
  });

  it('the command that starts the daemon gives up where the daemon says nothing', async () => {
    await assert.rejects(launched('setInterval(() => {}, 1000);', 300), /not ready within 0\.3 s/);
  });

  it('gives up after its longest time although the daemon is busy', async () => {
    const busy = "setInterval(() => process.send({ kind: 'busy' }), 20);";
    await assert.rejects(launched(busy, 60_000, 1000), /not ready within 1 s/);
  });
});
