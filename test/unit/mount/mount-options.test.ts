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
  it('ask for a read-only mount with our inodes and a known type', () => {
    for (const option of ['ro', 'use_ino', 'auto_cache', 'fsname=gphotos-mount', 'subtype=gphotos-mount']) {
      assert.ok(listed({}).includes(option), option);
    }
    assert.ok(!listed({ readOnly: false }).includes('ro'));
  });

  it('hand on a timeout of 0, and fractions', () => {
    assert.ok(listed({ attrTimeoutSeconds: 0 }).includes('attr_timeout=0'));
    assert.ok(listed({ attrTimeoutSeconds: 0.5 }).includes('entry_timeout=0.5'));
  });

  it('let the kernel judge permissions where other users are let in', () => {
    assert.ok(!listed({}).includes('default_permissions'));
    assert.deepEqual(listed({ allowOther: true }).slice(-3, -1), ['allow_other', 'default_permissions']);
  });

  it('take no name that would end one option and begin another', () => {
    assert.throws(() => listed({ fsname: 'x,suid' }), RangeError);
    assert.ok(listed({ platform: 'darwin', volumeName: 'a,allow_root' }).includes('volname=a allow_root'));
  });

  it('are never longer than the binding keeps', () => {
    assert.throws(() => listed({ fsname: 'x'.repeat(1000) }), RangeError);
  });
});
