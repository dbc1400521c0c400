import { PickedChanges } from './apply-picked.js';
import type { MakeTask } from './task.js';

/** Showing what was picked, as a task: each change is acknowledged once it is committed. */
export const makePickerTask: MakeTask<'picker'> = ({ catalog }, tell) => {
  const changes = new PickedChanges(catalog);
  return {
    run: (signal) => {
      tell(changes.begin());
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    take: (message) => tell(changes.apply(message)),
  };
};
