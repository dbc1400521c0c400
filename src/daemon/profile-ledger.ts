import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../ledger/ledger.js';
import { lookInto, openLedger, takeoutsIn } from '../ledger/open-ledger.js';
import { calendarOf, systemZone, UTC, type Calendar } from '../library/calendar.js';
import type { Source } from '../library/source.js';
import { readOldPins } from '../pins/old-pins.js';
import type { Logger } from '../support/logger.js';
import type { DaemonConfig } from './daemon-config.js';

export interface ProfileLedger {
  readonly ledger: Ledger;
  /** What date folders follow. */
  readonly calendar: Calendar;
}

/** The file that holds what exists nowhere else. */
export function ledgerFile(dataDir: string): string {
  return join(dataDir, 'ledger.db');
}

/** Whether a profile has items of a source that needs no account. Changes nothing. */
export function holdsItems(source: Source, dataDir: string): boolean {
  const file = ledgerFile(dataDir);
  if (source.name === 'picker') return (lookInto(file, ({ picks }) => picks.totals().items) ?? 0) > 0;
  return source.name === 'takeout' && takeoutsIn(file).length > 0;
}

/** Where versions before the ledger kept pins. */
export function oldPinFile(dataDir: string): string {
  return join(dataDir, 'pins.json');
}

/**
 * Opens the ledger of a profile, takes over what an earlier version kept elsewhere, and settles the time zone. To be called before
 * the catalog is made: a profile without one is new. Rejects with UserError for a file that is no ledger, or a newer one.
 */
export async function openProfileLedger(config: DaemonConfig, log: Logger): Promise<ProfileLedger> {
  const { dataDir, catalogFile } = config.paths;
  const isNew = !existsSync(catalogFile);
  const ledger = openLedger(ledgerFile(dataDir));
  try {
    takeOverPins(ledger, oldPinFile(dataDir));
    const calendar = settledCalendar(ledger, config, isNew, log);
    await ledger.durable();
    return { ledger, calendar };
  } catch (error) {
    ledger.close();
    throw error;
  }
}

/** The file stays until the mount is there: a start that is refused takes the ledger that it has made away again. */
function takeOverPins(ledger: Ledger, file: string): void {
  if (ledger.fault !== undefined || !existsSync(file) || ledger.setting('oldPins') !== undefined) return;
  ledger.takeOverPins(readOldPins(file));
}

/** Removes what an earlier version kept elsewhere, where the ledger has it. To be called once the mount is there. */
export function removeOldPins(ledger: Ledger, dataDir: string): void {
  if (ledger.setting('oldPins') !== undefined) rmSync(oldPinFile(dataDir), { force: true });
}

/** The one that was asked for, else that of the profile; a new profile has that of the machine, one from before had UTC. */
function settledCalendar(ledger: Ledger, { timeZone: asked }: DaemonConfig, isNew: boolean, log: Logger): Calendar {
  const kept = ledger.setting('timeZone');
  const before = known(kept) ?? (isNew ? (known(systemZone()) ?? UTC) : UTC);
  const calendar = known(asked) ?? before;
  if (ledger.fault === undefined && calendar.zone !== kept) ledger.setSetting('timeZone', calendar.zone);
  if (calendar.zone !== before.zone)
    log.log('info', `date folders follow the time zone ${calendar.zone} from now on, and no more ${before.zone}`);
  else if (kept !== undefined && known(kept) === undefined)
    log.log('warn', `the time zone ${kept} is not known to this Node: date folders follow ${calendar.zone}`);
  return calendar;
}

/** Undefined for a zone that was not given, or that this Node does not know. */
function known(zone: string | undefined): Calendar | undefined {
  try {
    return zone === undefined ? undefined : calendarOf(zone);
  } catch {
    return undefined;
  }
}
