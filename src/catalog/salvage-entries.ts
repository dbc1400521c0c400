import { SOURCES } from '../library/source.js';
import type { Database } from '../sqlite/open-sqlite.js';
import type { ScannedRow, ScannedValue } from './page-scan.js';

const ALL_SOURCES = SOURCES.reduce((bits, { bit }) => bits | bit, 0);

/**
 * Takes over those rows of `album_items` that have a name of their own, because only a person knew it. They are read before or
 * after their items. True where a row is one.
 */
export function entryTaker(fresh: Database): (row: ScannedRow) => boolean {
  const insert = fresh.prepare('INSERT OR IGNORE INTO album_items VALUES (?, ?, ?, ?, ?)');
  return ({ values }) => {
    const [item, album, position, sources, name] = values;
    if (values.length !== 5 || ![item, album, position, sources].every((value) => typeof value === 'number'))
      return false;
    const isListed = (Number(sources) & ALL_SOURCES) === sources && sources !== 0;
    if (isListed && isFileName(name)) insert.run(item, album, position, sources, name);
    return true;
  };
}

/** Entries whose item or album is lost or gone go, and of two with one name the later. Items count the albums that are left. */
export function mendEntries(fresh: Database): void {
  fresh.exec(`
    DELETE FROM album_items WHERE item NOT IN (SELECT id FROM media_items) OR album NOT IN (SELECT id FROM albums WHERE gone = 0);
    DELETE FROM album_items WHERE EXISTS (
      SELECT 1 FROM album_items o INDEXED BY album_items_name
      WHERE o.name IS NOT NULL AND o.album = album_items.album AND o.name = album_items.name AND o.item < album_items.item);
    UPDATE media_items SET album_count = (SELECT count(*) FROM album_items WHERE item = media_items.id)
      WHERE id IN (SELECT item FROM album_items)`);
}

/** Whether a text can be the name of a file. */
export function isFileName(value: ScannedValue | undefined): boolean {
  return typeof value === 'string' && value !== '' && !/[/\0]/.test(value) && Buffer.byteLength(value) <= 255;
}
