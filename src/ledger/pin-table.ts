import type { Statements } from '../sqlite/statements.js';

/** A path that is kept offline, and what it stood for when it was pinned (JSON). */
export interface PinRow {
  readonly path: string;
  readonly target: string;
}

/** The pins of a profile. Reading gives what can be read; writing throws UserError where the ledger cannot be written. */
export class PinTable {
  readonly #sql: Statements | undefined;
  readonly #write: <T>(work: (sql: Statements) => T) => T;

  constructor(sql: Statements | undefined, write: <T>(work: (sql: Statements) => T) => T) {
    this.#sql = sql;
    this.#write = write;
  }

  /** In the order in which they were pinned. */
  list(): PinRow[] {
    try {
      const rows = this.#sql?.all<[string, string]>('SELECT path, target FROM pins ORDER BY id') ?? [];
      return rows.map(([path, target]) => ({ path, target }));
    } catch {
      return [];
    }
  }

  /** Pins a path; one that is pinned already goes to the end of the list. */
  put({ path, target }: PinRow): void {
    this.#write((sql) => {
      sql.run('DELETE FROM pins WHERE path = ?', path);
      sql.run('INSERT INTO pins (path, target) VALUES (?, ?)', path, target);
    });
  }

  /** False where the path was not pinned. */
  remove(path: string): boolean {
    return this.#write((sql) => sql.run('DELETE FROM pins WHERE path = ?', path) > 0);
  }
}
