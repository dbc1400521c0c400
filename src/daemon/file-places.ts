import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { checkCatalogFiles } from '../catalog/open-database.js';
import { checkLockFiles, profileLockFile } from '../catalog/profile-lock.js';
import { checkDatabaseFiles } from '../sqlite/database-file.js';
import { checkOwnFile, ownFile, type FileRules } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { SOCKET } from './control-server.js';
import type { DaemonConfig } from './daemon-config.js';
import { ledgerFile } from './profile-ledger.js';
import { checkLogFile } from './log-file.js';

type Places = Pick<DaemonConfig, 'paths' | 'logFile' | 'foreground'>;

/**
 * Looks at every file that a start opens, before any is made or changed. Throws UserError where one is a device, a
 * FIFO, a socket, a folder or another user's.
 */
export function checkFilePlaces(config: Places): void {
  const { paths, logFile, foreground } = config;
  checkLockFiles(paths.dataDir);
  checkCatalogFiles(paths.catalogFile);
  checkDatabaseFiles(ledgerFile(paths.dataDir), ownFile('the ledger', ExitCode.catalog));
  for (const folder of [paths.dataDir, paths.cacheDir])
    for (const suffix of ['', '.new']) checkOwnFile(join(folder, `pins.json${suffix}`), ownFile('the list of pins'));
  checkOwnFile(paths.socketFile, SOCKET);
  const log = logFile ?? (foreground ? undefined : paths.logFile);
  if (log === undefined) return;
  checkLogFile(log, logRules(config));
  refuseUsed(log, config);
}

/** What the log must be; one that was named is a wrong value where it is not. */
export function logRules({ logFile }: Pick<Places, 'logFile'>): FileRules {
  if (logFile === undefined) return ownFile('the log file');
  const hint = 'Name a plain file of your own, in a folder that exists, with --log-file.';
  return { what: 'the log file', exitCode: ExitCode.usage, hint };
}

/** A log in the place of another file of ours would be its end. */
function refuseUsed(log: string, config: Places): void {
  const { dataDir, cacheDir, configDir, catalogFile, socketFile } = config.paths;
  const used = new Set([
    ...['', '-wal', '-shm', '-journal'].map((suffix) => catalogFile + suffix),
    ...['', '-wal', '-shm', '-journal'].map((suffix) => ledgerFile(dataDir) + suffix),
    profileLockFile(dataDir),
    ...[dataDir, cacheDir].map((folder) => join(folder, 'pins.json')),
    join(dataDir, 'lock.json'),
    join(configDir, 'config.json'),
    socketFile,
  ]);
  const real = realPath(log);
  const isSecret = /^(?:token|client_secret.*)\.json$/.test(basename(real));
  if (!isSecret && ![...used].some((file) => realPath(file) === real)) return;
  const { exitCode, hint } = logRules(config);
  throw new UserError(exitCode, `${log}, the log file, is used by gphotos-mount for something else.`, hint ?? '');
}

/** The path without symbolic links, as far as it exists. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    try {
      return join(realpathSync(dirname(file)), basename(file));
    } catch {
      return file;
    }
  }
}
