import { listedBaseUrlOf } from '../library/media-item.js';
import { Syncing } from '../sync/syncing.js';
import type { MakeTask, ToSync } from './task.js';

/** Milliseconds between two looks at the status. */
const PULSE_MS = 500;

/** Syncing as a task: its status, troubles and listed items go to the main thread. */
export const makeSyncTask: MakeTask<'sync'> = ({ data, log, ...shared }, tell) => {
  let last = '';
  const tellStatus = (): void => {
    const status = syncing.status();
    const text = JSON.stringify(status);
    if (text === last) return;
    last = text;
    tell({ type: 'status', status });
  };
  const { libraryUrl, caFile, project, parallel, measureInBackground = true } = data;
  const syncing = new Syncing({
    ...shared,
    ...{ libraryUrl, caFile, project, parallel, measureInBackground },
    random: Math.random,
    warn: (message) => log('warn', message),
    trouble: (trouble) => tell({ type: 'trouble', trouble }),
    // Without descriptions and names, so that the main thread spends little time on a page.
    listed: (items) => tell({ type: 'listed', items: items.map(listedBaseUrlOf) }),
    statusChanged: tellStatus,
  });
  tellStatus();
  return {
    run: async (signal) => {
      const pulse = setInterval(tellStatus, PULSE_MS);
      try {
        await syncing.run(signal);
      } finally {
        clearInterval(pulse);
      }
    },
    take: (message: ToSync) => {
      switch (message.type) {
        case 'sync-now': {
          const { id } = message;
          void syncing.syncNow(message).then((trouble) => tell({ type: 'sync-done', id, trouble }));
          break;
        }
        case 'used':
          syncing.used();
          break;
        case 'environment-changed':
          syncing.environmentChanged();
      }
    },
    rest: () => syncing.rest(),
  };
};
