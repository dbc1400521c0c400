import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Statements } from '../sqlite/statements.js';
import { diskFailure, fullDisk } from '../support/disk-fault.js';
import type { UserError } from '../support/user-error.js';
import { PickTable } from './pick-table.js';
import { PinTable, type PinRow } from './pin-table.js';
import { TakeoutTable } from './takeout-table.js';

/** `timeZone`: what date folders follow. `oldPins`: the pins of a version without a ledger were taken over. */
export type SettingKey = 'timeZone' | 'oldPins' | 'picked.folder' | 'picked.revision';

/**
 * What exists nowhere else: what is pinned, which Takeout exports were added, what was picked, and the time zone of the profile. The
 * catalog can be made again from its sources; this cannot. Commits do not wait for the disk; {@link durable} does, and a command
 * that promises something waits for it.
 */
export class Ledger {
  readonly #file: string;
  readonly #sql: Statements | undefined;
  /** Nothing has to be synced before the first commit: opening has left the file itself up to date. */
  #isWritten = false;
  /** The last sync that was begun, and the one that follows it. */
  #sync: Promise<void> | undefined;
  #nextSync: Promise<void> | undefined;
  /** Why nothing can be written; undefined where all is well. */
  readonly fault: UserError | undefined;
  readonly pins: PinTable;
  readonly takeout: TakeoutTable;
  readonly picks: PickTable;

  constructor(file: string, sql: Statements | undefined, fault?: UserError) {
    this.#file = file;
    this.#sql = sql;
    this.fault = fault;
    this.pins = new PinTable(sql, (work) => this.#write(work));
    this.takeout = new TakeoutTable(sql, (work) => this.#write(work));
    this.picks = new PickTable(sql, (work) => this.#write(work));
  }

  /** A setting; undefined where it was never made, or cannot be read. */
  setting(key: SettingKey): string | undefined {
    try {
      return this.#sql?.get<[string]>('SELECT value FROM settings WHERE key = ?', key)?.[0];
    } catch {
      return undefined;
    }
  }

  /** Takes over the pins of a version without a ledger, once. @throws UserError where nothing can be written. */
  takeOverPins(pins: readonly PinRow[]): void {
    this.#write((sql) => {
      for (const { path, target } of pins)
        sql.run('INSERT OR IGNORE INTO pins (path, target) VALUES (?, ?)', path, target);
      sql.run('INSERT INTO settings VALUES (?, ?)', 'oldPins' satisfies SettingKey, 'taken over');
    });
  }

  /** @throws UserError where nothing can be written. */
  setSetting(key: SettingKey, value: string): void {
    this.#write((sql) =>
      sql.run('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value', key, value),
    );
  }

  /**
   * Resolves when all that was committed would survive a power cut. Rejects with what the disk says. Commits that wait at the same
   * time share one sync.
   */
  durable(): Promise<void> {
    if (!this.#isWritten) return Promise.resolve();
    // A sync under way may have begun before the last commit.
    this.#nextSync ??= (this.#sync ?? Promise.resolve()).then(
      () => this.#beginSync(),
      () => this.#beginSync(),
    );
    return this.#nextSync;
  }

  #beginSync(): Promise<void> {
    this.#sync = this.#syncFiles();
    this.#nextSync = undefined;
    return this.#sync;
  }

  async #syncFiles(): Promise<void> {
    for (const path of [`${this.#file}-wal`, dirname(this.#file)]) {
      const handle = await open(path, 'r').catch((error: unknown) => {
        // Without a log everything stands in the file itself, and was synced with it.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      });
      try {
        await handle?.sync();
      } catch (error) {
        throw this.#diskFault(error);
      } finally {
        await handle?.close();
      }
    }
  }

  close(): void {
    this.#sql?.db.close();
  }

  #write<T>(work: (sql: Statements) => T): T {
    const sql = this.#sql;
    if (this.fault !== undefined || sql === undefined) throw this.fault ?? new Error('the ledger is not open');
    this.#isWritten = true;
    try {
      return sql.db.transaction(() => work(sql)).immediate();
    } catch (error) {
      throw this.#diskFault(error);
    }
  }

  /** A full disk in words for a person; any other error as it is. */
  #diskFault(error: unknown): unknown {
    const isFull = diskFailure(error, this.#file) === 'full';
    return isFull ? fullDisk(`the ledger ${this.#file}`, this.#file, error) : error;
  }
}
