import type { Database } from '../sqlite/open-sqlite.js';
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskFailure, fullDisk } from '../support/disk-fault.js';
import { messageOf } from '../support/message-of.js';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { ownFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { CatalogDamage, noteDamage, wasCatalog } from './catalog-damage.js';
import { watchStatements } from '../sqlite/watch-statements.js';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.js';
import { checkDatabaseFiles, createPrivate, readHeader } from '../sqlite/database-file.js';
import { isDamage } from '../sqlite/is-damage.js';
import { openSqlite } from '../sqlite/open-sqlite.js';

const RULES = ownFile('the catalog', ExitCode.catalog);

/**
 * Opens or creates the catalog for writing: private file, WAL, newest schema. Throws UserError (ExitCode.catalog) and
 * then leaves the file unchanged.
 */
export function openForWriting(file: string, now: number): Database {
  return guarded(file, () => {
    checkCatalogFiles(file);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    createPrivate(file);
    checkHeader(file);
    const db = openSqlite(file, { fileMustExist: true });
    return closingOnError(db, () => {
      checkVersion(db, file);
      chmodSync(file, 0o600);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.pragma('cache_size = -16000');
      // In a large catalog a page of items changes a thousand pages of the file. By default a checkpoint would follow
      // each.
      db.pragma('wal_autocheckpoint = 4000');
      // Truncates the log after a checkpoint. The first sync of a million items must not leave a log of hundreds of
      // megabytes.
      db.pragma('journal_size_limit = 20000000');
      migrate(db, now);
      // Cameras and MIME types are never removed. With the check each INSERT of an item copies the pages that it changes first.
      db.pragma('foreign_keys = OFF');
      return watched(db, file);
    });
  });
}

/**
 * Opens an existing catalog for reading, with a small page cache. Throws UserError (ExitCode.catalog). `onDamage` is
 * called once, when a statement meets damage.
 */
export function openForReading(file: string, onDamage?: (damage: UserError) => void): Database {
  return guarded(file, () => {
    checkCatalogFiles(file);
    checkHeader(file);
    const db = openSqlite(file, { readonly: true, fileMustExist: true });
    return closingOnError(db, () => {
      checkVersion(db, file);
      if (db.pragma('user_version', { simple: true }) !== SCHEMA_VERSION) {
        throw new UserError(
          ExitCode.catalog,
          `The catalog ${file} has not been set up yet.`,
          'Mount once more; the program prepares the file by itself.',
        );
      }
      db.pragma('cache_size = -4000');
      return watched(db, file, onDamage);
    });
  });
}

/** Statements that meet damage throw {@link CatalogDamage} from now on, and leave a note for the next start. */
function watched(db: Database, file: string, onDamage?: (damage: UserError) => void): Database {
  let isKnown = false;
  return watchStatements(db, (error) => {
    if (!isDamage(error)) return error;
    const damage = new CatalogDamage(file, error);
    if (!isKnown) {
      isKnown = true;
      noteDamage(file);
      onDamage?.(damage);
    }
    return damage;
  });
}

/** Throws UserError (ExitCode.catalog) where the catalog or one of SQLite's files beside it is no plain file of this user. */
export function checkCatalogFiles(file: string): void {
  checkDatabaseFiles(file, RULES);
}

/**
 * Whether an older version of the program wrote the file. Opening it for writing then takes time in proportion to its
 * rows.
 */
export function needsMigration(file: string): boolean {
  try {
    const header = readHeader(file, RULES);
    return typeof header === 'object' && header.version > 0 && header.version < SCHEMA_VERSION;
  } catch {
    // Opening the file reports the error.
    return false;
  }
}

function checkHeader(file: string): void {
  const header = readHeader(file, RULES);
  if (header === undefined) return;
  if (typeof header === 'string') throw wasCatalog(file) ? new CatalogDamage(file, undefined) : notACatalog(file);
  const { applicationId, version, isSound } = header;
  // Both are still 0 while everything written so far stands in the write-ahead log only.
  if (applicationId !== APPLICATION_ID && !(applicationId === 0 && version === 0)) throw notACatalog(file);
  if (version > SCHEMA_VERSION) throw tooNew(file, version);
  if (!isSound) throw new CatalogDamage(file, undefined);
}

function checkVersion(db: Database, file: string): void {
  const version = db.pragma('user_version', { simple: true }) as number;
  if (version > SCHEMA_VERSION) throw tooNew(file, version);
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number;
  const applicationId = db.pragma('application_id', { simple: true });
  if (tables > 0 && applicationId !== APPLICATION_ID) throw notACatalog(file);
}

function closingOnError(db: Database, work: () => Database): Database {
  try {
    return work();
  } catch (error) {
    db.close();
    throw error;
  }
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw openingFault(file, error);
  }
}

/** The UserError for a catalog that could not be opened: damage, or a problem of disk, permissions or memory. */
export function openingFault(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (isDamage(error)) return new CatalogDamage(file, error);
  const known = nativeModuleFault(error, 'better-sqlite3');
  if (known !== undefined) return known;
  const failure = diskFailure(error, file);
  if (failure === 'full') return fullDisk(`the catalog ${file}`, file, error);
  return new UserError(
    failure === 'broken' ? ExitCode.system : ExitCode.catalog,
    `The catalog ${file} cannot be opened: ${messageOf(error)}.`,
    failure === 'broken'
      ? 'The disk fails to read or write it, and the catalog was left as it is. Look at what the kernel says: dmesg. Then mount again.'
      : 'Check the permissions of the file and its folder, and the free space on the disk.',
    error,
  );
}

function notACatalog(file: string, cause?: unknown): UserError {
  return new UserError(
    ExitCode.catalog,
    `${file} is not a catalog of gphotos-mount.`,
    'Move the file away, or choose another data folder, and mount again.',
    cause,
  );
}

function tooNew(file: string, version: number): UserError {
  return new UserError(
    ExitCode.catalog,
    `The catalog ${file} was written by a newer gphotos-mount (format ${version}, this program knows ${SCHEMA_VERSION}).`,
    'Update gphotos-mount, or use another profile with --profile.',
  );
}
