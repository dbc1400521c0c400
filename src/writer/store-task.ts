import type { MakeTask } from './task.js';
import { writeReport } from './report.js';

/** Writes what the main thread reports, and acknowledges it once it is committed. */
export const makeStoreTask: MakeTask<'store'> = ({ catalog, budget, data }, tell) => ({
  run: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  take: (numbered) => {
    writeReport(catalog, data.mount, numbered);
    tell({ acknowledged: numbered.number, quotaUsed: budget.used() });
  },
});
