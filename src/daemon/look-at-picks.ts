import { statfs } from 'node:fs/promises';
import { lookInto } from '../ledger/open-ledger.js';
import { pickedStatus, type PickedStatus } from '../picker/pick-status.js';
import { storeIsMissing } from '../picker/picked-store.js';
import type { UserError } from '../support/user-error.js';
import { ledgerFile } from './profile-ledger.js';
import { pickedFolder, type ProfilePaths } from './profile-paths.js';

/** What doctor looks at of the picked files of a profile. */
export interface PickedLook extends PickedStatus {
  /** Why files cannot be found; undefined where they can. */
  readonly missing: UserError | undefined;
  /** Bytes that are free on the disk of the store; undefined where the system does not tell. */
  readonly free: number | undefined;
}

/** Undefined where nothing was ever picked. Changes nothing. */
export async function lookAtPicks(paths: Pick<ProfilePaths, 'dataDir'>): Promise<PickedLook | undefined> {
  const known = lookInto(ledgerFile(paths.dataDir), ({ picks }) => ({
    status: pickedStatus(picks, pickedFolder(paths)),
    folders: picks.folders(),
  }));
  if (known === undefined || (known.status.items === 0 && known.status.sessions.length === 0)) return undefined;
  const faults = await Promise.all(known.folders.map((folder) => storeIsMissing(folder)));
  const folder = known.folders[0] ?? known.status.folder;
  const free = await statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  );
  return { ...known.status, folder, missing: faults.find((fault) => fault !== undefined), free };
}
