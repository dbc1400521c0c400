import { RemoteError } from '../library/remote-error.js';
import { isSwitchedOff } from '../remote/library/refusals.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** A refusal or fault of Google or the network as what a command ends with. Other errors come back as they are. */
export function userErrorFrom(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error;
  return new UserError(exitCodeOf(error), error.message, error.hint ?? 'Try again later.');
}

/** The exit code that a command ends with. */
export function exitCodeOf(error: Pick<RemoteError, 'kind' | 'reason'>): ExitCode {
  switch (error.kind) {
    case 'signed-out':
    case 'unauthenticated':
      return ExitCode.signIn;
    case 'forbidden':
      return isSwitchedOff(error) ? ExitCode.config : ExitCode.signIn;
    case 'offline':
      return ExitCode.network;
    case 'aborted':
      return ExitCode.interrupted;
    default:
      return ExitCode.google;
  }
}
