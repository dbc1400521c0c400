import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { differs, runProbe } from './support/run-probe.js';

await runProbe(
  'in WAL a read-only connection reads on under a write lock, and sees a commit at its next statement',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'gphotos-mount-probe-'));
    try {
      const writer = new Database(join(folder, 'catalog.db'));
      writer.pragma('journal_mode = WAL');
      writer.exec('CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1)');
      const reader = new Database(join(folder, 'catalog.db'), { readonly: true, timeout: 0 });
      const sum = reader.prepare<[], number>('SELECT sum(x) FROM t').pluck();
      writer.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (10)');
      const during = sum.get();
      writer.exec('COMMIT');
      const after = sum.get();
      reader.close();
      writer.close();
      return Promise.resolve(differs('the sums', [during, after], [1, 11]));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
