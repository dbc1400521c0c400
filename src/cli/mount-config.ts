import { resolve } from 'node:path';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { profilePaths, type BaseFolders } from '../daemon/profile-paths.js';
import type { Person } from './cli-context.js';
import type { Settings } from './option-table.js';
import type { GivenOptions } from './settings.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The daemon's configuration: settings where given, else the defaults. */
export function mountConfig(
  mountpoint: string,
  settings: Settings,
  folders: BaseFolders,
  person: Person,
  version: string,
  given?: GivenOptions,
): DaemonConfig {
  const profile = settings.profile ?? 'default';
  const cache = settings['cache-dir'] ?? folders.cache;
  return {
    mountpoint: resolve(person.currentFolder, mountpoint),
    profile,
    paths: profilePaths({ ...folders, cache }, profile),
    root: settings.root ?? '/',
    showArchived: settings['show-archived'] ?? false,
    showTrashed: settings['show-trashed'] ?? false,
    showLocked: settings['show-locked'] ?? false,
    nestedAlbums: settings['nested-albums'] ?? false,
    ownership: {
      uid: settings.uid ?? person.uid,
      gid: settings.gid ?? person.gid,
      umask: settings.umask ?? person.umask,
    },
    allowOther: settings['allow-other'] ?? false,
    ...(settings['time-zone'] === undefined ? {} : { timeZone: settings['time-zone'] }),
    attrTimeoutMs: settings['attr-timeout'] ?? 1000,
    ...(settings['cache-max-size'] === undefined ? {} : { cacheMaxBytes: settings['cache-max-size'] }),
    ...(settings['picked-dir'] === undefined ? {} : { pickedDir: settings['picked-dir'] }),
    cacheMaxAgeMs: settings['cache-max-age'] ?? HOUR,
    pollIntervalMs: settings['poll-interval'] ?? 5 * MINUTE,
    idleIntervalMs: settings['poll-interval'] ?? 15 * MINUTE,
    fullSyncIntervalMs: settings['full-sync-interval'] ?? 24 * HOUR,
    stretchFullPasses: settings['full-sync-interval'] === undefined,
    quotaReserve: settings['quota-reserve'] ?? 0.3,
    foreground: settings.foreground ?? false,
    logLevel: settings['log-level'] ?? 'info',
    ...(settings['log-file'] === undefined ? {} : { logFile: settings['log-file'] }),
    ...(settings['ca-cert'] === undefined ? {} : { caFile: settings['ca-cert'] }),
    version,
    ...(given === undefined ? {} : { given }),
  };
}
