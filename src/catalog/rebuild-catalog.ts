import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Calendar } from '../library/calendar.js';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';
import { diskFailure } from '../support/disk-fault.js';
import { messageOf } from '../support/message-of.js';
import { quotaDay } from '../support/quota-day.js';
import { placeFile } from '../support/replace-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { CatalogDamage, forgetDamage, isDamageNoted } from './catalog-damage.js';
import { openCatalogWriter } from './catalog-writer.js';
import { noteCalendar } from './follow-calendar.js';
import type { NamePolicy } from './name-policy.js';
import { checkCatalogFiles, openForWriting, openingFault } from './open-database.js';
import { QuotaCounters } from './quota-counters.js';
import { salvage, sizeOf, type Salvaged } from './salvage.js';
import { Statements } from '../sqlite/statements.js';

export interface CatalogPreparation {
  readonly names: NamePolicy;
  /** Of the profile: date folders are dated by it. */
  readonly calendar: Calendar;
  /** Share of each daily limit that background work leaves alone. */
  readonly reserve: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A damaged catalog was replaced. */
export interface Rebuilt extends Salvaged {
  /** Where the damaged file is kept. */
  readonly keptAs: string;
}

/**
 * Creates or migrates the catalog, or replaces it if it is damaged. Call it with the profile locked, before any other
 * connection is open. Throws UserError: `catalog` for a file that is not a catalog or is newer; `system` if the disk is
 * full or fails.
 *
 * The new file is made beside the old one and put in place by renames. The process may be killed after any of them: the
 * next call continues from there.
 */
export function prepareCatalog(file: string, preparation: CatalogPreparation): Rebuilt | undefined {
  return prepareSound(file, preparation) ? undefined : rebuild(file, preparation);
}

/** As {@link prepareCatalog}, but leaves a damaged catalog as it is: false. To replace it takes as long as its rows need. */
export function prepareSound(file: string, preparation: Pick<CatalogPreparation, 'names' | 'calendar'>): boolean {
  checkCatalogFiles(file);
  try {
    finishSwap(file);
  } catch (error) {
    throw openingFault(file, error);
  }
  if (existsSync(file) && isDamageNoted(file)) return false;
  try {
    const writer = openCatalogWriter(file, preparation);
    try {
      writer.followCalendar();
    } finally {
      writer.close();
    }
    return true;
  } catch (error) {
    // Also of statements that begin and end transactions, which are not watched.
    const fault = openingFault(file, error);
    if (fault instanceof CatalogDamage) return false;
    throw fault;
  }
}

const keptName = (file: string): string => `${file}.damaged`;
const halfDone = (file: string): string => `${file}.rebuilding`;
const done = (file: string): string => `${file}.rebuilt`;

function rebuild(file: string, preparation: CatalogPreparation): Rebuilt {
  const fresh = halfDone(file);
  removeWithSides(fresh);
  // Only one old file is kept.
  removeWithSides(keptName(file));
  try {
    const salvaged = fill(fresh, file, preparation);
    placeFile(fresh, done(file));
    finishSwap(file);
    return { ...salvaged, keptAs: keptName(file) };
  } catch (error) {
    const fault = rebuildFault(file, error);
    try {
      removeWithSides(fresh);
    } catch {
      // The next start does it.
    }
    throw fault;
  }
}

/** What kept a damaged catalog from being replaced. It stays as it was. */
function rebuildFault(file: string, error: unknown): UserError {
  const cause = error instanceof UserError && error.cause !== undefined ? error.cause : error;
  const rest = 'The damaged file is untouched, and the next mount tries again.';
  switch (diskFailure(cause, file)) {
    case 'full': {
      const megabytes = Math.ceil((sizeOf(file) + sizeOf(`${file}-wal`)) / 2 ** 20);
      return new UserError(
        ExitCode.system,
        `The catalog ${file} is damaged, and its disk is too full for a new one.`,
        `Free some ${megabytes} MiB in ${dirname(file)}. ${rest}`,
        cause,
      );
    }
    case 'broken':
      return new UserError(
        ExitCode.system,
        `The catalog ${file} is damaged, and the disk fails while a new one is made of it (${messageOf(cause)}).`,
        `Look at what the kernel says of the disk: dmesg. ${rest}`,
        cause,
      );
    default:
      return openingFault(file, error);
  }
}

function fill(fresh: string, damaged: string, { names, calendar, reserve, now }: CatalogPreparation): Salvaged {
  const db = openForWriting(fresh, now());
  try {
    // A failure restarts the rebuild from the beginning.
    db.pragma('journal_mode = OFF');
    const salvaged = salvage(damaged, db, names);
    const sql = new Statements(db);
    noteCalendar(sql, calendar);
    const spent = (kind: QuotaKind): number => Math.ceil(DAILY_LIMIT[kind] * (1 - reserve));
    new QuotaCounters(sql).add(quotaDay(now()), { api: spent('api'), media: spent('media') });
    return salvaged;
  } finally {
    db.close();
  }
}

/** Puts a finished new catalog in place of the old one, if there is one. */
function finishSwap(file: string): void {
  if (!existsSync(done(file))) return;
  // The log first: SQLite would apply it to the new file.
  for (const suffix of ['-wal', ''])
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${keptName(file)}${suffix}`);
  rmSync(`${file}-shm`, { force: true });
  forgetDamage(file);
  renameSync(done(file), file);
}

function removeWithSides(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
}
