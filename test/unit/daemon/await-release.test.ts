import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { acquireProfileLock } from '../../../src/catalog/profile-lock.js';
import { untilReleased } from '../../../src/daemon/await-release.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpm-release-'));
});
after(() => rmSync(folder, { recursive: true }));

/** Holds the lock while the wait runs, and lets it go when the wait has slept so often; gives how often it slept. */
async function waited(isMounted: boolean, releaseAfter: number): Promise<number> {
  const lock = acquireProfileLock(folder, { pid: process.pid, mountpoint: '/mnt/photos' });
  let now = 0;
  let sleeps = 0;
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      sleeps += 1;
      if (sleeps === releaseAfter) lock.release();
      return Promise.resolve();
    },
  };
  await untilReleased(folder, { isMounted: () => Promise.resolve(isMounted), clock });
  if (sleeps < releaseAfter) lock.release();
  return sleeps;
}

describe('a mount that is asked for while the last one ends', () => {
  it('waits until the daemon whose mount is gone has let the profile go', async () => {
    assert.equal(await waited(false, 7), 7);
  });

  it('does not wait where the profile is mounted, or is nobody’s', async () => {
    assert.equal(await waited(true, 1), 0);
    await untilReleased(folder, {
      isMounted: () => assert.fail(),
      clock: { now: () => 0, sleep: () => assert.fail() },
    });
  });

  it('waits 15 seconds at most', async () => {
    assert.equal(await waited(false, 1000), 150);
  });
});
