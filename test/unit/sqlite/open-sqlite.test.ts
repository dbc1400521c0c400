import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const SQLITE = new URL('../../../src/sqlite/open-sqlite.js', import.meta.url).href;

/** Connections and statements become garbage, also those of pragmas and transactions, and are collected while no JavaScript runs. */
const PROGRAM = `
import { setImmediate as turn } from 'node:timers/promises';
import { openSqlite } from ${JSON.stringify(SQLITE)};
function use() {
  const db = openSqlite(':memory:');
  db.exec('CREATE TABLE t (a)');
  for (let i = 0; i < 50; i++) db.prepare('SELECT ' + i + ' FROM t').all();
  db.transaction(() => db.pragma('user_version = 1')).immediate();
  db.close();
}
let garbage;
for (let round = 0; round < 60; round++) {
  use();
  garbage = Array.from({ length: 50_000 }, (_, key) => ({ key }));
  await turn();
}
console.log(garbage.length);
`;

describe('connections to SQLite that are dropped', () => {
  it('60 of them with their statements are no end of the process, under whatever Node', () => {
    const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.deepEqual([status, signal], [0, null], stderr.slice(0, 500));
  });
});
