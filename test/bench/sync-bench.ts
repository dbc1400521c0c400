import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startEmulator, type EmulatorEnv } from '../emulator/start-emulator.js';
import { askStatus } from './ask-status.js';
import { median, until } from './measure.js';
import { conditions, publish, type Row } from './report.js';
import { newFolders, ourWorld } from './worlds.js';

const EMULATOR = fileURLToPath(new URL('../emulator/main.js', import.meta.url));
const CHILD = fileURLToPath(new URL('sync-child.js', import.meta.url));
/** Sequential passes that take longer than this are worked out from the requests instead. */
const LONGEST_SEQUENTIAL_REQUESTS = 4000;

interface Told {
  readonly what: 'first' | 'whole' | 'small';
  readonly seconds: number;
  readonly requests: number;
  readonly items: number;
  readonly resident: number;
  readonly highest: number;
}

interface FirstSync {
  readonly told: Readonly<Partial<Record<Told['what'], Told>>>;
  readonly bytesPerItem: number;
}

/** The emulator in a process of its own: its work must not count as ours. */
async function withEmulatorProcess<T>(
  items: number,
  latencyMs: number,
  work: (env: EmulatorEnv) => Promise<T>,
): Promise<T> {
  const args = ['--seed', String(items), '--albums', '10', '--latency', String(latencyMs), '--api-per-day', '1000000'];
  const child = spawn(process.execPath, [EMULATOR, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    return await work((JSON.parse(line) as { env: EmulatorEnv }).env);
  } finally {
    child.kill();
  }
}

async function firstSync(env: EmulatorEnv, parallel: number): Promise<FirstSync> {
  const folder = mkdtempSync(join(tmpdir(), 'sync-bench-'));
  const file = join(folder, 'catalog.db');
  const child = spawn(process.execPath, [CHILD, file, String(parallel)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const told: Partial<Record<Told['what'], Told>> = {};
  for await (const line of createInterface(child.stdout)) {
    const one = JSON.parse(line) as Told;
    told[one.what] = one;
  }
  const bytesPerItem = statSync(file).size / (told.whole?.items ?? 1);
  rmSync(folder, { recursive: true });
  return { told, bytesPerItem };
}

async function compare(items: number, latencyMs: number): Promise<Row[]> {
  return withEmulatorProcess(items, latencyMs, async (env) => {
    const eight = await firstSync(env, 8);
    const isLong = (3 * items) / 100 > LONGEST_SEQUENTIAL_REQUESTS;
    const one = isLong ? undefined : await firstSync(env, 1);
    const label = `${items.toLocaleString('en')} items at ${latencyMs} ms`;
    const { first, whole, small } = eight.told;
    const speed = one?.told.first && first ? one.told.first.seconds / first.seconds : undefined;
    const both = (pick: (told: FirstSync['told']) => number | undefined): Row['figures'] => ({
      'eight ranges': pick(eight.told) ?? null,
      'page after page': one === undefined ? null : (pick(one.told) ?? null),
    });
    const peak = Math.max(first?.highest ?? 0, whole?.highest ?? 0);
    return [
      {
        what: `${label}: first sync`,
        unit: 's',
        figures: both((told) => told.first?.seconds),
        ...(speed === undefined
          ? { note: 'page after page would take hours' }
          : { aim: { text: `5 x faster (is ${speed.toFixed(1)} x)`, met: speed >= 5 } }),
      },
      {
        what: `${label}: with the plain list read to its end`,
        unit: 's',
        figures: both((told) => told.whole?.seconds),
      },
      { what: `${label}: requests in all`, unit: '', figures: both((told) => told.whole?.requests) },
      {
        what: `${label}: catalog`,
        unit: 'bytes an item',
        figures: { 'eight ranges': eight.bytesPerItem },
        aim: { text: 'under 600', met: eight.bytesPerItem < 600 },
      },
      {
        what: `${label}: highest resident memory, syncing alone`,
        unit: 'MiB',
        figures: both((told) => told.whole?.highest),
        aim: { text: 'under 200', met: peak < 200 },
      },
      {
        what: `${label}: small pass that looks at everything`,
        unit: 'requests',
        figures: { 'eight ranges': small?.requests ?? null },
        note: '40 items in 1,000 are favourites; an ordinary small pass is 1 request',
      },
    ];
  });
}

/** Listing a folder of about a thousand files while the first sync runs, against the same when it is done. */
async function listing(items: number): Promise<Row[]> {
  const emulator = await startEmulator({
    seed: { items, albums: 5, oldest: '2025-01-01T00:00:00Z' },
    switches: { latencyMs: 50, apiPerDay: Infinity },
  });
  const folders = newFolders();
  const world = await ourWorld(emulator, folders, ['--attr-timeout', '0s']);
  try {
    const month = join(world.path, 'media/by-month/2026/2026-01');
    await until('a thousand files', async () => (await readdir(month).catch(() => [])).length >= 1000, 120);
    const sample = async (): Promise<number> => {
      const started = performance.now();
      await readdir(month);
      return performance.now() - started;
    };
    const during: number[] = [];
    while (!(await askStatus(folders)).sync.firstSyncDone) during.push(await sample());
    await until('rest', async () => (await askStatus(folders)).catalog.unmeasured === 0, 600);
    const idle: number[] = [];
    for (let count = 0; count < 100; count += 1) idle.push(await sample());
    const ratio = median(during) / median(idle);
    return [
      {
        what: `readdir of a month of ${items.toLocaleString('en')} items, median of ${during.length}`,
        unit: 'ms',
        figures: { 'while the first sync runs': median(during), idle: median(idle) },
        aim: { text: `at most twice (is ${ratio.toFixed(1)} x)`, met: ratio <= 2 },
      },
      {
        what: 'resident memory afterwards',
        unit: 'MiB',
        figures: { idle: world.residentMiB() },
        aim: { text: 'under 150', met: world.residentMiB() < 150 },
      },
    ];
  } finally {
    await world.end();
    await emulator.close();
    folders.remove();
  }
}

/** The first sync in ranges and page after page, what it costs, and what it does to whoever lists the mount meanwhile. */
export async function syncBench(small: boolean): Promise<void> {
  const rows: Row[] = [];
  const sizes = small ? [2000] : [20_000, 100_000, 1_000_000];
  for (const items of sizes)
    for (const latency of small ? [50] : [50, 300]) rows.push(...(await compare(items, latency)));
  rows.push(...(await listing(small ? 15_000 : 50_000)));
  publish(small ? 'sync-small' : 'sync', 'First sync', conditions({ parallel: 8 }), rows);
}
