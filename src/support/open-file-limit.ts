import { readFileSync } from 'node:fs';

/** How the descriptors of this process are divided. */
export interface DescriptorShares {
  /** Files of the disk cache open at once, of two descriptors each. */
  readonly cacheFiles: number;
  /** Connections to one host at once, for what people ask for and for the sync. */
  readonly connections: number;
  readonly syncConnections: number;
}

/** Upper limits. They are enough for all work; more open files would only use memory. */
const MOST_CACHE_FILES = 512;
const MOST_CONNECTIONS = 120;
const MOST_SYNC_CONNECTIONS = 16;
/** Event loops, databases, the log, the control socket, programs that are started: about 40 at rest. */
const RESERVED = 56;
/** The API, photos and videos each have a host of their own. */
const HOSTS = 3;

/** How many files and sockets this process may have open at once; Infinity where the system does not say. */
export function openFileLimit(limitsFile = '/proc/self/limits'): number {
  try {
    const soft = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(limitsFile, 'utf8'))?.[1];
    return soft === undefined || soft === 'unlimited' ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}

/** Shares out `limit` descriptors: half of what the rest of the program leaves to connections, half to the cache. */
export function shareDescriptors(limit: number): DescriptorShares {
  const half = Math.max(0, limit - RESERVED) / 2;
  const connections = within(2, (half * 3) / 4 / HOSTS, MOST_CONNECTIONS);
  const syncConnections = within(1, half / 4 / HOSTS, MOST_SYNC_CONNECTIONS);
  return { connections, syncConnections, cacheFiles: within(4, half / 2, MOST_CACHE_FILES) };
}

function within(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(most, Math.floor(value)));
}

/** Whether `error` says that the process, or the machine, has too many files open. */
export function isTooManyOpen(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EMFILE' || code === 'ENFILE';
}
