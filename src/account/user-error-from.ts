import { RemoteError } from '../library/remote-error.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** A refusal or fault of Google or the network as what a command ends with. Other errors come back as they are. */
export function userErrorFrom(error: unknown): unknown {
  if (!(error instanceof RemoteError)) return error;
  return new UserError(exitCodeOf(error), error.message, error.hint ?? 'Try again later.');
}

/** The exit code that a command ends with. */
export function exitCodeOf({ kind, reason }: Pick<RemoteError, 'kind' | 'reason'>): ExitCode {
  switch (kind) {
    case 'signed-out':
    case 'unauthenticated':
      return ExitCode.signIn;
    case 'forbidden':
      return reason === 'SERVICE_DISABLED' ? ExitCode.config : ExitCode.signIn;
    case 'offline':
      return ExitCode.network;
    case 'aborted':
      return ExitCode.interrupted;
    default:
      return ExitCode.google;
  }
}
