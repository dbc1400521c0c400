import { RemoteError, type RemoteErrorKind } from '../library/remote-error.js';
import { messageOf, traceOf } from '../support/message-of.js';
import { UserError, type ExitCode } from '../support/user-error.js';

/** Errors lose their class between threads, so their fields are sent. */
export interface PlainRemoteError {
  readonly kind: RemoteErrorKind;
  readonly message: string;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface PlainUserError {
  readonly exitCode: ExitCode;
  readonly message: string;
  readonly hint: string;
}

/** A fault that ended a task or the thread: what the log needs. */
export interface PlainFault {
  readonly message: string;
  readonly stack: string;
  /** Where it has words for a person. */
  readonly forPerson?: PlainUserError;
}

export function plainRemoteError(error: unknown): PlainRemoteError {
  if (error instanceof RemoteError) {
    const { kind, message, hint, retryAfterMs } = error;
    return { kind, message, hint, retryAfterMs };
  }
  return { kind: 'server', message: messageOf(error), hint: undefined, retryAfterMs: undefined };
}

export function remoteErrorFrom({ kind, message, hint, retryAfterMs }: PlainRemoteError): RemoteError {
  return new RemoteError(kind, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** `unforeseen` begins the message of an error that is not meant for a person. */
export function plainUserError(error: unknown, otherwise: ExitCode, unforeseen: string): PlainUserError {
  if (error instanceof UserError) return userErrorFields(error);
  return { exitCode: otherwise, message: `${unforeseen}: ${messageOf(error)}`, hint: 'See the log for more.' };
}

export function userErrorFrom({ exitCode, message, hint }: PlainUserError): UserError {
  return new UserError(exitCode, message, hint);
}

export function plainFault(error: unknown): PlainFault {
  const plain = { message: messageOf(error), stack: traceOf(error) };
  return error instanceof UserError ? { ...plain, forPerson: userErrorFields(error) } : plain;
}

function userErrorFields({ exitCode, message, hint }: UserError): PlainUserError {
  return { exitCode, message, hint };
}
