import { Worker } from 'node:worker_threads';
import { openCatalogWriter } from '../catalog/catalog-writer.js';
import { needsMigration } from '../catalog/open-database.js';
import type { PlainUserError } from '../sync/sync-messages.js';
import { treeNames } from '../sync/tree-names.js';
import type { Logger } from '../support/logger.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** What the migration thread answers: undefined, or why it failed. */
export type MigrationOutcome = PlainUserError | undefined;

export interface PrepareCatalogOptions {
  readonly log: Logger;
  /** Called now and then while the start takes longer than usual. */
  readonly onBusy: () => void;
  /** Runs the migration beside this thread. Tests replace it. */
  readonly migrate?: (file: string) => Promise<MigrationOutcome>;
}

/** The start is prolonged this often during a migration. */
const BUSY_EVERY_MS = 2000;

/**
 * Makes the catalog, or brings it to this version's format. A catalog of an older version may have a million rows to change: that
 * runs in a thread of its own. Rejects with UserError where the file will not do.
 */
export async function prepareCatalog(
  file: string,
  { log, onBusy, migrate = migrateInThread }: PrepareCatalogOptions,
): Promise<void> {
  if (!needsMigration(file)) {
    openCatalogWriter(file, { names: treeNames }).close();
    return;
  }
  log.log('info', 'bringing the catalog to the format of this version');
  onBusy();
  const timer = setInterval(onBusy, BUSY_EVERY_MS);
  try {
    const failure = await migrate(file);
    if (failure !== undefined) throw new UserError(failure.exitCode, failure.message, failure.hint);
  } finally {
    clearInterval(timer);
  }
}

function migrateInThread(file: string): Promise<MigrationOutcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./migration-worker.js', import.meta.url), {
      workerData: file,
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
