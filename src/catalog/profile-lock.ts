import type { Database } from '../sqlite/open-sqlite.js';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { diskFault } from '../support/disk-fault.js';
import { messageOf } from '../support/message-of.js';
import { nativeModuleFault } from '../support/native-module-fault.js';
import { checkOwnFile, ownFile, readOwnFile, replaceOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { openSqlite } from '../sqlite/open-sqlite.js';
import { createPrivate } from '../sqlite/database-file.js';

export interface LockHolder {
  readonly pid: number;
  readonly mountpoint: string;
  /** Path of the control socket; undefined while there is none, and in notes of older versions. */
  readonly socketFile?: string | undefined;
}

/** Held while one daemon works on a profile. The kernel drops it when the process ends, however it ends. */
export class ProfileLock {
  readonly #db: Database;
  readonly #folder: string;
  #holder: LockHolder;

  constructor(db: Database, folder: string, holder: LockHolder) {
    this.#db = db;
    this.#folder = folder;
    this.#holder = holder;
    this.#note();
  }

  /** Publishes where the daemon listens, for all sessions of the user. Throws the file system's error. */
  listensAt(socketFile: string): void {
    this.#holder = { ...this.#holder, socketFile };
    this.#note();
  }

  /** `remove` also deletes the lock file, which otherwise stays for the next start. */
  release({ remove = false }: { readonly remove?: boolean } = {}): void {
    rmSync(noteFile(this.#folder), { force: true });
    // Deleted while the lock is held: afterwards it might be another process's.
    if (remove) rmSync(profileLockFile(this.#folder), { force: true });
    this.#db.close();
  }

  #note(): void {
    const { pid, mountpoint, socketFile } = this.#holder;
    // Of no use after a crash of the machine, which ends the process that it names.
    const text = JSON.stringify({ pid, mountpoint, socket: socketFile });
    replaceOwnFile(noteFile(this.#folder), text, NOTE, { durable: false });
  }
}

const LOCK = ownFile("the profile's lock");
const NOTE = ownFile("the note beside the profile's lock");

export function profileLockFile(folder: string): string {
  return join(folder, 'lock');
}

function noteFile(folder: string): string {
  return join(folder, 'lock.json');
}

/** Throws UserError (config) if a file of the lock is not a plain file of this user. */
export function checkLockFiles(folder: string): void {
  checkOwnFile(profileLockFile(folder), LOCK);
  for (const suffix of ['', '.new']) checkOwnFile(`${noteFile(folder)}${suffix}`, NOTE);
}

/**
 * What the note beside the lock says; undefined if there is none. A killed daemon leaves its note: see {@link
 * isLockHeldBy}.
 */
export function readLockHolder(folder: string): LockHolder | undefined {
  try {
    const value: unknown = JSON.parse(readOwnFile(noteFile(folder), NOTE) ?? 'null');
    const { pid, mountpoint, socket } = (value ?? {}) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof mountpoint !== 'string') return undefined;
    return { pid, mountpoint, socketFile: typeof socket === 'string' ? socket : undefined };
  } catch {
    return undefined;
  }
}

/**
 * Whether the process is alive and holds the lock. Does not lock anything to find out: a daemon starting at this moment
 * would be refused. If the system does not list its locks, a process with that number counts.
 */
export function isLockHeldBy(folder: string, pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const file = statSync(profileLockFile(folder), { throwIfNoEntry: false });
  const locks = systemLocks();
  return locks === undefined || locks.some((lock) => lock.pid === pid && lock.inode === file?.ino);
}

/** Lines of proc(5)'s `/proc/locks`: `1: POSIX  ADVISORY  WRITE 123 fe:00:4711 128 128`. */
function systemLocks(): { pid: number; inode: number }[] | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
  return [...text.matchAll(/^\d+: POSIX +\S+ +\S+ (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /gm)].map((match) => ({
    pid: Number(match[1]),
    inode: Number(match[2]),
  }));
}

/**
 * Takes the exclusive lock on a profile's data folder, and creates the folder if it is missing. Throws UserError
 * (ExitCode.busy), which names the holder, while another process has it.
 *
 * An SQLite file in an exclusive transaction is a portable advisory lock. A second file says who holds it: the locked
 * file cannot be read, and opening and closing it in another way would drop the lock.
 */
export function acquireProfileLock(folder: string, holder: LockHolder): ProfileLock {
  const db = openLock(folder, profileLockFile(folder));
  try {
    return new ProfileLock(db, folder, holder);
  } catch (error) {
    db.close();
    throw error;
  }
}

function openLock(folder: string, file: string): Database {
  let db: Database | undefined;
  try {
    checkLockFiles(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    createPrivate(file);
    const before = statSync(file).ino;
    db = openSqlite(file, { timeout: 0 });
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    // A former holder removed the file meanwhile: no other process would see this lock.
    if (statSync(file, { throwIfNoEntry: false })?.ino !== before) throw new Error('the lock file was replaced');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof UserError) throw error;
    const code = (error as { code?: unknown }).code;
    if (code === 'SQLITE_BUSY') throw busy(folder, error);
    const known = nativeModuleFault(error, 'better-sqlite3') ?? diskFault(error, folder);
    if (known !== undefined) throw known;
    throw new UserError(
      ExitCode.system,
      `The data folder ${folder} cannot be used: ${messageOf(error)}.`,
      'Check that the folder is yours and writable, and that the disk is not full.',
      error,
    );
  }
}

function busy(folder: string, cause: unknown): UserError {
  const holder = readLockHolder(folder);
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
