import { mkdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { startEmulator } from '../emulator/start-emulator.js';
import type { PrivateFolders } from '../support/private-folders.js';
import { bigExport, type BigExport } from '../takeout/builder/big-export.js';
import { describeLibrary } from '../takeout/builder/library.js';
import { writeExport } from '../takeout/builder/write-export.js';
import { askStatus } from './ask-status.js';
import { coldAndWarm, highestMiB, median, timeCommand, until, untilAtRest } from './measure.js';
import { measureAll } from './mount-bench.js';
import type { Row } from './report.js';
import type { TakeoutPlan } from './takeout-bench.js';
import { addTakeouts, hasProgram, untilRead } from './takeout-profile.js';
import { fuseZipWorld, newFolders, NO_GOOGLE, ourWorld, THIS_BUILD, type World } from './worlds.js';

/** Entries of the larger export whose one part takes the place of the old: some new ones are in it. */
const MORE_ENTRIES = 1000;
/** A time before all others: a file that is read gets another time of access. */
const LONG_AGO = new Date(0);

function folderIn(root: string, name: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  return folder;
}

const inAll = (world: World): string => join(world.path, 'media/all');

/** From now on {@link readOf} tells which files were read. Works where times of access are kept, as `relatime` does. */
function watchReads(files: readonly string[]): void {
  for (const file of files) utimesSync(file, LONG_AGO, statSync(file).mtime);
}

function readOf(files: readonly string[]): number {
  return files.filter((file) => statSync(file).atimeMs !== LONG_AGO.getTime()).length;
}

interface Added {
  readonly first: number;
  readonly all: number;
  readonly commandSeconds: number;
  readonly addedMiB: number;
}

/** Adds the export to a mount that shows one photo, and watches the tree and the memory. */
async function addLarge(world: World, folders: PrivateFolders, { files, items }: BigExport): Promise<Added> {
  await untilAtRest(world.pid, 1);
  const idle = world.residentMiB();
  const began = performance.now();
  const since = (): number => (performance.now() - began) / 1000;
  let [commandSeconds, first, all] = [Number.NaN, Number.NaN, Number.NaN];
  const highest = await highestMiB(world.pid, async () => {
    const command = addTakeouts(folders, ...files).then(() => void (commandSeconds = since()));
    await until('the first items', async () => (await readdir(inAll(world))).length > 1, 300);
    first = since();
    await command;
    await untilRead(folders, files.length + 1);
    await until('all items', async () => (await readdir(inAll(world))).length === items + 1, 60);
    all = since();
    // What follows in the background may take memory too.
    await untilAtRest(world.pid);
  });
  console.error(`  added: ${first.toFixed(2)} s, ${all.toFixed(2)} s, ${(highest - idle).toFixed(0)} MiB more`);
  return { first, all, commandSeconds, addedMiB: highest - idle };
}

interface Started {
  readonly ready: readonly number[];
  /** Until it was ready and had been listed, and until it came to rest. */
  readonly archivesRead: number;
  readonly readLater: number;
}

async function startAgain(folders: PrivateFolders, files: readonly string[], rounds: number): Promise<Started> {
  const ready: number[] = [];
  let [archivesRead, readLater] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    watchReads(files);
    const world = await ourWorld(NO_GOOGLE, folders);
    ready.push(world.readySeconds);
    await readdir(inAll(world));
    archivesRead = Math.max(archivesRead, readOf(files));
    await untilAtRest(world.pid, 1);
    readLater = Math.max(readLater, readOf(files));
    await world.end();
  }
  return { ready, archivesRead, readLater };
}

interface Changed {
  readonly seconds: number;
  readonly othersRead: number;
}

/** Starts with one part changed, and waits for its new items. */
async function changeOne(folders: PrivateFolders, old: BigExport, larger: BigExport): Promise<Changed> {
  const at = Math.min(2, old.files.length - 1);
  const file = old.files[at] ?? '';
  renameSync(larger.files[at] ?? '', file);
  const others = old.files.filter((other) => other !== file);
  watchReads(others);
  const world = await ourWorld(NO_GOOGLE, folders);
  try {
    const size = statSync(file).size;
    const before = old.items + 1;
    const seconds = await until(
      `new items of ${basename(file)}, ${size} bytes`,
      async () => (await askStatus(folders)).catalog.items > before && (await isAllRead(folders)),
      300,
      20,
    );
    return { seconds, othersRead: readOf(others) };
  } finally {
    await world.end();
  }
}

async function isAllRead(folders: PrivateFolders): Promise<boolean> {
  return (await askStatus(folders)).takeout.reading === null;
}

/** A large export: until it is in the tree, a start on it, and one part that has changed. */
export async function indexingRows(root: string, plan: TakeoutPlan): Promise<Row[]> {
  const { entries, parts, rounds, longRounds } = plan;
  const added: Added[] = [];
  const changed: Changed[] = [];
  let started: Started | undefined;
  for (let round = 0; round < longRounds; round += 1) {
    const folder = folderIn(root, `round ${round}`);
    const small = await writeExport(describeLibrary({ photos: [{ title: 'first.jpg' }] }), { folder });
    const large = bigExport(folder, entries, parts);
    const larger = bigExport(folderIn(folder, 'larger'), entries + MORE_ENTRIES, parts);
    const folders = newFolders();
    try {
      await addTakeouts(folders, ...small.parts.map(({ file }) => file));
      const world = await ourWorld(NO_GOOGLE, folders);
      try {
        await untilRead(folders, 1);
        added.push(await addLarge(world, folders, large));
      } finally {
        await world.end();
      }
      started ??= await startAgain(folders, large.files, rounds);
      changed.push(await changeOne(folders, large, larger));
    } finally {
      folders.remove();
      rmSync(folder, { recursive: true });
    }
  }
  return rowsOfIndexing(
    plan,
    added,
    started ?? { ready: [], archivesRead: Number.NaN, readLater: Number.NaN },
    changed,
  );
}

function rowsOfIndexing(
  { entries, parts }: TakeoutPlan,
  added: readonly Added[],
  { ready, archivesRead, readLater }: Started,
  changed: readonly Changed[],
): Row[] {
  const middle = <T>(all: readonly T[], value: (one: T) => number): number => median(all.map(value));
  const line = (what: string, unit: string, figure: number, rest: Partial<Row> = {}): Row => ({
    what: `${entries.toLocaleString('en')} entries in ${parts} parts: ${what}`,
    unit,
    figures: { 'gphotos-mount': figure },
    ...rest,
  });
  const all = middle(added, (one) => one.all);
  const first = middle(added, (one) => one.first);
  const memory = middle(added, ({ addedMiB }) => addedMiB);
  const change = middle(changed, ({ seconds }) => seconds);
  const shareOfAll = change / all;
  return [
    line('first items visible after takeout add', 's', first, { aim: { text: 'within 1 s', met: first <= 1 } }),
    line(
      'takeout add returns',
      's',
      middle(added, ({ commandSeconds }) => commandSeconds),
    ),
    line('all items in the tree after takeout add', 's', all, { aim: { text: 'within 15 s', met: all <= 15 } }),
    line('memory of the daemon meanwhile and after, over idle, the highest', 'MiB', memory, {
      aim: { text: 'under 150 MiB', met: memory < 150 },
    }),
    line('time to ready on a new start', 's', median(ready), {
      aim: { text: 'within 0.5 s', met: median(ready) < 0.5 },
    }),
    line('archives read on a new start', 'files', archivesRead, {
      note: `${readLater} once it has come to rest`,
      aim: { text: 'none', met: archivesRead === 0 },
    }),
    line('one part changed: until its new items are there', 's', change, {
      note: `${shareOfAll.toFixed(2)} x all parts; other parts read: ${middle(changed, ({ othersRead }) => othersRead)}`,
      aim: { text: `at most 2/${parts} of all`, met: shareOfAll <= 2 / parts },
    }),
  ];
}

/** `ls -l` of as many items of Takeout and of the app, each on a mount of its own. */
export async function itemRows(root: string, { items, rounds }: TakeoutPlan): Promise<Row[]> {
  const emulator = await startEmulator({
    seed: { items, albums: 20, videosEvery: 50 },
    switches: { apiPerDay: 1e9, mediaPerDay: 1e9 },
  });
  const [app, takeout] = [newFolders(), newFolders()];
  const cold: Record<string, number[]> = { app: [], takeout: [] };
  const again: Record<string, number[]> = { app: [], takeout: [] };
  try {
    const first = await ourWorld(emulator, app);
    await until('the first sync', async () => (await askStatus(app)).sync.firstSyncDone, 600);
    await first.end();
    await measureAll(emulator, app, THIS_BUILD);
    // A tenth of the photographs lies in an album as well; each has a sidecar; 100 albums have a file each.
    const { files, items: made } = bigExport(root, 100 + 2 * Math.ceil(items * 1.1), 2);
    await addTakeouts(takeout, '--wait', ...files);
    const ready = await ourWorld(NO_GOOGLE, takeout);
    await untilRead(takeout, files.length);
    await untilAtRest(ready.pid);
    await ready.end();
    for (let round = 0; round < rounds; round += 1) {
      const worlds = { app: () => ourWorld(emulator, app), takeout: () => ourWorld(NO_GOOGLE, takeout) };
      const names = round % 2 === 0 ? (['app', 'takeout'] as const) : (['takeout', 'app'] as const);
      for (const name of names) {
        const world = await worlds[name]();
        await untilAtRest(world.pid, 1);
        const [once, later] = await coldAndWarm('ls', ['-l', inAll(world)], { deadline: 120, rounds });
        console.error(`  ${name}: ls -l ${once.toFixed(3)} / ${later.toFixed(3)} s`);
        cold[name]?.push(once / (name === 'app' ? items : made));
        again[name]?.push(later / (name === 'app' ? items : made));
        await world.end();
      }
    }
  } finally {
    await emulator.close();
    for (const folders of [app, takeout]) folders.remove();
  }
  return [
    itemRow(`ls -l of ${items.toLocaleString('en')} items, cold`, items, cold),
    itemRow(`ls -l of ${items.toLocaleString('en')} items, again`, items, again),
  ];
}

/** The aim leaves a tenth for what two equal programs differ by from run to run. */
function itemRow(what: string, items: number, secondsAnItem: Readonly<Record<string, number[]>>): Row {
  const own = items * median(secondsAnItem['takeout'] ?? []);
  const app = items * median(secondsAnItem['app'] ?? []);
  return {
    what,
    unit: 's',
    figures: { 'gphotos-mount': own, 'app items': app },
    note: `${(own / app).toFixed(2)} x items of the app`,
    aim: { text: 'as fast as items of the app (1.1 x)', met: own <= 1.1 * app },
  };
}

/** One zip: until its names are listed, from nothing and on a second start. */
export async function namesRows(root: string, { names, longRounds, rounds }: TakeoutPlan): Promise<Row[]> {
  const { files, items } = bigExport(root, names, 1);
  const [file = ''] = files;
  const figures: Record<string, number[]> = { own: [], again: [], fuseZip: [], unzip: [], fuseZipMiB: [], ownMiB: [] };
  const note = (name: string, value: number): void => void figures[name]?.push(value);
  const find = async (folder: string): Promise<number> => (await timeCommand('find', [folder, '-type', 'f'])).seconds;
  for (let round = 0; round < longRounds; round += 1) {
    const folders = newFolders();
    try {
      const began = performance.now();
      await addTakeouts(folders, file);
      const world = await ourWorld(NO_GOOGLE, folders);
      await untilRead(folders, 1);
      await find(inAll(world));
      note('own', (performance.now() - began) / 1000);
      await world.end();
      for (let start = 0; start < rounds; start += 1) {
        const next = await ourWorld(NO_GOOGLE, folders);
        note('again', next.readySeconds + (await find(inAll(next))));
        note('ownMiB', next.residentMiB());
        await next.end();
      }
    } finally {
      folders.remove();
    }
    if (hasProgram('unzip')) note('unzip', (await timeCommand('unzip', ['-l', file])).seconds);
    if (hasProgram('fuse-zip')) {
      const world = await fuseZipWorld(file);
      note('fuseZip', world.readySeconds + (await find(world.path)));
      note('fuseZipMiB', world.residentMiB());
      await world.end();
    }
  }
  const middle = (name: string): number | null => {
    const values = figures[name] ?? [];
    return values.length === 0 ? null : median(values);
  };
  const what = `${names.toLocaleString('en')} entries in one zip`;
  const others = { 'fuse-zip': middle('fuseZip'), 'unzip -l': middle('unzip') };
  return [
    {
      what: `${what}: from nothing until all are listed (find)`,
      unit: 's',
      figures: { 'gphotos-mount': middle('own'), ...others },
      note: `the ${items.toLocaleString('en')} items of them, dated and in albums, are listed; the others list entries`,
    },
    {
      what: `${what}: start and find, known before`,
      unit: 's',
      figures: { 'gphotos-mount': middle('again'), ...others },
    },
    {
      what: `${what}: resident memory then`,
      unit: 'MiB',
      figures: { 'gphotos-mount': middle('ownMiB'), 'fuse-zip': middle('fuseZipMiB') },
    },
  ];
}
