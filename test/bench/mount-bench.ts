import { mkdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaId } from '../../src/library/media-item.js';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { askStatus } from './ask-status.js';
import { catalogModules, fillCatalog } from './fill-catalog.js';
import { coldAndWarm, median, timeCommand, until } from './measure.js';
import { conditions, publish, type Row } from './report.js';
import {
  catalogFileIn,
  formerBuild,
  newFolders,
  nullWorld,
  ourWorld,
  rcloneWorld,
  THIS_BUILD,
  type Build,
  type World,
} from './worlds.js';

const LATENCY_MS = 50;
const ROUNDS = 5;
const PHOTOS_READ = 50;

type Figures = Record<string, number | null>;

/** Fills in true sizes as a background measuring of a day or two would have. */
export async function measureAll(emulator: Emulator, folders: PrivateFolders, build: Build): Promise<void> {
  const modules = await catalogModules(build);
  const writer = modules.openCatalogWriter(catalogFileIn(folders), { names: modules.treeNames });
  writer.transaction(() => {
    writer.sizes.put(
      [...emulator.library.items()].map(({ id }) => ({ mediaId: id as MediaId, size: emulator.library.sizeOf(id) })),
    );
  });
  writer.close();
}

async function readPhotos(folder: string, files: readonly string[]): Promise<number> {
  const started = performance.now();
  for (const file of files) await readFile(join(folder, file));
  return (performance.now() - started) / 1000;
}

const COMMANDS: readonly (readonly [label: string, command: string, ...args: string[]])[] = [
  ['ls', 'ls'],
  ['ls -l', 'ls', '-l'],
  ['find -type f', 'find'],
];

interface Listings {
  /** First run on a fresh mount and median of the runs after it, seconds, by command. */
  readonly seconds: Readonly<Record<string, [number, number]>>;
  readonly readySeconds: number;
  readonly residentMiB: number;
  readonly requests: number;
}

/** Each command on a mount of its own, so that none finds what the one before it left in a cache. */
async function listings(
  make: () => Promise<World>,
  folderIn: (world: World) => string,
  emulator: Emulator,
  deadline: number,
): Promise<Listings> {
  const seconds: Record<string, [number, number]> = {};
  const ready: number[] = [];
  const memory: number[] = [];
  let requests = 0;
  for (const [label, command, ...args] of COMMANDS) {
    const world = await make();
    emulator.counters.reset();
    const folder = folderIn(world);
    const figures = await coldAndWarm(command, command === 'find' ? [folder, '-type', 'f'] : [...args, folder], {
      deadline,
      rounds: ROUNDS,
    });
    console.error(`  ${world.name}: ${label} ${figures.map((value) => value.toFixed(3)).join(' / ')} s`);
    seconds[label] = figures;
    requests += emulator.counters.requests();
    ready.push(world.readySeconds);
    memory.push(world.residentMiB());
    await world.end();
  }
  return { seconds, readySeconds: median(ready), residentMiB: Math.max(...memory), requests };
}

/** Two readings of the same photos, one file after the other. */
async function readings(world: World, sample: readonly string[]): Promise<readonly [number, number]> {
  const folder = join(world.path, 'media/all');
  const result = [await readPhotos(folder, sample), await readPhotos(folder, sample)] as const;
  await world.end();
  return result;
}

interface Measured {
  readonly build: Build;
  readonly folders: PrivateFolders;
  readonly firstSync: number;
  readonly requestsForSync: number;
  readonly listed: Listings;
}

/** Syncs a new profile of a build with all sizes, then lists it. */
async function measured(build: Build, emulator: Emulator, folders: PrivateFolders): Promise<Measured> {
  const first = await ourWorld(emulator, folders, [], { build });
  emulator.counters.reset();
  const firstSync = await until('the first sync', async () => (await askStatus(folders)).sync.firstSyncDone, 600);
  const requestsForSync = emulator.counters.requests({ route: /^(?:mediaItems|albums)\./ });
  await first.end();
  await measureAll(emulator, folders, build);
  const listed = await listings(() => ourWorld(emulator, folders, [], { build }), inAll, emulator, 120);
  return { build, folders, firstSync, requestsForSync, listed };
}

const inAll = (world: World): string => join(world.path, 'media/all');

/** `ls`, `ls -l`, `find`, reads, time to ready and memory, beside rclone, the empty file system and a former build. */
async function compare(items: number): Promise<Row[]> {
  const emulator = await startEmulator({
    seed: { items, albums: 20, videosEvery: 50 },
    switches: { latencyMs: LATENCY_MS, apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const former = formerBuild();
  const homes = [newFolders(), newFolders()] as const;
  const rows: Row[] = [];
  try {
    const before = former && (await measured(former, emulator, homes[1]));
    const own = await measured(THIS_BUILD, emulator, homes[0]);
    const { listed: ours, firstSync, requestsForSync } = own;
    const bare = await listings(
      () => nullWorld(items, 1_000_000),
      ({ path }) => path,
      emulator,
      120,
    );
    const rclone = await listings(() => rcloneWorld(emulator, 'rclone'), inAll, emulator, 600);

    const reader = await ourWorld(emulator, homes[0]);
    const sample = (await readdir(join(reader.path, 'media/photos')))
      .filter((name) => !name.includes('~'))
      .slice(0, PHOTOS_READ);
    const ourReads = await readings(reader, sample);
    const formerReads =
      before && (await readings(await ourWorld(emulator, before.folders, [], { build: before.build }), sample));
    const ofFormer = (figure: number | undefined): Figures => (figure === undefined ? {} : { former: figure });
    const rcloneReads = await readings(await rcloneWorld(emulator, 'rclone'), sample);

    const line = (what: string, unit: string, figures: Figures, rest: Partial<Row> = {}): void =>
      void rows.push({ what: `${items.toLocaleString('en')} items: ${what}`, unit, figures, ...rest });
    line('time to ready', 's', {
      'gphotos-mount': ours.readySeconds,
      ...ofFormer(before?.listed.readySeconds),
      rclone: rclone.readySeconds,
      null: bare.readySeconds,
    });
    for (const [label] of COMMANDS) {
      for (const [index, when] of ['cold', 'again'].entries()) {
        const seconds = (of: Listings): number => of.seconds[label]?.[index] ?? Number.NaN;
        const figures = {
          'gphotos-mount': seconds(ours),
          ...ofFormer(before && seconds(before.listed)),
          rclone: seconds(rclone),
          null: seconds(bare),
        };
        const toNull = seconds(ours) / seconds(bare);
        const toRclone = seconds(rclone) / seconds(ours);
        line(`${label}, ${when}`, 's', figures, {
          note: `${toNull.toFixed(2)} x null, rclone takes ${toRclone.toFixed(1)} x as long`,
          ...(items === 10_000 && label === 'ls -l' ? { aim: { text: 'at most 1.2 x null', met: toNull <= 1.2 } } : {}),
          ...(label === 'find -type f' && when === 'cold'
            ? { aim: { text: 'rclone takes 10 x as long', met: toRclone >= 10 } }
            : {}),
        });
      }
    }
    line('requests for these listings', 'requests', {
      'gphotos-mount': ours.requests,
      ...ofFormer(before?.listed.requests),
      rclone: rclone.requests,
    });
    line(
      'first sync',
      's',
      { 'gphotos-mount': firstSync, ...ofFormer(before?.firstSync) },
      { note: `${requestsForSync} requests` },
    );
    line(`${PHOTOS_READ} photos, one after another, cold`, 's', {
      'gphotos-mount': ourReads[0],
      ...ofFormer(formerReads?.[0]),
      rclone: rcloneReads[0],
    });
    line(`${PHOTOS_READ} photos, again`, 's', {
      'gphotos-mount': ourReads[1],
      ...ofFormer(formerReads?.[1]),
      rclone: rcloneReads[1],
    });
    line('resident memory after a listing, the highest', 'MiB', {
      'gphotos-mount': ours.residentMiB,
      ...ofFormer(before?.listed.residentMiB),
      rclone: rclone.residentMiB,
      null: bare.residentMiB,
    });
  } finally {
    await emulator.close();
    for (const home of homes) home.remove();
  }
  return rows;
}

/** A start on a catalog of a million items that its own writer filled. */
async function startOnAMillion(items: number): Promise<Row[]> {
  const emulator = await startEmulator({
    seed: { items, albums: 50, videosEvery: 50 },
    switches: { latencyMs: LATENCY_MS, apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const folders = newFolders();
  mkdirSync(join(folders.data, 'default'), { mode: 0o700 });
  try {
    const { seconds, bytesPerItem } = fillCatalog(emulator, join(folders.data, 'default', 'catalog.db'));
    console.error(`  filled a catalog of ${items} items in ${seconds.toFixed(0)} s`);
    const starts: number[] = [];
    const memory: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const world = await ourWorld(emulator, folders);
      const year = await timeCommand('ls', [join(world.path, 'media/by-year')]);
      const month = await timeCommand('ls', ['-l', join(world.path, 'media/by-day')]);
      starts.push(world.readySeconds + year.seconds + month.seconds);
      memory.push(world.residentMiB());
      await world.end();
    }
    return [
      {
        what: `${items.toLocaleString('en')} items in the catalog: start, ls media/by-year, ls -l media/by-day`,
        unit: 's',
        figures: { 'gphotos-mount': median(starts) },
        aim: { text: 'within 0.5 s', met: median(starts) <= 0.5 },
      },
      {
        what: `${items.toLocaleString('en')} items in the catalog: resident memory then`,
        unit: 'MiB',
        figures: { 'gphotos-mount': median(memory) },
        aim: { text: 'under 150 MiB', met: median(memory) < 150 },
      },
      {
        what: `${items.toLocaleString('en')} items in the catalog: size of the file`,
        unit: 'bytes an item',
        figures: { 'gphotos-mount': bytesPerItem },
      },
    ];
  } finally {
    await emulator.close();
    folders.remove();
  }
}

/**
 * Listing, reading, starting and memory. `small` leaves out the long rows, for trying the bench itself; `--items=N` takes one
 * size of library only, `--items=start` only the start on a million items.
 */
export async function mountBench(small: boolean): Promise<void> {
  const only = process.argv.find((word) => word.startsWith('--items='))?.slice('--items='.length);
  const rows: Row[] = [];
  const sizes = small ? [1000] : [10_000, 100_000];
  for (const items of sizes) if (only === undefined || only === String(items)) rows.push(...(await compare(items)));
  if (only === undefined || only === 'start') rows.push(...(await startOnAMillion(small ? 20_000 : 1_000_000)));
  const name = ['mount', ...(small ? ['small'] : []), ...(only === undefined ? [] : [only])].join('-');
  publish(name, 'Listing and starting', conditions({ latencyMs: LATENCY_MS, rounds: ROUNDS }), rows);
}
