import type { Statements } from '../sqlite/statements.js';

/** How far one listing of a pass has come. `token` is undefined before its first page. */
export interface PassPart {
  readonly part: string;
  readonly token: string | undefined;
  readonly pages: number;
}

/**
 * State of syncing that survives restarts: small values by key, and the listings of the current pass. Callers hold the
 * transaction.
 */
export class SyncStateStore {
  readonly #sql: Statements;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  get(key: string): string | undefined {
    return this.#sql.get<[string]>('SELECT value FROM state WHERE key = ?', key)?.[0];
  }

  set(key: string, value: string | undefined): void {
    if (value === undefined) this.#sql.run('DELETE FROM state WHERE key = ?', key);
    else this.#sql.run('INSERT INTO state VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', key, value);
  }

  /** Deletes all values whose key has this prefix. */
  forget(prefix: string): void {
    this.#sql.run('DELETE FROM state WHERE key >= ? AND key < ?', prefix, `${prefix}\u{10ffff}`);
  }

  /** Returns how many of them were new. */
  addParts(parts: readonly string[]): number {
    let added = 0;
    for (const part of parts) added += this.#sql.run('INSERT OR IGNORE INTO pass_parts (part) VALUES (?)', part);
    return added;
  }

  openParts(): PassPart[] {
    return this.#sql
      .all<[string, string | null, number]>('SELECT part, token, pages FROM pass_parts WHERE done = 0 ORDER BY part')
      .map(([part, token, pages]) => ({ part, token: token ?? undefined, pages }));
  }

  /** Pages read of the current pass: of all listings, or of those whose name has this prefix. */
  pagesRead(prefix = ''): number {
    const sum = 'SELECT sum(pages) FROM pass_parts WHERE part >= ? AND part < ?';
    return this.#sql.get<[number | null]>(sum, prefix, `${prefix}\u{10ffff}`)?.[0] ?? 0;
  }

  /** After a page: where the next one starts; undefined ends the part. */
  advancePart(part: string, nextToken: string | undefined): void {
    this.#sql.run(
      'UPDATE pass_parts SET token = ?, pages = pages + 1, done = ? WHERE part = ?',
      nextToken ?? null,
      nextToken === undefined ? 1 : 0,
      part,
    );
  }

  /** The part begins at its first page again. */
  restartPart(part: string): void {
    this.#sql.run('UPDATE pass_parts SET token = NULL, pages = 0, done = 0 WHERE part = ?', part);
  }

  clearParts(): void {
    this.#sql.run('DELETE FROM pass_parts');
  }
}
