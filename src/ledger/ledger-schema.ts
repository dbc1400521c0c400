import type { Database } from '../sqlite/open-sqlite.js';

/** Written into every ledger, so that another program's database is not taken for one ("gphL"). */
export const APPLICATION_ID = 0x6770_684c;

export type LedgerMigration = (db: Database) => void;

/** One step a version. What is in a ledger exists nowhere else: a step never drops what it does not move elsewhere. */
export const MIGRATIONS: readonly LedgerMigration[] = [
  (db) =>
    db.exec(`
      CREATE TABLE settings (
        key   TEXT PRIMARY KEY,
        value TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- What is kept offline, in the order in which it was asked for. The target is JSON: see pins/item-groups.ts.
      CREATE TABLE pins (
        id     INTEGER PRIMARY KEY,
        path   TEXT NOT NULL UNIQUE,
        target TEXT NOT NULL
      ) STRICT;
    `),
  (db) =>
    db.exec(`
      -- Files and folders of Takeout exports that a person added. Nothing is copied: the path is where they are read.
      CREATE TABLE takeout_parts (
        id     INTEGER PRIMARY KEY,
        path   TEXT    NOT NULL UNIQUE,
        kind   TEXT    NOT NULL,
        export TEXT    NOT NULL,
        stamp  TEXT    NOT NULL,
        added  INTEGER NOT NULL
      ) STRICT;
    `),
];
