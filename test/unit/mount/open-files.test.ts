import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenFiles } from '../../../src/mount/open-files.js';

const file = (): { read: () => number; release: () => void } => ({ read: () => 0, release: () => undefined });

describe('open files', () => {
  it('open files get handles from 1 on, each once while it is open', () => {
    const files = new OpenFiles();
    const [first, second] = [file(), file()];
    assert.deepEqual([files.add(first), files.add(second)], [1, 2]);
    assert.equal(files.take(1), first);
    assert.equal(files.take(1), undefined);
    assert.equal(files.add(file()), 3, 'a handle that may still be in use somewhere is not given again at once');
    assert.equal(files.get(2), second);
  });

  it('open files start again behind the largest handle of 31 bits, leaving out those in use', () => {
    const files = new OpenFiles(0x7fff_fffe);
    assert.equal(files.add(file()), 0x7fff_ffff);
    assert.equal(files.add(file()), 1);
    const again = new OpenFiles(0x7fff_fffe);
    again.add(file());
    again.add(file());
    again.take(0x7fff_ffff);
    assert.equal(again.add(file()), 2);
  });

  it('open files are all handed back when the mount ends', () => {
    const files = new OpenFiles();
    files.add(file());
    files.add(file());
    assert.equal(files.close().length, 2);
    assert.deepEqual([files.size, files.isClosed], [0, true]);
  });
});
