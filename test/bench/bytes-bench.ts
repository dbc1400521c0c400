import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { askStatus } from './ask-status.js';
import { median, until } from './measure.js';
import { firstByte, jumpAbout, wholeFiles } from './reader.js';
import { conditions, publish, type Row } from './report.js';
import {
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
const MIB = 2 ** 20;
const MEDIA = /^media\./;
const PAGES = Buffer.alloc(MIB, 1);

interface Plan {
  readonly videoBytes: number;
  readonly photos: number;
  readonly inTurn: number;
  readonly jumps: number;
  /** Each on files that were not read before. */
  readonly rounds: number;
}

const PLAN: Plan = { videoBytes: 256 * MIB, photos: 200, inTurn: 50, jumps: 200, rounds: 3 };
const SMALL: Plan = { videoBytes: 64 * MIB, photos: 60, inTurn: 20, jumps: 40, rounds: 2 };
/** Photos between those of two measurements: what is fetched ahead for one is not found by the next. */
const GAP = 40;
/** Videos of a round, and how many of them are for the first byte alone. */
const VIDEOS = 7;
const FIRSTS = 5;

/** Figures of one world by what was done, one a round. */
type Figures = Map<string, number[]>;

/** What a round reads. */
interface Files {
  readonly firsts: readonly string[];
  readonly video: string;
  readonly jumps: string;
  readonly inTurn: readonly string[];
  readonly together: readonly string[];
}

function note(figures: Figures, what: string, value: number): void {
  const values = figures.get(what);
  if (values === undefined) figures.set(what, [value]);
  else values.push(value);
}

/**
 * What one world left for the disk to do, or took of the memory, is not to be the next one's burden. The host of a virtual machine
 * takes back free memory, and gives it again page by page: who comes then would pay for it (up to 0.6 s of a processor for one video).
 * Pages for files come from where those of a file just deleted went.
 */
function settleDisk(isLarge: boolean): void {
  execFileSync('sync');
  if (!isLarge) return;
  // Clean pages only; needs root.
  if (process.getuid?.() === 0) writeFileSync('/proc/sys/vm/drop_caches', '1');
  const folder = mkdtempSync(join(tmpdir(), 'gpm-pages-'));
  const file = openSync(join(folder, 'pages'), 'w');
  for (let written = 0; written < 2 ** 30; written += PAGES.length) writeSync(file, PAGES);
  closeSync(file);
  rmSync(folder, { recursive: true });
}

/** What is done, and how; gives seconds. */
type Step = readonly [what: string, work: (world: World) => Promise<number>];

class Run {
  readonly figures = new Map<World, Figures>();

  constructor(
    private readonly emulator: Emulator,
    private readonly worlds: readonly World[],
  ) {
    for (const world of worlds) this.figures.set(world, new Map());
  }

  /** Lets each world do the same, the first to begin being another one each round. What is read again follows at once on the first reading. */
  async each(round: number, ...steps: readonly Step[]): Promise<void> {
    for (const place of this.worlds.keys()) {
      const world = this.worlds[(place + round) % this.worlds.length];
      if (world === undefined) continue;
      settleDisk(steps[0]?.[0].includes('video') === true);
      for (const step of steps) await this.#take(world, step);
    }
  }

  async #take(world: World, [what, work]: Step): Promise<void> {
    const { counters } = this.emulator;
    const figures = this.figures.get(world) ?? new Map<string, number[]>();
    counters.reset();
    const seconds = await work(world);
    console.error(`  ${world.name}: ${what}: ${seconds.toFixed(3)} s`);
    note(figures, what, seconds);
    await this.#quiet();
    note(figures, `${what}, MiB fetched`, counters.bytes({ route: MEDIA }) / MIB);
    note(figures, `${what}, media requests`, counters.requests({ route: MEDIA }));
    note(figures, `${what}, API requests`, counters.requests({ route: /^(?:mediaItems|albums)\./ }));
  }

  /** A request counts when it is over. Those that wait for a reader to come back end by themselves, rclone's or ours. */
  async #quiet(): Promise<void> {
    await until('no request is open', () => Promise.resolve(this.emulator.counters.open === 0), 15).catch(
      () => undefined,
    );
  }
}

async function measure(run: Run, emulator: Emulator, plan: Plan, rounds: readonly Files[]): Promise<void> {
  const inAll = (world: World, name: string): string => join(world.path, 'media/all', name);
  for (const [round, files] of rounds.entries()) {
    const all = (names: readonly string[], readers: number) => (world: World) =>
      wholeFiles(
        names.map((name) => inAll(world, name)),
        readers,
      );
    await run.each(round, [
      'first byte of a video',
      async (world) => {
        const times: number[] = [];
        for (const name of files.firsts) times.push(await firstByte(inAll(world, name)));
        return median(times);
      },
    ]);
    await run.each(
      round,
      ['a video from start to end, cold', all([files.video], 1)],
      ['a video from start to end, again', all([files.video], 1)],
    );
    // Of the two, only one that takes Range serves rclone the right bytes.
    emulator.switches.range = 'honored';
    await run.each(round, [
      'random 4 KiB reads',
      (world) => jumpAbout(inAll(world, files.jumps), plan.jumps, plan.videoBytes),
    ]);
    emulator.switches.range = 'ignored';
    await run.each(round, ['photos one after another, cold', all(files.inTurn, 1)]);
    await run.each(
      round,
      ['photos by 8 readers, cold', all(files.together, 8)],
      ['photos by 8 readers, again', all(files.together, 8)],
    );
  }
}

/** Folders with a catalog that knows all sizes. A mount that ends before the first measurement reads a video: the first measurement would else include the compilation of the emulator. */
async function readyFolders(emulator: Emulator, lastVideo: string, build: Build): Promise<PrivateFolders> {
  const folders = newFolders();
  const world = await ourWorld(emulator, folders, [], { build });
  await until(
    'all sizes',
    async () => {
      const { sync, catalog } = await askStatus(folders);
      return sync.firstSyncDone && catalog.unmeasured === 0;
    },
    600,
  );
  await wholeFiles([join(world.path, 'media/all', lastVideo)], 1);
  await world.end();
  return folders;
}

function filesOf(names: readonly string[], plan: Plan): Files[] {
  const videos = names.filter((name) => name.endsWith('.mp4')).sort();
  const photos = names.filter((name) => /\.(?:jpe?g|heic|png)$/i.test(name) && !name.includes('~')).sort();
  const take = (from: readonly string[], at: number): string => from[at] ?? '';
  return Array.from({ length: plan.rounds }, (_, round) => {
    const at = round * (plan.inTurn + plan.photos + 2 * GAP);
    const inTurn = photos.slice(at, at + plan.inTurn);
    const together = photos.slice(at + plan.inTurn + GAP, at + plan.inTurn + GAP + plan.photos);
    if (together.length < plan.photos) throw new Error('the library has too few photos');
    return {
      firsts: videos.slice(VIDEOS * round, VIDEOS * round + FIRSTS),
      video: take(videos, VIDEOS * round + FIRSTS),
      jumps: take(videos, VIDEOS * round + FIRSTS + 1),
      inTurn,
      together,
    };
  });
}

/** Reading beside rclone without and with its cache, and the empty file system as the ceiling. */
export async function bytesBench(small: boolean): Promise<void> {
  const plan = small ? SMALL : PLAN;
  const emulator = await startEmulator({
    seed: { items: plan.rounds * (plan.photos + plan.inTurn + 3 * GAP), albums: 2, videosEvery: 0 },
    switches: { latencyMs: LATENCY_MS, apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const last = VIDEOS * plan.rounds;
  for (let index = 0; index <= last; index++)
    emulator.library.add({ filename: `${100 + index}.mp4`, mimeType: 'video/mp4', size: plan.videoBytes });
  const former = formerBuild();
  const homes: PrivateFolders[] = [];
  try {
    const mounted = async (build: Build): Promise<World> => {
      const folders = await readyFolders(emulator, `${100 + last}.mp4`, build);
      homes.push(folders);
      const world = await ourWorld(emulator, folders, [], { build });
      await until('the sync', async () => (await askStatus(folders)).sync.phase === 'idle', 60);
      return world;
    };
    const own = await mounted(THIS_BUILD);
    const worlds = [
      own,
      ...(former === undefined ? [] : [await mounted(former)]),
      await rcloneWorld(emulator, 'rclone off', ['--gphotos-read-size']),
      await rcloneWorld(emulator, 'rclone full', ['--gphotos-read-size', '--vfs-cache-mode', 'full']),
    ];
    const names = await Promise.all(worlds.map((world) => readdir(join(world.path, 'media/all'))));
    const run = new Run(emulator, worlds);
    await measure(run, emulator, plan, filesOf(names[0] ?? [], plan));
    const memory = new Map(worlds.map((world) => [world.name, world.residentMiB()]));
    const ceiling = await throughNothing(own, filesOf(names[0] ?? [], plan), plan);
    for (const world of worlds) await world.end();
    publish(small ? 'bytes-small' : 'bytes', 'Reading', conditions({ latencyMs: LATENCY_MS, ...plan }), [
      ...rowsOf(plan, run, ceiling),
      warmRow(ceiling),
      memoryRow(memory),
    ]);
  } finally {
    await emulator.close();
    for (const home of homes) home.remove();
  }
}

const WARM_TURNS = 9;
const WARM = 'a video from start to end, warm, by turns with null';

/** A file of the same length on the empty file system, and our video of the same round, by turns. */
async function throughNothing(own: World, rounds: readonly Files[], plan: Plan): Promise<Figures> {
  const figures: Figures = new Map();
  const empty = await nullWorld(1, plan.videoBytes);
  const file = join(empty.path, (await readdir(empty.path))[0] ?? '');
  const ours = join(own.path, 'media/all', rounds.at(-1)?.video ?? '');
  settleDisk(true);
  note(figures, 'a video from start to end, cold', await wholeFiles([file], 1));
  await wholeFiles([ours], 1);
  for (let turn = 0; turn < WARM_TURNS; turn++) {
    note(figures, 'a video from start to end, again', await wholeFiles([file], 1));
    note(figures, WARM, await wholeFiles([ours], 1));
  }
  await empty.end();
  return figures;
}

/** The aim that compares with the empty file system rather than with rclone. */
function warmRow(ceiling: Figures): Row {
  const own = median(ceiling.get(WARM) ?? []);
  const empty = median(ceiling.get('a video from start to end, again') ?? []);
  return {
    what: WARM,
    unit: 's',
    figures: { 'gphotos-mount': own, 'rclone off': null, 'rclone full': null, null: empty },
    note: `${(own / empty).toFixed(2)} x null`,
    aim: { text: 'within 10 % of null', met: own <= 1.1 * empty },
  };
}

function memoryRow(memory: ReadonlyMap<string, number>): Row {
  return { what: 'resident memory then', unit: 'MiB', figures: { ...Object.fromEntries(memory), null: null } };
}

const TWICE = new Set(['a video from start to end, again', 'photos by 8 readers, cold', 'photos by 8 readers, again']);

function rowsOf(plan: Plan, run: Run, ceiling: Figures): Row[] {
  const by = new Map([...run.figures].map(([world, figures]) => [world.name, figures]));
  const value = (name: string, what: string): number => median(by.get(name)?.get(what) ?? []);
  const empty = (what: string): number | null => (ceiling.has(what) ? median(ceiling.get(what) ?? []) : null);
  return [...(by.get('gphotos-mount') ?? new Map<string, number[]>()).keys()].map((what): Row => {
    const isCost = /, (?:MiB fetched|\w+ requests)$/.test(what);
    const figures = {
      'gphotos-mount': value('gphotos-mount', what),
      ...(by.has('former') ? { former: value('former', what) } : {}),
      'rclone off': value('rclone off', what),
      'rclone full': value('rclone full', what),
      null: empty(what),
    };
    const own = figures['gphotos-mount'];
    if (isCost) {
      const most = (1.1 * plan.videoBytes) / MIB;
      const isFull = what === 'a video from start to end, cold, MiB fetched';
      return {
        what,
        unit: what.endsWith('MiB fetched') ? 'MiB' : 'requests',
        figures,
        ...(isFull ? { aim: { text: 'at most 1.1 x the file', met: own <= most } } : {}),
      };
    }
    const best = Math.min(figures['rclone off'], figures['rclone full']);
    const factor = TWICE.has(what) ? 2 : 1;
    const toNull = figures.null === null ? '' : `, ${(own / figures.null).toFixed(2)} x null`;
    return {
      what,
      unit: 's',
      figures,
      note: `rclone takes ${(best / own).toFixed(2)} x as long${toNull}`,
      aim: { text: factor === 2 ? 'half the time of rclone' : 'ahead of rclone', met: own * factor <= best },
    };
  });
}
