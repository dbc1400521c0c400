import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCatalogView } from '../../src/catalog/catalog-view.js';
import { catalogMatches } from '../contract/sync/catalog-matches.js';
import { inProcessEmulator } from '../emulator/in-process.js';
import { SEED_NOTE, seededNumbers, share } from '../support/chance.js';
import { CRASH_SEED } from './sync-corpus.js';

/** How often to kill. */
const KILLS = share(100);
const CHILD = fileURLToPath(new URL('sync-child.js', import.meta.url));

async function killSync(file: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  child.stdout.resume();
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  assert.equal(child.exitCode, null, 'it was at work when it was killed');
  child.kill('SIGKILL');
  await exited;
}

/** Syncs to the end of so many full passes. */
async function syncWhole(file: string, passes: number): Promise<void> {
  const child = spawn(process.execPath, [CHILD, file, String(passes)], { stdio: ['ignore', 'ignore', 'inherit'] });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
}

/** What the catalog holds, as any reader sees it, and what syncing was in the middle of. */
function read(file: string): { ids: Set<string>; rows: string[]; within: 'first pass' | 'full pass' | 'nothing' } {
  const db = openSqlite(file);
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
  const rows = db.prepare('SELECT media_id, id, name, gone FROM media_items').all() as {
    media_id: string;
    id: number;
    name: string;
    gone: number;
  }[];
  const state = db.prepare('SELECT key FROM state').pluck().all() as string[];
  const pages = db.prepare('SELECT sum(pages) FROM pass_parts').pluck().get() as number | null;
  db.close();
  const isWithin = state.includes('pass') && (pages ?? 0) > 0;
  assert.equal(rows.filter(({ gone }) => gone === 1).length, 0, 'nothing is taken for gone');
  return {
    ids: new Set(rows.map(({ media_id: id }) => id)),
    rows: rows.map(({ media_id: media, id, name }) => `${id} ${media} ${name}`),
    within: !isWithin ? 'nothing' : state.includes('first.done') ? 'full pass' : 'first pass',
  };
}

describe('a sync that is killed', () => {
  it(`a sync that is killed leaves a sound catalog with all it had, and ends where it would have (${KILLS} kills, ${SEED_NOTE})`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sync-crash-'));
    const file = join(folder, 'catalog.db');
    const upTo = seededNumbers();
    try {
      let before = new Set<string>();
      const hits = { 'first pass': 0, 'full pass': 0, nothing: 0 };
      const half = Math.floor(KILLS / 2);
      for (let kill = 0; kill < KILLS; kill += 1) {
        // On a slow machine the kills so far may all have met the first pass.
        if (kill === half) await syncWhole(file, 1);
        await killSync(file, kill < half ? 20 + upTo(120) : 100 + upTo(900));
        const { rows, within } = read(file);
        const now = new Set(rows);
        assert.deepEqual(
          [...before].filter((row) => !now.has(row)),
          [],
          'every row keeps its number and name',
        );
        hits[within] += 1;
        before = now;
      }
      const { 'first pass': first, 'full pass': full } = hits;
      assert.ok(first > 0 && full > 0 && first + full >= KILLS / 2, `what the kills met: ${JSON.stringify(hits)}`);
      await syncWhole(file, 2);
      assert.equal(read(file).ids.size, 3000);
      const view = openCatalogView(file, { showArchived: false });
      catalogMatches(view, inProcessEmulator(CRASH_SEED, {}, Date.now).library);
      view.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
