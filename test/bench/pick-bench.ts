import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger } from '../../src/ledger/open-ledger.js';
import { PickKeeper } from '../../src/picker/pick-keeper.js';
import { PickedStore } from '../../src/picker/picked-store.js';
import { createHttp } from '../../src/remote/http/http.js';
import { createRemotePicker } from '../../src/remote/picker/google-picker.js';
import { systemClock } from '../../src/support/clock.js';
import type { EmulatedLibrary } from '../emulator/emulated-library.js';
import { startEmulator } from '../emulator/start-emulator.js';
import { itemNumbers, pickCommand } from '../support/picking.js';
import { until } from '../support/until.js';
import { withLibrary } from '../support/with-library.js';
import { median } from './measure.js';
import { conditions, publish, type Row } from './report.js';

const MIB = 2 ** 20;
const LATENCY_MS = 50;

/** Fetching what was picked: beside fetching one after another, its memory, and what foreground reads pay for it. */
export async function pickBench(small: boolean): Promise<void> {
  const items = small ? 60 : 300;
  const order = { items, bytes: 3 * MIB, latencyMs: LATENCY_MS };
  const together = await measurePick({ ...order, parallel: 8 });
  const single = await measurePick({ ...order, parallel: 1 });
  const mounted = await measureMount(small ? 600 : 6000);
  const rows: Row[] = [
    {
      ...{ what: `${items} items of 3 MiB at ${LATENCY_MS} ms`, unit: 's' },
      figures: { 'gphotos-mount': together, 'one after another': single },
      aim: { text: 'at least 5 times as fast as one after another', met: single >= 5 * together },
    },
    {
      ...{ what: `memory above idle while ${small ? '600' : '6,000'} items are fetched`, unit: 'MiB' },
      figures: { 'gphotos-mount': mounted.addedMiB },
      aim: { text: 'at most 60 MiB', met: mounted.addedMiB <= 60 },
    },
    {
      ...{ what: 'reading a photo of 200 KiB that is not cached (median)', unit: 'ms' },
      figures: { 'while fetching': mounted.busyMs, idle: mounted.idleMs },
      aim: { text: 'at most 2 times as slow as idle', met: mounted.busyMs <= 2 * mounted.idleMs },
    },
  ];
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
    for (let index = 0; index < 300; index += 1)
      library.add({ filename: `G${index}.jpg`, creationTime: Date.UTC(2020, 0, 1, 0, index), size: 200_000 });
  };
  return withLibrary(
    fill,
    ({ mount, emulator, folders }) =>
      mount({ until: 'measured' }, async (mounted) => {
        const timed = async (from: number): Promise<number> => {
          const times: number[] = [];
          for (let index = from; index < from + 40; index += 1) {
            const began = performance.now();
            await readFile(join(mounted.path, 'media/all', `G${index * 2}.jpg`));
            times.push(performance.now() - began);
          }
          return median(times);
        };
        await timed(0);
        const idleMs = await timed(40);
        const idle = residentMiB(mounted.pid);
        const numbers = itemNumbers(emulator).filter((number) => number < items);
        for (let from = 0; from < items; from += 2000) {
          const begun = await pickCommand(folders, emulator, '--no-open', '--no-wait');
          if (begun.code !== 0) throw new Error(begun.stderr);
          emulator.picking.done(emulator.picking.last.id, numbers.slice(from, from + 2000));
        }
        await mounted.untilStatus('fetching has begun', ({ picked }) => picked.items > 0);
        const busyMs = await timed(80);
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

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

/** Seconds to fetch a session of so many items, so many at once, from an emulator that answers after `latencyMs`. */
async function measurePick(order: {
  readonly items: number;
  readonly bytes: number;
  readonly latencyMs: number;
  readonly parallel: number;
}): Promise<number> {
  const emulator = await startEmulator({ switches: { latencyMs: order.latencyMs } });
  const folder = mkdtempSync(join(tmpdir(), 'pick-bench-'));
  const http = createHttp({});
  const ledger = openLedger(join(folder, 'ledger.db'));
  const { token } = emulator.oauth.issueAccessToken();
  const picker = createRemotePicker({
    ...{ baseUrl: emulator.env.GPHOTOS_PICKER_URL, token: () => Promise.resolve(token), http },
    ...{ clock: systemClock, random: Math.random },
  });
  const keeper = new PickKeeper({
    ...{ picks: ledger.picks, clock: systemClock, random: Math.random, parallel: order.parallel },
    picker: () => Promise.resolve(picker),
    durable: () => ledger.durable(),
    ledgerFault: () => ledger.fault,
    store: new PickedStore(join(folder, 'picked'), () => false),
    shown: () => undefined,
    hidden: () => Promise.resolve(),
    changed: () => undefined,
    log: () => undefined,
    problem: () => undefined,
    turn: () => undefined,
  });
  try {
    for (let index = 0; index < order.items; index += 1)
      emulator.library.add({
        filename: `IMG_${index}.jpg`,
        creationTime: Date.UTC(2025, 0, 1, 0, index),
        size: order.bytes,
      });
    const sessions = Math.ceil(order.items / 2000);
    const numbers = [...emulator.library.items()].map(({ number }) => number);
    const began = performance.now();
    for (let index = 0; index < sessions; index += 1) {
      const { id } = await keeper.create({ most: 2000, album: null });
      emulator.picking.done(id, numbers.slice(index * 2000, (index + 1) * 2000));
    }
    await until('all is stored', () => keeper.status().sessions.every(({ state }) => state === 'done'), 600_000);
    return (performance.now() - began) / 1000;
  } finally {
    await keeper.stop();
    await http.close();
    ledger.close();
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}
