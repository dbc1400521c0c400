import { calendarOf } from '../library/calendar.js';
import { ArchiveThreads } from '../takeout/archives/archive-threads.js';
import { readingFault } from '../takeout/indexing/reading-fault.js';
import { TakeoutIndexer } from '../takeout/indexing/takeout-indexer.js';
import type { MakeTask } from './task.js';

/** Reading Takeout's archives as a task: what it has read goes into the catalog, its status to the main thread. */
export const makeTakeoutTask: MakeTask<'takeout'> = ({ catalog, data, clock, log }, tell) => {
  const threads = new ArchiveThreads({ clock, mostOfDevice: 1 });
  const calendar = calendarOf(data.timeZone);
  const tellStatus = (): void => tell(indexer.progress());
  const indexer = new TakeoutIndexer({
    ...{ catalog, threads, calendar, clock, log },
    changed: tellStatus,
  });
  return {
    run: async (signal) => {
      try {
        await indexer.run(signal);
      } catch (error) {
        throw readingFault(error, data.catalogFile);
      } finally {
        await threads.close();
      }
    },
    take: ({ parts, version }) => indexer.setParts(parts, version),
  };
};
