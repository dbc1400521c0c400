import type { ExitCode } from '../support/user-error.js';
import type { StatusDocument } from './status-document.js';

/** One JSON line from a client to the daemon, answered by one JSON line. */
export interface ControlRequest {
  readonly command: 'status' | 'unmount' | 'sync' | 'cache' | 'reload-sign-in';
  /** For `cache`; `path` is absolute within the mount. */
  readonly action?: CacheAction;
  readonly path?: string;
  /** Unmount although files are open. */
  readonly lazy?: boolean;
  /** Sync: make a full pass. */
  readonly full?: boolean;
  /** Sync: accept held removals. */
  readonly acceptRemovals?: boolean;
  /** Sync: answer when it is done. */
  readonly wait?: boolean;
}

export const CACHE_ACTIONS = ['stats', 'clear', 'pin', 'unpin', 'warm'] as const;
export type CacheAction = (typeof CACHE_ACTIONS)[number];

/** Progress over a list of files: counts, and their bytes on disk. */
export interface FilesFetched {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly bytes: number;
}

/** Progress of a long command; sent before its reply. */
export interface ControlProgress {
  readonly progress: FilesFetched & { readonly totalBytes: number };
}

export interface CacheStats {
  readonly bytes: number;
  readonly limit: number;
  readonly openFiles: number;
  /** Paths within the mount. */
  readonly pins: readonly string[];
  readonly pinnedItems: number;
  readonly pinnedCached: number;
}

/** What a cache command brought about. */
export type CacheOutcome =
  | { readonly action: 'stats'; readonly stats: CacheStats }
  | { readonly action: 'clear'; readonly freed: number }
  | { readonly action: 'pin' | 'unpin'; readonly items: number }
  | ({ readonly action: 'warm' } & FilesFetched);

export type ControlReply =
  | { readonly ok: true; readonly cache: CacheOutcome }
  | { readonly ok: true; readonly status: StatusDocument }
  | { readonly ok: true; readonly unmounted: string }
  | { readonly ok: true; readonly synced: boolean }
  | { readonly ok: false; readonly message: string; readonly hint: string; readonly exitCode: ExitCode };

/** Longer lines are not requests. */
export const LONGEST_REQUEST = 65_536;

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
  if (command === 'cache') return cacheRequest(value);
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

function cacheRequest(value: object): ControlRequest | undefined {
  const action = 'action' in value ? CACHE_ACTIONS.find((known) => known === value.action) : undefined;
  const path = 'path' in value && typeof value.path === 'string' ? value.path : undefined;
  if (action === undefined || (path === undefined && action !== 'stats' && action !== 'clear')) return undefined;
  return { command: 'cache', action, ...(path === undefined ? {} : { path }) };
}
