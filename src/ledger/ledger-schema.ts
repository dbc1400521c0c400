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
  (db) =>
    db.exec(`
      -- Picking sessions at Google, those that are over too. Times are milliseconds. \`trouble\` is JSON.
      CREATE TABLE pick_sessions (
        id         TEXT    PRIMARY KEY,
        uri        TEXT    NOT NULL,
        created    INTEGER NOT NULL,
        expires    INTEGER NOT NULL,
        state      TEXT    NOT NULL,
        album      TEXT,
        poll_ms    INTEGER NOT NULL,
        poll_until INTEGER NOT NULL,
        picked_at  INTEGER,
        page_token TEXT,
        listed     INTEGER NOT NULL DEFAULT 0,
        retry_at   INTEGER NOT NULL DEFAULT 0,
        rounds     INTEGER NOT NULL DEFAULT 0,
        deleted    INTEGER NOT NULL DEFAULT 0,
        trouble    TEXT
      ) STRICT, WITHOUT ROWID;

      -- What was picked. The file lies in \`folder\`, under the hash of the id; what stands in \`facts\` is JSON.
      CREATE TABLE picked_items (
        id        INTEGER PRIMARY KEY,
        media_id  TEXT    NOT NULL UNIQUE,
        facts     TEXT    NOT NULL,
        state     TEXT    NOT NULL,
        picked_at INTEGER NOT NULL,
        folder    TEXT,
        size      INTEGER,
        crc       INTEGER,
        sha256    TEXT,
        error     TEXT
      ) STRICT;
      CREATE INDEX picked_items_unstored ON picked_items (state) WHERE state <> 'stored';

      CREATE TABLE pick_members (
        session  TEXT    NOT NULL,
        item     INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (session, item)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX pick_members_item ON pick_members (item);
    `),
];
