import { AlbumStore } from './album-store.js';
import { ItemStore } from './item-store.js';
import type { NamePolicy } from './name-policy.js';
import { openForWriting } from './open-database.js';
import { QuotaCounters } from './quota-counters.js';
import type { CatalogCounts } from './records.js';
import { SizeStore } from './size-store.js';
import { Statements } from './statements.js';
import { SyncStateStore } from './sync-state-store.js';

export interface CatalogWriterDeps {
  readonly names: NamePolicy;
}

/** Opens the catalog, making or migrating it first. Throws UserError (ExitCode.catalog) where it is unreadable, damaged or newer. */
export function openCatalogWriter(file: string, deps: CatalogWriterDeps): CatalogWriter {
  return new CatalogWriter(new Statements(openForWriting(file)), deps);
}

/** The one writing connection to the catalog. Every change goes through {@link transaction}: readers see all of it or nothing. */
export class CatalogWriter {
  readonly items: ItemStore;
  readonly albums: AlbumStore;
  readonly sizes: SizeStore;
  readonly state: SyncStateStore;
  readonly quota: QuotaCounters;
  readonly #sql: Statements;

  constructor(sql: Statements, { names }: CatalogWriterDeps) {
    this.#sql = sql;
    this.items = new ItemStore(sql, names);
    this.albums = new AlbumStore(sql, names);
    this.sizes = new SizeStore(sql);
    this.state = new SyncStateStore(sql);
    this.quota = new QuotaCounters(sql);
  }

  transaction<T>(work: () => T): T {
    try {
      return this.#sql.db.transaction(work).immediate();
    } catch (error) {
      this.items.forget();
      throw error;
    }
  }

  counts(): CatalogCounts {
    const [items, albums, unmeasured, bytes] = this.#sql.get<[number, number, number, number]>(
      'SELECT items, albums, unmeasured, bytes FROM totals',
    ) ?? [0, 0, 0, 0];
    return { items, albums, unmeasured, bytes };
  }

  /** Gives back what is kept of the file in memory. */
  freeMemory(): void {
    this.#sql.db.exec('PRAGMA shrink_memory');
  }

  close(): void {
    this.#sql.db.close();
  }
}
