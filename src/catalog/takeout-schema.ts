/**
 * What was read from Takeout's archives: enough to find the bytes of each file, and to match names and sidecars again when a part
 * comes or goes. `takeout_json` holds all json files of photos; what sidecars and albums say is JSON (`matching/takeout-json.ts`).
 * `inside` is the folder in the part. A folder whose files changed is `dirty` until its items are settled. Numbers of methods, kinds
 * and uses: `takeout-files.ts`.
 */
export const TAKEOUT_TABLES = `
  CREATE TABLE takeout_parts (
    id               INTEGER PRIMARY KEY,
    path             TEXT    NOT NULL UNIQUE,
    kind             TEXT    NOT NULL,
    export           TEXT    NOT NULL,
    stamp            TEXT    NOT NULL,
    size             INTEGER,
    mtime            REAL,
    directory_offset INTEGER,
    directory_crc    INTEGER,
    state            TEXT    NOT NULL,
    error            TEXT,
    counts           TEXT    NOT NULL
  ) STRICT;

  CREATE TABLE takeout_folders (
    id     INTEGER PRIMARY KEY,
    export TEXT    NOT NULL,
    path   TEXT    NOT NULL,
    dirty  INTEGER NOT NULL,
    -- Id of the album that the folder was shown as; it stays when the folder's files go.
    album  TEXT,
    UNIQUE (export, path)
  ) STRICT;
  CREATE INDEX takeout_folders_dirty ON takeout_folders (id) WHERE dirty = 1;

  CREATE TABLE takeout_files (
    id            INTEGER PRIMARY KEY,
    part          INTEGER NOT NULL,
    folder        INTEGER NOT NULL,
    inside        TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    size          INTEGER NOT NULL,
    crc           INTEGER,
    method        INTEGER NOT NULL,
    packed        INTEGER NOT NULL,
    header_offset INTEGER NOT NULL,
    role          INTEGER NOT NULL DEFAULT 0,
    of_name       TEXT,
    sidecar       INTEGER,
    ambiguous     INTEGER NOT NULL DEFAULT 0,
    repeated      INTEGER NOT NULL DEFAULT 0,
    item          TEXT
  ) STRICT;
  CREATE INDEX takeout_files_folder ON takeout_files (folder, name);
  CREATE INDEX takeout_files_part   ON takeout_files (part);
  CREATE INDEX takeout_files_bytes  ON takeout_files (size, crc);
  CREATE INDEX takeout_files_item   ON takeout_files (item) WHERE item IS NOT NULL;

  CREATE INDEX takeout_files_sidecar ON takeout_files (sidecar) WHERE sidecar IS NOT NULL;

  CREATE TABLE takeout_json (
    id            INTEGER PRIMARY KEY,
    part          INTEGER NOT NULL,
    folder        INTEGER NOT NULL,
    inside        TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    size          INTEGER NOT NULL,
    crc           INTEGER,
    method        INTEGER NOT NULL,
    packed        INTEGER NOT NULL,
    header_offset INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    title         TEXT,
    taken         INTEGER,
    value         TEXT,
    use           INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX takeout_json_unread ON takeout_json (folder, part) WHERE kind = 2;
  CREATE INDEX takeout_json_folder ON takeout_json (folder, name);
  CREATE INDEX takeout_json_part   ON takeout_json (part);
  CREATE INDEX takeout_json_title  ON takeout_json (title, taken) WHERE kind = 0;

  -- What the beginning of an item's file says, as JSON.
  CREATE TABLE takeout_heads (
    item  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`;
