import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askDaemon } from '../../src/daemon/control-client.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { askStatus } from './ask-status.js';
import { until } from './measure.js';
import { conditions, publish, type Row } from './report.js';
import { startChurn } from './soak-churn.js';
import { startLoad, type LoadReport } from './soak-load.js';
import type { Sample } from './soak-probe.js';
import { trendOf, type Point } from './soak-trend.js';
import { newFolders, ourWorld } from './worlds.js';

const MIB = 2 ** 20;
const PROBE = fileURLToPath(new URL('soak-probe.js', import.meta.url));
const ITEMS = 5_000;
/** Small enough for files to be evicted all the time. */
const CACHE = '300M';
const MOST_GROWTH_MIB = 5;
const TELL_MS = 60_000;
/** Removals are seen by a full look at the library alone. */
const FULL_SYNC_MINUTES = 3;

/** Figures of the whole process, and of each thread's heap. */
type Figure = readonly [what: string, unit: string, of: (sample: Sample) => number | undefined];

const inMiB = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / MIB);

const OF_PROCESS: readonly Figure[] = [
  ['resident memory', 'MiB', ({ process }) => inMiB(process?.rss)],
  ['anonymous memory', 'MiB', ({ process }) => inMiB(process?.anonymous)],
  ['malloc: pages of the arenas', 'MiB', ({ process }) => inMiB(process?.arenas)],
  ['malloc: arenas', '', ({ process }) => process?.arenaCount],
  ['threads', '', ({ process }) => process?.threads],
  ['open file descriptors', '', ({ process }) => process?.descriptors],
];

const OF_THREAD: readonly Figure[] = [
  ['V8 heap, used', 'MiB', ({ heapUsed }) => inMiB(heapUsed)],
  ['V8 heap, pages', 'MiB', ({ heapPages }) => inMiB(heapPages)],
  ['external', 'MiB', ({ external }) => inMiB(external)],
  ['of it buffers', 'MiB', ({ arrayBuffers }) => inMiB(arrayBuffers)],
];

/** The value of `--<name>=<value>` on the command line. */
function option(name: string): string | undefined {
  return process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

/**
 * An hour of mixed use of a real mount while its library changes: memory must not grow. `--minutes=60` sets the length, and
 * `--snapshots=5,15 --keep=DIR` has heap snapshots of each thread written at those minutes.
 */
export async function soakBench(small: boolean): Promise<void> {
  const minutes = Number(option('minutes') ?? (small ? 1 : 60));
  const folder = option('keep') ?? mkdtempSync(join(tmpdir(), 'gpm-soak-'));
  const file = join(folder, 'samples.jsonl');
  const emulator = await startEmulator({
    seed: { items: ITEMS, albums: 20, videosEvery: 20, photoPadding: 200_000, videoPadding: 4_000_000 },
    switches: { latencyMs: 20, range: 'honored', apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const folders = newFolders();
  const environment = { SOAK_SAMPLES: file, SOAK_SNAPSHOTS: option('snapshots') ?? '' };
  const world = await ourWorld(emulator, folders, ['--poll-interval', '10s', '--cache-max-size', CACHE], {
    nodeArguments: ['--import', PROBE, '--trace-warnings'],
    environment,
  });
  let report: LoadReport;
  try {
    await until('the first sync', async () => (await askStatus(folders)).sync.firstSyncDone, 600);
    const endChurn = startChurn(emulator);
    const load = startLoad(world.path);
    for (let left = minutes * 60_000; left > 0; left -= TELL_MS) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, TELL_MS)));
      const minutesLeft = Math.round(left / 60_000);
      console.error(`  ${minutesLeft} min left: ${world.residentMiB().toFixed(1)} MiB resident`);
      if (minutesLeft % FULL_SYNC_MINUTES === 0)
        await askDaemon(join(folders.runtime, 'default.sock'), { command: 'sync', full: true }, 10_000);
    }
    endChurn();
    report = await load.end();
  } finally {
    await world.end();
    await emulator.close();
    folders.remove();
  }
  const samples = readSamples(file);
  if (option('keep') === undefined) rmSync(folder, { recursive: true });
  const name = minutes === 60 ? 'soak' : `soak-${minutes}min`;
  publish(name, 'Memory over time', conditions({ minutes, items: ITEMS, cache: CACHE }), rowsOf(samples, report));
}

function readSamples(file: string): Sample[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Sample);
}

function rowsOf(samples: readonly Sample[], { done, errors }: LoadReport): Row[] {
  const threads = [...new Set(samples.map(({ thread }) => thread))].sort((one, other) => one - other);
  const rows = OF_PROCESS.map((figure) => rowOf(figure, samples, figure[0]));
  for (const thread of threads) {
    const own = samples.filter((sample) => sample.thread === thread);
    const name = thread === 0 ? 'main thread' : `thread ${thread}`;
    rows.push(...OF_THREAD.map((figure) => rowOf(figure, own, `${name}: ${figure[0]}`)));
  }
  const counts = Object.entries({ ...done, ...errors }).map(([what, count]) => `${what} ${count}`);
  return [...rows, { what: 'done, and errors by name', unit: '', figures: {}, note: counts.join(', ') }];
}

function rowOf([, unit, of]: Figure, samples: readonly Sample[], what: string): Row {
  const points = samples.flatMap((sample): Point[] => {
    const value = of(sample);
    return value === undefined ? [] : [{ at: sample.at / 3_600_000, value }];
  });
  const trend = trendOf(points);
  const isAim = what === 'resident memory';
  return {
    what,
    unit,
    figures: {
      'at the start': trend.start,
      'in the middle': trend.middle,
      'at the end': trend.end,
      'growth, first half': trend.firstHalf,
      'growth, second half': trend.secondHalf,
      'second half, an hour': trend.slope,
    },
    ...(isAim ? { aim: { text: 'under 5 MiB in the second half', met: trend.secondHalf < MOST_GROWTH_MIB } } : {}),
  };
}
