import { openSqlite } from '../../src/sqlite/open-sqlite.js';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCatalogWriter } from '../../src/catalog/catalog-writer.js';
import { SCHEMA_VERSION } from '../../src/catalog/schema.js';
import { treeNames } from '../../src/sync/tree-names.js';
import { oldCatalog } from '../unit/catalog/old-catalog.js';

const CHILD = fileURLToPath(new URL('migration-child.js', import.meta.url));
const UPGRADE = Date.parse('2026-03-01T00:00:00Z');

/** Everything in the file, table by table. */
function contents(file: string): Record<string, unknown[]> {
  const db = openSqlite(file, { readonly: true });
  try {
    assert.equal(db.pragma('integrity_check', { simple: true }), 'ok');
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all() as string[];
    return Object.fromEntries<unknown[]>(tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]));
  } finally {
    db.close();
  }
}

describe('a catalog whose migration is killed', () => {
  it('a catalog whose migration is killed goes on at the next start and ends as if nothing had happened, whichever statement was the last', () => {
    const folder = mkdtempSync(join(tmpdir(), 'migration-crash-'));
    try {
      const old = join(folder, 'old.db');
      oldCatalog(old).close();
      const whole = join(folder, 'whole.db');
      cpSync(old, whole);
      openCatalogWriter(whole, { names: treeNames, now: () => UPGRADE }).close();
      const expected = contents(whole);
      let kills = 0;
      for (let statement = 1; ; statement += 1) {
        const file = join(folder, `killed-${statement}.db`);
        cpSync(old, file);
        const child = spawnSync(process.execPath, [CHILD, file, String(statement)], {
          stdio: ['ignore', 'ignore', 'inherit'],
        });
        if (child.signal !== 'SIGKILL') {
          assert.equal(child.status, 0);
          break;
        }
        kills += 1;
        openCatalogWriter(file, { names: treeNames, now: () => UPGRADE }).close();
        assert.deepEqual(contents(file), expected, `killed before statement ${statement}`);
        rmSync(file);
      }
      assert.ok(kills > 20 * (SCHEMA_VERSION - 1), `${kills} kills`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
