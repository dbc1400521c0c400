import { RemoteError } from '../library/remote-error.js';
import { pauseAfter } from '../picker/pick-trouble.js';
import { UserError, type ExitCode } from '../support/user-error.js';

/** The outcome of work with the Picker; what Google or the network refuses is a UserError with the exit code of a command. */
export async function asUserError<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof RemoteError)) throw error;
    const { message, hint, exitCode } = pauseAfter(error, 1).trouble;
    throw new UserError(exitCode as ExitCode, message, hint, error);
  });
}
