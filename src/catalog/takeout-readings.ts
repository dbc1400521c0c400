import type { Statements } from '../sqlite/statements.js';
import type { ItemRole } from '../library/shelf.js';
import { roleCode, shelfCode } from './codes.js';
import { takeoutPlaces } from './takeout-places.js';
import {
  JSON_KINDS,
  methodOf,
  SIDECAR_USES,
  type EntryMethod,
  type JsonKind,
  type SidecarUse,
} from './takeout-files.js';

/** A file with its folder, export and sidecar: what items are made of. */
export interface ReadFile {
  readonly id: number;
  /** Of the export; sorts exports by age. */
  readonly age: string;
  readonly stamp: string;
  readonly folderId: number;
  readonly folder: string;
  /** The folder has the json of an album. */
  readonly inAlbum: boolean;
  readonly name: string;
  readonly size: number;
  readonly crc: number | null;
  readonly role: ItemRole;
  readonly ofName: string | null;
  readonly isAmbiguous: boolean;
  readonly item: string | null;
  /** What the sidecar says, as JSON. */
  readonly sidecar: string | null;
}

/** A sidecar of an album whose bytes lie elsewhere. */
export interface ReadMembership {
  /** As of a {@link ReadFile}. */
  readonly age: string;
  readonly folder: string;
  readonly value: string;
}

/** One media file, for the accounts. */
export interface FileOutcome {
  readonly exportName: string;
  readonly item: string | null;
  readonly role: ItemRole;
  readonly method: EntryMethod;
  readonly pairing: 'sidecar' | 'ambiguous' | 'without';
}

export interface UnmatchedSidecar {
  readonly id: number;
  readonly title: string | null;
  readonly takenAt: number | null;
  readonly use: SidecarUse;
}

type FileRow = [
  ...[id: number, age: string, stamp: string, folderId: number, folder: string, inAlbum: number],
  ...[name: string, size: number, crc: number | null, role: number, ofName: string | null],
  ...[isAmbiguous: number, item: string | null, sidecar: string | null],
];

const ROLES: readonly ItemRole[] = ['original', 'edited', 'moving'];
const ORPHAN = SIDECAR_USES.indexOf('orphan');
const MATCHED = SIDECAR_USES.indexOf('matched');
const MEMBERSHIP = SIDECAR_USES.indexOf('membership');

const FILES = `SELECT f.id, p.stamp || ' ' || d.export, p.stamp, d.id, d.path,
    EXISTS (SELECT 1 FROM takeout_json a WHERE a.folder = d.id AND a.kind = 1),
    f.name, f.size, f.crc, f.role, f.of_name, f.ambiguous, f.item, s.value
  FROM takeout_files f
  JOIN takeout_folders d ON d.id = f.folder JOIN takeout_parts p ON p.id = f.part LEFT JOIN takeout_json s ON s.id = f.sidecar`;

/** Questions about what parts list and how it was matched. */
export class TakeoutReadings {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /**
   * Files that may be the same photograph: with this size and CRC; where extracted folders have files of the size, which have no CRC, all
   * of the size. Files of folders that are settled later are left out, unless they have an item already.
   */
  filesAlike({ size, crc }: { readonly size: number; readonly crc: number | null }, folderId: number): ReadFile[] {
    const isMixed =
      crc === null ||
      this.#sql.get('SELECT 1 FROM takeout_files WHERE size = ? AND crc IS NULL LIMIT 1', size) !== undefined;
    const condition = `f.size = ? AND (d.dirty = 0 OR d.id = ? OR f.item IS NOT NULL)${isMixed ? '' : ' AND f.crc = ?'}`;
    const parameters = isMixed ? [size, folderId] : [size, folderId, crc];
    return this.#sql.all<FileRow>(`${FILES} WHERE ${condition} ORDER BY f.id`, ...parameters).map(fileOf);
  }

  /** Files of a folder that have an item. */
  filesInFolder(folderId: number): (ReadFile & { readonly item: string })[] {
    return this.#sql
      .all<FileRow>(`${FILES} WHERE f.folder = ? AND f.item IS NOT NULL ORDER BY f.name, p.path, f.id`, folderId)
      .map((row) => ({ ...fileOf(row), item: row[12] ?? '' }));
  }

  /** Rows of the files of a folder that have no item yet and are like no other file: of their size and CRC there is one only. */
  filesAlone(folderId: number): ReadonlySet<number> {
    const rows = this.#sql.all<[number]>(
      `SELECT f.id FROM takeout_files f WHERE f.folder = ? AND f.item IS NULL AND f.crc IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM takeout_files o WHERE o.size = f.size AND o.crc = f.crc AND o.id <> f.id)
         AND NOT EXISTS (SELECT 1 FROM takeout_files o WHERE o.size = f.size AND o.crc IS NULL)`,
      folderId,
    );
    return new Set(rows.map(([id]) => id));
  }

  /** Items of a folder that have files in other folders as well. */
  itemsElsewhere(folderId: number): ReadonlySet<string> {
    const rows = this.#sql.all<[string]>(
      `SELECT DISTINCT f.item FROM takeout_files f WHERE f.folder = ? AND f.item IS NOT NULL
         AND EXISTS (SELECT 1 FROM takeout_files o WHERE o.item = f.item AND o.folder <> f.folder)`,
      folderId,
    );
    return new Set(rows.map(([item]) => item));
  }

  filesOfItem(item: string): ReadFile[] {
    return this.#sql.all<FileRow>(`${FILES} WHERE f.item = ? ORDER BY p.stamp, d.export, f.id`, item).map(fileOf);
  }

  /** The item of a file of a folder, by its name. */
  itemNamed(folderId: number, name: string): string | undefined {
    const sql = 'SELECT item FROM takeout_files WHERE folder = ? AND name = ? AND item IS NOT NULL ORDER BY id LIMIT 1';
    return this.#sql.get<[string]>(sql, folderId, name)?.[0];
  }

  /** What an item was called when it came; undefined for one that the catalog does not have. */
  filenameOf(item: string): string | undefined {
    const sql =
      'SELECT ifnull(i.filename, i.name) FROM copies c JOIN media_items i ON i.id = c.item WHERE c.media_id = ?';
    return this.#sql.get<[string]>(sql, item)?.[0];
  }

  /** Sidecars of a folder that belong to no file, as JSON: an ambiguous file may have any. */
  candidates(folderId: number): string[] {
    return this.#sql
      .all<[string]>(
        `SELECT value FROM takeout_json WHERE folder = ? AND kind = 0 AND use IN (${ORPHAN}, ${MEMBERSHIP}) ORDER BY id`,
        folderId,
      )
      .map(([value]) => value);
  }

  /** Sidecars of a folder without a file in it. */
  unmatched(folderId: number): UnmatchedSidecar[] {
    return this.#sql
      .all<[number, string | null, number | null, number]>(
        `SELECT id, title, taken, use FROM takeout_json
         WHERE folder = ? AND kind = 0 AND use IN (${ORPHAN}, ${MEMBERSHIP}) ORDER BY id`,
        folderId,
      )
      .map(([id, title, takenAt, use]) => ({ id, title, takenAt, use: SIDECAR_USES[use] ?? 'orphan' }));
  }

  /** Items that a sidecar with this title and time describes. */
  itemsTitled(title: string, takenAt: number): string[] {
    return this.#sql
      .all<[string]>(
        `SELECT DISTINCT f.item FROM takeout_json j JOIN takeout_files f ON f.sidecar = j.id
         WHERE j.title = ? AND j.taken = ? AND j.kind = 0 AND j.use = ${MATCHED} AND f.role = ${roleCode('original')}
           AND f.item IS NOT NULL LIMIT 2`,
        title,
        takenAt,
      )
      .map(([item]) => item);
  }

  /** What albums say of an item whose bytes lie elsewhere. */
  memberships(title: string, takenAt: number): ReadMembership[] {
    return this.#sql
      .all<[string, string, string]>(
        `SELECT p.stamp || ' ' || d.export, d.path, j.value
         FROM takeout_json j JOIN takeout_folders d ON d.id = j.folder JOIN takeout_parts p ON p.id = j.part
         WHERE j.title = ? AND j.taken = ? AND j.kind = 0 AND j.use = ${MEMBERSHIP} ORDER BY p.stamp, d.export, d.path`,
        title,
        takenAt,
      )
      .map(([age, folder, value]) => ({ age, folder, value }));
  }

  /** Sidecars of a folder that albums without its bytes describe too, as {@link membershipKey}. */
  memberKeys(folderId: number): ReadonlySet<string> {
    const rows = this.#sql.all<[string, number]>(
      `SELECT j.title, j.taken FROM takeout_json j WHERE j.folder = ? AND j.kind = 0 AND EXISTS (
         SELECT 1 FROM takeout_json m WHERE m.title = j.title AND m.taken = j.taken AND m.kind = 0 AND m.use = ${MEMBERSHIP})`,
      folderId,
    );
    return new Set(rows.map(([title, takenAt]) => membershipKey(title, takenAt)));
  }

  /** Items of the originals and edited versions of a folder, by their date. */
  itemsIn(folderId: number): string[] {
    return this.#sql
      .all<[string]>(
        `SELECT DISTINCT f.item FROM takeout_files f WHERE f.folder = ? AND f.item IS NOT NULL AND f.role <> ${roleCode('moving')}
         ORDER BY f.name`,
        folderId,
      )
      .map(([item]) => item);
  }

  /** Items of the edited versions of an item. */
  editedOf(item: string): string[] {
    return this.#sql
      .all<[string]>(
        `SELECT e.media_id FROM copies c
         JOIN media_items i ON i.belongs_to = c.item AND i.role = ${roleCode('edited')}
         JOIN copies e ON e.item = i.id AND e.source = 8 AND e.gone = 0
         WHERE c.media_id = ? ORDER BY 1`,
        item,
      )
      .map(([edited]) => edited);
  }

  /** The time (ms) of an item in the catalog; undefined where it has none. */
  timeOf(item: string): number | undefined {
    const sql = 'SELECT i.creation_time FROM copies c JOIN media_items i ON i.id = c.item WHERE c.media_id = ?';
    return this.#sql.get<[number]>(sql, item)?.[0];
  }

  /** Each media file that is not repeated, oldest export first. */
  *outcomes(): Generator<FileOutcome> {
    const rows = this.#sql.all<[string, number, number, number, number, string | null]>(
      `SELECT d.export, f.role, f.method, f.sidecar IS NOT NULL, f.ambiguous, f.item
       FROM takeout_files f JOIN takeout_folders d ON d.id = f.folder JOIN takeout_parts p ON p.id = f.part
       WHERE f.repeated = 0 ORDER BY p.stamp, d.export, f.id`,
    );
    for (const [exportName, role, method, hasSidecar, ambiguous, item] of rows)
      yield {
        ...{ exportName, item },
        role: ROLES[role] ?? 'original',
        method: methodOf(method),
        pairing: ambiguous === 1 ? 'ambiguous' : hasSidecar === 1 ? 'sidecar' : 'without',
      };
  }

  /** How many files are repeated, by export. */
  repeatedFiles(): Map<string, number> {
    return new Map(
      this.#sql.all<[string, number]>(
        `SELECT d.export, count(*) FROM takeout_files f JOIN takeout_folders d ON d.id = f.folder
         WHERE f.repeated = 1 GROUP BY d.export`,
      ),
    );
  }

  /** Json files by export, kind and use. */
  jsonCounts(): {
    readonly exportName: string;
    readonly kind: JsonKind;
    readonly use: SidecarUse;
    readonly count: number;
  }[] {
    return this.#sql
      .all<[string, number, number, number]>(
        `SELECT d.export, j.kind, j.use, count(*) FROM takeout_json j JOIN takeout_folders d ON d.id = j.folder
         GROUP BY d.export, j.kind, j.use`,
      )
      .map(([exportName, kind, use, count]) => ({
        ...{ exportName, count },
        kind: JSON_KINDS[kind] ?? 'other',
        use: SIDECAR_USES[use] ?? 'orphan',
      }));
  }

  /** Where the bytes of every file lie. */
  places(): ReturnType<typeof takeoutPlaces> {
    return takeoutPlaces(this.#sql);
  }

  /** Paths of files, or of sidecars, that were counted so; those of locked items are left out. */
  named(list: 'ambiguous' | 'without' | 'orphans'): string[] {
    if (list === 'orphans')
      return this.#sql
        .all<[string]>(
          `SELECT d.path || '/' || j.name FROM takeout_json j JOIN takeout_folders d ON d.id = j.folder
           WHERE j.kind = 0 AND j.use = ${ORPHAN} AND NOT json_extract(j.value, '$.locked') ORDER BY 1`,
        )
        .map(([path]) => path);
    const condition = list === 'ambiguous' ? 'f.ambiguous = 1' : 'f.ambiguous = 0 AND f.sidecar IS NULL';
    return this.#sql
      .all<[string]>(
        `SELECT d.path || '/' || f.name FROM takeout_files f JOIN takeout_folders d ON d.id = f.folder
         LEFT JOIN copies c ON c.media_id = f.item LEFT JOIN media_items i ON i.id = c.item
         WHERE f.repeated = 0 AND ${condition} AND ifnull(i.archived, 0) <> ${shelfCode('locked')} ORDER BY 1`,
      )
      .map(([path]) => path);
  }

  /** Json files that could not be read, and why, by their path in the part. */
  unreadable(): { readonly name: string; readonly reason: string }[] {
    return this.#sql
      .all<[string, string | null]>(
        `SELECT inside || '/' || name, value FROM takeout_json WHERE kind = ${JSON_KINDS.indexOf('unreadable')} ORDER BY 1`,
      )
      .map(([name, reason]) => ({ name, reason: reason ?? '' }));
  }

  /** Names of the files of locked items, and of sidecars that say so, with the path of their folder. */
  lockedNames(): { readonly folder: string; readonly name: string }[] {
    return this.#sql
      .all<[string, string]>(
        `SELECT d.path, f.name FROM media_items i JOIN copies c ON c.item = i.id JOIN takeout_files f ON f.item = c.media_id
           JOIN takeout_folders d ON d.id = f.folder WHERE i.archived = ${shelfCode('locked')}
         UNION SELECT d.path, j.name FROM takeout_json j JOIN takeout_folders d ON d.id = j.folder
           WHERE j.kind = 0 AND json_extract(j.value, '$.locked')`,
      )
      .map(([folder, name]) => ({ folder, name }));
  }

  /** Items that have no file left in any part. */
  itemsWithoutFiles(): string[] {
    return this.#sql
      .all<[string]>(
        `SELECT media_id FROM copies c WHERE source = 8 AND gone = 0
           AND NOT EXISTS (SELECT 1 FROM takeout_files f WHERE f.item = c.media_id)`,
      )
      .map(([item]) => item);
  }

  /** Items of a folder whose heads were read. */
  itemsWithHead(folderId: number): ReadonlySet<string> {
    const sql = 'SELECT f.item FROM takeout_files f JOIN takeout_heads h ON h.item = f.item WHERE f.folder = ?';
    return new Set(this.#sql.all<[string]>(sql, folderId).map(([item]) => item));
  }

  /** The version of an item's bytes that the catalog states. */
  etagOf(item: string): string | undefined {
    return this.#sql.get<[string | null]>('SELECT etag FROM copies WHERE media_id = ?', item)?.[0] ?? undefined;
  }

  /** Items with a file of which no sidecar tells the time. */
  timelessItems(): string[] {
    return this.#sql
      .all<[string]>(
        `SELECT DISTINCT f.item FROM takeout_files f LEFT JOIN takeout_json j ON j.id = f.sidecar
         WHERE f.item IS NOT NULL AND ifnull(j.taken, 0) = 0 ORDER BY 1`,
      )
      .map(([item]) => item);
  }

  /** What the head of the item's file says, as JSON. */
  head(item: string): string | undefined {
    return this.#sql.get<[string]>('SELECT value FROM takeout_heads WHERE item = ?', item)?.[0];
  }

  /** Albums of Takeout in the catalog, those that are not listed for what they hold too. */
  albumIds(): string[] {
    return this.#sql.all<[string]>('SELECT album_id FROM albums WHERE sources & 8').map(([id]) => id);
  }

  /** The title that an album has in the catalog, or had when it was there; `order`: albums are numbered as they come. */
  albumShown(id: string): { readonly title: string; readonly order: number } | undefined {
    const row = this.#sql.get<[string, number]>('SELECT title, id FROM albums WHERE album_id = ?', id);
    return row === undefined ? undefined : { title: row[0], order: row[1] };
  }
}

export function membershipKey(title: string, takenAt: number): string {
  return `${takenAt}/${title}`;
}

function fileOf(row: FileRow): ReadFile {
  const [id, age, stamp, folderId, folder, inAlbum, name, size, crc, role, ofName, isAmbiguous, item, sidecar] = row;
  return {
    ...{ id, age, stamp, folderId, folder, name, size, crc, ofName, item, sidecar },
    inAlbum: inAlbum === 1,
    role: ROLES[role] ?? 'original',
    isAmbiguous: isAmbiguous === 1,
  };
}
