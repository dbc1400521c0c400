import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./young-generation-child.js', import.meta.url));

describe('a thread that starts', () => {
  it('leaves the young generation of the thread that starts it as small as it was, though that makes many objects meanwhile', () => {
    for (let run = 0; run < 3; run += 1) {
      const size = Number(execFileSync(process.execPath, [CHILD], { encoding: 'utf8' }));
      assert.ok(size > 0 && size <= 8 * 2 ** 20, `${size / 2 ** 20} MiB`);
    }
  });
});
