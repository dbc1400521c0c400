import type { Database } from '../sqlite/open-sqlite.js';
import { Listing } from '../library/listing.js';
import { keepFolderTimes } from './keep-folder-times.js';
import { TAKEOUT_TABLES } from './takeout-schema.js';

/** Written into every catalog file, so that another program's database is not taken for one ("gphM"). */
export const APPLICATION_ID = 0x6770_684d;

/** The version this program writes. A file with a greater one is refused. */
export const SCHEMA_VERSION = 6;

// Row ids are part of inodes: rows of items and albums are only ever marked gone, so the greatest id is never free
// again. Whatever can be derived is NULL (filename equal to the name, URL and date text in their usual form), which
// keeps a million items in a few hundred megabytes.
const VERSION_1 = `
  CREATE TABLE media_items (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL,
    kind          INTEGER NOT NULL,
    creation_time INTEGER NOT NULL,
    archived      INTEGER NOT NULL DEFAULT 0,
    gone          INTEGER NOT NULL DEFAULT 0,
    favorite      INTEGER NOT NULL DEFAULT 0,
    album_count   INTEGER NOT NULL DEFAULT 0,
    camera        INTEGER REFERENCES cameras (id),
    mime          INTEGER NOT NULL REFERENCES mime_types (id),
    video_status  INTEGER,
    size          INTEGER CHECK (size >= 0),
    width         INTEGER,
    height        INTEGER,
    source        TEXT    NOT NULL DEFAULT 'app',
    media_id      TEXT    NOT NULL UNIQUE,
    filename      TEXT,
    creation_text TEXT,
    product_url   TEXT,
    description   TEXT    NOT NULL DEFAULT '',
    etag          TEXT
  ) STRICT;

  -- Case-folded names of all items, gone ones included: a name is given once.
  CREATE TABLE item_name_keys (
    name_key TEXT    PRIMARY KEY,
    item     INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Newest first, as items arrive: pages of these indexes fill up instead of splitting in half.
  CREATE INDEX items_name       ON media_items (name);
  CREATE INDEX items_created    ON media_items (creation_time DESC, archived) WHERE gone = 0;
  CREATE INDEX items_kind       ON media_items (kind, creation_time DESC, archived) WHERE gone = 0;
  CREATE INDEX items_camera     ON media_items (camera, creation_time DESC, archived) WHERE gone = 0 AND camera IS NOT NULL;
  CREATE INDEX items_favorite   ON media_items (creation_time DESC, archived) WHERE gone = 0 AND favorite = 1;
  CREATE INDEX items_loose      ON media_items (creation_time DESC, archived) WHERE gone = 0 AND album_count = 0;
  CREATE INDEX items_unmeasured ON media_items (creation_time DESC, archived) WHERE gone = 0 AND size IS NULL;

  CREATE TABLE mime_types (
    id   INTEGER PRIMARY KEY,
    text TEXT    NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE cameras (
    id       INTEGER PRIMARY KEY,
    make     TEXT NOT NULL,
    model    TEXT NOT NULL,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    UNIQUE (make, model)
  ) STRICT;

  -- listed_* is what Google announced when the membership was last read: a difference means reading it again.
  CREATE TABLE albums (
    id           INTEGER PRIMARY KEY,
    album_id     TEXT    NOT NULL UNIQUE,
    title        TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    name_key     TEXT    NOT NULL UNIQUE,
    gone         INTEGER NOT NULL DEFAULT 0,
    writeable    INTEGER NOT NULL DEFAULT 0,
    remote_count INTEGER NOT NULL DEFAULT 0,
    cover        TEXT,
    listed_count INTEGER,
    listed_cover TEXT,
    newest       INTEGER,
    seen_pass    INTEGER NOT NULL DEFAULT 0,
    product_url  TEXT,
    held         TEXT
  ) STRICT;

  CREATE INDEX albums_name ON albums (name);

  CREATE TABLE album_items (
    item     INTEGER NOT NULL,
    album    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (item, album)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX album_items_order ON album_items (album, position);

  -- What the full pass under way has seen: one bit a listing.
  CREATE TABLE pass_marks (
    item  INTEGER PRIMARY KEY,
    marks INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE pass_parts (
    part  TEXT    PRIMARY KEY,
    token TEXT,
    pages INTEGER NOT NULL DEFAULT 0,
    done  INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  -- Items that a full pass did not list although Google still had them when asked by id.
  CREATE TABLE missed_once (item INTEGER PRIMARY KEY) STRICT;

  CREATE TABLE measure_failures (
    item     INTEGER PRIMARY KEY,
    tries    INTEGER NOT NULL,
    retry_at INTEGER NOT NULL,
    message  TEXT    NOT NULL
  ) STRICT;

  CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE quota_used (
    day  TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (day, kind)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE totals (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    items      INTEGER NOT NULL,
    albums     INTEGER NOT NULL,
    unmeasured INTEGER NOT NULL,
    bytes      INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (1, 0, 0, 0, 0);

  CREATE TRIGGER items_added AFTER INSERT ON media_items WHEN NEW.gone = 0 BEGIN
    UPDATE totals SET items = items + 1, unmeasured = unmeasured + (NEW.size IS NULL), bytes = bytes + ifnull(NEW.size, 0);
  END;
  CREATE TRIGGER items_changed AFTER UPDATE OF gone, size ON media_items BEGIN
    UPDATE totals SET
      items = items + (NEW.gone = 0) - (OLD.gone = 0),
      unmeasured = unmeasured + (NEW.gone = 0 AND NEW.size IS NULL) - (OLD.gone = 0 AND OLD.size IS NULL),
      bytes = bytes + iif(NEW.gone = 0, ifnull(NEW.size, 0), 0) - iif(OLD.gone = 0, ifnull(OLD.size, 0), 0);
  END;
  CREATE TRIGGER albums_added AFTER INSERT ON albums WHEN NEW.gone = 0 BEGIN
    UPDATE totals SET albums = albums + 1;
  END;
  CREATE TRIGGER albums_changed AFTER UPDATE OF gone ON albums BEGIN
    UPDATE totals SET albums = albums + (NEW.gone = 0) - (OLD.gone = 0);
  END;
`;

// Times of an item are NULL while they are its creation time. Folders are named by what they list (library/listing.ts);
// times are those of views without archived items and with them.
const VERSION_2 = `
  ALTER TABLE media_items ADD COLUMN mtime INTEGER;
  ALTER TABLE media_items ADD COLUMN ctime INTEGER;

  CREATE TABLE folder_times (
    listing          TEXT    PRIMARY KEY,
    without_archived INTEGER,
    with_archived    INTEGER
  ) STRICT, WITHOUT ROWID;
`;

// A copy says where bytes of an item can be had. The item repeats id, source, size and ETag of the copy that is shown, so that
// listings and attributes need one row. Sets of sources are bits (library/source.ts): of an item those with a copy that is not
// gone, of an album and of a membership those that list it. An item is gone when its set is empty.
const VERSION_3 = `
  CREATE TABLE copies (
    media_id     TEXT    PRIMARY KEY,
    item         INTEGER NOT NULL,
    source       INTEGER NOT NULL,
    gone         INTEGER NOT NULL DEFAULT 0,
    size         INTEGER CHECK (size >= 0),
    etag         TEXT,
    video_status INTEGER
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE media_items ADD COLUMN sources INTEGER NOT NULL DEFAULT 1;
  -- NULL where the inode follows from the row id.
  ALTER TABLE media_items ADD COLUMN inode INTEGER;
  CREATE INDEX items_inode ON media_items (id, inode) WHERE inode IS NOT NULL;
  ALTER TABLE albums      ADD COLUMN sources INTEGER NOT NULL DEFAULT 1;
  ALTER TABLE album_items ADD COLUMN sources INTEGER NOT NULL DEFAULT 1;
  -- NULL where the entry of the album's folder has the name of the item.
  ALTER TABLE album_items ADD COLUMN name    TEXT;
  DROP INDEX album_items_order;
  CREATE INDEX album_items_order ON album_items (album, position, name);
  CREATE INDEX album_items_name  ON album_items (album, name) WHERE name IS NOT NULL;

  DROP TRIGGER items_added;
  DROP TRIGGER items_changed;
  DROP TRIGGER albums_added;
  DROP TRIGGER albums_changed;

  INSERT INTO copies SELECT media_id, id, 1, gone, size, etag, video_status FROM media_items ORDER BY media_id;
  CREATE INDEX copies_item ON copies (item);
  UPDATE media_items SET sources = 0 WHERE gone = 1;
  UPDATE albums      SET sources = 0 WHERE gone = 1;

  ALTER TABLE totals ADD COLUMN app        INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE totals ADD COLUMN upload     INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE totals ADD COLUMN picker     INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE totals ADD COLUMN takeout    INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE totals ADD COLUMN app_albums INTEGER NOT NULL DEFAULT 0;
  UPDATE totals SET app = items, app_albums = albums;

  CREATE TRIGGER items_added AFTER INSERT ON media_items WHEN NEW.gone = 0 BEGIN
    UPDATE totals SET
      items = items + 1, unmeasured = unmeasured + (NEW.size IS NULL), bytes = bytes + ifnull(NEW.size, 0),
      app     = app     + (NEW.sources & 1 <> 0),
      upload  = upload  + (NEW.sources & 2 <> 0),
      picker  = picker  + (NEW.sources & 4 <> 0),
      takeout = takeout + (NEW.sources & 8 <> 0);
  END;
  CREATE TRIGGER items_changed AFTER UPDATE OF gone, size, sources ON media_items BEGIN
    UPDATE totals SET
      items = items + (NEW.gone = 0) - (OLD.gone = 0),
      unmeasured = unmeasured + (NEW.gone = 0 AND NEW.size IS NULL) - (OLD.gone = 0 AND OLD.size IS NULL),
      bytes = bytes + iif(NEW.gone = 0, ifnull(NEW.size, 0), 0) - iif(OLD.gone = 0, ifnull(OLD.size, 0), 0),
      app     = app     + (NEW.sources & 1 <> 0) - (OLD.sources & 1 <> 0),
      upload  = upload  + (NEW.sources & 2 <> 0) - (OLD.sources & 2 <> 0),
      picker  = picker  + (NEW.sources & 4 <> 0) - (OLD.sources & 4 <> 0),
      takeout = takeout + (NEW.sources & 8 <> 0) - (OLD.sources & 8 <> 0);
  END;
  CREATE TRIGGER albums_added AFTER INSERT ON albums WHEN NEW.gone = 0 BEGIN
    UPDATE totals SET albums = albums + 1, app_albums = app_albums + (NEW.sources & 1 <> 0);
  END;
  CREATE TRIGGER albums_changed AFTER UPDATE OF gone, sources ON albums BEGIN
    UPDATE totals SET albums = albums + (NEW.gone = 0) - (OLD.gone = 0),
      app_albums = app_albums + (NEW.sources & 1 <> 0) - (OLD.sources & 1 <> 0);
  END;
`;

// `archived` is the shelf: 0 shown, 1 archived, 2 trashed, 3 locked. Roles are 0 original, 1 edited, 2 moving part; `belongs_to` is
// the row of the original. What Takeout says of an item is kept, because Google's word counts while Google lists it. `item_people`
// repeats the date, so that a person's folder is one walk of one index.
const VERSION_4 = `
  ALTER TABLE media_items ADD COLUMN role         INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE media_items ADD COLUMN belongs_to   INTEGER;
  ALTER TABLE media_items ADD COLUMN people_count INTEGER NOT NULL DEFAULT 0;

  CREATE INDEX items_shelved   ON media_items (archived, creation_time DESC) WHERE gone = 0 AND archived > 0;
  CREATE INDEX items_in_people ON media_items (creation_time DESC, archived) WHERE gone = 0 AND people_count > 0;
  CREATE INDEX items_belonging ON media_items (belongs_to) WHERE belongs_to IS NOT NULL;

  CREATE TABLE people (
    id       INTEGER PRIMARY KEY,
    title    TEXT NOT NULL UNIQUE,
    name     TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE item_people (
    item          INTEGER NOT NULL,
    person        INTEGER NOT NULL,
    creation_time INTEGER NOT NULL,
    PRIMARY KEY (item, person)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX item_people_order ON item_people (person, creation_time DESC);
  CREATE TRIGGER items_dated AFTER UPDATE OF creation_time ON media_items
  WHEN NEW.people_count > 0 AND NEW.creation_time <> OLD.creation_time BEGIN
    UPDATE item_people SET creation_time = NEW.creation_time WHERE item = NEW.id;
  END;

  CREATE TABLE takeout_items (
    item      INTEGER PRIMARY KEY,
    shelf     INTEGER NOT NULL,
    favorite  INTEGER NOT NULL,
    latitude  REAL,
    longitude REAL,
    altitude  REAL
  ) STRICT;

  -- Items are counted that are originals and not hidden; bytes are those of all files that are not hidden.
  DROP TRIGGER items_added;
  DROP TRIGGER items_changed;
  CREATE TRIGGER items_added AFTER INSERT ON media_items WHEN NEW.gone = 0 AND NEW.archived < 2 BEGIN
    UPDATE totals SET
      items = items + (NEW.role = 0), unmeasured = unmeasured + (NEW.size IS NULL), bytes = bytes + ifnull(NEW.size, 0),
      app     = app     + (NEW.role = 0 AND NEW.sources & 1 <> 0),
      upload  = upload  + (NEW.role = 0 AND NEW.sources & 2 <> 0),
      picker  = picker  + (NEW.role = 0 AND NEW.sources & 4 <> 0),
      takeout = takeout + (NEW.role = 0 AND NEW.sources & 8 <> 0);
  END;
  CREATE TRIGGER items_changed AFTER UPDATE OF gone, size, sources, archived, role ON media_items BEGIN
    UPDATE totals SET
      items = items + (NEW.gone = 0 AND NEW.archived < 2 AND NEW.role = 0) - (OLD.gone = 0 AND OLD.archived < 2 AND OLD.role = 0),
      unmeasured = unmeasured
        + (NEW.gone = 0 AND NEW.archived < 2 AND NEW.size IS NULL) - (OLD.gone = 0 AND OLD.archived < 2 AND OLD.size IS NULL),
      bytes = bytes + iif(NEW.gone = 0 AND NEW.archived < 2, ifnull(NEW.size, 0), 0)
        - iif(OLD.gone = 0 AND OLD.archived < 2, ifnull(OLD.size, 0), 0),
      app = app + (NEW.archived < 2 AND NEW.role = 0 AND NEW.sources & 1 <> 0)
        - (OLD.archived < 2 AND OLD.role = 0 AND OLD.sources & 1 <> 0),
      upload = upload + (NEW.archived < 2 AND NEW.role = 0 AND NEW.sources & 2 <> 0)
        - (OLD.archived < 2 AND OLD.role = 0 AND OLD.sources & 2 <> 0),
      picker = picker + (NEW.archived < 2 AND NEW.role = 0 AND NEW.sources & 4 <> 0)
        - (OLD.archived < 2 AND OLD.role = 0 AND OLD.sources & 4 <> 0),
      takeout = takeout + (NEW.archived < 2 AND NEW.role = 0 AND NEW.sources & 8 <> 0)
        - (OLD.archived < 2 AND OLD.role = 0 AND OLD.sources & 8 <> 0);
  END;
`;

// `album`: id of the album that a folder was shown as; it stays when the folder's files go. Whether a folder is an album is asked for
// each of its files.
const VERSION_5 = `
  ALTER TABLE takeout_folders ADD COLUMN album TEXT;
  CREATE INDEX takeout_json_album ON takeout_json (folder) WHERE kind = 1;
`;

// Of copies that were picked: which bytes they are, so that a copy elsewhere with the same ones is known to be of the same item.
const VERSION_6 = `
  CREATE TABLE picked_bytes (
    media_id  TEXT    PRIMARY KEY,
    size      INTEGER NOT NULL,
    crc       INTEGER NOT NULL,
    sha256    TEXT    NOT NULL,
    picked_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX picked_bytes_equal ON picked_bytes (size, crc);
`;

type Migration = (db: Database, now: number) => void;

const MIGRATIONS: readonly Migration[] = [
  (db) => db.exec(VERSION_1),
  (db, now) => {
    db.exec(VERSION_2);
    keepFolderTimes(db, now);
    // It was the time of the folder of an album.
    db.exec('ALTER TABLE albums DROP COLUMN newest');
  },
  (db) => db.exec(VERSION_3),
  (db, now) => {
    db.exec(VERSION_4);
    db.exec(TAKEOUT_TABLES);
    // The folder of archived items is new in its parent.
    const set = db.prepare('INSERT OR REPLACE INTO folder_times VALUES (?, ?, ?)');
    for (const listing of [Listing.feature, Listing.shelf('archived')]) set.run(listing, now, now);
  },
  (db) => db.exec(VERSION_5),
  (db) => db.exec(VERSION_6),
];

/**
 * Migrates the file to {@link SCHEMA_VERSION}, one transaction for each version, so that an interrupted migration
 * continues. `now` (ms) becomes the time of folders that have none.
 */
export function migrate(db: Database, now: number, to = SCHEMA_VERSION): void {
  for (let version = db.pragma('user_version', { simple: true }) as number; version < to; version += 1) {
    db.transaction(() => {
      MIGRATIONS[version]?.(db, now);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${version + 1}`);
    }).immediate();
  }
}
