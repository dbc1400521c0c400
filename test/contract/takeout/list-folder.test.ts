import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ArchiveError } from '../../../src/takeout/archives/archive-error.js';
import type { ArchiveEntry, EntryCounts } from '../../../src/takeout/archives/entry.js';
import { listFolder } from '../../../src/takeout/archives/list-folder.js';

const place = mkdtempSync(join(tmpdir(), 'list-folder-'));
after(() => rmSync(place, { recursive: true }));

function listed(root: string): { found: ArchiveEntry[]; counts: EntryCounts } {
  const found: ArchiveEntry[] = [];
  const walk = listFolder(root);
  for (;;) {
    const { value, done } = walk.next();
    if (done === true) {
      const { total, taken, folders, skipped, repeated, refusedCount } = value;
      assert.equal(total, taken + folders + skipped + repeated + refusedCount, 'each entry is counted once');
      return { found, counts: value };
    }
    found.push(...value);
  }
}

describe('listing an extracted export', () => {
  it('files come with folder and size, junk is skipped, and links, pipes and backslashes are refused and not opened', () => {
    const year = join(place, 'Takeout/Google Photos/Photos from 2023');
    mkdirSync(join(year, '@eaDir'), { recursive: true });
    writeFileSync(join(year, 'a.jpg'), 'abc');
    writeFileSync(join(year, '._a.jpg'), 'abc');
    writeFileSync(join(year, '@eaDir/a.jpg'), 'abc');
    writeFileSync(join(year, 'b\\c.jpg'), 'abc');
    symlinkSync('/etc/passwd', join(year, 'link.jpg'));
    symlinkSync('/etc', join(year, 'away'));
    execFileSync('mkfifo', [join(year, 'pipe.jpg')]);
    const { found, counts } = listed(place);
    assert.deepEqual(found, [
      {
        folder: 'Takeout/Google Photos/Photos from 2023',
        name: 'a.jpg',
        size: 3,
        packed: 3,
        crc: undefined,
        headerOffset: 0,
        method: 'file',
      },
    ]);
    assert.deepEqual(counts.refused.map(({ name, reason }) => `${name.split('/').at(-1) ?? ''}: ${reason}`).sort(), [
      'away: it is a symbolic link',
      'b\\c.jpg: its name holds a backslash',
      'link.jpg: it is a symbolic link',
      'pipe.jpg: it is not a plain file',
    ]);
    assert.deepEqual([counts.skipped, counts.folders], [2, 4]);
  });

  it('a folder that is not there is an error that names it', () => {
    assert.throws(() => listed(join(place, 'none')), ArchiveError);
    assert.throws(() => listed(join(place, 'none')), /none is not there/);
  });

  it('5,000 files come in batches, all of them', () => {
    const root = join(place, 'many');
    mkdirSync(root);
    for (let index = 0; index < 5000; index += 1) writeFileSync(join(root, `${index}.jpg`), '');
    assert.equal(new Set(listed(root).found.map(({ name }) => name)).size, 5000);
  });
});
