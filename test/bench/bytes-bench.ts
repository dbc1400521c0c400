import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../emulator/start-emulator.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { askStatus } from './ask-status.js';
import { median, timeCommand, until } from './measure.js';
import { conditions, publish, type Row } from './report.js';
import { newFolders, nullWorld, ourWorld, rcloneWorld, type World } from './worlds.js';

const LATENCY_MS = 50;
const MIB = 2 ** 20;
const MEDIA = /^media\./;

interface Plan {
  readonly videoBytes: number;
  readonly photos: number;
  readonly inTurn: number;
  readonly jumps: number;
  readonly rounds: number;
}

const PLAN: Plan = { videoBytes: 256 * MIB, photos: 200, inTurn: 50, jumps: 200, rounds: 5 };
const SMALL: Plan = { videoBytes: 64 * MIB, photos: 60, inTurn: 20, jumps: 40, rounds: 2 };

/** Seconds by what was done, and what it cost. */
type Figures = Map<string, number>;

/** Reads `count` times 4 KiB at places that follow from `seed`. */
const JUMPS = `
import os,sys
path,count,seed=sys.argv[1],int(sys.argv[2]),int(sys.argv[3])
fd=os.open(path,os.O_RDONLY)
size=os.fstat(fd).st_size
if size==0: size=int(sys.argv[4])
for turn in range(count):
  seed=(seed*1103515245+12345)%2**31
  assert len(os.pread(fd,4096,seed%(size-4096)))==4096
`;

async function timed(command: string, args: readonly string[]): Promise<number> {
  const run = await timeCommand(command, args, { deadline: 600 });
  if (run.code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${String(run.code)}`);
  return run.seconds;
}

const firstByte = (file: string): Promise<number> => timed('head', ['-c', '1', file]);
const throughout = (file: string): Promise<number> =>
  timed('dd', [`if=${file}`, 'of=/dev/null', 'bs=1M', 'status=none']);

/** Whole files by so many programs at once. */
function photos(folder: string, names: readonly string[], readers: number): Promise<number> {
  const list = names.map((name) => `${join(folder, name)}\0`).join('');
  return timed('bash', [
    '-c',
    `printf '%b' "$0" | xargs -0 -n 4 -P ${readers} cat > /dev/null`,
    list.replaceAll('\0', '\\0'),
  ]);
}

async function spent(emulator: Emulator, figures: Figures, what: string, work: () => Promise<number>): Promise<void> {
  emulator.counters.reset();
  figures.set(what, await work());
  figures.set(`${what}, MiB fetched`, emulator.counters.bytes({ route: MEDIA }) / MIB);
  figures.set(`${what}, media requests`, emulator.counters.requests({ route: MEDIA }));
  figures.set(`${what}, API requests`, emulator.counters.requests({ route: /^(?:mediaItems|albums)\./ }));
  console.error(`  ${what}: ${(figures.get(what) ?? 0).toFixed(3)} s`);
}

async function measure(world: World, emulator: Emulator, plan: Plan): Promise<Figures> {
  const figures: Figures = new Map();
  const folder = join(world.path, 'media/all');
  // What listing costs is the other bench's matter.
  const all = await readdir(folder);
  const [first = '', second = '', third = ''] = all.filter((name) => name.endsWith('.mp4')).sort();
  const names = all.filter((name) => /\.(?:jpe?g|heic|png)$/i.test(name) && !name.includes('~')).sort();
  console.error(`  ${world.name}`);
  await spent(emulator, figures, 'first byte of a video', () => firstByte(join(folder, first)));
  await spent(emulator, figures, 'a video from start to end, cold', () => throughout(join(folder, second)));
  await spent(emulator, figures, 'a video from start to end, again', async () => {
    const again: number[] = [];
    for (let round = 0; round < plan.rounds; round++) again.push(await throughout(join(folder, second)));
    return median(again);
  });
  emulator.switches.range = 'honored';
  await spent(emulator, figures, 'random 4 KiB reads', () =>
    timed('python3', ['-c', JUMPS, join(folder, third), String(plan.jumps), '7', String(plan.videoBytes)]),
  );
  emulator.switches.range = 'ignored';
  const inTurn = names.slice(0, plan.inTurn);
  const together = names.slice(plan.inTurn, plan.inTurn + plan.photos);
  await spent(emulator, figures, 'photos one after another, cold', () => photos(folder, inTurn, 1));
  await spent(emulator, figures, 'photos by 8 readers, cold', () => photos(folder, together, 8));
  await spent(emulator, figures, 'photos by 8 readers, again', () => photos(folder, together, 8));
  figures.set('resident memory then', world.residentMiB());
  await world.end();
  return figures;
}

async function readyFolders(emulator: Emulator): Promise<PrivateFolders> {
  const folders = newFolders();
  const world = await ourWorld(emulator, folders);
  await until(
    'all sizes',
    async () => {
      const { sync, catalog } = await askStatus(folders);
      return sync.firstSyncDone && catalog.unmeasured === 0;
    },
    600,
  );
  await world.end();
  return folders;
}

/** Reading beside rclone without and with its cache, and the empty file system as the ceiling. */
export async function bytesBench(small: boolean): Promise<void> {
  const plan = small ? SMALL : PLAN;
  const emulator = await startEmulator({
    seed: { items: plan.photos + plan.inTurn + 40, albums: 2, videosEvery: 0 },
    switches: { latencyMs: LATENCY_MS, apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  for (const name of ['a.mp4', 'b.mp4', 'c.mp4'])
    emulator.library.add({ filename: name, mimeType: 'video/mp4', size: plan.videoBytes });
  const folders = await readyFolders(emulator);
  try {
    const own = await ourWorld(emulator, folders);
    await until('the sync', async () => (await askStatus(folders)).sync.phase === 'idle', 60);
    const ours = await measure(own, emulator, plan);
    const off = await measure(await rcloneWorld(emulator, 'rclone off', ['--gphotos-read-size']), emulator, plan);
    const full = await measure(
      await rcloneWorld(emulator, 'rclone full', ['--gphotos-read-size', '--vfs-cache-mode', 'full']),
      emulator,
      plan,
    );
    const empty = await nullWorld(1, plan.videoBytes);
    const file = join(empty.path, (await readdir(empty.path))[0] ?? '');
    await stat(file);
    const ceiling = new Map([['a video from start to end, cold', await throughout(file)]]);
    const again: number[] = [];
    for (let round = 0; round < plan.rounds; round++) again.push(await throughout(file));
    ceiling.set('a video from start to end, again', median(again));
    await empty.end();
    publish(
      small ? 'bytes-small' : 'bytes',
      'Reading',
      conditions({ latencyMs: LATENCY_MS, ...plan }),
      rowsOf(plan, ours, off, full, ceiling),
    );
  } finally {
    await emulator.close();
    folders.remove();
  }
}

function rowsOf(plan: Plan, ours: Figures, off: Figures, full: Figures, ceiling: Figures): Row[] {
  const twice = new Set([
    'a video from start to end, again',
    'photos by 8 readers, cold',
    'photos by 8 readers, again',
  ]);
  return [...ours].map(([what, own]): Row => {
    const isCost = what.includes(', ') && /fetched|requests/.test(what);
    const best = Math.min(off.get(what) ?? Infinity, full.get(what) ?? Infinity);
    const unit = /MiB|memory/.test(what) ? 'MiB' : /requests/.test(what) ? 'requests' : 's';
    const toNull = ceiling.has(what) ? `, ${(own / (ceiling.get(what) ?? NaN)).toFixed(2)} x null` : '';
    const factor = twice.has(what) ? 2 : 1;
    const isFull = what === 'a video from start to end, cold, MiB fetched';
    const most = (1.1 * plan.videoBytes) / MIB;
    return {
      what,
      unit,
      figures: {
        'gphotos-mount': own,
        'rclone off': off.get(what) ?? null,
        'rclone full': full.get(what) ?? null,
        null: ceiling.get(what) ?? null,
      },
      note: isCost || unit !== 's' ? '' : `rclone takes ${(best / own).toFixed(2)} x as long${toNull}`,
      ...(unit === 's'
        ? { aim: { text: factor === 2 ? 'half the time of rclone' : 'ahead of rclone', met: own * factor <= best } }
        : {}),
      ...(isFull ? { aim: { text: 'at most 1.1 x the file', met: own <= most } } : {}),
    };
  });
}
