import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import type { Calendar } from '../library/calendar.js';
import { DAILY_LIMIT, type QuotaKind } from '../library/quota.js';
import { quotaDay } from '../support/quota-day.js';
import { CatalogDamage, forgetDamage, isDamageNoted } from './catalog-damage.js';
import { openCatalogWriter } from './catalog-writer.js';
import { noteCalendar } from './follow-calendar.js';
import type { NamePolicy } from './name-policy.js';
import { checkCatalogFiles, openForWriting, openingFault } from './open-database.js';
import { QuotaCounters } from './quota-counters.js';
import { salvage, type Salvaged } from './salvage.js';
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
  checkCatalogFiles(file);
  finishSwap(file);
  if (existsSync(file) && isDamageNoted(file)) return rebuild(file, preparation);
  try {
    const writer = openCatalogWriter(file, preparation);
    try {
      writer.followCalendar();
    } finally {
      writer.close();
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CatalogDamage)) throw error;
    return rebuild(file, preparation);
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
    syncFile(fresh);
    renameSync(fresh, done(file));
    finishSwap(file);
    return { ...salvaged, keptAs: keptName(file) };
  } catch (error) {
    removeWithSides(fresh);
    throw openingFault(file, error);
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

function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
