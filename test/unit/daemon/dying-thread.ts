// The writer thread with its true tasks, which die when and how the test asked for.
import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogWriter } from '../../../src/catalog/catalog-writer.js';
import { hostTasks } from '../../../src/writer/host-tasks.js';
import type { WriterData } from '../../../src/writer/writer-data.js';
import type { MakeTask, TaskContext, TaskList, TaskName, TaskRow } from '../../../src/writer/task.js';
import { TASKS } from '../../../src/writer/tasks.js';
import type { Death, DyingData, Stage } from './deaths.js';

const data = workerData as WriterData & DyingData;
const left = new Int32Array(data.left);

/** Whether there is a death left to die. */
function isDue(): boolean {
  return Atomics.load(left, 0) > 0 && Atomics.sub(left, 0, 1) > 0;
}

const HOW: Readonly<Record<Exclude<Death, 'throws at a message'>, () => void>> = {
  'throws in a timer': () => {
    setTimeout(() => {
      throw new Error('injected fault');
    });
  },
  'leaves a rejection': () => {
    setImmediate(() => void Promise.reject(new Error('injected fault')));
  },
  throws: () => {
    throw new Error('injected fault');
  },
  'ends the thread': () => {
    setImmediate(() => process.exit(3));
  },
  'uses up the memory': () => {
    const full: number[][] = [];
    setImmediate(() => {
      for (;;) full.push(new Array<number>(100_000).fill(1.5));
    });
  },
  spins: () => {
    setImmediate(() => {
      for (;;);
    });
  },
};

function dying<Name extends TaskName>(name: Name, row: TaskRow<Name>, how: Death): TaskRow<Name> {
  return {
    ...row,
    load: async (): Promise<MakeTask<Name>> => {
      const make = await row.load();
      return (context, tell) => {
        const task = make(context, tell);
        return {
          run: async (signal) => {
            const running = task.run(signal);
            if (how !== 'throws at a message' && isDue()) HOW[how]();
            await running;
          },
          take: (message) => {
            // What it begins is not over when it dies.
            if (name === 'sync') task.take(message);
            if (how === 'throws at a message' && isDue()) throw new Error('injected fault');
            if (name !== 'sync') task.take(message);
          },
        };
      };
    },
  };
}

function dyingAtStage(row: TaskRow<'store'>, stage: Stage, place: number): TaskRow<'store'> {
  let reports = 0;
  const die = (at: Stage): void => {
    if (at === stage && reports >= place && isDue()) process.exit(3);
  };
  const dyingCatalog = (catalog: CatalogWriter): CatalogWriter => {
    const transaction = <T>(work: () => T): T => {
      reports += 1;
      die('at receipt');
      const result = catalog.transaction(() => {
        const done = work();
        die('before the commit');
        return done;
      });
      die('before the acknowledgement');
      return result;
    };
    return Object.assign(Object.create(catalog) as CatalogWriter, { transaction });
  };
  return {
    ...row,
    load: async () => {
      const make = await row.load();
      return (context: TaskContext, tell) => make({ ...context, catalog: dyingCatalog(context.catalog) }, tell);
    },
  };
}

function list(): TaskList {
  if ('stage' in data) return { ...TASKS, store: dyingAtStage(TASKS.store, data.stage, data.place) };
  if (data.task === 'store') return { ...TASKS, store: dying('store', TASKS.store, data.how) };
  return { ...TASKS, sync: dying('sync', TASKS.sync, data.how) };
}

if (parentPort !== null) hostTasks(parentPort, data, list());
