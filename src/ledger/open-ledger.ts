import { accessSync, chmodSync, constants, existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { checkDatabaseFiles, createPrivate, readHeader } from '../sqlite/database-file.js';
import { isDamage } from '../sqlite/is-damage.js';
import { openSqlite, type Database } from '../sqlite/open-sqlite.js';
import { Statements } from '../sqlite/statements.js';
import { diskFault } from '../support/disk-fault.js';
import { messageOf } from '../support/message-of.js';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { ownFile } from '../support/own-file.js';
import { placeFile } from '../support/replace-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { Ledger } from './ledger.js';
import { APPLICATION_ID, MIGRATIONS, type LedgerMigration } from './ledger-schema.js';
import type { TakeoutRow } from './takeout-table.js';

const RULES = ownFile('the ledger', ExitCode.catalog);

/**
 * Opens or makes the ledger. What stands in it exists nowhere else: a file that is damaged, or that cannot be written, is opened for
 * reading as far as it can be read, and {@link Ledger.fault} says why nothing can be changed.
 * @throws UserError (ExitCode.catalog) for a file that is no ledger, or of a newer version: it is left as it is.
 */
export function openLedger(file: string, migrations: readonly LedgerMigration[] = MIGRATIONS): Ledger {
  try {
    checkDatabaseFiles(file, RULES);
    const header = readHeader(file, RULES);
    if (header === 'other') throw notALedger(file);
    if (header === 'cut') throw damaged(file, undefined);
    if (header !== undefined && header.version > migrations.length)
      throw tooNew(file, header.version, migrations.length);
    return new Ledger(file, new Statements(openForWriting(file, migrations)));
  } catch (error) {
    if (error instanceof UserError && error.exitCode !== ExitCode.system) throw error;
    return new Ledger(file, readable(file), faultOf(file, error));
  }
}

/** The Takeout exports in a ledger. Changes nothing; a file that is not there, or cannot be read, has none. */
export function takeoutsIn(file: string): TakeoutRow[] {
  return lookInto(file, (ledger) => ledger.takeout.list()) ?? [];
}

/** What `look` finds in a ledger, which is not changed; undefined where there is none. What cannot be read is not there. */
export function lookInto<T>(file: string, look: (ledger: Ledger) => T): T | undefined {
  if (!existsSync(file)) return undefined;
  const ledger = new Ledger(file, readable(file));
  try {
    return look(ledger);
  } finally {
    ledger.close();
  }
}

function openForWriting(file: string, migrations: readonly LedgerMigration[]): Database {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  createPrivate(file);
  const db = openSqlite(file, { fileMustExist: true });
  try {
    checkIsLedger(db, file);
    chmodSync(file, 0o600);
    db.pragma('journal_mode = WAL');
    // A commit must not wait for the disk; what promises something asks `Ledger.durable` (which syncs in the thread pool).
    db.pragma('synchronous = NORMAL');
    db.pragma('wal_autocheckpoint = 0');
    const faults = db.pragma('quick_check(1)', { simple: true });
    if (faults !== 'ok') throw damaged(file, faults);
    migrate(db, file, migrations);
    db.pragma('wal_checkpoint(TRUNCATE)');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Everything written so far may stand in the write-ahead log only: then the file itself does not say whose it is. */
function checkIsLedger(db: Database, file: string): void {
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  if (tables > 0 && db.pragma('application_id', { simple: true }) !== APPLICATION_ID) throw notALedger(file);
}

/** One transaction a version. A ledger with something in it is copied first, so that no fault of a step can lose it. */
function migrate(db: Database, file: string, migrations: readonly LedgerMigration[]): void {
  const from = db.pragma('user_version', { simple: true }) as number;
  if (from > 0 && from < migrations.length) backUp(db, file, from);
  for (let version = from; version < migrations.length; version += 1) {
    db.transaction(() => {
      migrations[version]?.(db);
      db.pragma(`application_id = ${APPLICATION_ID}`);
      db.pragma(`user_version = ${version + 1}`);
    }).immediate();
  }
}

/** The copy of a ledger as it was before it was brought to a newer version. */
export const backupName = (file: string, version: number): string => `${file}.version-${version}`;

function backUp(db: Database, file: string, version: number): void {
  const copy = backupName(file, version);
  // A copy that is there is of a migration that broke off: what it holds is what the file still holds, or older.
  const half = `${copy}.new`;
  rmSync(half, { force: true });
  db.prepare('VACUUM INTO ?').run(half);
  chmodSync(half, 0o600);
  placeFile(half, copy);
}

/**
 * Why the ledger of a profile cannot be written; undefined where nothing is wrong, or where there is none yet. Changes nothing, and a
 * mount may use the file meanwhile.
 */
export function ledgerFault(file: string): UserError | undefined {
  try {
    checkDatabaseFiles(file, RULES);
    const header = readHeader(file, RULES);
    if (header === undefined) return undefined;
    if (header === 'other') return notALedger(file);
    if (header === 'cut') return damaged(file, undefined);
    if (header.version > MIGRATIONS.length) return tooNew(file, header.version, MIGRATIONS.length);
    accessSync(file, constants.W_OK);
    const db = openSqlite(file, { readonly: true, fileMustExist: true });
    try {
      checkIsLedger(db, file);
      const faults = db.pragma('quick_check(1)', { simple: true });
      return faults === 'ok' ? undefined : damaged(file, faults);
    } finally {
      db.close();
    }
  } catch (error) {
    return faultOf(file, error);
  }
}

/** What can still be read; nothing where not even that can. */
function readable(file: string): Statements | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const db = openSqlite(file, { readonly: true, fileMustExist: true });
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return new Statements(db);
  } catch {
    return undefined;
  }
}

function faultOf(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (isDamage(error)) return damaged(file, error);
  const reason = messageOf(error);
  return (
    nativeModuleFault(error, 'better-sqlite3') ??
    diskFault(error, file) ??
    new UserError(
      ExitCode.system,
      `The ledger ${file} cannot be written: ${reason}.`,
      'Check the permissions of the file and its folder, and the free space on the disk.',
      error,
    )
  );
}

function damaged(file: string, cause: unknown): UserError {
  return new UserError(
    ExitCode.system,
    `The ledger ${file} is damaged. What can be read of it is used, and nothing is written to it.`,
    'Put a copy of it from a backup in its place, or move it away and mount again. Then set pins and the time zone again.',
    cause,
  );
}

function notALedger(file: string): UserError {
  return new UserError(
    ExitCode.catalog,
    `${file} is not a ledger of gphotos-mount.`,
    'Move the file away, or choose another data folder, and mount again.',
  );
}

function tooNew(file: string, version: number, known: number): UserError {
  return new UserError(
    ExitCode.catalog,
    `The ledger ${file} was written by a newer gphotos-mount (format ${version}, this program knows ${known}).`,
    'Update gphotos-mount, or use another profile with --profile.',
  );
}
