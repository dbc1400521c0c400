import { join } from 'node:path';
import type { MediaId } from '../library/media-item.js';
import type { Statements } from '../sqlite/statements.js';
import { methodOf, type EntryMethod } from './takeout-files.js';

/** Where the bytes of an item lie in an archive. */
export interface TakeoutPlace {
  /** The zip, or the file itself in an extracted folder. */
  readonly file: string;
  /** Of `file` when it was read. */
  readonly identity: { readonly size: number; readonly mtimeMs?: number };
  /** Of the local header in a zip. */
  readonly headerOffset: number | undefined;
  readonly packed: number;
  readonly size: number;
  /** Undefined in an extracted folder. */
  readonly crc: number | undefined;
  readonly method: EntryMethod;
}

/** Values of {@link PLACE_COLUMNS}. */
export type PlaceRow = [
  ...[path: string, kind: string, partSize: number | null, mtime: number | null, inside: string, name: string],
  ...[size: number, crc: number | null, method: number, packed: number, headerOffset: number],
];

/** Of a file `f` and its part `p`. */
export const PLACE_COLUMNS =
  'p.path, p.kind, p.size, p.mtime, f.inside, f.name, f.size, f.crc, f.method, f.packed, f.header_offset';
const PLACES = `SELECT ${PLACE_COLUMNS} FROM takeout_files f JOIN takeout_parts p ON p.id = f.part`;

/** The best place of an item: a part that is there before one that is not, stored before deflated, the newest export. */
export function takeoutPlace(sql: Statements, id: MediaId): TakeoutPlace | undefined {
  const row = sql.get<PlaceRow>(
    `${PLACES} WHERE f.item = ?
     ORDER BY p.state <> 'ready', f.method = 1, p.stamp DESC, p.path, f.id LIMIT 1`,
    id,
  );
  if (row === undefined) return undefined;
  return placeOf(row);
}

/** The place of every file, in the order in which the archives hold them. */
export function takeoutPlaces(sql: Statements): { readonly name: string; readonly place: TakeoutPlace }[] {
  return sql
    .all<PlaceRow>(`${PLACES} ORDER BY p.path, f.header_offset, f.inside, f.name`)
    .map((row) => ({ name: `${row[4]}/${row[5]}`, place: placeOf(row) }));
}

export function placeOf(row: PlaceRow): TakeoutPlace {
  const [path, kind, partSize, mtimeMs, inside, name, size, crc, method, packed, headerOffset] = row;
  const isFolder = kind === 'folder';
  return {
    file: isFolder ? join(path, inside, name) : path,
    identity: isFolder ? { size } : { size: partSize ?? 0, ...(mtimeMs === null ? {} : { mtimeMs }) },
    headerOffset: isFolder ? undefined : headerOffset,
    ...{ packed, size, crc: crc ?? undefined, method: methodOf(method) },
  };
}
