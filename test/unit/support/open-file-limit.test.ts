import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openFileLimit, shareDescriptors } from '../../../src/support/open-file-limit.js';

describe('the limit of open files', () => {
  const told = (line: string): number => {
    const folder = mkdtempSync(join(tmpdir(), 'gpm-limits-'));
    try {
      const file = join(folder, 'limits');
      writeFileSync(file, `Limit                     Soft Limit           Hard Limit           Units\n${line}\n`);
      return openFileLimit(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('the limit of open files is the soft limit that the kernel gives, Infinity for "unlimited" and where it gives none', () => {
    assert.equal(told('Max open files            128                  4096                 files'), 128);
    assert.equal(told('Max open files            unlimited            unlimited            files'), Infinity);
    assert.equal(told('Max processes             5                    5                    processes'), Infinity);
    assert.equal(openFileLimit('/nowhere/limits'), Infinity);
  });

  it('the limit of open files shared out at 128, 256 and 1024 leaves 56 descriptors to the rest of the program', () => {
    for (const limit of [128, 256, 1024]) {
      const { cacheFiles, connections, syncConnections } = shareDescriptors(limit);
      assert.ok(2 * cacheFiles + 3 * (connections + syncConnections) + 56 <= limit, `at ${limit}`);
      assert.ok(cacheFiles >= 8 && connections >= 4 && syncConnections >= 2, `at ${limit}`);
    }
  });

  it('the limit of open files shared out gives everything its full number where there are plenty, and something where there are too few', () => {
    const full = { cacheFiles: 512, connections: 120, syncConnections: 16 };
    assert.deepEqual(shareDescriptors(Infinity), full);
    assert.deepEqual(shareDescriptors(524_288), full);
    assert.deepEqual(shareDescriptors(10), { cacheFiles: 4, connections: 2, syncConnections: 1 });
  });
});
