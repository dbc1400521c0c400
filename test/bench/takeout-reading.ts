import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gphotosMount } from '../support/run-program.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { deflatedVideoPart, storedVideoPart, type VideoPart } from '../takeout/builder/video-part.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { highestMiB, median, processorSeconds, timeCommand } from './measure.js';
import { firstByte, forget, lastBytes, wholeFiles } from './reader.js';
import type { Row } from './report.js';
import type { TakeoutPlan } from './takeout-bench.js';
import { hasProgram, withTakeouts } from './takeout-profile.js';
import { formerBuild, fuseZipWorld, nullWorld, type World } from './worlds.js';

const MIB = 2 ** 20;
const VIDEO = 'media/all/VID_1.mp4';
const MARK_EVERY = 16 * MIB;

interface Place {
  readonly name: string;
  /** Of the program that serves the file. */
  readonly pid: number;
  readonly file: string;
  readonly figures: Map<string, number[]>;
}

/** A file of the same bytes as the video, holes where those are zeros. */
function plainCopy(folder: string, part: VideoPart): string {
  const { size } = part;
  const file = join(folder, 'plain');
  const out = openSync(file, 'w');
  for (let at = 0; at < size; at += MARK_EVERY) {
    const bytes = part.read(at, Math.min(size, at + MIB));
    writeSync(out, bytes, 0, bytes.length, at);
  }
  ftruncateSync(out, size);
  closeSync(out);
  return file;
}

async function take(place: Place, what: string, work: () => Promise<number>): Promise<void> {
  await forget(place.file);
  const before = processorSeconds(place.pid);
  const seconds = await work();
  note(place, `${what}, processor`, processorSeconds(place.pid) - before);
  note(place, what, seconds);
  console.error(`  ${place.name}: ${what}: ${seconds.toFixed(4)} s`);
}

function note({ figures }: Place, what: string, value: number): void {
  const values = figures.get(what);
  if (values === undefined) figures.set(what, [value]);
  else values.push(value);
}

const FIRST = 'the first byte';
const WHOLE = 'from start to end';
const END = 'a jump to the end';

/** What one place takes for a first byte, a jump and the whole; the kernel has nothing of the file before each. */
async function readOnce(place: Place, size: number): Promise<void> {
  await take(place, FIRST, () => firstByte(place.file));
  await take(place, END, () => lastBytes(place.file, size));
  await take(place, WHOLE, () => wholeFiles([place.file], 1));
  await forget(place.file);
}

function middle({ figures }: Place, what: string): number {
  return median(figures.get(what) ?? []);
}

function placeIn(world: World, path: string): Place {
  return { name: world.name, pid: world.pid, file: join(world.path, path), figures: new Map() };
}

/** fuse-zip unpacks a file into memory when it is opened: undefined where that does not fit, or it is not installed. */
async function byFuseZip(part: VideoPart, rounds: number): Promise<Place | string> {
  if (!hasProgram('fuse-zip')) return 'fuse-zip is not installed';
  const free = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1] ?? 0) * 1024;
  if (free < 2 * part.size) return 'fuse-zip would need more memory than there is';
  const world = await fuseZipWorld(part.file);
  try {
    const place = placeIn(world, part.video);
    for (let round = 0; round < rounds; round += 1) await take(place, WHOLE, () => wholeFiles([place.file], 1));
    await take(place, FIRST, () => firstByte(place.file));
    return place;
  } finally {
    await world.end();
  }
}

/** A stored video: beside the empty file system, which reads the same bytes from a plain file, and beside fuse-zip. */
export async function storedRows(folder: string, plan: TakeoutPlan): Promise<Row[]> {
  const { storedBytes: size, longRounds } = plan;
  const part = storedVideoPart(folder, size);
  const bare = await nullWorld(1, size, plainCopy(folder, part));
  try {
    return await withTakeouts([part.file], async (world) => {
      const empty = placeIn(bare, (await readdir(bare.path))[0] ?? '');
      const former = formerBuild();
      const measured =
        former === undefined
          ? await readByTurns(size, plan, world, empty)
          : await withTakeouts([part.file], (before) => readByTurns(size, plan, world, empty, before), former);
      return rowsOfStored({ size, ...measured, other: await byFuseZip(part, longRounds) });
    });
  } finally {
    await bare.end();
  }
}

type ByTurns = Pick<StoredFigures, 'own' | 'former' | 'empty' | 'fresh' | 'added'>;

async function readByTurns(
  size: number,
  { rounds }: TakeoutPlan,
  world: World,
  empty: Place,
  before?: World,
): Promise<ByTurns> {
  const own = placeIn(world, VIDEO);
  const former = before && placeIn(before, VIDEO);
  const places = [own, ...(former === undefined ? [] : [former]), empty];
  const idle = world.residentMiB();
  // Nothing was read yet.
  const fresh = await firstByte(own.file);
  const highest = await highestMiB(world.pid, async () => {
    for (const place of places) await wholeFiles([place.file], 1);
    for (let round = 0; round < rounds; round += 1)
      for (const index of places.keys()) await readOnce(places[(index + round) % places.length] ?? own, size);
  });
  return { own, former, empty, fresh, added: highest - idle };
}

interface StoredFigures {
  readonly size: number;
  readonly own: Place;
  readonly former: Place | undefined;
  readonly empty: Place;
  /** Or why there is none. */
  readonly other: Place | string;
  readonly fresh: number;
  /** MiB. */
  readonly added: number;
}

function rowsOfStored({ size, own, former, empty, other, fresh, added }: StoredFigures): Row[] {
  const gibibytes = `${(size / 1024 / MIB).toFixed(2)} GiB`;
  const row = (what: string, unit: string, figure: (place: Place) => number, rest: Partial<Row> = {}): Row => ({
    what: `a stored video of ${gibibytes}: ${what}`,
    unit,
    figures: {
      'gphotos-mount': figure(own),
      ...(former === undefined ? {} : { former: figure(former) }),
      null: figure(empty),
      'fuse-zip': typeof other === 'string' ? null : figure(other),
    },
    ...rest,
  });
  const speed = (place: Place): number => size / MIB / middle(place, WHOLE);
  const toNull = speed(own) / speed(empty);
  const toOther = typeof other === 'string' ? undefined : speed(own) / speed(other);
  return [
    row('the first byte', 'ms', (place) => 1000 * middle(place, FIRST), {
      note: `the first ever after a mount: ${(1000 * fresh).toFixed(1)} ms`,
      aim: { text: 'under 5 ms', met: middle(own, FIRST) < 0.005 },
    }),
    row('the last 4 KiB, after the first byte', 'ms', (place) => 1000 * middle(place, END), {
      aim: { text: 'under 20 ms', met: middle(own, END) < 0.02 },
    }),
    row('from start to end', 'MiB/s', speed, {
      note: `${toNull.toFixed(2)} x null`,
      aim: { text: 'at least 0.9 x null', met: toNull >= 0.9 },
    }),
    row('from start to end, to fuse-zip', 'MiB/s', speed, {
      note: typeof other === 'string' ? other : `${toOther?.toFixed(1) ?? ''} x fuse-zip`,
      ...(toOther === undefined ? {} : { aim: { text: 'at least 2 x fuse-zip', met: toOther >= 2 } }),
    }),
    row(
      'from start to end, processor time of the program that serves it',
      's/GiB',
      (place) => (middle(place, `${WHOLE}, processor`) * 1024 * MIB) / size,
    ),
    {
      what: `a stored video of ${gibibytes}: memory of the daemon while it is read, over idle, the highest`,
      unit: 'MiB',
      figures: { 'gphotos-mount': added },
    },
  ];
}

/** Deflated photographs, each opened for the first time, and a deflated video beside `unzip -p`. */
export async function deflatedRows(folder: string, plan: TakeoutPlan): Promise<Row[]> {
  const { photos: count, photoBytes, deflatedBytes: size, longRounds } = plan;
  const photos = Array.from({ length: count }, (_, index) => {
    const takenMs = Date.UTC(2022, 0, 1 + index, 12);
    return { title: `IMG_${1000 + index}.jpg`, takenMs, exifMs: takenMs, size: photoBytes };
  });
  const pictures = await writeExport(describeLibrary({ photos }), { folder, compression: 'deflated' });
  const part = await deflatedVideoPart(folder, size);
  const files = [...pictures.parts.map(({ file }) => file), part.file];
  return withTakeouts(files, async (world, folders) => {
    const inAll = (name: string): string => join(world.path, 'media/all', name);
    const idle = world.residentMiB();
    const firsts: number[] = [];
    for (const { title } of photos) firsts.push(await firstByte(inAll(title)));
    const video = inAll('VID_1.mp4');
    const own: number[] = [];
    const unzipped: number[] = [];
    const shell = ['-c', 'exec unzip -p "$0" "$1" > /dev/null', part.file, part.video];
    const ourTurn = async (): Promise<void> => {
      const cleared = await gphotosMount(['cache', 'clear'], folders.env);
      if (cleared.code !== 0) throw new Error(`cache clear ended with ${cleared.code}: ${cleared.stderr}`);
      await forget(video);
      execFileSync('sync');
      own.push(await wholeFiles([video], 1));
    };
    const unzipTurn = async (): Promise<void> => {
      if (hasProgram('unzip')) unzipped.push((await timeCommand('sh', shell)).seconds);
    };
    const highest = await highestMiB(world.pid, async () => {
      for (let round = 0; round < longRounds; round += 1) {
        for (const turn of round % 2 === 0 ? [ourTurn, unzipTurn] : [unzipTurn, ourTurn]) await turn();
        console.error(
          `  gphotos-mount: ${own.at(-1)?.toFixed(3)} s, unzip -p: ${unzipped.at(-1)?.toFixed(3) ?? '-'} s`,
        );
      }
    });
    const speed = (seconds: readonly number[]): number => size / MIB / median(seconds);
    const toUnzip = speed(own) / speed(unzipped);
    return [
      {
        what: `a deflated photo of ${(photoBytes / MIB).toFixed(0)} MiB: opened for the first time, and its first byte`,
        unit: 'ms',
        figures: { 'gphotos-mount': 1000 * median(firsts) },
        note: `the slowest ${(1000 * Math.max(...firsts)).toFixed(1)} ms`,
        aim: { text: 'under 30 ms', met: median(firsts) < 0.03 },
      },
      {
        what: `a deflated video of ${size / MIB} MiB from start to end, cold`,
        unit: 'MiB/s',
        figures: { 'gphotos-mount': speed(own), 'unzip -p': unzipped.length === 0 ? null : speed(unzipped) },
        ...(unzipped.length === 0
          ? { note: 'unzip is not installed' }
          : {
              note: `${toUnzip.toFixed(2)} x unzip -p`,
              aim: { text: 'at least 0.5 x unzip -p', met: toUnzip >= 0.5 },
            }),
      },
      {
        what: `a deflated video of ${size / MIB} MiB: memory of the daemon while it is read, over idle, the highest`,
        unit: 'MiB',
        figures: { 'gphotos-mount': highest - idle },
      },
    ];
  });
}
