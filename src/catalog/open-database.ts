import type { Database } from 'better-sqlite3';
import { chmodSync, closeSync, constants, mkdirSync, openSync, readSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskFailure, fullDisk } from '../support/disk-fault.js';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { checkOwnFile, openOwnFile, ownFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { CatalogDamage, isDamage, noteDamage, wasCatalog } from './catalog-damage.js';
import { watchStatements } from './watch-statements.js';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './schema.js';
import { openSqlite } from './sqlite.js';

const HEADER_MAGIC = 'SQLite format 3\0';
const HEADER_LENGTH = 100;
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/** Opens or makes the catalog for writing: private file, WAL, newest schema. Throws UserError (ExitCode.catalog), the file untouched. */
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
      // In a large catalog a page of items touches a thousand pages of the file: by default each would be followed by a checkpoint.
      db.pragma('wal_autocheckpoint = 4000');
      // The log is cut back after a checkpoint: a first sync of a million items must not leave a file of hundreds of megabytes.
      db.pragma('journal_size_limit = 20000000');
      migrate(db, now);
      return watched(db, file);
    });
  });
}

/**
 * Opens an existing catalog for reading; its page cache is small because the daemon's memory is. Throws UserError (ExitCode.catalog).
 * `onDamage` is called once, when a statement meets damage.
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

/**
 * Throws UserError (ExitCode.catalog) where the catalog or one of SQLite's files beside it is no plain file of this user. SQLite
 * would wait for a pipe, and remove or truncate what it finds.
 */
export function checkCatalogFiles(file: string): void {
  const rules = ownFile('the catalog', ExitCode.catalog);
  const isThere = checkOwnFile(file, rules) !== undefined;
  // SQLite puts its files beside the one that a link leads to.
  const real = isThere ? realpathSync(file) : file;
  for (const suffix of ['-wal', '-shm', '-journal'])
    checkOwnFile(`${real}${suffix}`, { ...rules, what: "a file of the catalog's" });
}

/** Makes an empty file that only its owner may read; SQLite gives its side files the same permissions. */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Whether an older version of the program wrote the file: opening it for writing then takes as long as its rows need. */
export function needsMigration(file: string): boolean {
  try {
    const version = readHeader(file)?.readUInt32BE(USER_VERSION_OFFSET) ?? 0;
    return version > 0 && version < SCHEMA_VERSION;
  } catch {
    // Opening it finds the words.
    return false;
  }
}

/** Reads the header without SQLite, which would already make side files next to a database that is not ours. */
function checkHeader(file: string): void {
  const header = readHeader(file);
  if (header === undefined) return;
  const applicationId = header.readUInt32BE(APPLICATION_ID_OFFSET);
  const version = header.readUInt32BE(USER_VERSION_OFFSET);
  // Both are still 0 while everything written so far stands in the write-ahead log only.
  if (applicationId !== APPLICATION_ID && !(applicationId === 0 && version === 0)) throw notACatalog(file);
  if (version > SCHEMA_VERSION) throw tooNew(file, version);
  if (!isSoundHeader(header)) throw new CatalogDamage(file, undefined);
}

/** The first bytes; undefined where the file is empty. Throws UserError where they are no database's. */
function readHeader(file: string): Buffer | undefined {
  const header = Buffer.alloc(HEADER_LENGTH);
  const descriptor = openOwnFile(file, constants.O_RDONLY, ownFile('the catalog', ExitCode.catalog));
  let length: number;
  try {
    length = readSync(descriptor, header, 0, HEADER_LENGTH, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length === 0) return undefined;
  if (length < HEADER_LENGTH || header.toString('latin1', 0, HEADER_MAGIC.length) !== HEADER_MAGIC) {
    throw wasCatalog(file) ? new CatalogDamage(file, undefined) : notACatalog(file);
  }
  return header;
}

/** The fields that SQLite itself looks at; some of them it answers with an error that does not tell damage. */
function isSoundHeader(header: Buffer): boolean {
  const pageSize = header.readUInt16BE(16);
  const formats = [header[18], header[19]];
  const isPower = pageSize === 1 || (pageSize >= 512 && (pageSize & (pageSize - 1)) === 0);
  return (
    isPower &&
    formats.every((format) => format === 1 || format === 2) &&
    header.subarray(20, 24).equals(Buffer.from([0, 64, 32, 32])) &&
    header.readUInt32BE(44) <= 4 &&
    header.readUInt32BE(56) <= 3
  );
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

/** What kept a catalog from being opened, as a UserError: damage, or something of the disk, the rights or the memory. */
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
