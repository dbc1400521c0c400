import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Attributes } from '../../../src/filesystem/file-system.js';
import { encodeAttributes, encodeStatistics, STAT_WORDS } from '../../../src/mount/stat-words.js';

const TIMES = { mtime: 0, ctime: 0 };
const FILE: Attributes = { inode: 9, kind: 'file', size: 0, permissions: 0o444, ...TIMES, links: 1, uid: 5, gid: 6 };

function words(changes: Partial<Attributes>): number[] {
  const encoded = new Uint32Array(STAT_WORDS).fill(7);
  encodeAttributes({ ...FILE, ...changes }, encoded);
  return [...encoded];
}

function double(encoded: readonly number[], index: number): number {
  return (encoded[index] ?? NaN) + (encoded[index + 1] ?? NaN) * 2 ** 32;
}

describe('attributes for the kernel', () => {
  it('attributes for the kernel carry sizes and dates beyond 32 bits', () => {
    const encoded = words({ size: 5_000_000_001, mtime: Date.UTC(2024, 6, 19, 1, 2, 3, 456), ctime: 2 ** 40 });
    assert.equal(double(encoded, 3), 5_000_000_001);
    assert.equal(double(encoded, 10), Math.ceil(5_000_000_001 / 512));
    for (const index of [12, 14]) assert.equal(double(encoded, index), Date.UTC(2024, 6, 19, 1, 2, 3, 456));
    assert.equal(double(encoded, 16), 2 ** 40);
  });

  it('attributes for the kernel clamp dates before 1970, and dates that are none, to the epoch', () => {
    for (const mtime of [-1, Date.UTC(1955, 10, 5), NaN, -0.5])
      assert.equal(double(words({ mtime }), 14), 0, `${mtime}`);
    assert.equal(double(words({ mtime: 1.9 }), 14), 1);
  });

  it('attributes for the kernel leave nothing of an earlier answer', () => {
    assert.ok(!words({ kind: 'directory' }).includes(7));
  });
});

describe('statistics for the kernel', () => {
  it('statistics for the kernel multiply to the bytes of the library, rounded up to a block', () => {
    for (const totalBytes of [1, 4096, 123_456_789, 2 ** 44 + 1, 2 ** 52]) {
      const [block = 0, fragment = 0, blocks = 0] = encodeStatistics({ totalBytes, files: 3 }, true);
      assert.equal(block, fragment);
      assert.equal(blocks, Math.ceil(totalBytes / block), `${totalBytes}`);
    }
  });

  it('statistics for the kernel have a block even where the library is empty, since df leaves out file systems without', () => {
    assert.equal(encodeStatistics({ totalBytes: 0, files: 0 }, true)[2], 1);
  });

  it('statistics for the kernel have no free space on a read-only mount, and room for uploads on a writable one', () => {
    const statistics = { totalBytes: 2 ** 45, files: 2 ** 33 };
    assert.equal(encodeStatistics(statistics, true)[4], 0);
    const [block = 0, , blocks = 0, free = 0, available, files] = encodeStatistics(statistics, false);
    assert.equal(free * block, 2 ** 40);
    assert.equal(available, free);
    assert.equal((blocks - free) * block, 2 ** 45);
    assert.equal(files, 2 ** 32 - 1);
  });
});
