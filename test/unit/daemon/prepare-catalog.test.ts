import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSqlite } from '../../../src/sqlite/open-sqlite.js';
import { needsMigration } from '../../../src/catalog/open-database.js';
import { prepareCatalog, type Migration, type MigrationOutcome } from '../../../src/daemon/prepare-catalog.js';
import { silentLogger } from '../../../src/support/logger.js';
import { ExitCode, UserError } from '../../../src/support/user-error.js';

async function withFile(body: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'prepare-'));
  try {
    await body(join(folder, 'catalog.db'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A catalog whose header says that version 1 wrote it. */
async function olderCatalog(file: string): Promise<void> {
  await prepareCatalog(file, { log: silentLogger, reserve: 0.3, timeZone: 'UTC', onBusy: () => undefined });
  const database = openSqlite(file);
  database.pragma('user_version = 1');
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

describe('the start with a catalog', () => {
  it('the start with a catalog that is new or of this version is not prolonged', () =>
    withFile(async (file) => {
      let busy = 0;
      const options = { log: silentLogger, reserve: 0.3, timeZone: 'UTC', onBusy: () => busy++ };
      await prepareCatalog(file, options);
      await prepareCatalog(file, options);
      assert.equal(busy, 0);
      assert.equal(needsMigration(file), false);
    }));

  it('the start with a catalog of an older version says that it is busy while another thread migrates, and is over when that is done', () =>
    withFile(async (file) => {
      await olderCatalog(file);
      assert.equal(needsMigration(file), true);
      let busy = 0;
      let finish = (): void => undefined;
      const migrating = new Promise<object>((resolve) => (finish = () => resolve({})));
      const done = prepareCatalog(file, {
        log: silentLogger,
        reserve: 0.3,
        timeZone: 'UTC',
        onBusy: () => busy++,
        migrate: () => migrating,
      });
      assert.equal(busy, 1);
      let isDone = false;
      void done.then(() => (isDone = true));
      await new Promise(setImmediate);
      assert.equal(isDone, false);
      finish();
      await done;
    }));

  it('the start with a catalog that is damaged says that it is busy while another thread makes a new one', () =>
    withFile(async (file) => {
      await prepareCatalog(file, { log: silentLogger, reserve: 0.3, timeZone: 'UTC', onBusy: () => undefined });
      writeFileSync(file, readFileSync(file).fill(0xa5, 0, 100));
      let busy = 0;
      const threads: string[] = [];
      const migrate = (migration: Migration): Promise<MigrationOutcome> => {
        threads.push(migration.file);
        return Promise.resolve({ rebuilt: { items: 0, albums: 0, keptAs: 'x' } });
      };
      const options = { log: silentLogger, reserve: 0.3, timeZone: 'UTC', onBusy: () => busy++ };
      assert.equal((await prepareCatalog(file, { ...options, migrate }))?.keptAs, 'x');
      assert.deepEqual([busy, threads], [1, [file]]);
      assert.equal((await prepareCatalog(file, options))?.keptAs, `${file}.damaged`);
    }));

  it('the start with a catalog that cannot be migrated fails with the words of the catalog', () =>
    withFile(async (file) => {
      await olderCatalog(file);
      const failure = { exitCode: ExitCode.catalog, message: 'It is damaged.', hint: 'Move it away.' };
      const migrate = (): Promise<MigrationOutcome> => Promise.resolve({ failure });
      await assert.rejects(
        prepareCatalog(file, { log: silentLogger, reserve: 0.3, timeZone: 'UTC', onBusy: () => undefined, migrate }),
        (error) => error instanceof UserError && error.exitCode === ExitCode.catalog && error.hint === 'Move it away.',
      );
    }));

  it('the start with a catalog of an older version that is no catalog inside is refused by the thread, not by a crash', () =>
    withFile(async (file) => {
      const database = openSqlite(file);
      database.exec('CREATE TABLE other (a)');
      database.pragma('user_version = 1');
      database.close();
      await assert.rejects(
        prepareCatalog(file, { log: silentLogger, reserve: 0.3, timeZone: 'UTC', onBusy: () => undefined }),
        (error) => error instanceof UserError && error.exitCode === ExitCode.catalog,
      );
    }));
});
