import { diskFailure, fullDisk } from '../../support/disk-fault.js';
import { UserError } from '../../support/user-error.js';

/** What an error that ended the reading of exports means for a person; the error itself where there is no better word for it. */
export function readingFault(error: unknown, catalogFile: string): unknown {
  if (error instanceof UserError || diskFailure(error, catalogFile) !== 'full') return error;
  const { exitCode, message } = fullDisk(`the catalog ${catalogFile}`, catalogFile, error);
  const hint = 'Free some space there. What was read stays; a mount reads on by itself within a minute.';
  return new UserError(exitCode, message, hint, error);
}
