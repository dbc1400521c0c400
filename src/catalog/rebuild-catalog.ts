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
 * Makes, migrates or, where it is damaged, replaces the catalog. Call it before any other connection is open and while the
 * profile is locked. Throws UserError: catalog for a file that is no catalog, or a newer one; system where the disk is full or
 * cannot be read or written.
 *
 * The new file is made beside the old one and put in place by renames, each of which may be the last thing that happens: the next
 * call goes on from there.
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
  // One old file is kept, not one for each time.
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
    // What fails in between is made again from the start.
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

/** Puts a finished new catalog in the place of the old one. Nothing to do where there is none. */
function finishSwap(file: string): void {
  if (!existsSync(done(file))) return;
  // The log first: beside the new file it would be read into it.
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
