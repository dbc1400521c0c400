import type { ExitCode } from '../support/user-error.js';
import type { StatusDocument } from './status-document.js';

/** One JSON line from a client to the daemon, answered by one JSON line. */
export interface ControlRequest {
  readonly command: 'status' | 'unmount' | 'reload-sign-in';
  /** Unmount although files are open. */
  readonly lazy?: boolean;
}

export type ControlReply =
  | { readonly ok: true; readonly status: StatusDocument }
  | { readonly ok: true; readonly unmounted: string }
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
  if (command !== 'status' && command !== 'unmount' && command !== 'reload-sign-in') return undefined;
  return { command, lazy: 'lazy' in value && value.lazy === true };
}
