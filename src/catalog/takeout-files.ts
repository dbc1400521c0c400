import type { Statements } from '../sqlite/statements.js';
import { roleCode } from './codes.js';
import type { ItemRole } from '../library/shelf.js';

export type EntryMethod = 'stored' | 'deflated' | 'file';

// The order is part of the file format.
const METHODS: readonly EntryMethod[] = ['stored', 'deflated', 'file'];
export const methodOf = (code: number): EntryMethod => METHODS[code] ?? 'deflated';

/** What became of a sidecar. The order is part of the file format. */
export const SIDECAR_USES = ['orphan', 'matched', 'membership', 'repeated'] as const;
export type SidecarUse = (typeof SIDECAR_USES)[number];

/** A file as a part lists it. */
export interface Entry {
  /** Path of its folder in the part. */
  readonly folder: string;
  readonly name: string;
  readonly size: number;
  readonly crc: number | undefined;
  readonly method: EntryMethod;
  readonly packed: number;
  readonly headerOffset: number;
}

/** What a json file turned out to be. The order is part of the file format. */
export const JSON_KINDS = ['sidecar', 'album', 'unread', 'other', 'unreadable'] as const;
export type JsonKind = (typeof JSON_KINDS)[number];
export const UNREAD = JSON_KINDS.indexOf('unread');

/** What a json file says, once it was read. */
export interface JsonContent {
  readonly kind: Exclude<JsonKind, 'unread'>;
  readonly title?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly takenAt?: number | undefined;
  /** What it says, as JSON; why it is unreadable. */
  readonly value?: string | undefined;
}

/** A json file that was not read yet. */
export interface UnreadJson extends Entry {
  readonly id: number;
  readonly part: number;
}

/** With the folder of the export that it lies in. */
export interface FiledEntry extends Entry {
  readonly folderId: number;
}

export interface FolderRecord {
  readonly id: number;
  readonly exportName: string;
  readonly path: string;
}

/** A folder with the json of an album. */
export interface AlbumFolder extends FolderRecord {
  /** Sorts exports by age. */
  readonly age: string;
  /** Id of the album that it was shown as; undefined for one that is new. */
  readonly albumId: string | undefined;
}

export interface FolderFile {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly crc: number | null;
  readonly item: string | null;
}

export interface FolderJson {
  readonly id: number;
  readonly name: string;
  readonly kind: JsonKind;
  readonly title: string | null;
  readonly takenAt: number | null;
  /** Of an album's; null of a sidecar. */
  readonly value: string | null;
}

/** How a media file stands in its folder. */
export interface FileMatch {
  readonly role: ItemRole;
  /** The file that it belongs to. */
  readonly ofName: string | null;
  /** Row of the sidecar. */
  readonly sidecar: number | null;
  readonly isAmbiguous: boolean;
  /** The same path with the same bytes is in an earlier part. */
  readonly isRepeated: boolean;
}

/**
 * Rows of `takeout_folders`, `takeout_files` and `takeout_json`: what parts list, and how it was matched. Callers hold the transaction.
 */
export class TakeoutFiles {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Row id of a folder of an export, which is made where it is new. */
  folder(exportName: string, path: string): number {
    const known = this.#sql.get<[number]>(
      'SELECT id FROM takeout_folders WHERE export = ? AND path = ?',
      exportName,
      path,
    );
    if (known !== undefined) return known[0];
    return this.#sql.insert('INSERT INTO takeout_folders (export, path, dirty) VALUES (?, ?, 0)', exportName, path);
  }

  addFiles(part: number, entries: readonly FiledEntry[]): void {
    for (const entry of entries)
      this.#sql.run(
        `INSERT INTO takeout_files (part, folder, inside, name, size, crc, method, packed, header_offset)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[part, ...entryColumns(entry)],
      );
  }

  /** Adds json files, to be read later. */
  addJson(part: number, entries: readonly FiledEntry[]): void {
    for (const entry of entries)
      this.#sql.run(
        `INSERT INTO takeout_json (part, folder, inside, name, size, crc, method, packed, header_offset, kind)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ${UNREAD})`,
        ...[part, ...entryColumns(entry)],
      );
  }

  /** Json files of a folder that were not read yet, part by part. */
  unreadJson(folderId: number): UnreadJson[] {
    return this.#sql
      .all<[number, number, ...EntryRow]>(
        `SELECT id, part, inside, name, size, crc, method, packed, header_offset FROM takeout_json
         WHERE folder = ? AND kind = ${UNREAD} ORDER BY part, header_offset`,
        folderId,
      )
      .map(([id, part, folder, name, size, crc, method, packed, headerOffset]) => ({
        ...{ id, part, folder, name, size, packed, headerOffset },
        crc: crc ?? undefined,
        method: methodOf(method),
      }));
  }

  /** Until its folder is settled a sidecar counts as matched, as most are: so it need not be written again. */
  setJson(id: number, { kind, title, takenAt, value }: JsonContent): void {
    this.#sql.run(
      `UPDATE takeout_json SET kind = ?, title = ?, taken = ?, value = ?, use = ${SIDECAR_USES.indexOf('matched')} WHERE id = ?`,
      ...[JSON_KINDS.indexOf(kind), title ?? null, takenAt ?? null, value ?? null, id],
    );
  }

  hasUnread(part: number): boolean {
    return this.#sql.get(`SELECT 1 FROM takeout_json WHERE part = ? AND kind = ${UNREAD} LIMIT 1`, part) !== undefined;
  }

  /** The folders that a part has a share of are to be settled. */
  makeDirty(part: number): void {
    this.#sql.run(
      `UPDATE takeout_folders SET dirty = 1 WHERE id IN (
         SELECT folder FROM takeout_files WHERE part = ? UNION SELECT folder FROM takeout_json WHERE part = ?)`,
      part,
      part,
    );
  }

  makeExportDirty(exportName: string): void {
    this.#sql.run('UPDATE takeout_folders SET dirty = 1 WHERE export = ?', exportName);
  }

  makeClean(folderId: number): void {
    this.#sql.run('UPDATE takeout_folders SET dirty = 0 WHERE id = ?', folderId);
  }

  /** Takes out at most so many files and json files of a part; true while there may be more. */
  takeOut(part: number, most: number): boolean {
    const gone = ['takeout_files', 'takeout_json'].map((table) =>
      this.#sql.run(`DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE part = ? LIMIT ?)`, part, most),
    );
    return gone.some((count) => count === most);
  }

  /** Folders to be settled: those above first, then by export and name. */
  dirty(): FolderRecord[] {
    return this.#folders('WHERE dirty = 1');
  }

  foldersOf(exportName: string): FolderRecord[] {
    return this.#folders('WHERE export = ?', exportName);
  }

  /** Oldest export first. */
  albumFolders(): AlbumFolder[] {
    return this.#sql
      .all<[number, string, string, string, string | null]>(
        `SELECT d.id, d.export, d.path, min(p.stamp) || ' ' || d.export, d.album FROM takeout_folders d
         JOIN takeout_json j ON j.folder = d.id JOIN takeout_parts p ON p.id = j.part WHERE j.kind = 1 GROUP BY d.id ORDER BY 4, 3`,
      )
      .map(([id, exportName, path, age, album]) => ({ id, exportName, path, age, albumId: album ?? undefined }));
  }

  /** These folders are shown as that album from now on. `isNew`: so are no others, of archives that are not there. */
  setAlbum(albumId: string, folderIds: readonly number[], isNew: boolean): void {
    if (isNew) this.#sql.run('UPDATE takeout_folders SET album = NULL WHERE album = ?', albumId);
    for (const id of folderIds) this.#sql.run('UPDATE takeout_folders SET album = ? WHERE id = ?', albumId, id);
  }

  files(folderId: number): FolderFile[] {
    return this.#sql
      .all<[number, string, number, number | null, string | null]>(
        `SELECT f.id, f.name, f.size, f.crc, f.item FROM takeout_files f JOIN takeout_parts p ON p.id = f.part
         WHERE f.folder = ? ORDER BY f.name, p.path, f.id`,
        folderId,
      )
      .map(([id, name, size, crc, item]) => ({ id, name, size, crc, item }));
  }

  json(folderId: number): FolderJson[] {
    return this.#sql
      .all<[number, string, number, string | null, number | null, string | null]>(
        `SELECT j.id, j.name, j.kind, j.title, j.taken, iif(j.kind = 1, j.value, NULL)
         FROM takeout_json j JOIN takeout_parts p ON p.id = j.part
         WHERE j.folder = ? AND j.kind IN (0, 1, ${UNREAD}) ORDER BY j.name, p.path, j.id`,
        folderId,
      )
      .map(([id, name, kind, title, takenAt, value]) => ({
        ...{ id, name, title, takenAt, value },
        kind: JSON_KINDS[kind] ?? 'sidecar',
      }));
  }

  /** With the item, of a file that had none. True where it was matched otherwise before. */
  setMatch(id: number, { role, ofName, sidecar, isAmbiguous, isRepeated }: FileMatch, item?: string): boolean {
    const values = [roleCode(role), ofName, sidecar, isAmbiguous ? 1 : 0, isRepeated ? 1 : 0];
    if (item !== undefined) {
      const sql =
        'UPDATE takeout_files SET role = ?, of_name = ?, sidecar = ?, ambiguous = ?, repeated = ?, item = ? WHERE id = ?';
      return this.#sql.run(sql, ...values, item, id) > 0;
    }
    return (
      this.#sql.run(
        `UPDATE takeout_files SET role = ?, of_name = ?, sidecar = ?, ambiguous = ?, repeated = ?
         WHERE id = ? AND (role, of_name, sidecar, ambiguous, repeated) IS NOT (?, ?, ?, ?, ?)`,
        ...[...values, id, ...values],
      ) > 0
    );
  }

  setUse(id: number, use: SidecarUse): void {
    const code = SIDECAR_USES.indexOf(use);
    this.#sql.run('UPDATE takeout_json SET use = ? WHERE id = ? AND use <> ?', code, id, code);
  }

  setItem(id: number, item: string): void {
    this.#sql.run('UPDATE takeout_files SET item = ? WHERE id = ?', item, id);
  }

  #folders(condition: string, ...parameters: string[]): FolderRecord[] {
    return this.#sql
      .all<[number, string, string]>(
        `SELECT id, export, path FROM takeout_folders ${condition} ORDER BY export, path`,
        ...parameters,
      )
      .map(([id, exportName, path]) => ({ id, exportName, path }));
  }
}

type EntryRow = [
  ...[inside: string, name: string, size: number, crc: number | null],
  ...[method: number, packed: number, headerOffset: number],
];

function entryColumns(entry: FiledEntry): unknown[] {
  const { folderId, folder, name, size, crc, method, packed, headerOffset } = entry;
  return [folderId, folder, name, size, crc ?? null, METHODS.indexOf(method), packed, headerOffset];
}
