import { needsMigration } from '../catalog/open-database.js';
import { prepareCatalog as prepareFile, prepareSound, type Rebuilt } from '../catalog/rebuild-catalog.js';
import type { PlainUserError } from '../writer/plain-errors.js';
import { calendarOf } from '../library/calendar.js';
import { treeNames } from '../sync/tree-names.js';
import { systemClock } from '../support/clock.js';
import type { Logger } from '../support/logger.js';
import { startThread } from '../support/start-thread.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** What the thread is given that migrates or replaces a catalog. */
export interface Migration {
  readonly file: string;
  /** As `CatalogPreparation.reserve`. */
  readonly reserve: number;
  /** Time zone of the profile. */
  readonly timeZone: string;
}

/** What it answers: whether the file was damaged and replaced, or why it failed. */
export interface MigrationOutcome {
  readonly rebuilt?: Rebuilt | undefined;
  readonly failure?: PlainUserError;
}

export interface PrepareCatalogOptions {
  readonly log: Logger;
  /** As `CatalogPreparation.reserve`. */
  readonly reserve: number;
  /** Time zone of the profile. */
  readonly timeZone: string;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy: () => void;
  /** Migrates or replaces the file beside this thread. Tests replace it. */
  readonly migrate?: (migration: Migration) => Promise<MigrationOutcome>;
}

/** The start is prolonged this often meanwhile. */
const BUSY_EVERY_MS = 2000;

/**
 * Makes the catalog, or brings it to this version's format, or replaces it where it is damaged. A million rows may have to be
 * changed or taken over: that runs in a thread of its own. Rejects with UserError where the file will not do.
 */
export async function prepareCatalog(
  file: string,
  { log, onBusy, reserve, timeZone, migrate = migrateInThread }: PrepareCatalogOptions,
): Promise<Rebuilt | undefined> {
  if (needsMigration(file)) log.log('info', 'bringing the catalog to the format of this version');
  else if (prepareSound(file, { names: treeNames, calendar: calendarOf(timeZone) })) return undefined;
  else log.log('warn', 'the catalog is damaged: making a new one with all names that can still be read');
  onBusy();
  const timer = setInterval(onBusy, BUSY_EVERY_MS);
  try {
    const { rebuilt, failure } = await migrate({ file, reserve, timeZone });
    if (failure !== undefined) throw new UserError(failure.exitCode, failure.message, failure.hint);
    return rebuilt;
  } finally {
    clearInterval(timer);
  }
}

/** As the catalog's own `prepareCatalog`, on the thread that calls. */
export function prepareNow({ file, reserve, timeZone }: Migration): Rebuilt | undefined {
  const calendar = calendarOf(timeZone);
  return prepareFile(file, { names: treeNames, calendar, reserve, now: () => systemClock.now() });
}

function migrateInThread(migration: Migration): Promise<MigrationOutcome> {
  return new Promise((resolve, reject) => {
    const worker = startThread(new URL('./migration-worker.js', import.meta.url), {
      workerData: migration,
      name: 'migration',
    });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () =>
      reject(
        new UserError(ExitCode.internal, 'The migration of the catalog ended by itself.', 'See the log for more.'),
      ),
    );
  });
}
