import { Listing } from '../library/listing.js';
import { isHidden } from './codes.js';
import { viewsOf } from './folder-times.js';
import type { PlaceMovesDeps } from './place-moves.js';

/** Rows of `album_items`, and what follows from them. Callers hold the transaction. */
export class AlbumEntries {
  readonly #deps: PlaceMovesDeps;

  constructor(deps: PlaceMovesDeps) {
    this.#deps = deps;
  }

  /** `mayMeet`: whether entries of the album have names of their own, see {@link FolderNames.hasAny}. */
  add(album: number, item: number, position: number, sources: number, mayMeet: boolean): void {
    const { sql, folderNames } = this.#deps;
    sql.run('INSERT INTO album_items VALUES (?, ?, ?, ?, NULL)', item, album, position, sources);
    this.#moved(album, item, 1);
    if (mayMeet) folderNames.enters(album, item);
  }

  /** These sources list the item in the album no more; it stays where others do. */
  remove(album: number, item: number, sources: number): void {
    const { sql } = this.#deps;
    const only = 'DELETE FROM album_items WHERE item = ? AND album = ? AND sources & ~? = 0';
    if (sql.run(only, item, album, sources) > 0) this.#moved(album, item, -1);
    else sql.run('UPDATE album_items SET sources = sources & ~? WHERE item = ? AND album = ?', sources, item, album);
  }

  /** An item came to an album (1) or left it (-1). */
  #moved(album: number, item: number, step: 1 | -1): void {
    const { sql, folders, visibility } = this.#deps;
    const row = sql.get<[number, number, number]>(
      'UPDATE media_items SET album_count = album_count + ? WHERE id = ? RETURNING album_count, gone, archived',
      step,
      item,
    );
    if (row?.[1] !== 0) return;
    const [count, , shelf] = row;
    visibility.touch(album);
    if (isHidden(shelf)) return;
    folders.move(Listing.album(album));
    const isOnly = count === (step === 1 ? 1 : 0);
    if (isOnly) folders.move(Listing.loose, viewsOf(shelf));
  }
}
