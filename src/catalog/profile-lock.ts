import BetterSqlite, { type Database } from 'better-sqlite3';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diskFault } from '../support/disk-fault.js';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { createPrivate } from './open-database.js';

export interface LockHolder {
  readonly pid: number;
  readonly mountpoint: string;
}

/** Held while one daemon works on a profile. The kernel drops it when the process ends, however it ends. */
export class ProfileLock {
  readonly #db: Database;
  readonly #folder: string;

  constructor(db: Database, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  /** `remove` takes the file away too, which usually stays for the next time. */
  release({ remove = false }: { readonly remove?: boolean } = {}): void {
    rmSync(noteFile(this.#folder), { force: true });
    // While it is still held: afterwards it might be another process's.
    if (remove) rmSync(profileLockFile(this.#folder), { force: true });
    this.#db.close();
  }
}

export function profileLockFile(folder: string): string {
  return join(folder, 'lock');
}

function noteFile(folder: string): string {
  return join(folder, 'lock.json');
}

/**
 * Takes the exclusive lock on a profile's data folder, making the folder where it is missing. Throws UserError
 * (ExitCode.busy) naming the holder while another process has it.
 *
 * An SQLite file held in an exclusive transaction is a portable advisory lock. A second file says who holds it: the locked
 * one cannot be read, and opening and closing it by other means would drop the lock.
 */
export function acquireProfileLock(folder: string, holder: LockHolder): ProfileLock {
  const note = noteFile(folder);
  const db = openLock(folder, profileLockFile(folder), note);
  writeFileSync(`${note}.new`, JSON.stringify(holder), { mode: 0o600 });
  renameSync(`${note}.new`, note);
  return new ProfileLock(db, folder);
}

function openLock(folder: string, file: string, note: string): Database {
  let db: Database | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    createPrivate(file);
    const before = statSync(file).ino;
    db = new BetterSqlite(file, { timeout: 0 });
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    // A holder that removed the file meanwhile has left us a lock that nobody else can see.
    if (statSync(file, { throwIfNoEntry: false })?.ino !== before) throw new Error('the lock file was replaced');
    return db;
  } catch (error) {
    db?.close();
    const code = (error as { code?: unknown }).code;
    if (code === 'SQLITE_BUSY') throw busy(folder, note, error);
    const known = nativeModuleFault(error, 'better-sqlite3') ?? diskFault(error, folder);
    if (known !== undefined) throw known;
    throw new UserError(
      ExitCode.system,
      `The data folder ${folder} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      'Check that the folder is yours and writable, and that the disk is not full.',
      error,
    );
  }
}

function busy(folder: string, note: string, cause: unknown): UserError {
  const holder = readHolder(note);
  const who = holder === undefined ? '' : ` (process ${holder.pid}, mounted on ${holder.mountpoint})`;
  return new UserError(
    ExitCode.busy,
    `Another gphotos-mount already works on this profile${who}.`,
    holder === undefined
      ? `Unmount it first, or mount with another --profile; its data is in ${folder}.`
      : `Run \`gphotos-mount unmount ${holder.mountpoint}\` first, or mount with another --profile.`,
    cause,
  );
}

function readHolder(note: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(note, 'utf8'));
    const { pid, mountpoint } = value as Partial<LockHolder>;
    return typeof pid === 'number' && typeof mountpoint === 'string' ? { pid, mountpoint } : undefined;
  } catch {
    return undefined;
  }
}
