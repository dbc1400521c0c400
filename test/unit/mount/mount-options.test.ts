import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kernelOptions, type KernelOptions } from '../../../src/mount/mount-options.js';

const OPTIONS: KernelOptions = {
  platform: 'linux',
  readOnly: true,
  allowOther: false,
  attrTimeoutSeconds: 1,
  fsname: 'gphotos-mount',
  volumeName: 'photos',
};

function listed(changes: Partial<KernelOptions>): string[] {
  const text = kernelOptions({ ...OPTIONS, ...changes });
  assert.ok(text.startsWith('-o'));
  return text.slice(2).split(',');
}

describe('mount options', () => {
  it('mount options ask for a read-only mount with our inodes and a known type', () => {
    for (const option of ['ro', 'use_ino', 'auto_cache', 'fsname=gphotos-mount', 'subtype=gphotos-mount']) {
      assert.ok(listed({}).includes(option), option);
    }
    assert.ok(!listed({ readOnly: false }).includes('ro'));
  });

  it('mount options hand on a timeout of 0, and fractions', () => {
    assert.ok(listed({ attrTimeoutSeconds: 0 }).includes('attr_timeout=0'));
    assert.ok(listed({ attrTimeoutSeconds: 0.5 }).includes('entry_timeout=0.5'));
  });

  it('mount options let the kernel judge permissions where other users are let in', () => {
    assert.ok(!listed({}).includes('default_permissions'));
    assert.deepEqual(listed({ allowOther: true }).slice(-3, -1), ['allow_other', 'default_permissions']);
  });

  it('mount options take no name that would end one option and begin another', () => {
    assert.throws(() => listed({ fsname: 'x,suid' }), RangeError);
    assert.ok(listed({ platform: 'darwin', volumeName: 'a,allow_root' }).includes('volname=a allow_root'));
  });

  it('mount options are never longer than the binding keeps', () => {
    assert.throws(() => listed({ fsname: 'x'.repeat(1000) }), RangeError);
  });

  it('mount options of a Mac are all known to the libfuse of macFUSE and to that of FUSE-T: an unknown one ends the mount', () => {
    const asked = [
      ...listed({ platform: 'darwin' }),
      ...listed({ platform: 'darwin', readOnly: false, allowOther: true, attrTimeoutSeconds: 0.5 }),
    ];
    for (const option of asked) {
      const template = option.includes('=') ? option.slice(0, option.indexOf('=') + 1) : option;
      assert.ok(MAC_OPTIONS.has(template), option);
    }
    assert.ok(asked.includes('daemon_timeout=600'));
    assert.ok(!asked.includes('local'));
  });
});

/** Of what `lib/mount_darwin.c`, `fuse.c` and `fuse_lowlevel.c` take in macfuse/library 7a6cdd2 and macos-fuse-t/libfuse 2e7803a. */
const MAC_OPTIONS: ReadonlySet<string> = new Set([
  'ac_attr_timeout=',
  'allow_other',
  'attr_timeout=',
  'auto_cache',
  'daemon_timeout=',
  'default_permissions',
  'entry_timeout=',
  'fsname=',
  'iosize=',
  'local',
  'max_read=',
  'noappledouble',
  'noapplexattr',
  'nobrowse',
  'ro',
  'subtype=',
  'use_ino',
  'volname=',
]);
