import { existsSync } from 'node:fs';
import { acquireProfileLock, profileLockFile, type ProfileLock } from '../catalog/profile-lock.js';
import type { Logger } from '../support/logger.js';
import type { DaemonConfig } from './daemon-config.js';
import { ensureRoom } from './ensure-room.js';
import { checkFilePlaces } from './file-places.js';
import { ledgerFile } from './profile-ledger.js';
import { ensurePrivateFolder } from './private-folder.js';
import type { StartTraces } from './start-traces.js';
import type { Teardown } from './teardown.js';

interface ClaimParts {
  readonly pid: number;
  readonly teardown: Teardown;
  readonly traces: StartTraces;
  readonly log: Logger;
}

/**
 * Makes the folders of a profile, takes its lock, and looks whether anything can be written.
 *
 * All that comes before the log: a start that is refused must not write into the log of the one that runs.
 */
export function claimProfile(config: DaemonConfig, { pid, teardown, traces, log }: ClaimParts): ProfileLock {
  const { mountpoint, paths } = config;
  const folders = [paths.dataDir, paths.cacheDir, paths.runtimeDir];
  teardown.add('removing new folders', 1000, () => traces.removeFolders());
  for (const folder of folders) traces.watchFolder(folder);
  for (const folder of folders) ensurePrivateFolder(folder, process.getuid?.() ?? 0);
  checkFilePlaces(config);
  const lockIsNew = !existsSync(profileLockFile(paths.dataDir));
  const lock = acquireProfileLock(paths.dataDir, { pid, mountpoint });
  teardown.add('releasing the profile', 2000, () => lock.release({ remove: lockIsNew && traces.refused }));
  // Only now: until the lock was ours, another daemon might have been making them.
  for (const file of [paths.catalogFile, ledgerFile(paths.dataDir)])
    for (const suffix of ['', '-wal', '-shm']) traces.watchFile(file + suffix);
  traces.watchFile(config.logFile ?? paths.logFile);
  teardown.add('removing new files', 1000, () => traces.removeFiles());
  const crowded = ensureRoom(paths);
  if (crowded !== undefined) log.log('warn', `${crowded.message} ${crowded.hint}`);
  return lock;
}
