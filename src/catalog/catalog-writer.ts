import { setImmediate as nextTurn } from 'node:timers/promises';
import { systemClock } from '../support/clock.js';
import { AlbumStore } from './album-store.js';
import { FolderTimes } from './folder-times.js';
import { ItemStore } from './item-store.js';
import type { NamePolicy } from './name-policy.js';
import { openForWriting } from './open-database.js';
import { QuotaCounters } from './quota-counters.js';
import type { CatalogCounts } from './records.js';
import { SizeStore } from './size-store.js';
import { Statements } from './statements.js';
import { SyncStateStore } from './sync-state-store.js';
import { ROWS_A_TRANSACTION } from './transaction-size.js';

export interface CatalogWriterDeps {
  readonly names: NamePolicy;
  /** Milliseconds since the epoch, for times of changes. Default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

/**
 * Opens the catalog, after creating or migrating it if needed. Throws UserError (ExitCode.catalog) if it is unreadable,
 * damaged or newer.
 */
export function openCatalogWriter(file: string, deps: CatalogWriterDeps): CatalogWriter {
  return new CatalogWriter(new Statements(openForWriting(file, deps.now?.() ?? systemClock.now())), deps);
}

/**
 * The only writing connection to the catalog. Every change is a {@link transaction}: readers see all of it or nothing.
 */
export class CatalogWriter {
  readonly items: ItemStore;
  readonly albums: AlbumStore;
  readonly sizes: SizeStore;
  readonly state: SyncStateStore;
  readonly quota: QuotaCounters;
  readonly #sql: Statements;
  readonly #folders: FolderTimes;
  readonly #now: () => number;

  constructor(sql: Statements, { names, now = () => systemClock.now() }: CatalogWriterDeps) {
    this.#sql = sql;
    this.#now = now;
    this.#folders = new FolderTimes(sql, names);
    this.items = new ItemStore({ sql, names, folders: this.#folders, now });
    this.albums = new AlbumStore({ sql, names, folders: this.#folders });
    this.sizes = new SizeStore(sql, now);
    this.state = new SyncStateStore(sql);
    this.quota = new QuotaCounters(sql);
  }

  transaction<T>(work: () => T): T {
    try {
      return this.#sql.db
        .transaction(() => {
          const result = work();
          this.#folders.flush(this.#now());
          return result;
        })
        .immediate();
    } catch (error) {
      this.#folders.forget();
      this.items.forget();
      throw error;
    }
  }

  /**
   * Writes many rows in several transactions. Between them other work of the thread gets its turn. The process may be
   * killed between two of them: the caller makes sure that the change is then resumed.
   */
  async inSlices<T>(rows: readonly T[], write: (some: readonly T[]) => void): Promise<void> {
    for (let start = 0; start < rows.length; start += ROWS_A_TRANSACTION) {
      if (start > 0) await nextTurn();
      this.transaction(() => {
        write(rows.slice(start, start + ROWS_A_TRANSACTION));
      });
    }
  }

  counts(): CatalogCounts {
    const [items, albums, unmeasured, bytes] = this.#sql.get<[number, number, number, number]>(
      'SELECT items, albums, unmeasured, bytes FROM totals',
    ) ?? [0, 0, 0, 0];
    return { items, albums, unmeasured, bytes };
  }

  /** Frees SQLite's page cache. */
  freeMemory(): void {
    this.#sql.db.exec('PRAGMA shrink_memory');
  }

  close(): void {
    this.#sql.db.close();
  }
}
