import type { Database, Statement } from './open-sqlite.js';

/** Statements of one connection, each compiled once and kept. Rows come back as arrays in column order. */
export class Statements {
  readonly #known = new Map<string, Statement>();

  constructor(readonly db: Database) {}

  // The shape of a row is the statement's; only the caller knows it.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  get<Row extends unknown[]>(sql: string, ...parameters: unknown[]): Row | undefined {
    return this.#prepared(sql, true).get(...parameters) as Row | undefined;
  }

  all<Row extends unknown[]>(sql: string, ...parameters: unknown[]): Row[] {
    return this.#prepared(sql, true).all(...parameters) as Row[];
  }

  /** Runs a statement that changes rows. Returns the number of rows changed. */
  run(sql: string, ...parameters: unknown[]): number {
    return this.#prepared(sql, false).run(...parameters).changes;
  }

  /** Runs an INSERT. Returns the id of the new row. */
  insert(sql: string, ...parameters: unknown[]): number {
    return Number(this.#prepared(sql, false).run(...parameters).lastInsertRowid);
  }

  #prepared(sql: string, reads: boolean): Statement {
    let statement = this.#known.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      if (reads) statement.raw(true);
      this.#known.set(sql, statement);
    }
    return statement;
  }
}
