import { parentPort, workerData } from 'node:worker_threads';
import { plainUserError } from '../writer/plain-errors.js';
import { ExitCode } from '../support/user-error.js';
import { prepareNow, type Migration, type MigrationOutcome } from './prepare-catalog.js';

/**
 * Brings the catalog to this version's format or replaces a damaged one. The main thread stays free to say that the start
 * takes longer.
 */
function migrate(migration: Migration): MigrationOutcome {
  try {
    return { rebuilt: prepareNow(migration) };
  } catch (error) {
    return { failure: plainUserError(error, ExitCode.internal, 'Syncing could not start') };
  }
}

parentPort?.postMessage(migrate(workerData as Migration));
