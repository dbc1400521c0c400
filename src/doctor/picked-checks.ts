import { lookAtPicks, type PickedLook } from '../daemon/look-at-picks.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { fail, pass, skip, warn, type Check, type DoctorDeps, type Finding } from './check.js';

const NONE = skip('Nothing was picked in this profile.');
/** Less is told while something is being fetched. */
const LITTLE_BYTES = 1024 ** 3;

/** Whether the files that were picked are there, and what keeps sessions from going on. */
export function pickedChecks({ around }: Pick<DoctorDeps, 'around'>): Check[] {
  const paths = profilePaths(around.folders, around.profile);
  const looked = async (look: (known: PickedLook) => Finding): Promise<Finding> => {
    const known = await lookAtPicks(paths);
    return known === undefined ? NONE : look(known);
  };
  return [
    { id: 'picked-there', run: () => looked(filesThere) },
    { id: 'picked-disk', run: () => looked(room) },
    { id: 'picked-sessions', run: () => looked(sessionsGoOn) },
  ];
}

function filesThere({ missing, items, folder }: PickedLook): Finding {
  if (missing !== undefined) return fail(missing.message, missing.hint);
  return pass(`The folder of the ${items.toLocaleString('en-US')} picked files is there: ${folder}.`);
}

function room({ free, folder, sessions }: PickedLook): Finding {
  const isComing = sessions.some(({ state }) => ['open', 'fetching', 'retrying', 'paused'].includes(state));
  if (free === undefined) return skip('The system does not tell how much space is free there.');
  if (!isComing || free >= LITTLE_BYTES) return pass('The disk of the picked files has room.');
  return warn(
    `The disk of the picked files, ${folder}, has less than 1 GiB free.`,
    'Free some space there, or give another folder: gphotos-mount --picked-dir DIR',
  );
}

function sessionsGoOn({ sessions }: PickedLook): Finding {
  const paused = sessions.find(({ state }) => state === 'paused');
  if (paused === undefined) return pass('No picking session waits for something to be mended.');
  return warn(`A picking session waits: ${paused.message ?? ''}`, paused.hint ?? 'See: gphotos-mount pick list');
}
