import { closeSync, constants, openSync, readSync, realpathSync } from 'node:fs';
import { checkOwnFile, openOwnFile, type FileRules } from '../support/own-file.js';

const HEADER_MAGIC = 'SQLite format 3\0';
const HEADER_LENGTH = 100;
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/** The first bytes of a database file, read without SQLite, which would make side files next to a database that is not ours. */
export interface DatabaseHeader {
  readonly applicationId: number;
  readonly version: number;
  /** Whether the fields that SQLite itself looks at make sense; some of them it answers with an error that does not tell damage. */
  readonly isSound: boolean;
}

/**
 * The header; undefined where the file is missing or empty, `'cut'` where it ends within its header, `'other'` where it does not begin
 * as a database does.
 * @throws UserError where the file is no plain file of this user, or the error of open(2).
 */
export function readHeader(file: string, rules: FileRules): DatabaseHeader | 'cut' | 'other' | undefined {
  if (checkOwnFile(file, rules) === undefined) return undefined;
  const header = Buffer.alloc(HEADER_LENGTH);
  const descriptor = openOwnFile(file, constants.O_RDONLY, rules);
  let length: number;
  try {
    length = readSync(descriptor, header, 0, HEADER_LENGTH, 0);
  } finally {
    closeSync(descriptor);
  }
  if (length === 0) return undefined;
  const start = header.toString('latin1', 0, Math.min(length, HEADER_MAGIC.length));
  if (!HEADER_MAGIC.startsWith(start)) return 'other';
  if (length < HEADER_LENGTH) return 'cut';
  return {
    applicationId: header.readUInt32BE(APPLICATION_ID_OFFSET),
    version: header.readUInt32BE(USER_VERSION_OFFSET),
    isSound: isSound(header),
  };
}

function isSound(header: Buffer): boolean {
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

/**
 * Throws UserError where the file or one of SQLite's files beside it is no plain file of this user. SQLite would wait for a pipe, and
 * remove or truncate what it finds.
 */
export function checkDatabaseFiles(file: string, rules: FileRules): void {
  const isThere = checkOwnFile(file, rules) !== undefined;
  // SQLite puts its files beside the one that a link leads to.
  const real = isThere ? realpathSync(file) : file;
  for (const suffix of ['-wal', '-shm', '-journal'])
    checkOwnFile(`${real}${suffix}`, { ...rules, what: `a file of ${rules.what}` });
}

/** Makes an empty file that only its owner may read; SQLite gives its side files the same permissions. */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
