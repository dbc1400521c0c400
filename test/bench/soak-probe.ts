// Loaded into the mount's process by the soak (`node --import`), and by Node into each of its threads: samples what the thread holds.
// Writes a line of JSON every few seconds to the file in SOAK_SAMPLES; at the minutes in SOAK_SNAPSHOTS a heap snapshot beside it.
import { appendFileSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { getHeapStatistics, writeHeapSnapshot } from 'node:v8';
import { isMainThread, threadId } from 'node:worker_threads';

/** What one thread holds; sizes in bytes. The whole process is in the samples of the main thread only. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly thread: number;
  /** Live and dead objects of V8, and the pages that they take. */
  readonly heapUsed: number;
  readonly heapPages: number;
  /** Bytes outside of the heap that its objects keep, those of buffers being a part. */
  readonly external: number;
  readonly arrayBuffers: number;
  readonly process?: {
    readonly rss: number;
    /** Pages of memory that is no file's, and those of them that glibc's arenas take. */
    readonly anonymous: number;
    readonly arenas: number;
    readonly arenaCount: number;
    readonly threads: number;
    readonly descriptors: number;
  };
}

const EVERY_MS = 5_000;
/** glibc puts the arenas of threads where addresses are multiples of this. */
const ARENA_BYTES = 0x4000000n;

const { SOAK_SAMPLES: file, SOAK_SNAPSHOTS: snapshots = '' } = process.env;

function kilobytes(text: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** What malloc has taken from the system: the heap that brk makes, and mappings at the addresses of arenas. */
function arenas(): { bytes: number; count: number } {
  let bytes = 0;
  let count = 0;
  let isArena = false;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    const mapping = /^([0-9a-f]+)-[0-9a-f]+ rw\S+ \S+ \S+ 0\s*(\S*)$/.exec(line);
    if (mapping !== null) {
      const [, start = '0', name] = mapping;
      isArena = name === '[heap]' || (name === '' && BigInt(`0x${start}`) % ARENA_BYTES === 0n);
      if (isArena) count++;
    } else if (/^[0-9a-f]+-/.test(line)) isArena = false;
    else if (isArena && line.startsWith('Rss:')) bytes += kilobytes(line, 'Rss');
  }
  return { bytes, count };
}

function ofProcess(): NonNullable<Sample['process']> {
  const status = readFileSync('/proc/self/status', 'utf8');
  const { bytes, count } = arenas();
  return {
    rss: kilobytes(status, 'VmRSS'),
    anonymous: kilobytes(status, 'RssAnon'),
    arenas: bytes,
    arenaCount: count,
    threads: readdirSync('/proc/self/task').length,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

function sample(): Sample {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return {
    at: Date.now(),
    thread: threadId,
    heapUsed,
    heapPages: getHeapStatistics().total_physical_size,
    external,
    arrayBuffers,
    ...(isMainThread ? { process: ofProcess() } : {}),
  };
}

if (file !== undefined) {
  setInterval(() => {
    appendFileSync(file, `${JSON.stringify(sample())}\n`);
  }, EVERY_MS).unref();
  for (const minute of snapshots.split(',').filter(Boolean)) {
    setTimeout(
      () => writeHeapSnapshot(join(dirname(file), `${threadId}-${minute}.heapsnapshot`)),
      +minute * 60_000,
    ).unref();
  }
}
