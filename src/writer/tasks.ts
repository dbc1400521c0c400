import type { TaskList, TaskName } from './task.js';

/** The tasks of the writer thread, in the order in which they are started. They run beside each other. */
export const TASKS: TaskList = {
  store: {
    what: 'Storing sizes and counts of requests',
    meanwhile:
      'They are kept in memory and stored when it works again. Check the free space on the disk of the catalog.',
    longestWaitMs: 60_000,
    isSuspect: false,
    load: async () => (await import('./store-task.js')).makeStoreTask,
  },
  sync: {
    what: 'Syncing',
    meanwhile: 'What is known stays visible; syncing is started again by itself. Please report this with the log.',
    longestWaitMs: 5 * 60_000,
    isSuspect: true,
    load: async () => (await import('./sync-task.js')).makeSyncTask,
  },
  takeout: {
    what: 'Reading Takeout exports',
    meanwhile: 'What was read stays visible; reading is started again by itself. Please report this with the log.',
    longestWaitMs: 60_000,
    isSuspect: true,
    load: async () => (await import('./takeout-task.js')).makeTakeoutTask,
  },
  picker: {
    what: 'Showing what was picked',
    meanwhile:
      'What was picked is kept, and shows when it works again. Check the free space on the disk of the catalog.',
    longestWaitMs: 60_000,
    isSuspect: true,
    load: async () => (await import('./picker-task.js')).makePickerTask,
  },
};

const TASK_NAMES = Object.keys(TASKS) as readonly TaskName[];

/** One of something for each task. */
export function forEachTask<T>(make: (name: TaskName) => T): Readonly<Record<TaskName, T>> {
  return Object.fromEntries(TASK_NAMES.map((name) => [name, make(name)])) as Record<TaskName, T>;
}
