import type { ExitCode } from '../support/user-error.js';
import type { StatusDocument } from './status-document.js';

/** One JSON line from a client to the daemon, answered by one JSON line. */
export interface ControlRequest {
  readonly command: 'status' | 'unmount' | 'sync' | 'reload-sign-in';
  /** Unmount although files are open. */
  readonly lazy?: boolean;
  /** Sync: look at everything. */
  readonly full?: boolean;
  /** Sync: what was held back may go. */
  readonly acceptRemovals?: boolean;
  /** Sync: answer when it is done. */
  readonly wait?: boolean;
}

export type ControlReply =
  | { readonly ok: true; readonly status: StatusDocument }
  | { readonly ok: true; readonly unmounted: string }
  | { readonly ok: true; readonly synced: boolean }
  | { readonly ok: false; readonly message: string; readonly hint: string; readonly exitCode: ExitCode };

/** Longer lines are not requests. */
export const LONGEST_REQUEST = 4096;

/** The request in a line, or undefined where it is none. */
export function parseRequest(line: string): ControlRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('command' in value)) return undefined;
  const { command } = value;
  if (command !== 'status' && command !== 'unmount' && command !== 'sync' && command !== 'reload-sign-in')
    return undefined;
  const isSet = (key: string): boolean => (value as Record<string, unknown>)[key] === true;
  const [lazy, full, acceptRemovals, wait] = ['lazy', 'full', 'acceptRemovals', 'wait'].map(isSet);
  return {
    command,
    ...(lazy === true ? { lazy } : {}),
    ...(full === true ? { full } : {}),
    ...(acceptRemovals === true ? { acceptRemovals } : {}),
    ...(wait === true ? { wait } : {}),
  };
}
