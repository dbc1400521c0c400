import { setImmediate as nextTurn } from 'node:timers/promises';
import { UTC, type Calendar } from '../library/calendar.js';
import { systemClock } from '../support/clock.js';
import { AlbumEntries } from './album-entries.js';
import { AlbumStore } from './album-store.js';
import { AlbumVisibility } from './album-visibility.js';
import { followCalendar } from './follow-calendar.js';
import { FolderNames } from './folder-names.js';
import { FolderTimes } from './folder-times.js';
import { ItemFlags } from './item-flags.js';
import { PlaceMoves } from './place-moves.js';
import { ItemStore } from './item-store.js';
import { MovingParts } from './part-followers.js';
import type { NamePolicy } from './name-policy.js';
import { openForWriting } from './open-database.js';
import { PassMarks } from './pass-marks.js';
import { PeopleStore } from './people-store.js';
import { PickedItems } from './picked-items.js';
import { QuotaCounters } from './quota-counters.js';
import { COUNTS, countsOf } from './counts.js';
import type { CatalogCounts } from './records.js';
import { SizeStore } from './size-store.js';
import { Statements } from '../sqlite/statements.js';
import { TakeoutFiles } from './takeout-files.js';
import { TakeoutHeads } from './takeout-heads.js';
import { TakeoutParts } from './takeout-parts.js';
import { TakeoutReadings } from './takeout-readings.js';
import { SyncStateStore } from './sync-state-store.js';
import { TakeoutItems } from './takeout-items.js';
import { ROWS_A_TRANSACTION, ROWS_WHILE_READING } from './transaction-size.js';

export interface CatalogWriterDeps {
  readonly names: NamePolicy;
  /** Of the profile, for the times of date folders. Default: UTC. */
  readonly calendar?: Calendar | undefined;
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
  /** What is read from Takeout's archives. */
  readonly takeout: TakeoutItems;
  /** What was picked on Google's page. */
  readonly picked: PickedItems;
  readonly folderNames: FolderNames;
  readonly sizes: SizeStore;
  readonly marks: PassMarks;
  readonly state: SyncStateStore;
  readonly quota: QuotaCounters;
  readonly takeoutParts: TakeoutParts;
  readonly takeoutFiles: TakeoutFiles;
  readonly takeoutReadings: TakeoutReadings;
  readonly takeoutHeads: TakeoutHeads;
  readonly #sql: Statements;
  readonly #folders: FolderTimes;
  readonly #visibility: AlbumVisibility;
  readonly #now: () => number;
  readonly #calendar: Calendar;

  constructor(sql: Statements, { names, calendar = UTC, now = () => systemClock.now() }: CatalogWriterDeps) {
    this.#sql = sql;
    this.#now = now;
    this.#calendar = calendar;
    this.#folders = new FolderTimes(sql, names, calendar);
    this.marks = new PassMarks(sql);
    this.folderNames = new FolderNames({ sql, names, folders: this.#folders });
    this.#visibility = new AlbumVisibility(sql, this.#folders);
    const shared = { sql, names, folders: this.#folders, folderNames: this.folderNames, visibility: this.#visibility };
    const moves = new PlaceMoves(shared);
    const people = new PeopleStore(shared);
    const parts = new MovingParts({ ...shared, people });
    const flags = new ItemFlags({ sql, moves, parts });
    this.items = new ItemStore({ ...shared, moves, parts, flags, marks: this.marks, now });
    this.albums = new AlbumStore({ ...shared, parts, entries: new AlbumEntries(shared) });
    this.takeout = new TakeoutItems({ sql, items: this.items, albums: this.albums, people, flags, parts });
    this.picked = new PickedItems({ sql, items: this.items, albums: this.albums });
    this.sizes = new SizeStore(sql, now);
    this.state = new SyncStateStore(sql);
    this.quota = new QuotaCounters(sql);
    this.takeoutParts = new TakeoutParts(sql);
    this.takeoutFiles = new TakeoutFiles(sql);
    this.takeoutReadings = new TakeoutReadings(sql);
    this.takeoutHeads = new TakeoutHeads(sql);
  }

  transaction<T>(work: () => T): T {
    try {
      return this.#sql.db
        .transaction(() => {
          const result = work();
          this.#visibility.settle();
          this.#folders.flush(this.#now());
          return result;
        })
        .immediate();
    } catch (error) {
      this.#folders.forget();
      this.#visibility.forget();
      this.items.forget();
      throw error;
    }
  }

  /**
   * Writes many rows in several transactions. Between them other work of the thread gets its turn. The process may be
   * killed between two of them: the caller makes sure that the change is then resumed.
   */
  async inSlices<T>(rows: readonly T[], write: (some: readonly T[]) => void, most = ROWS_A_TRANSACTION): Promise<void> {
    for (let start = 0; start < rows.length; start += most) {
      if (start > 0) await nextTurn();
      this.transaction(() => {
        write(rows.slice(start, start + most));
      });
    }
  }

  /** As {@link inSlices}, for reading exports: fewer commits, each of about 100 ms. */
  inLargeSlices<T>(rows: readonly T[], write: (some: readonly T[]) => void): Promise<void> {
    return this.inSlices(rows, write, ROWS_WHILE_READING);
  }

  /** Dates folders by the calendar of this connection, where they were dated by another one so far; true where they were. */
  followCalendar(): boolean {
    return this.transaction(() => followCalendar(this.#sql, this.#calendar, this.#folders));
  }

  counts(): CatalogCounts {
    return countsOf(this.#sql.get(COUNTS));
  }

  /** Frees SQLite's page cache. */
  freeMemory(): void {
    this.#sql.db.exec('PRAGMA shrink_memory');
  }

  close(): void {
    this.#sql.db.close();
  }
}
