import { createHash } from 'node:crypto';
import { migrate } from '../../src/catalog/schema.js';
import { openSqlite } from '../../src/sqlite/open-sqlite.js';

const YEARS = 20;
const ALBUM_SIZE = 400;

/** A catalog of version 1 after a full sync: every size known, two items in five in an album, a few gone. */
export function writeOldCatalog(file: string, items: number): void {
  const db = openSqlite(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.pragma('cache_size = -200000');
  migrate(db, 0, 1);
  db.exec("INSERT INTO mime_types VALUES (1, 'image/jpeg'), (2, 'video/mp4')");
  const camera = db.prepare('INSERT INTO cameras VALUES (?, ?, ?, ?, ?)');
  for (let id = 1; id <= 30; id += 1) camera.run(id, 'Make', `M${id}`, `Make M${id}`, `make m${id}`);
  const album = db.prepare(
    'INSERT INTO albums (id, album_id, title, name, name_key, remote_count, listed_count, newest) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const item = db.prepare(`INSERT INTO media_items
    (id, name, kind, creation_time, archived, gone, favorite, album_count, camera, mime, video_status, size, width, height, media_id, etag)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 4000, 3000, ?, ?)`);
  const key = db.prepare('INSERT INTO item_name_keys VALUES (?, ?)');
  const member = db.prepare('INSERT INTO album_items VALUES (?, ?, ?)');
  const newest = Date.parse('2025-12-31T12:00:00Z');
  const step = (YEARS * 365 * 86_400_000) / items;
  const at = (id: number): number => Math.round(newest - id * step);
  db.transaction(() => {
    for (let id = 1; id <= items; id += 1) {
      const name = `IMG_${String(id).padStart(8, '0')}.jpg`;
      const isVideo = id % 20 === 0;
      const inAlbum = id % 5 < 2 ? 1 : 0;
      const mediaId = `AF1Qip${createHash('sha512').update(name).digest('base64url').slice(0, 78)}`;
      item.run(
        ...[id, name, isVideo ? 1 : 0, at(id), id % 50 === 0 ? 1 : 0, id % 200 === 0 ? 1 : 0, id % 100 === 1 ? 1 : 0],
        ...[inAlbum, isVideo ? null : (id % 30) + 1, isVideo ? 2 : 1, isVideo ? 2 : null, 3_000_000 + id],
        ...[mediaId, `"${id.toString(36)}"`],
      );
      key.run(name.toLowerCase(), id);
      if (inAlbum === 0) continue;
      const albumId = Math.ceil(id / ALBUM_SIZE);
      if (member.run(id, albumId, id).changes > 0 && (id - 1) % ALBUM_SIZE < 3) {
        album.run(
          albumId,
          `al${albumId}`,
          ...Array<string>(2).fill(`Album ${albumId}`),
          `album ${albumId}`,
          160,
          160,
          at(id),
        );
      }
    }
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
