import type { PickTrouble } from '../ledger/pick-rows.js';
import { RemoteError } from '../library/remote-error.js';
import { messageOf } from '../support/message-of.js';
import { ExitCode, UserError } from '../support/user-error.js';

/** What keeps a session from going on, and how long to wait before the next try. */
export interface Pause {
  readonly trouble: PickTrouble;
  /** Milliseconds. */
  readonly waitMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const FIRST_WAIT_MS = 2 * SECOND;
const LONGEST_WAIT_MS = 5 * MINUTE;
/** Where a person has to do something first. A new sign-in ends the wait, and so does room on the disk. */
const PERSON_WAIT_MS = 5 * MINUTE;
const PERMISSION_WAIT_MS = 60 * MINUTE;
const LEAST_QUOTA_WAIT_MS = 30 * SECOND;

const SWITCHED_OFF: ReadonlySet<string> = new Set(['SERVICE_DISABLED', 'accessNotConfigured']);

/** Codes of troubles that a new sign-in may end. */
export const SIGN_IN_TROUBLES: ReadonlySet<string> = new Set(['sign-in', 'permission']);
/** Code of troubles with the folder of picked files. */
export const DISK_TROUBLE = 'disk';

/** What an error means for a session; `failures`: how many came one after the other, from 1. */
export function pauseAfter(error: unknown, failures: number): Pause {
  const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
  const pause = (code: string, exitCode: number, waitMs: number, hint: string): Pause => ({
    trouble: { code, message: messageOf(error), hint, exitCode },
    waitMs,
  });
  if (error instanceof UserError) return pause(DISK_TROUBLE, error.exitCode, PERSON_WAIT_MS, error.hint);
  if (!(error instanceof RemoteError)) return pause('internal', ExitCode.internal, backoff, 'See the log for more.');
  const { kind, reason = '', retryAfterMs = 0, hint = 'It is tried again by itself.' } = error;
  switch (kind) {
    case 'signed-out':
    case 'unauthenticated':
      return pause('sign-in', ExitCode.signIn, PERSON_WAIT_MS, hint);
    case 'forbidden':
      return SWITCHED_OFF.has(reason)
        ? pause('api', ExitCode.config, PERSON_WAIT_MS, hint)
        : pause('permission', ExitCode.signIn, PERMISSION_WAIT_MS, hint);
    case 'rate-limited':
    case 'quota-exhausted':
      return pause('quota', ExitCode.google, Math.max(LEAST_QUOTA_WAIT_MS, retryAfterMs), hint);
    case 'offline':
      return pause('network', ExitCode.network, backoff, hint);
    default:
      return pause('google', ExitCode.google, Math.max(backoff, retryAfterMs), hint);
  }
}

/** Whether an error of one item says nothing of the others, so that they are fetched. */
export function isOfItem(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError)) return false;
  // The media host's own 403, not one of the API: the base URL has ended, or this item cannot be had.
  if (error.kind === 'forbidden') return error.reason === 'FORBIDDEN';
  return ['server', 'protocol', 'not-found', 'invalid', 'not-ready', 'failed-video'].includes(error.kind);
}

/** The session is over at Google: it expired, or was ended. */
export class SessionGone extends Error {
  override readonly name = 'SessionGone';
}
