import { existsSync } from 'node:fs';
import { loadCredentials } from '../auth/credentials.js';
import { openCatalogWriter } from '../catalog/catalog-writer.js';
import { acquireProfileLock, profileLockFile } from '../catalog/profile-lock.js';
import type { Ledger } from '../ledger/ledger.js';
import { lookInto } from '../ledger/open-ledger.js';
import type { MediaId } from '../library/media-item.js';
import type { Calendar } from '../library/calendar.js';
import { PickKeeper } from '../picker/pick-keeper.js';
import { pickedStatus } from '../picker/pick-status.js';
import { GOOGLE_LIBRARY_URL } from '../remote/http/endpoint-rules.js';
import { commandClock } from '../support/clock.js';
import { silentLogger } from '../support/logger.js';
import { treeNames } from '../sync/tree-names.js';
import { PickedChanges } from '../writer/apply-picked.js';
import type { PickOutcome } from './pick-requests.js';
import type { DaemonConfig } from './daemon-config.js';
import { storeOf } from './open-picks.js';
import { PickedSender } from './picked-changes.js';
import { prepareCatalog } from './prepare-catalog.js';
import { ensurePrivateFolder } from './private-folder.js';
import { ledgerFile, openProfileLedger } from './profile-ledger.js';
import { pickedFolder } from './profile-paths.js';
import type { RemoteParts } from './remote-parts.js';

/**
 * Works on the picking sessions of a profile that no daemon serves, and keeps one from starting meanwhile. What is stored goes into
 * the catalog as well. Throws UserError (busy) where a daemon runs, or another command.
 */
export async function withProfilePicks<T>(
  config: DaemonConfig,
  env: NodeJS.ProcessEnv,
  work: (keeper: PickKeeper) => Promise<T>,
): Promise<T> {
  const { dataDir } = config.paths;
  ensurePrivateFolder(dataDir, process.getuid?.() ?? 0);
  const lockIsNew = !existsSync(profileLockFile(dataDir));
  const lock = acquireProfileLock(dataDir, { pid: process.pid, mountpoint: '' });
  try {
    const { ledger, calendar } = await openProfileLedger(config, silentLogger);
    try {
      return await withKeeper(config, env, { ledger, calendar }, work);
    } finally {
      ledger.close();
    }
  } finally {
    lock.release({ remove: lockIsNew });
  }
}

/** What is known of picking in a profile, whether or not a daemon serves it. Changes nothing. */
export function knownPicks({
  paths,
  pickedDir,
  profile,
}: DaemonConfig): Omit<PickOutcome & { action: 'list' }, 'action'> {
  const known = lookInto(ledgerFile(paths.dataDir), (ledger) => {
    const folder = ledger.setting('picked.folder') ?? pickedFolder(paths, pickedDir, profile);
    const open = ledger.picks.sessions().filter(({ state }) => state === 'open');
    const addresses = Object.fromEntries(open.map(({ id, uri }) => [id, uri]));
    return { ...pickedStatus(ledger.picks, folder), addresses };
  });
  return known ?? { items: 0, bytes: 0, folder: pickedFolder(paths, pickedDir, profile), sessions: [], addresses: {} };
}

async function withKeeper<T>(
  config: DaemonConfig,
  env: NodeJS.ProcessEnv,
  { ledger, calendar }: { readonly ledger: Ledger; readonly calendar: Calendar },
  work: (keeper: PickKeeper) => Promise<T>,
): Promise<T> {
  const { catalogFile } = config.paths;
  const { quotaReserve: reserve } = config;
  await prepareCatalog(catalogFile, { log: silentLogger, reserve, timeZone: calendar.zone, onBusy: () => undefined });
  const catalog = openCatalogWriter(catalogFile, { names: treeNames, calendar });
  let remote: Promise<RemoteParts> | undefined;
  const changes = new PickedChanges(catalog);
  const sender = new PickedSender(ledger.picks, (message) => sender.take(changes.apply(message)));
  sender.take(changes.begin());
  const keeper = new PickKeeper({
    ...{ picks: ledger.picks, clock: commandClock, random: Math.random, store: storeOf(config, ledger) },
    durable: () => ledger.durable(),
    ledgerFault: () => ledger.fault,
    picker: async () => (await (remote ??= remoteOf(config, env))).picker,
    shown: (ids: readonly MediaId[]) => sender.changed(ids),
    changed: () => sender.changed(),
    hidden: (ids) => sender.settled(ids),
    log: () => undefined,
    problem: () => undefined,
    turn: () => undefined,
  });
  try {
    return await work(keeper);
  } finally {
    await keeper.stop();
    await (await remote?.catch(() => undefined))?.close();
    catalog.close();
  }
}

async function remoteOf(config: DaemonConfig, env: NodeJS.ProcessEnv): Promise<RemoteParts> {
  const { paths, profile, caFile } = config;
  const credentials = await loadCredentials({ env, configDir: paths.configDir, profile });
  const { makeRemoteParts } = await import('./remote-parts.js');
  return makeRemoteParts({
    ...{ credentials, configDir: paths.configDir, profile, env, caFile, clock: commandClock, random: Math.random },
    libraryUrl: env['GPHOTOS_LIBRARY_URL'] ?? GOOGLE_LIBRARY_URL,
    onRequest: () => undefined,
    report: () => undefined,
    neighbours: () => [],
    onSignIn: () => undefined,
  });
}
