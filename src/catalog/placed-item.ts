import type { Statements } from '../sqlite/statements.js';

/** What decides in which folders an item shows. */
export interface PlacedItem {
  /** 0 while the item has no row. */
  readonly rowId: number;
  readonly creationTime: number;
  readonly kind: number;
  readonly camera: number | null;
  readonly shelf: number;
  readonly favorite: boolean;
  readonly inAlbums: boolean;
  /** Whether people are named on it; their rows are asked for when they are needed. */
  readonly inPeople: boolean;
}

type PlaceRow = [
  ...[creationTime: number, kind: number, camera: number | null, shelf: number],
  ...[favorite: number, albums: number, people: number],
];

/** The place of an item that is not gone. */
export function placeOf(sql: Statements, rowId: number): PlacedItem | undefined {
  return placeIn(sql, rowId, ' AND gone = 0');
}

/** The place of an item, gone or not; `test`: more conditions. */
export function placeIn(sql: Statements, rowId: number, test = ''): PlacedItem | undefined {
  const row = sql.get<PlaceRow>(
    `SELECT creation_time, kind, camera, archived, favorite, album_count, people_count FROM media_items WHERE id = ?${test}`,
    rowId,
  );
  if (row === undefined) return undefined;
  const [creationTime, kind, camera, shelf, favorite, albums, people] = row;
  return {
    ...{ rowId, creationTime, kind, camera, shelf },
    ...{ favorite: favorite === 1, inAlbums: albums > 0, inPeople: people > 0 },
  };
}
