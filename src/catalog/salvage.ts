import type { Database, Statement } from '../sqlite/open-sqlite.js';
import { statSync } from 'node:fs';
import { SOURCES, sourcesIn } from '../library/source.js';
import { kindCode } from './codes.js';
import type { NamePolicy } from './name-policy.js';
import { migrate, SCHEMA_VERSION } from './schema.js';
import { openSqlite } from '../sqlite/open-sqlite.js';
import { entryTaker, isFileName, mendEntries } from './salvage-entries.js';
import { scanRows, type ScannedRow, type ScannedValue } from './page-scan.js';

/** What was copied from a damaged catalog. */
export interface Salvaged {
  readonly items: number;
  readonly albums: number;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

/** Tables whose rows are taken over: what gives items, albums, cameras and people their names and inodes. */
interface SalvagedTable {
  readonly table: 'mime_types' | 'cameras' | 'people' | 'albums' | 'media_items';
  /** Number of values in the shortest row that any version wrote. */
  readonly least: number;
  /** Columns that are reset, because they are read again from Google. */
  readonly reset: Readonly<Record<string, ScannedValue>>;
  /** Whether values of the right types make sense. */
  readonly isSound: (row: Readonly<Record<string, ScannedValue>>) => boolean;
}

const TABLES: readonly SalvagedTable[] = [
  { table: 'mime_types', least: 2, reset: {}, isSound: ({ text }) => /^[\w.+-]+\/[\w.+*-]+$/.test(String(text)) },
  { table: 'cameras', least: 5, reset: {}, isSound: ({ name }) => isFileName(name) },
  { table: 'people', least: 4, reset: {}, isSound: ({ name }) => isFileName(name) },
  {
    table: 'albums',
    least: 14,
    reset: { listed_count: null, listed_cover: null, seen_pass: 0, held: null },
    isSound: ({ name, album_id: id, gone }) => isFileName(name) && isId(id) && isFlag(gone),
  },
  {
    table: 'media_items',
    least: 21,
    reset: { album_count: 0, people_count: 0 },
    isSound: ({ name, media_id: id, gone, archived, favorite, kind, creation_time: time }) =>
      isFileName(name) &&
      isId(id) &&
      [gone, favorite, kind].every(isFlag) &&
      [0, 1, 2, 3].includes(Number(archived)) &&
      Number.isFinite(new Date(Number(time)).getTime()),
  },
];

/** Every row takes more bytes than this. So a row id that is too large for the file's size means damage. */
const LEAST_ROW_BYTES = 10;

/**
 * Copies the names and row ids that are still readable in `damaged` into `fresh`, a new and empty catalog. Copies the
 * columns that both have. Row ids that were used but are lost are not used again. Albums are read again from Google; of their
 * members only those are copied whose name in the folder a person gave.
 * Folders keep the time when `fresh` was made, because lost names have disappeared from them.
 */
export function salvage(damaged: string, fresh: Database, names: NamePolicy): Salvaged {
  const bytes = sizeOf(damaged) + sizeOf(`${damaged}-wal`);
  const mostRows = Math.ceil(bytes / LEAST_ROW_BYTES);
  const tables = tablesOf(damaged, fresh, names);
  const greatest = { indexed: 0 };
  fresh.pragma('foreign_keys = OFF');
  fresh.transaction(() => {
    const takeCopy = copyTaker(fresh);
    const takeEntry = entryTaker(fresh);
    for (const row of scanRows(damaged)) {
      if (row.rowId === undefined) {
        if (!takeCopy(row) && !takeEntry(row)) noteIndexed(row, mostRows, greatest);
      } else if (row.rowId <= mostRows) tables.find((table) => table.take(row));
    }
    mendReferences(fresh);
    holdRowIds(fresh, greatest.indexed);
    mendCopies(fresh);
    mendEntries(fresh);
  })();
  fresh.pragma('foreign_keys = ON');
  const count = (table: string): number =>
    fresh.prepare(`SELECT count(*) FROM ${table} WHERE gone = 0`).pluck().get() as number;
  return { items: count('media_items'), albums: count('albums') };
}

/** Bytes; 0 where there is no file. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function tablesOf(damaged: string, fresh: Database, names: NamePolicy): SalvageTable[] {
  const before = columnsBefore(damaged);
  const versions = columnsOfVersions();
  return TABLES.map((source) => {
    const { table } = source;
    const layouts = [before, ...versions].map((columns) => columns.get(table) ?? []);
    return new SalvageTable(source, layouts, columnsOf(fresh, table), fresh, names);
  });
}

type ColumnsByTable = ReadonlyMap<string, readonly Column[]>;

/** The columns that each version of the program wrote, newest version first. */
function columnsOfVersions(): ColumnsByTable[] {
  const scratch = openSqlite(':memory:');
  const versions: ColumnsByTable[] = [];
  for (let version = 1; version <= SCHEMA_VERSION; version += 1) {
    migrate(scratch, 0, version);
    versions.unshift(new Map(TABLES.map(({ table }) => [table, columnsOf(scratch, table)])));
  }
  scratch.close();
  return versions;
}

/** Columns of each table by the damaged file's own schema, as far as it is readable. */
function columnsBefore(damaged: string): ColumnsByTable {
  const columns = new Map<string, Column[]>();
  const wanted = new Set<unknown>(TABLES.map(({ table }) => table));
  for (const { rowId, values } of scanRows(damaged)) {
    const [type, name, , , sql] = values;
    if (rowId === undefined || values.length !== 5 || type !== 'table' || !wanted.has(name)) continue;
    const scratch = openSqlite(':memory:');
    try {
      scratch.exec(String(sql));
      columns.set(String(name), columnsOf(scratch, String(name)));
    } catch {
      // Its text is damaged too.
    } finally {
      scratch.close();
    }
  }
  return columns;
}

function columnsOf(db: Database, table: string): Column[] {
  return db.pragma(`table_info(${table})`) as Column[];
}

class SalvageTable {
  readonly #source: SalvagedTable;
  /** Columns that a row may have been written with: those of the file itself, then those of each version. */
  readonly #layouts: readonly (readonly Column[])[];
  readonly #names: NamePolicy;
  readonly #copied: readonly string[];
  readonly #insert: Statement;
  readonly #insertKey: Statement;
  readonly #dropKey: Statement;

  constructor(
    source: SalvagedTable,
    layouts: readonly (readonly Column[])[],
    now: readonly Column[],
    fresh: Database,
    names: NamePolicy,
  ) {
    this.#source = source;
    this.#layouts = layouts;
    this.#names = names;
    const known = new Set(layouts.flat().map(({ name }) => name));
    this.#copied = now.map(({ name }) => name).filter((name) => known.has(name) && !(name in source.reset));
    const columns = [
      ...this.#copied,
      ...Object.keys(source.reset).filter((name) => now.some((column) => column.name === name)),
    ];
    const places = columns.map((name) => `:${name}`).join(', ');
    this.#insert = fresh.prepare(`INSERT OR IGNORE INTO ${source.table} (${columns.join(', ')}) VALUES (${places})`);
    this.#insertKey = fresh.prepare('INSERT OR IGNORE INTO item_name_keys VALUES (?, ?)');
    this.#dropKey = fresh.prepare('DELETE FROM item_name_keys WHERE name_key = ?');
  }

  /** Returns true if the row belongs to this table, usable or not. */
  take({ rowId = 0, values }: ScannedRow): boolean {
    const layout = rowId < 1 ? undefined : this.#layoutOf(values);
    if (layout === undefined) return false;
    const row: Record<string, ScannedValue> = { ...this.#source.reset };
    layout.forEach(({ name, pk }, index) => {
      // A row written before a column was added is shorter; such columns begin as null.
      if (!(name in row)) row[name] = pk === 1 ? rowId : (values[index] ?? null);
    });
    if (!this.#source.isSound(row)) return true;
    try {
      this.#put(row, rowId);
    } catch (error) {
      // A value that the column does not take: the row is not worth more than what Google tells again.
      if (!isOfTheRow(error)) throw error;
    }
    return true;
  }

  #put(row: Readonly<Record<string, ScannedValue>>, rowId: number): void {
    const given: Record<string, ScannedValue> = { ...this.#source.reset };
    for (const name of this.#copied) given[name] = row[name] ?? null;
    // Versions before sources knew that of Google alone; what is gone has none.
    if ('gone' in given) given['sources'] = given['gone'] === 1 ? 0 : (given['sources'] ?? 1);
    // No earlier version had other files than originals.
    if ('role' in given) given['role'] ??= 0;
    if ('name_key' in given) given['name_key'] = this.#names.key(String(row['name']));
    if (this.#source.table !== 'media_items') {
      this.#insert.run(given);
      return;
    }
    const key = this.#names.key(String(row['name']));
    if (this.#insertKey.run(key, rowId).changes === 0) return;
    let added = 0;
    try {
      added = this.#insert.run(given).changes;
    } finally {
      if (added === 0) this.#dropKey.run(key);
    }
  }

  /** The layout that the values fit. Rows written before a column was added are shorter. */
  #layoutOf(values: readonly ScannedValue[]): readonly Column[] | undefined {
    if (values.length < this.#source.least) return undefined;
    const { length } = values;
    return (
      this.#layouts.find((layout) => layout.length === length && fits(values, layout)) ??
      this.#layouts.find((layout) => layout.length > length && fits(values, layout))
    );
  }
}

/** Whether an insert failed by what the row holds. A disk that is full or fails must not look like damaged rows. */
function isOfTheRow(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return (
    error instanceof RangeError || error instanceof TypeError || /^SQLITE_(?:CONSTRAINT|MISMATCH|TOOBIG)/.test(code)
  );
}

function fits(values: readonly ScannedValue[], layout: readonly Column[]): boolean {
  return values.every((value, index) => {
    const column = layout[index];
    if (column === undefined) return false;
    // The row id is stored in front of the record; its column holds null.
    if (column.pk === 1) return value === null;
    if (value === null) return column.notnull === 0;
    return typeof value === (column.type === 'INTEGER' ? 'number' : 'string');
  });
}

/** An entry of an index on names or ids has a text and a row id. It shows that the row id was used. */
function noteIndexed({ values }: ScannedRow, mostRows: number, greatest: { indexed: number }): void {
  const [text, rowId] = values;
  if (values.length !== 2 || typeof text !== 'string' || typeof rowId !== 'number' || rowId > mostRows) return;
  greatest.indexed = Math.max(greatest.indexed, rowId);
}

/**
 * Replaces references to lost rows. The camera becomes null until Google sends it again; the MIME type becomes the
 * usual one.
 */
function mendReferences(fresh: Database): void {
  fresh.exec('UPDATE media_items SET camera = NULL WHERE camera NOT IN (SELECT id FROM cameras)');
  fresh.exec('UPDATE media_items SET belongs_to = NULL WHERE belongs_to NOT IN (SELECT id FROM media_items)');
  for (const [kind, mime] of [
    ['photo', 'image/jpeg'],
    ['video', 'video/mp4'],
  ] as const) {
    const lost = `kind = ${kindCode(kind)} AND mime NOT IN (SELECT id FROM mime_types)`;
    if (fresh.prepare(`SELECT 1 FROM media_items WHERE ${lost} LIMIT 1`).get() === undefined) continue;
    // Not the next free id: that may be the lost one, and all its items would seem to have this type.
    const free = `SELECT 1 + max(ifnull((SELECT max(id) FROM mime_types), 0), (SELECT max(mime) FROM media_items))`;
    fresh.prepare(`INSERT OR IGNORE INTO mime_types SELECT (${free}), ?`).run(mime);
    fresh.prepare(`UPDATE media_items SET mime = (SELECT id FROM mime_types WHERE text = ?) WHERE ${lost}`).run(mime);
  }
}

/** Takes rows of `copies` over, which are read before or after their items; true where a row is one. */
function copyTaker(fresh: Database): (row: ScannedRow) => boolean {
  const insert = fresh.prepare('INSERT OR IGNORE INTO copies VALUES (?, ?, ?, ?, ?, ?, ?)');
  const columns = columnsOf(fresh, 'copies').map((column) => ({ ...column, pk: 0 }));
  return ({ values }) => {
    if (values.length !== columns.length || !fits(values, columns)) return false;
    const [id, item, source, gone] = values;
    if (isId(id) && isFlag(gone) && sourcesIn(Number(source)).length === 1 && Number(item) > 0) insert.run(...values);
    return true;
  };
}

/** Copies whose item is lost go; an item without any has the one that it shows. Then each item's set of sources is that of its copies. */
function mendCopies(fresh: Database): void {
  fresh.exec('DELETE FROM copies WHERE item NOT IN (SELECT id FROM media_items)');
  for (const { name, bit } of SOURCES) {
    fresh
      .prepare(
        `INSERT OR IGNORE INTO copies SELECT media_id, id, ?, gone, size, etag, video_status FROM media_items
         WHERE source = ? AND media_id NOT LIKE 'lost-row-%'`,
      )
      .run(bit, name);
  }
  const live = 'ifnull((SELECT sum(DISTINCT source) FROM copies WHERE item = media_items.id AND gone = 0), 0)';
  fresh.exec(`UPDATE media_items SET sources = ${live}, gone = iif(${live} = 0, 1, 0) WHERE sources <> ${live}`);
}

/** A row that is gone takes the greatest row id that was ever given, where the row itself is lost: inodes are never given again. */
function holdRowIds(fresh: Database, greatest: number): void {
  const known = (fresh.prepare('SELECT max(id) FROM media_items').pluck().get() as number | null) ?? 0;
  if (greatest <= known) return;
  fresh
    .prepare(
      `INSERT INTO media_items (id, name, kind, creation_time, gone, sources, mime, media_id)
       VALUES (?, ?, 0, 0, 1, 0, (SELECT ifnull(min(id), 1) FROM mime_types), ?)`,
    )
    .run(greatest, `lost-row-${greatest}`, `lost-row-${greatest}`);
  fresh
    .prepare('INSERT OR IGNORE INTO mime_types SELECT 1, ? WHERE NOT EXISTS (SELECT 1 FROM mime_types)')
    .run('image/jpeg');
}

function isId(value: ScannedValue | undefined): boolean {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

function isFlag(value: ScannedValue | undefined): boolean {
  return value === 0 || value === 1;
}
