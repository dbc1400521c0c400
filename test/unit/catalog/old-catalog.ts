import { openSqlite, type Database } from '../../../src/sqlite/open-sqlite.js';
import { migrate } from '../../../src/catalog/schema.js';

const at = (text: string): number => Date.parse(text);

/** A catalog as version 1 wrote it, with odd rows that such catalogs hold. */
export function oldCatalog(file: string): Database {
  const db = openSqlite(file);
  db.pragma('journal_mode = WAL');
  migrate(db, 0, 1);
  db.exec(`INSERT INTO mime_types VALUES (1, 'image/jpeg');
    INSERT INTO cameras VALUES (1, 'ACME', 'One', 'ACME One', 'acme one'), (2, 'ACME', 'Two', 'ACME Two', 'acme two')`);
  const add = db.prepare(`INSERT INTO media_items
    (name, kind, creation_time, mime, media_id, archived, gone, favorite, album_count, camera, size, etag)
    VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const item = (name: string, time: number, more: Partial<Record<string, number | string | null>> = {}): void => {
    const {
      kind = 0,
      archived = 0,
      gone = 0,
      favorite = 0,
      albums = 0,
      camera = null,
      size = null,
      etag = null,
    } = more;
    add.run(name, kind, time, name, archived, gone, favorite, albums, camera, size, etag);
    db.prepare('INSERT INTO item_name_keys VALUES (?, last_insert_rowid())').run(name);
  };
  item('plain.jpg', at('2024-07-19T12:00:00Z'), { size: 5, etag: 'e' });
  item('tagged.jpg', at('2024-07-18T12:00:00Z'), { etag: 'a version without a size' });
  item('hidden.jpg', at('2024-07-20T12:00:00Z'), { archived: 1, favorite: 1, albums: 1 });
  item('gone.jpg', at('2025-01-01T00:00:00Z'), { gone: 1, favorite: 1, camera: 2, albums: 1 });
  item('moon.jpg', at('1969-12-31T23:59:59.999Z'), { favorite: 1, camera: 1 });
  item('far.jpg', at('+012024-01-01T00:00:00Z'), { kind: 1 });
  item('roman.jpg', new Date(0).setUTCFullYear(-44, 2, 15));
  db.exec(`INSERT INTO albums (album_id, title, name, name_key, gone, newest) VALUES
      ('A', 'Full', 'Full', 'full', 0, ${at('2024-07-20T12:00:00Z')}), ('B', 'Empty', 'Empty', 'empty', 0, NULL),
      ('C', 'Away', 'Away', 'away', 1, NULL), ('D', 'Trips/Oslo', 'Trips／Oslo', 'trips／oslo', 0, 1000);
    INSERT INTO album_items VALUES (3, 1, 0), (4, 1, 1)`);
  return db;
}
