import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, it } from 'node:test';
import { join } from 'node:path';
import type { MountInspection } from '../../../src/mount/mount-state.js';
import { prepareMountPoint, type MountPointDeps } from '../../../src/mount/mount-point.js';
import { lineLogger } from '../../../src/support/logger.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

async function prepared(
  inspection: Omit<MountInspection, 'path'>,
  changes: Partial<MountPointDeps> = {},
): Promise<{ outcome: string; log: string; recovered: string[] }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'gphotos-mount-unit-')));
  const recovered: string[] = [];
  let log = '';
  try {
    const outcome = await prepareMountPoint(path, {
      log: lineLogger({ write: (line) => (log += line), least: () => 'debug', now: () => 0, format: 'timed' }),
      userId: 0,
      inspect: () => Promise.resolve({ ...inspection, path }),
      recover: (dead) => {
        recovered.push(dead);
        return Promise.resolve();
      },
      ...changes,
    });
    return { outcome: outcome === path ? 'ready' : outcome, log, recovered };
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, ExitCode.mount);
    return { outcome: `${error.message} ${error.hint}`, log, recovered };
  } finally {
    await rm(path, { recursive: true });
  }
}

const OURS = { mountpoint: '/x', type: 'fuse.gphotos-mount', source: 'gphotos-mount', device: '0:1' };

describe('preparing a mount point', () => {
  it('preparing a mount point takes a dead mount of ours away, with a line in the log', async () => {
    const { outcome, log, recovered } = await prepared({ state: 'stale', entry: OURS });
    assert.equal(outcome, 'ready');
    assert.equal(recovered.length, 1);
    assert.match(log, /warn took away the dead mount/);
  });

  it('preparing a mount point leaves the dead mount of another program to its owner', async () => {
    const { outcome, recovered } = await prepared({ state: 'stale', entry: { ...OURS, type: 'fuse.sshfs' } });
    assert.match(outcome, /dead mount of another program \(fuse\.sshfs\).*fusermount3 -u/);
    assert.deepEqual(recovered, []);
  });

  it('preparing a mount point says what to run where a dead mount cannot be taken away', async () => {
    const recover = (): Promise<void> => Promise.reject(new Error('busy'));
    assert.match((await prepared({ state: 'stale', entry: OURS }, { recover })).outcome, /sudo umount -l/);
  });

  it('preparing a mount point refuses one that is mounted, by this or another program', async () => {
    assert.match((await prepared({ state: 'mounted-by-us', entry: OURS })).outcome, /mounted already/);
    assert.match((await prepared({ state: 'mounted', entry: { ...OURS, type: 'ext4' } })).outcome, /\(ext4\)/);
  });

  it('preparing a mount point names the commands of macOS on a Mac', async () => {
    const foreign = await prepared({ state: 'stale', entry: { ...OURS, type: 'nfs' } }, { platform: 'darwin' });
    assert.match(foreign.outcome, /`diskutil unmount force \//);
    const recover = (): Promise<void> => Promise.reject(new Error('busy'));
    const own = await prepared({ state: 'stale', entry: OURS }, { platform: 'darwin', recover });
    assert.match(own.outcome, /`sudo diskutil unmount force \//);
  });

  it('preparing a mount point takes a dead mount of FUSE-T away that the inspection knows as ours', async () => {
    const entry = { mountpoint: '/x', type: 'nfs', source: 'fuse-t:/x', device: '' };
    assert.equal((await prepared({ state: 'stale', entry, isOwn: true })).outcome, 'ready');
  });
});
