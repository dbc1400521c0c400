import { join } from 'node:path';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { baseFolders, type Surroundings } from '../daemon/profile-paths.js';
import { mountConfig } from './mount-config.js';
import { mergeSettings } from './settings.js';

/**
 * The configuration that a new start with the same command line would have now. Throws UserError where config.json is
 * wrong.
 */
export function rereadConfig(config: DaemonConfig, around: Surroundings): DaemonConfig {
  const folders = baseFolders(around);
  const given = { ...config.given, profile: config.profile };
  const settings = mergeSettings(given, around.env, join(folders.config, 'config.json'));
  const { uid, gid, umask } = config.ownership;
  const person = { uid, gid, umask, currentFolder: '/' };
  const fresh = mountConfig(config.mountpoint, settings, folders, person, config.version);
  const { foreground, source, given: typed } = config;
  return {
    ...fresh,
    foreground,
    ...(source === undefined ? {} : { source }),
    ...(typed === undefined ? {} : { given: typed }),
  };
}
