import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import { ownFile, replaceOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { scanRows } from './page-scan.js';

/** The error for a catalog that SQLite cannot read any more. The next start rebuilds it. */
export class CatalogDamage extends UserError {
  constructor(file: string, cause: unknown) {
    super(
      ExitCode.catalog,
      `The catalog ${file} is damaged.`,
      'Unmount and mount again: the next mount will move it away and make a new one, with all names that can still be read.',
      cause,
    );
  }
}

const NOTE = ownFile("the note of the catalog's damage");
const noteOf = (file: string): string => `${file}.damage`;

/** Leaves a note beside the catalog, so that the next start makes a new one although the file may open. */
export function noteDamage(file: string): void {
  try {
    replaceOwnFile(noteOf(file), 'The catalog was found damaged; the next start makes a new one.\n', NOTE);
  } catch {
    // Then the next start finds the damage again.
  }
}

export function isDamageNoted(file: string): boolean {
  return existsSync(noteOf(file));
}

export function forgetDamage(file: string): void {
  rmSync(noteOf(file), { force: true });
}

/** Whether a file without SQLite's header was a catalog: it holds rows or table definitions of one, or only zeros. */
export function wasCatalog(file: string): boolean {
  if (existsSync(`${file}-wal`) && statSync(`${file}-wal`).size > 0) return true;
  if (isBlank(file)) return true;
  for (const { values } of scanRows(file)) {
    const [type, name] = values;
    if (values.length === 5 && type === 'table' && name === 'media_items') return true;
    if (values.length >= 21 && typeof values[14] === 'string' && typeof values[1] === 'string') return true;
  }
  return false;
}

/** Only zeros, or only the first bytes of a database. A crash leaves such a file if its blocks were never written. */
function isBlank(file: string): boolean {
  const start = Buffer.from('SQLite format 3\0');
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(1_048_576);
    for (let at = 0; ;) {
      const length = readSync(descriptor, chunk, 0, chunk.length, at);
      if (length === 0) return true;
      const piece = chunk.subarray(0, length);
      const isStart = at === 0 && length < 100 && piece.subarray(0, 16).equals(start.subarray(0, length));
      if (!isStart && piece.some((byte) => byte !== 0)) return false;
      at += length;
    }
  } finally {
    closeSync(descriptor);
  }
}
