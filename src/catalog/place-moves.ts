import { Listing } from '../library/listing.js';
import type { Statements } from '../sqlite/statements.js';
import type { AlbumVisibility } from './album-visibility.js';
import { isHidden } from './codes.js';
import type { FolderNames } from './folder-names.js';
import type { FolderTimes } from './folder-times.js';
import { placeIn, placeOf, type PlacedItem } from './placed-item.js';

export interface PlaceMovesDeps {
  readonly sql: Statements;
  /** Notified before names in folders change. */
  readonly folders: FolderTimes;
  readonly folderNames: FolderNames;
  readonly visibility: AlbumVisibility;
}

/** Announces to folders and albums that an item is about to move. Callers then change its row, in the same transaction. */
export class PlaceMoves {
  readonly #deps: PlaceMovesDeps;

  constructor(deps: PlaceMovesDeps) {
    this.#deps = deps;
  }

  /** An item gets another date, kind, camera, shelf or star. Nothing of an item that is gone. */
  moves(rowId: number, change: Partial<Omit<PlacedItem, 'rowId' | 'inAlbums' | 'inPeople'>>): void {
    const { sql, folders, visibility } = this.#deps;
    const before = placeOf(sql, rowId);
    if (before === undefined) return;
    const after = { ...before, ...change };
    folders.itemMoves(before, after);
    if (!before.inAlbums || isHidden(before.shelf) === isHidden(after.shelf)) return;
    for (const album of this.#albumsOf(rowId)) {
      folders.move(Listing.album(album));
      visibility.touch(album);
    }
  }

  /** An item that was gone is about to come to its folders. */
  appears(rowId: number): void {
    this.#comesOrGoes(rowId, true);
  }

  /** An item is about to be gone. */
  leaves(rowId: number): void {
    this.#comesOrGoes(rowId, false);
  }

  #comesOrGoes(rowId: number, isThere: boolean): void {
    const { sql, folders, folderNames, visibility } = this.#deps;
    const place = placeIn(sql, rowId);
    if (place === undefined) return;
    if (isThere) folders.itemMoves(undefined, place);
    else folders.itemMoves(place, undefined);
    for (const album of this.#albumsOf(rowId)) {
      if (!isHidden(place.shelf)) folders.move(Listing.album(album));
      visibility.touch(album);
      if (isThere) folderNames.enters(album, rowId);
    }
  }

  #albumsOf(rowId: number): number[] {
    return this.#deps.sql.all<[number]>('SELECT album FROM album_items WHERE item = ?', rowId).map(([album]) => album);
  }
}
