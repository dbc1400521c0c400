import type { Statements } from '../sqlite/statements.js';

/** `reading`: without an identity some of its rows may be there, and are listed again after a crash; with one, sidecars are to be read. */
export type PartState = 'new' | 'reading' | 'ready' | 'missing' | 'damaged';

/** A file or folder of an export, as the ledger has it. */
export interface PartPlan {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'zip' | 'folder';
  readonly exportName: string;
  /** Orders exports by age, as text: `20260301T101112Z`. */
  readonly stamp: string;
}

/** An entry that is not used, by its path in the part. */
export interface NamedEntry {
  readonly name: string;
  readonly reason: string;
}

/** What became of entries that are neither media nor json. */
export interface PartCounts {
  /** All entries but folders. */
  readonly entries: number;
  readonly skipped: number;
  readonly repeated: number;
  readonly refused: number;
  /** Of those refused, the first thousand. */
  readonly named: readonly NamedEntry[];
  /** Where photos lie in its paths. */
  readonly photoFolders: readonly string[];
}

export const NO_COUNTS: PartCounts = {
  ...{ entries: 0, skipped: 0, repeated: 0, refused: 0 },
  ...{ named: [], photoFolders: [] },
};

/** What tells a part from another file at its path. Of a folder: a digest of what it lists. */
export interface PartIdentity {
  readonly size: number;
  readonly mtimeMs: number;
  readonly directoryOffset: number;
  readonly directoryCrc: number;
}

export interface PartRecord extends PartPlan {
  readonly id: number;
  readonly state: PartState;
  /** Why it cannot be read; null where it can. */
  readonly error: string | null;
  /** Of what was read; undefined before. */
  readonly identity: PartIdentity | undefined;
  readonly counts: PartCounts;
}

type PartRow = [
  ...[id: number, path: string, kind: 'zip' | 'folder', exportName: string, stamp: string],
  ...[size: number | null, mtime: number | null, offset: number | null, crc: number | null],
  ...[state: PartState, error: string | null, counts: string],
];

const COLUMNS = 'id, path, kind, export, stamp, size, mtime, directory_offset, directory_crc, state, error, counts';

/** A part that was added and not looked at yet. */
export function unreadPart(plan: PartPlan): PartRecord {
  return { ...plan, id: 0, state: 'new', error: null, identity: undefined, counts: NO_COUNTS };
}

/** All parts, oldest export first. */
export function readParts(sql: Statements): PartRecord[] {
  return sql.all<PartRow>(`SELECT ${COLUMNS} FROM takeout_parts ORDER BY stamp, export, path`).map(recordOf);
}

/** Rows of `takeout_parts`. Callers hold the transaction. */
export class TakeoutParts {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  list(): PartRecord[] {
    return readParts(this.#sql);
  }

  add({ path, kind, exportName, stamp }: PartPlan): void {
    this.#sql.run(
      `INSERT OR IGNORE INTO takeout_parts (path, kind, export, stamp, state, counts) VALUES (?, ?, ?, ?, 'new', ?)`,
      ...[path, kind, exportName, stamp, JSON.stringify(NO_COUNTS)],
    );
  }

  /** The same bytes, found at another place or with another time. */
  moved(id: number, path: string, { size, mtimeMs, directoryOffset, directoryCrc }: PartIdentity): void {
    this.#sql.run(
      `UPDATE takeout_parts SET path = ?, size = ?, mtime = ?, directory_offset = ?, directory_crc = ?, error = NULL WHERE id = ?`,
      ...[path, size, mtimeMs, directoryOffset, directoryCrc, id],
    );
  }

  setState(id: number, state: PartState, error: string | null = null): void {
    this.#sql.run('UPDATE takeout_parts SET state = ?, error = ? WHERE id = ?', state, error, id);
  }

  /** Its directory stands in the catalog; its json files are to be read. */
  setListed(id: number, { size, mtimeMs, directoryOffset, directoryCrc }: PartIdentity, counts: PartCounts): void {
    this.#sql.run(
      `UPDATE takeout_parts SET size = ?, mtime = ?, directory_offset = ?, directory_crc = ?, counts = ?, state = 'reading',
         error = NULL WHERE id = ?`,
      ...[size, mtimeMs, directoryOffset, directoryCrc, JSON.stringify(counts), id],
    );
  }

  /** What is in the catalog of it is not of use. */
  setUnlisted(id: number): void {
    this.#sql.run(`UPDATE takeout_parts SET size = NULL, mtime = NULL, state = 'reading' WHERE id = ?`, id);
  }

  remove(id: number): void {
    this.#sql.run('DELETE FROM takeout_parts WHERE id = ?', id);
  }
}

function recordOf(row: PartRow): PartRecord {
  const [id, path, kind, exportName, stamp, size, mtimeMs, directoryOffset, directoryCrc, state, error, counts] = row;
  const isRead = size !== null && mtimeMs !== null && directoryOffset !== null && directoryCrc !== null;
  return {
    ...{ id, path, kind, exportName, stamp, state, error },
    identity: isRead ? { size, mtimeMs, directoryOffset, directoryCrc } : undefined,
    counts: JSON.parse(counts) as PartCounts,
  };
}
