import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askDaemon } from '../../src/daemon/control-client.js';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/start-emulator.js';
import { askStatus } from './ask-status.js';
import { asked, Field, medians, note, type Aim, type Figures } from './field-row.js';
import { fieldFolders, fieldWorlds, learnUrls, lookAt, type FieldWorld } from './field-worlds.js';
import { fillCatalog } from './fill-catalog.js';
import { median, timeCommand, until } from './measure.js';
import { wholeFiles } from './reader.js';
import { conditions, publish, type Row } from './report.js';
import { formerBuild, newFolders, nullWorld, ourWorld, THIS_BUILD } from './worlds.js';

const LATENCY_MS = 50;
const MIB = 2 ** 20;
const LINE = 10_000_000;

interface Plan {
  readonly rounds: number;
  readonly listed: number;
  readonly synced: number;
  readonly copied: number;
  readonly large: number;
}

const PLAN: Plan = { rounds: 5, listed: 1_000, synced: 8_000, copied: 400, large: 1_000_000 };
const SMALL: Plan = { rounds: 2, listed: 200, synced: 1_500, copied: 40, large: 20_000 };

interface Scene {
  readonly emulator: Emulator;
  readonly field: Field;
  /** Names of files by the album that holds them. */
  readonly albums: ReadonlyMap<string, readonly string[]>;
  /** Ids whose sizes are known. */
  readonly measured: ReadonlySet<string>;
}

async function startScene(plan: Plan, options: EmulatorOptions): Promise<Scene> {
  const emulator = await startEmulator({
    ...options,
    seed: { items: 50, albums: 0, videosEvery: 0 },
    switches: { latencyMs: LATENCY_MS, range: 'honored', apiPerDay: 1e9, mediaPerDay: 1e9, ...options.switches },
  });
  const albums = new Map<string, string[]>();
  const measured = new Set<string>();
  let number = 0;
  const album = (title: string, count: number, size: number, suffix: 'jpg' | 'mp4', isMeasured = false): void => {
    const made = Array.from({ length: count }, () =>
      emulator.library.add({
        filename: `${title}-${10_000 + number++}.${suffix}`,
        mimeType: suffix === 'mp4' ? 'video/mp4' : 'image/jpeg',
        size,
      }),
    );
    emulator.library.createAlbum(
      title,
      made.map(({ id }) => id),
    );
    albums.set(
      title,
      made.map(({ filename }) => filename),
    );
    if (isMeasured) for (const { id } of made) measured.add(id);
  };
  for (let round = 0; round < plan.rounds; round++) {
    album(`photo ${round}`, 1, 3 * MIB, 'jpg');
    album(`photo without Range ${round}`, 1, 3 * MIB, 'jpg');
    album(`video ${round}`, 1, 100_000_000, 'mp4');
    album(`listed ${round}`, plan.listed, 20_000, 'jpg');
    album(`slow video ${round}`, 1, 60_000_000, 'mp4', true);
    album(`row ${round}`, 60, 300_000, 'jpg');
  }
  album('warm', 4, 100_000, 'jpg', true);
  return { emulator, field: new Field(emulator), albums, measured };
}

/** Reads all files of an album with one reader; seconds. */
const readAlbum =
  ({ albums }: Scene, title: string) =>
  (world: FieldWorld, round: number): Promise<number> =>
    wholeFiles(
      (albums.get(`${title} ${round}`) ?? []).map((name) => world.inAlbum(`${title} ${round}`, name)),
      1,
    );

async function measureScene(name: string, plan: Plan, options: EmulatorOptions): Promise<Row[]> {
  const scene = await startScene(plan, options);
  const { emulator, field, albums, measured } = scene;
  const { switches } = emulator;
  try {
    const worlds = await fieldWorlds(emulator, (id) => measured.has(id));
    try {
      for (const world of worlds) {
        for (const title of albums.keys()) await lookAt(world, title);
        await wholeFiles(
          (albums.get('warm') ?? []).map((file) => world.inAlbum('warm', file)),
          1,
        );
      }
      for (const world of worlds) await learnUrls(world);
      const row = (what: string, title: string, aim?: Aim): Promise<void> =>
        field.row(`${name}: ${what}`, worlds, plan.rounds, readAlbum(scene, title), aim);
      await row('a photo never measured', 'photo', { text: 'at most 1.1 x rclone', factor: 1 / 1.1 });
      switches.range = 'ignored';
      await row('a photo never measured, Range ignored', 'photo without Range', {
        text: 'at most 1.1 x rclone',
        factor: 1 / 1.1,
      });
      switches.range = 'honored';
      await row('a video of 100 MB never measured', 'video', { text: 'ahead of rclone', factor: 1 });
      await field.row(`${name}: ls -l of ${plan.listed} never measured`, worlds, plan.rounds, async (world, round) => {
        return (await timeCommand('ls', ['-l', world.inAlbum(`listed ${round}`)], { deadline: 60 })).seconds;
      });
      await row('60 photos never measured, one after another', 'row', { text: 'a third of rclone', factor: 3 });
      switches.bytesPerSecond = LINE;
      await row('a video of 60 MB, 10 MB/s a connection', 'slow video', { text: 'a third of rclone', factor: 3 });
      return field.rows;
    } finally {
      for (const world of worlds) await world.end();
    }
  } finally {
    await emulator.close();
  }
}

async function throughProxy(plan: Plan): Promise<Row[]> {
  const scene = await startScene(plan, {
    tls: true,
    mediaOrigin: 'https://lh3.googleusercontent.com',
    switches: { connectLatencyMs: LATENCY_MS },
  });
  const { emulator, field, albums, measured } = scene;
  try {
    const worlds = await fieldWorlds(emulator, (id) => measured.has(id), [['rclone']], true);
    try {
      for (const world of worlds) {
        for (let round = 0; round < plan.rounds; round++) await lookAt(world, `row ${round}`);
        await lookAt(world, 'warm');
        await wholeFiles(
          (albums.get('warm') ?? []).map((file) => world.inAlbum('warm', file)),
          1,
        );
      }
      for (const world of worlds) await learnUrls(world);
      await field.row(
        'TLS through a proxy: 60 photos never measured, one after another',
        worlds,
        plan.rounds,
        readAlbum(scene, 'row'),
        { text: 'a third of rclone', factor: 3 },
      );
      return field.rows;
    } finally {
      for (const world of worlds) await world.end();
    }
  } finally {
    await emulator.close();
  }
}

/** A full pass that a person asked for, and the same by the former build. */
async function fullPass(plan: Plan): Promise<Row[]> {
  const emulator = await startEmulator({
    seed: { items: plan.synced, albums: 10 },
    switches: { latencyMs: 60, apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const former = formerBuild();
  const figures: Record<string, number> = {};
  const requests: Record<string, number> = {};
  try {
    for (const build of former === undefined ? [THIS_BUILD] : [THIS_BUILD, former]) {
      const folders = await fieldFolders(emulator, build, () => true);
      const world = await ourWorld(emulator, folders, [], { build });
      await until('the sync', async () => (await askStatus(folders)).sync.phase === 'idle', 60);
      emulator.counters.reset();
      const began = performance.now();
      const reply = await askDaemon(
        join(folders.runtime, 'default.sock'),
        { command: 'sync', full: true, wait: true },
        600_000,
      );
      if (reply?.ok !== true) throw new Error(`sync: ${JSON.stringify(reply)}`);
      figures[build.name] = (performance.now() - began) / 1000;
      requests[build.name] = emulator.counters.requests({ route: /^(?:mediaItems|albums)\./ });
      console.error(`  ${build.name}: sync --full: ${figures[build.name]?.toFixed(3)} s`);
      await world.end();
      folders.remove();
    }
  } finally {
    await emulator.close();
  }
  const ratio = (figures['former'] ?? Number.NaN) / (figures['gphotos-mount'] ?? Number.NaN);
  const what = `sync --full asked by a person, ${plan.synced} items, 60 ms`;
  return [
    {
      what,
      unit: 's',
      figures,
      aim: { text: `5 x as fast as page after page (is ${ratio.toFixed(1)} x)`, met: ratio >= 5 },
    },
    { what: `${what}, API requests`, unit: '', figures: requests },
  ];
}

/** Seconds of processor time that a process and its threads used so far. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What 200 photos by 8 readers cost in processor time, beside the former build. */
async function processorTime(plan: Plan): Promise<Row[]> {
  const COUNT = 200;
  const emulator = await startEmulator({
    seed: { items: 0, albums: 0 },
    switches: { latencyMs: LATENCY_MS, apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const titles = Array.from({ length: plan.rounds + 1 }, (_, round) => `many ${round}`);
  const names = new Map<string, string[]>();
  for (const title of titles) {
    const made = Array.from({ length: COUNT }, (_, at) => emulator.library.add({ filename: `${title} ${at}.jpg` }));
    emulator.library.createAlbum(
      title,
      made.map(({ id }) => id),
    );
    names.set(
      title,
      made.map(({ filename }) => filename),
    );
  }
  const figures: Figures = new Map();
  try {
    const worlds = await fieldWorlds(emulator, () => true, []);
    for (const [round, title] of titles.entries()) {
      for (const world of worlds) {
        const { pid } = await askStatus(world.folders ?? newFolders());
        await lookAt(world, title);
        const before = processorSeconds(pid);
        await wholeFiles(
          (names.get(title) ?? []).map((name) => world.inAlbum(title, name)),
          8,
        );
        await until('no request is open', () => emulator.counters.open === 0, 15).catch(() => undefined);
        // The first round compiles the code.
        if (round > 0) note(figures, world.name, processorSeconds(pid) - before);
      }
    }
    for (const world of worlds) await world.end();
  } finally {
    await emulator.close();
  }
  const own = median(figures.get('gphotos-mount') ?? []);
  const former = median(figures.get('former') ?? []);
  const ratio = own / former;
  return [
    {
      what: `${COUNT} photos by 8 readers, cold: processor time of the mount`,
      unit: 's',
      figures: medians(figures),
      aim: { text: `at most 0.7 x the former build (is ${ratio.toFixed(2)} x)`, met: ratio <= 0.7 },
    },
  ];
}

/** All photos copied once, by rsync; `--copied=N` photos. */
async function wholeLibrary(plan: Plan): Promise<Row[]> {
  const count = Number(asked('copied') ?? plan.copied);
  const emulator = await startEmulator({
    seed: { items: 0, albums: 0 },
    switches: { latencyMs: LATENCY_MS, bytesPerSecond: LINE, range: 'honored', apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const made = Array.from({ length: count }, () => emulator.library.add({ size: 3 * MIB }));
  emulator.library.createAlbum(
    'all',
    made.map(({ id }) => id),
  );
  const field = new Field(emulator);
  const peaks: Record<string, number> = {};
  try {
    const worlds = await fieldWorlds(emulator, () => true, [['rclone', '--gphotos-read-size']]);
    await field.row(
      `rsync -a of ${count} photos of 3 MiB, 10 MB/s a connection`,
      worlds,
      1,
      async (world) => {
        await lookAt(world, 'all');
        const target = mkdtempSync(join(tmpdir(), 'gpm-copy-'));
        try {
          const run = await timeCommand('rsync', ['-a', `${world.inAlbum('all')}/`, target], { deadline: 7200 });
          if (run.code !== 0) throw new Error(`rsync ended with ${run.code}`);
          peaks[world.name] = world.peakMiB();
          return run.seconds;
        } finally {
          rmSync(target, { recursive: true });
        }
      },
      { text: 'a fifth of rclone', factor: 5 },
    );
    for (const world of worlds) await world.end();
  } finally {
    await emulator.close();
  }
  const own = peaks['gphotos-mount'] ?? Number.NaN;
  return [
    ...field.rows,
    {
      what: 'highest resident memory then',
      unit: 'MiB',
      figures: peaks,
      aim: { text: 'under 256 MiB', met: own < 256 },
    },
  ];
}

/** `ls -U` of a folder that holds the whole library, beside the empty file system. */
async function largeFolder(plan: Plan): Promise<Row[]> {
  const emulator = await startEmulator({ seed: { items: plan.large, albums: 0, videosEvery: 0, archivedEvery: 0 } });
  const folders = newFolders();
  const seconds: Record<string, number> = {};
  const peaks: Record<string, number> = {};
  try {
    mkdirSync(join(folders.data, 'default'), { mode: 0o700 });
    fillCatalog(emulator, join(folders.data, 'default', 'catalog.db'));
    for (const make of [() => ourWorld(emulator, folders), () => nullWorld(plan.large, 1_000_000)]) {
      const world = await make();
      const folder = world.name === 'null' ? world.path : join(world.path, 'media/all');
      const times: number[] = [];
      for (let round = 0; round < 3; round++) times.push((await timeCommand('ls', ['-U', folder])).seconds);
      seconds[world.name] = median(times);
      peaks[world.name] = world.peakMiB();
      await world.end();
    }
  } finally {
    await emulator.close();
    folders.remove();
  }
  const what = `ls -U of ${plan.large.toLocaleString('en')} items`;
  const ratio = (of: Record<string, number>): number =>
    (of['gphotos-mount'] ?? Number.NaN) / (of['null'] ?? Number.NaN);
  const row = (name: string, unit: string, figures: Record<string, number>, most: number): Row => ({
    what: name,
    unit,
    figures,
    aim: { text: `at most ${most} x null (is ${ratio(figures).toFixed(2)} x)`, met: ratio(figures) <= most },
  });
  return [row(what, 's', seconds, 1), row(`${what}, highest resident memory`, 'MiB', peaks, 0.6)];
}

/** Parts of this bench by the name that `--only=` takes. */
const PARTS: Readonly<Record<string, (plan: Plan) => Promise<Row[]>>> = {
  plain: (plan) => measureScene('plain', plan, { switches: { connectLatencyMs: LATENCY_MS } }),
  tls: (plan) => measureScene('TLS', plan, { tls: true, switches: { connectLatencyMs: LATENCY_MS } }),
  proxy: throughProxy,
  full: fullPass,
  processor: processorTime,
  copy: wholeLibrary,
  large: largeFolder,
};

/**
 * What a person meets in the field: sizes that are not known, TLS, connections that give only so much; beside rclone and a
 * former build. `--only=PART,PART` takes some of its parts, `--rows=TEXT` the rows of the scenes that contain the text,
 * `--rounds=N` fewer rounds.
 */
export async function fieldBench(small: boolean): Promise<void> {
  const usual = small ? SMALL : PLAN;
  const plan = { ...usual, rounds: Number(asked('rounds') ?? usual.rounds) };
  const only = asked('only')?.split(',');
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(PARTS)) {
    if (only !== undefined && !only.includes(name)) continue;
    console.error(`  ${name}`);
    rows.push(...(await part(plan)));
  }
  const name = ['field', ...(small ? ['small'] : []), ...(only ?? [])].join('-');
  publish(name, 'In the field', conditions({ latencyMs: LATENCY_MS, bytesPerSecond: LINE, ...plan }), rows);
}
