import type { AccountSurroundings } from '../account/surroundings.js';
import { loadCredentials, usableSources } from '../auth/credentials.js';
import { holdsItems } from '../daemon/profile-ledger.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { PROFILE_SOURCES, type Source } from '../library/source.js';

/** The sources that a profile has, as a start finds them. Where there are none, or a file is wrong, all: the checks tell why. */
export async function profileSources({
  env,
  folders,
  profile,
}: Pick<AccountSurroundings, 'env' | 'folders' | 'profile'>): Promise<readonly Source[]> {
  const load = (): ReturnType<typeof loadCredentials> => loadCredentials({ env, configDir: folders.config, profile });
  const { dataDir } = profilePaths(folders, profile);
  try {
    return (await usableSources(PROFILE_SOURCES, load, (source) => holdsItems(source, dataDir))).sources;
  } catch {
    return PROFILE_SOURCES;
  }
}
