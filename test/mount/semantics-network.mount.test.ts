import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../support/child-mount.js';
import type { RouteReport } from '../support/route-child.js';

const child = join(dirname(fileURLToPath(import.meta.url)), '../support/route-child.js');
const mayUnshare = process.platform === 'linux' && process.getuid?.() === 0;

describe(
  'SEMANTICS: a network that changes, under a mount',
  { skip: mayUnshare ? false : 'needs root on Linux' },
  () => {
    it('network-change: each new default route leads to a poll within 10 seconds, where the next one is an hour away', async () => {
      const { code, stdout, stderr } = await runProgram('unshare', ['-n', '--', process.execPath, child], {
        deadlineMs: 150_000,
      });
      assert.equal(code, 0, stderr);
      const { shownAfterMs, log } = JSON.parse(stdout) as RouteReport;
      assert.equal(shownAfterMs.length, 2);
      for (const ms of shownAfterMs) assert.ok(ms <= 10_000, `${ms} ms\n${log}`);
      assert.equal(log.split('new default route').length - 1, 2, log);
    });
  },
);
