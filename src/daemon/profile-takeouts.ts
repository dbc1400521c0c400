import { existsSync } from 'node:fs';
import { openCatalogWriter } from '../catalog/catalog-writer.js';
import { acquireProfileLock, profileLockFile } from '../catalog/profile-lock.js';
import { openCatalogTables } from '../catalog/catalog-tables.js';
import { unreadPart, type PartRecord } from '../catalog/takeout-parts.js';
import type { TakeoutReadings } from '../catalog/takeout-readings.js';
import type { Ledger } from '../ledger/ledger.js';
import { takeoutsIn } from '../ledger/open-ledger.js';
import { commandClock } from '../support/clock.js';
import { silentLogger } from '../support/logger.js';
import { treeNames } from '../sync/tree-names.js';
import { ArchiveThreads } from '../takeout/archives/archive-threads.js';
import { accountExports, type AccountedExport } from '../takeout/indexing/export-accounts.js';
import type { Examined } from '../takeout/indexing/examine-parts.js';
import { readingFault } from '../takeout/indexing/reading-fault.js';
import { TakeoutIndexer } from '../takeout/indexing/takeout-indexer.js';
import type { TakeoutStatus } from '../takeout/indexing/takeout-status.js';
import type { DaemonConfig } from './daemon-config.js';
import { prepareCatalog } from './prepare-catalog.js';
import { ensurePrivateFolder } from './private-folder.js';
import { ledgerFile, openProfileLedger } from './profile-ledger.js';
import type { ProfilePaths } from './profile-paths.js';
import { addTakeouts, removeTakeout } from './takeout-changes.js';

/** Hears how far the reading of exports is. */
export type OnReading = (reading: NonNullable<TakeoutStatus['reading']>) => void;

export interface ProfileTakeouts {
  add(paths: readonly string[]): Promise<Examined>;
  remove(exportName: string): Promise<number>;
  /** Reads all that was not read yet into the catalog. */
  read(onReading: OnReading): Promise<void>;
}

/**
 * Works on the exports of a profile that no daemon serves, and keeps one from starting meanwhile. Throws UserError (busy) where one runs.
 */
export async function withProfileTakeouts<T>(
  config: DaemonConfig,
  ownMounts: readonly string[],
  work: (takeouts: ProfileTakeouts) => Promise<T>,
): Promise<T> {
  const { dataDir } = config.paths;
  ensurePrivateFolder(dataDir, process.getuid?.() ?? 0);
  const lockIsNew = !existsSync(profileLockFile(dataDir));
  const lock = acquireProfileLock(dataDir, { pid: process.pid, mountpoint: '' });
  const threads = new ArchiveThreads({ clock: commandClock });
  try {
    const { ledger, calendar } = await openProfileLedger(config, silentLogger);
    try {
      return await work({
        add: (paths) => addTakeouts(paths, { ...changesOf(config.paths, ledger, ownMounts), threads }),
        remove: (exportName) => removeTakeout(exportName, changesOf(config.paths, ledger, ownMounts)),
        read: (onReading) => readAll(config, { ledger, calendar, threads }, onReading),
      });
    } finally {
      ledger.close();
    }
  } finally {
    await threads.close();
    lock.release({ remove: lockIsNew });
  }
}

function changesOf({ catalogFile }: ProfilePaths, ledger: Ledger, ownMounts: readonly string[]) {
  return {
    ...{ ledger, clock: commandClock },
    readParts: () => partsIn(catalogFile),
    ownMounts: () => ownMounts,
    changed: () => undefined,
  };
}

async function readAll(
  config: DaemonConfig,
  {
    ledger,
    calendar,
    threads,
  }: { ledger: Ledger; calendar: Awaited<ReturnType<typeof openProfileLedger>>['calendar']; threads: ArchiveThreads },
  onReading: OnReading,
): Promise<void> {
  const { catalogFile } = config.paths;
  const onBusy = (): undefined => undefined;
  const { quotaReserve: reserve } = config;
  await prepareCatalog(catalogFile, { log: silentLogger, reserve, timeZone: calendar.zone, onBusy });
  const catalog = openCatalogWriter(catalogFile, { names: treeNames, calendar });
  try {
    const indexer = new TakeoutIndexer({
      ...{ catalog, threads, calendar, clock: commandClock },
      log: () => undefined,
      changed: () => {
        const { reading } = indexer.progress().status;
        if (reading !== null) onReading(reading);
      },
    });
    indexer.setParts(ledger.takeout.list(), 1);
    await indexer.update(new AbortController().signal);
  } catch (error) {
    throw readingFault(error, catalogFile);
  } finally {
    catalog.close();
  }
}

/** What is known of the exports of a profile, whether or not a daemon serves it. Changes nothing. */
export interface KnownTakeouts {
  readonly exports: readonly AccountedExport[];
  /** Parts that were added and not read yet. */
  readonly unread: number;
  /** Reads on in the catalog; undefined where there is none yet. */
  readonly readings: TakeoutReadings | undefined;
}

/** Opens nothing for writing. `look` must be done with the answer when it settles. */
export async function withKnownTakeouts<T>(
  { dataDir, catalogFile }: ProfilePaths,
  look: (known: KnownTakeouts) => T | Promise<T>,
): Promise<T> {
  const rows = takeoutsIn(ledgerFile(dataDir));
  const catalog = existsSync(catalogFile) ? openCatalogTables(catalogFile) : undefined;
  try {
    const read = new Map((catalog?.parts ?? []).map((part) => [part.path, part]));
    const parts = rows.map((row): PartRecord => read.get(row.path) ?? unreadPart(row));
    const exports = accountExports(parts, catalog?.readings);
    const unread = parts.filter(({ state }) => state === 'new' || state === 'reading').length;
    return await look({ exports, unread, readings: catalog?.readings });
  } finally {
    catalog?.close();
  }
}

function partsIn(catalogFile: string): PartRecord[] {
  if (!existsSync(catalogFile)) return [];
  const catalog = openCatalogTables(catalogFile);
  catalog?.close();
  return catalog?.parts ?? [];
}
