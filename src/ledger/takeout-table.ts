import type { Statements } from '../sqlite/statements.js';

/** A file or folder of a Takeout export that was added. */
export interface TakeoutRow {
  /** Absolute. */
  readonly path: string;
  readonly kind: 'zip' | 'folder';
  readonly exportName: string;
  /** Orders exports by age, as text. */
  readonly stamp: string;
}

/** Which Takeout exports a profile has. Reading gives what can be read; writing throws UserError where the ledger cannot be written. */
export class TakeoutTable {
  readonly #sql: Statements | undefined;
  readonly #write: <T>(work: (sql: Statements) => T) => T;

  constructor(sql: Statements | undefined, write: <T>(work: (sql: Statements) => T) => T) {
    this.#sql = sql;
    this.#write = write;
  }

  /** Oldest export first. */
  list(): TakeoutRow[] {
    try {
      const rows = this.#sql?.all<[string, 'zip' | 'folder', string, string]>(
        'SELECT path, kind, export, stamp FROM takeout_parts ORDER BY stamp, export, path',
      );
      return (rows ?? []).map(([path, kind, exportName, stamp]) => ({ path, kind, exportName, stamp }));
    } catch {
      return [];
    }
  }

  /** Adds parts, all or none; `now` in milliseconds. `insteadOf`: the path where the same part was before. */
  add(parts: readonly (TakeoutRow & { readonly insteadOf?: string | undefined })[], now: number): void {
    this.#write((sql) => {
      for (const { path, kind, exportName, stamp, insteadOf } of parts) {
        if (insteadOf !== undefined) sql.run('DELETE FROM takeout_parts WHERE path = ?', insteadOf);
        sql.run(
          `INSERT INTO takeout_parts (path, kind, export, stamp, added) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET kind = excluded.kind, export = excluded.export, stamp = excluded.stamp`,
          ...[path, kind, exportName, stamp, now],
        );
      }
    });
  }

  /** Takes out an export by its name. Returns how many parts it had. */
  remove(exportName: string): number {
    return this.#write((sql) => sql.run('DELETE FROM takeout_parts WHERE export = ?', exportName));
  }
}
