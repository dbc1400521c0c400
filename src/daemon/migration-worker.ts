import { parentPort, workerData } from 'node:worker_threads';
import { openCatalogWriter } from '../catalog/catalog-writer.js';
import { plainUserError } from '../sync/sync-messages.js';
import { treeNames } from '../sync/tree-names.js';
import { ExitCode } from '../support/user-error.js';
import type { MigrationOutcome } from './prepare-catalog.js';

/** Brings the catalog to this version's format, so that the main thread stays free to say that the start takes longer. */
function migrate(file: string): MigrationOutcome {
  try {
    openCatalogWriter(file, { names: treeNames }).close();
    return undefined;
  } catch (error) {
    return plainUserError(error, ExitCode.internal);
  }
}

parentPort?.postMessage(migrate(String(workerData)));
