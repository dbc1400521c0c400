import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { catalogMatches } from './catalog-matches.js';
import { HOUR, withSyncWorld } from './world.js';

const folder = mkdtempSync(join(tmpdir(), 'full-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]).status === 0;

describe('a catalog on a full disk', () => {
  it(
    'a catalog on a full disk stops syncing with a sentence, keeps serving, and goes on when there is space',
    { skip: !mounted },
    async () => {
      try {
        const seed = { items: 6000, albums: 4, newest: '2026-01-14T00:00:00Z' };
        await withSyncWorld({ seed, folder }, {}, async ({ view, troubles, clock, engine, emulator }) => {
          assert.equal(troubles[0]?.code, 'catalog');
          assert.match(troubles[0].message, /full/);
          assert.match(troubles[0].hint, /free space/);
          assert.equal(engine.phase, 'waiting');
          const shown = view.listItems({ by: 'all' });
          assert.ok(shown.length > 500 && shown.length < 6000, `${shown.length} items show`);
          assert.ok(view.findItem({ by: 'all' }, shown[0]?.name ?? '') !== undefined);
          assert.equal(spawnSync('mount', ['-o', 'remount,size=80m', folder]).status, 0);
          await clock.advance(HOUR);
          assert.equal(engine.lastError, undefined);
          catalogMatches(view, emulator.library);
        });
      } finally {
        spawnSync('umount', ['-l', folder]);
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
