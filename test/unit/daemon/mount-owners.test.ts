import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { acquireProfileLock } from '../../../src/catalog/profile-lock.js';
import { mountOwners } from '../../../src/daemon/mount-owners.js';

describe('what the locks say of mount points', () => {
  it('the locks name the mount point of a daemon that lives and of one that was killed, and no other', () => {
    const data = mkdtempSync(join(tmpdir(), 'gphotos-mount-owners-'));
    const lock = acquireProfileLock(join(data, 'default'), { pid: process.pid, mountpoint: '/mnt/alive' });
    try {
      mkdirSync(join(data, 'old'));
      const killed = { pid: 2 ** 22 + 1, mountpoint: '/mnt/dead' };
      writeFileSync(join(data, 'old/lock.json'), JSON.stringify(killed), { mode: 0o600 });
      const { isOurPath, isServed } = mountOwners(data);
      assert.deepEqual(['/mnt/alive', '/mnt/dead', '/mnt/other'].map(isOurPath), [true, true, false]);
      assert.deepEqual(['/mnt/alive', '/mnt/dead', '/mnt/other'].map(isServed), [true, false, false]);
    } finally {
      lock.release();
      rmSync(data, { recursive: true });
    }
    assert.equal(mountOwners(data).isOurPath('/mnt/alive'), false);
  });
});
