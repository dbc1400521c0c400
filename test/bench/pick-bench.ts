import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { EmulatedLibrary } from '../emulator/emulated-library.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { itemNumbers, pickCommand } from '../support/picking.js';
import { withLibrary } from '../support/with-library.js';
import { median, residentMiB } from './measure.js';
import { wholeFiles } from './reader.js';
import { conditions, publish, type Row } from './report.js';

const MIB = 2 ** 20;
/** Photos of Google in the library, and how many are read at a time. */
const GOOGLES = 1000;
const READ = 30;
const LATENCY_MS = 50;
const CHILD = fileURLToPath(new URL('./pick-child.js', import.meta.url));
/** What a disk writes a second, synced, limits the first. */
const DISKS = [
  ['on the disk', tmpdir()],
  ['in memory', '/dev/shm'],
] as const;

/** Fetching what was picked: beside fetching one after another, its memory, and what foreground reads pay for it. */
export async function pickBench(small: boolean): Promise<void> {
  const items = small ? 60 : 300;
  const order = { items, bytes: 3 * MIB, latencyMs: LATENCY_MS };
  const rows: Row[] = [];
  for (const [where, disk] of DISKS) {
    const together = await measurePick({ ...order, disk, parallel: 12 });
    const single = await measurePick({ ...order, disk, parallel: 1 });
    rows.push({
      ...{ what: `${items} items of 3 MiB at ${LATENCY_MS} ms, stored ${where}`, unit: 's' },
      figures: { 'gphotos-mount': together, 'one after another': single },
      note: `${(single / together).toFixed(2)} times as fast`,
      aim: { text: 'at least 5 times as fast as one after another', met: single >= 5 * together },
    });
  }
  const mounted = await measureMount(small ? 600 : 6000);
  rows.push(
    {
      ...{ what: `memory above idle while ${small ? '600' : '6,000'} items are fetched`, unit: 'MiB' },
      figures: { 'gphotos-mount': mounted.addedMiB },
      aim: { text: 'at most 60 MiB', met: mounted.addedMiB <= 60 },
    },
    {
      ...{ what: 'reading a photo of 200 KiB that is not cached', unit: 'ms' },
      figures: { 'while fetching': mounted.busyMs, idle: mounted.idleMs },
      aim: { text: 'at most 2 times as slow as idle', met: mounted.busyMs <= 2 * mounted.idleMs },
    },
  );
  publish('pick', 'Fetching what was picked', conditions({ latencyMs: LATENCY_MS }), rows);
}

interface MountFigures {
  readonly addedMiB: number;
  readonly idleMs: number;
  readonly busyMs: number;
}

/** A mount that fetches sessions of so many items in all while photos of Google are read. */
async function measureMount(items: number): Promise<MountFigures> {
  const fill = (library: EmulatedLibrary): void => {
    for (let index = 0; index < items; index += 1)
      library.add({ filename: `P${index}.jpg`, creationTime: Date.UTC(2025, 0, 1, 0, index), size: 100_000 });
    for (let index = 0; index < GOOGLES; index += 1)
      library.add({ filename: `G${index}.jpg`, creationTime: Date.UTC(2020, 0, 1, 0, index), size: 200_000 });
  };
  return withLibrary(
    fill,
    ({ mount, emulator, folders }) =>
      mount({ until: 'measured' }, async (mounted) => {
        // By a program of its own, in no order that is read ahead.
        const timed = async (turn: number): Promise<number> => {
          const numbers = Array.from({ length: READ }, (_, index) => (index * 97 + turn * 31) % GOOGLES);
          const files = numbers.map((number) => join(mounted.path, 'media/all', `G${number}.jpg`));
          return ((await wholeFiles(files, 1)) / READ) * 1000;
        };
        await timed(0);
        const idleMs = median([await timed(1), await timed(2), await timed(3)]);
        const idle = residentMiB(mounted.pid);
        const numbers = itemNumbers(emulator).filter((number) => number < items);
        for (let from = 0; from < items; from += 2000) {
          const begun = await pickCommand(folders, emulator, '--no-open', '--no-wait');
          if (begun.code !== 0) throw new Error(begun.stderr);
          emulator.picking.done(emulator.picking.last.id, numbers.slice(from, from + 2000));
        }
        await mounted.untilStatus('fetching has begun', ({ picked }) => picked.items > 0);
        const busyMs = median([await timed(4), await timed(5), await timed(6)]);
        let most = 0;
        await mounted.untilStatus(
          'all is stored',
          ({ catalog }) => {
            most = Math.max(most, residentMiB(mounted.pid));
            return catalog.sources.picker === items;
          },
          600_000,
        );
        return { addedMiB: most - idle, idleMs, busyMs };
      }),
    { switches: { appSeesFrom: items, latencyMs: 10 } },
  );
}

/** Seconds to fetch a session of so many items, so many at once, from an emulator that answers after `latencyMs`. */
async function measurePick(order: {
  readonly items: number;
  readonly bytes: number;
  readonly latencyMs: number;
  readonly parallel: number;
  /** Where files are stored. */
  readonly disk: string;
}): Promise<number> {
  const emulator = await startEmulator({ switches: { latencyMs: order.latencyMs } });
  const folder = mkdtempSync(join(order.disk, 'pick-bench-'));
  for (let index = 0; index < order.items; index += 1)
    emulator.library.add({
      filename: `IMG_${index}.jpg`,
      creationTime: Date.UTC(2025, 0, 1, 0, index),
      size: order.bytes,
    });
  const { token } = emulator.oauth.issueAccessToken();
  const child = spawn(process.execPath, [CHILD, folder, String(order.parallel)], {
    env: { ...process.env, ...emulator.env, BENCH_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    for await (const line of createInterface(child.stdout)) {
      const { id, seconds } = JSON.parse(line) as { id?: string; seconds?: number };
      if (seconds !== undefined) return seconds;
      emulator.picking.done(id ?? '', itemNumbers(emulator));
    }
    throw new Error('the session was not stored');
  } finally {
    child.kill();
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}
