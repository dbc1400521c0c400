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
import { median, residentMiB, until } from './measure.js';
import { conditions, publish, type Row } from './report.js';
import { newFolders, ourWorld } from './worlds.js';

const EMULATOR = fileURLToPath(new URL('../emulator/main.js', import.meta.url));
const CHILD = fileURLToPath(new URL('sync-child.js', import.meta.url));
/** A first sync, page after page, that takes more requests is measured over so many of them, and the rest worked out. */
const MEASURED_REQUESTS: Readonly<Record<number, number>> = { 50: 1000, 300: 400 };
const PARALLEL = 8;

interface Told {
  readonly what: 'items' | 'first' | 'whole' | 'idle' | 'small' | 'pace';
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

/** `atMost`: ends after so many requests and tells how long they took. */
async function firstSync(env: EmulatorEnv, items: number, parallel: number, atMost = Infinity): Promise<FirstSync> {
  const folder = mkdtempSync(join(tmpdir(), 'sync-bench-'));
  const file = join(folder, 'catalog.db');
  const child = spawn(process.execPath, [CHILD, file, String(items), String(parallel), String(atMost)], {
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
    const eight = await firstSync(env, items, PARALLEL);
    const { items: filled, first, whole, idle, small } = eight.told;
    if (filled === undefined || first === undefined || whole === undefined)
      throw new Error('the first sync did not come to its end');
    const measured = MEASURED_REQUESTS[latencyMs] ?? 400;
    const pages = items / 100;
    const one = await firstSync(env, items, 1, 3 * pages > measured ? measured : Infinity);
    const { pace } = one.told;
    const sequential = (what: 'items' | 'first', requests: number): number =>
      (pace === undefined ? one.told[what]?.seconds : (pace.seconds / pace.requests) * requests) ?? Number.NaN;
    const label = `${items.toLocaleString('en')} items at ${latencyMs} ms`;
    const line = (what: string, unit: string, figures: Row['figures'], rest: Partial<Row> = {}): Row => ({
      what: `${label}: ${what}`,
      unit,
      figures,
      ...rest,
    });
    const timed = (what: string, eightSeconds: number, oneSeconds: number, requests: number): Row => {
      const speed = oneSeconds / eightSeconds;
      const note =
        pace === undefined
          ? {}
          : {
              note: `page after page: worked out for ${requests.toLocaleString('en')} requests from ${pace.requests} measured over ${pace.seconds.toFixed(0)} s`,
            };
      const aim = { text: `5 x faster (is ${speed.toFixed(1)} x)`, met: speed >= 5 };
      return line(what, 's', { 'eight ranges': eightSeconds, 'page after page': oneSeconds }, { aim, ...note });
    };
    return [
      timed('until every item is in the catalog', filled.seconds, sequential('items', pages), pages),
      timed(
        'first sync: besides, every album, favourite and what is archived',
        first.seconds,
        sequential('first', 3 * pages),
        3 * pages,
      ),
      line('until the plain list, read beside, has come to its end', 's', {
        'eight ranges': whole.seconds,
        'page after page': one.told.whole?.seconds ?? null,
      }),
      line('requests in all', '', {
        'eight ranges': whole.requests,
        'page after page': one.told.whole?.requests ?? null,
      }),
      line(
        'catalog',
        'bytes an item',
        { 'eight ranges': eight.bytesPerItem },
        { aim: { text: 'under 600', met: eight.bytesPerItem < 600 } },
      ),
      line(
        'highest resident memory, syncing alone in its process',
        'MiB',
        { 'eight ranges': whole.highest, 'page after page': one.told.whole?.highest ?? null },
        { aim: { text: 'under 200', met: whole.highest < 200 } },
      ),
      line('resident memory up to a minute afterwards', 'MiB', { 'eight ranges': small?.resident ?? null }),
      line(
        'poll in an idle library',
        'requests',
        { 'eight ranges': idle?.requests ?? null },
        { aim: { text: '1, however large', met: idle?.requests === 1 } },
      ),
      line(
        'poll that looks at everything, as `gphotos-mount sync` asks for',
        'requests',
        { 'eight ranges': small?.requests ?? null },
        { note: '40 items in 1,000 are favourites here, and 100 of them are a page' },
      ),
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
    const { pid } = await askStatus(folders);
    while (!(await askStatus(folders)).sync.firstSyncDone) during.push(await sample());
    const highest = residentMiB(pid, 'VmHWM');
    await until('rest', async () => (await askStatus(folders)).catalog.unmeasured === 0, 1800);
    const idle: number[] = [];
    for (let count = 0; count < 100; count += 1) idle.push(await sample());
    const ratio = median(during) / median(idle);
    // A mount at rest gives memory back.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    return [
      {
        what: `readdir of a month of ${items.toLocaleString('en')} items, median of ${during.length}`,
        unit: 'ms',
        figures: { 'while the first sync runs': median(during), idle: median(idle) },
        aim: { text: `at most twice (is ${ratio.toFixed(1)} x)`, met: ratio <= 2 },
      },
      {
        what: 'highest resident memory of the mount, first sync and these listings without a pause at once',
        unit: 'MiB',
        figures: { 'while the first sync runs': highest },
        aim: { text: 'under 200', met: highest < 200 },
      },
      {
        what: 'resident memory afterwards, all sizes measured and twenty seconds of rest',
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

/**
 * The first sync in ranges and page after page, what it costs, and how listing the mount fares meanwhile. `--items=N`
 * and `--latency=N` take one of each, `--items=listing` only the listing of a mount that syncs.
 */
export async function syncBench(small: boolean): Promise<void> {
  const asked = (name: string): string | undefined =>
    process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
  const only = { items: asked('items'), latency: asked('latency') };
  const rows: Row[] = [];
  const sizes = small ? [2000] : [20_000, 100_000, 1_000_000];
  for (const items of sizes) {
    if (only.items !== undefined && only.items !== String(items)) continue;
    for (const latency of small ? [50] : [50, 300])
      if (only.latency === undefined || only.latency === String(latency)) rows.push(...(await compare(items, latency)));
  }
  if (only.items === undefined || only.items === 'listing') rows.push(...(await listing(small ? 15_000 : 50_000)));
  const parts = [small ? 'small' : undefined, only.items, only.latency && `${only.latency}ms`];
  const name = ['sync', ...parts.filter((part) => part !== undefined)].join('-');
  publish(name, 'First sync', conditions({ parallel: PARALLEL }), rows);
}
