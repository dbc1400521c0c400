import { mkdirSync, rmdirSync } from 'node:fs';
import { loadCredentials, usableSources } from '../auth/credentials.js';
import { PROFILE_SOURCES } from '../library/source.js';
import { holdsItems } from '../daemon/profile-ledger.js';
import { ensurePrivateFolder } from '../daemon/private-folder.js';
import { isFresh } from './service-places.js';
import { prepareMountPoint, systemMountPointDeps } from '../mount/mount-point.js';
import { folderFault } from '../support/disk-fault.js';
import { silentLogger } from '../support/logger.js';
import { ExitCode, UserError } from '../support/user-error.js';

export interface Preparation {
  /** What the service will have in its environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly configDir: string;
  readonly profile: string;
  readonly mountpoint: string;
  /** Private folder that the manager of services writes to; undefined where it needs none. */
  readonly logFolder?: string | undefined;
  /** Of the profile: it says whether there are Takeout exports, which need no credentials. */
  readonly dataDir: string;
  /** The unit hands the credentials over. */
  readonly hasCredentials: boolean;
  /** The mount point is mounted by this very service, which is installed again. */
  readonly isOwnMount: boolean;
}

/**
 * Checks, as the user that the service will run as, that it has credentials and its folders, which are made where they are missing.
 * Returns what takes new folders away again. Rejects with UserError; nothing is left behind then.
 */
export async function prepareService(wanted: Preparation): Promise<() => void> {
  const { env, configDir, profile, mountpoint, logFolder } = wanted;
  const load = (): ReturnType<typeof loadCredentials> => loadCredentials({ env, configDir, profile });
  if (!wanted.hasCredentials)
    await usableSources(PROFILE_SOURCES, load, (source) => holdsItems(source, wanted.dataDir));
  if (wanted.isOwnMount) return () => undefined;
  const made: string[] = [];
  const undo = (): void => made.forEach(removeEmpty);
  try {
    if (await isFresh(mountpoint)) {
      makeFolder(mountpoint);
      made.push(mountpoint);
    }
    await prepareMountPoint(mountpoint, systemMountPointDeps(silentLogger));
    if (logFolder !== undefined) {
      if (await isFresh(logFolder)) made.push(logFolder);
      ensurePrivateFolder(logFolder, process.getuid?.() ?? 0);
    }
    return undo;
  } catch (error) {
    undo();
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code);
    const known = code === 'EACCES' || code === 'EPERM' ? undefined : folderFault(cause, path);
    const message = known?.message ?? `${path} cannot be made (${code}).`;
    throw new UserError(ExitCode.mount, message, 'Name a folder of your own.', cause);
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It holds something by now.
  }
}

/** First argument of the process that prepares with another user's rights; it reads its task from standard input. */
export const PREPARE_ARGUMENT = '__prepare-service';

/** That process: says as JSON what was wrong. */
export async function prepareFromInput(input: AsyncIterable<unknown>, write: (text: string) => unknown): Promise<void> {
  let text = '';
  for await (const piece of input) text += String(piece);
  try {
    await prepareService(JSON.parse(text) as Preparation);
    write('{}');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { exitCode, message, hint } = error;
    write(JSON.stringify({ exitCode, message, hint }));
  }
}
