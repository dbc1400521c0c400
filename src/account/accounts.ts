import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { loadCredentials } from '../auth/credentials.js';
import { missingPermissions, TICK_EVERY_BOX } from '../auth/scopes.js';
import { DEFAULT_PROFILE, tokenPaths } from '../auth/token-file.js';
import { renewAccess } from '../auth/token-exchange.js';
import { findDaemons } from '../daemon/find-daemons.js';
import { RemoteError } from '../library/remote-error.js';
import { UserError } from '../support/user-error.js';
import { withConnection, type AccountSurroundings } from './surroundings.js';

/** One profile and how it is doing. */
export interface AccountState {
  readonly profile: string;
  /** `unreachable`: Google could not be asked. */
  readonly state: 'signed-in' | 'limited' | 'refused' | 'broken' | 'unreachable';
  /** One sentence. */
  readonly message: string;
  readonly hint: string;
  /** Where it is mounted now. */
  readonly mountpoint: string | null;
}

const STATUS_MS = 2_000;

/** Every profile with a sign-in, each tried at Google. */
export async function listAccounts(around: AccountSurroundings): Promise<AccountState[]> {
  const { running, silent } = await findDaemons({ folders: around.folders, timeoutMs: STATUS_MS });
  const profiles = await profilesWithSignIn(around);
  return Promise.all(
    profiles.map(async (profile) => {
      const daemons = [...running.map(({ status }) => status), ...silent];
      const mount = daemons.find((daemon) => daemon.profile === profile)?.mountpoint ?? null;
      return { profile, mountpoint: mount, ...(await stateOf(around, profile)) };
    }),
  );
}

async function profilesWithSignIn({ folders, env }: AccountSurroundings): Promise<string[]> {
  const entries = await readdir(folders.config, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const found: string[] = [];
  for (const name of new Set([DEFAULT_PROFILE, ...names.sort()])) {
    const inEnvironment = name === DEFAULT_PROFILE && (env['GPHOTOS_REFRESH_TOKEN'] ?? '') !== '';
    const files = await Promise.all(tokenPaths(folders.config, name).map(exists));
    if (inEnvironment || files.includes(true)) found.push(name);
  }
  return found;
}

async function exists(path: string): Promise<boolean> {
  const names = await readdir(dirname(path)).catch((): string[] => []);
  return names.includes('token.json');
}

async function stateOf(
  around: AccountSurroundings,
  profile: string,
): Promise<Pick<AccountState, 'state' | 'message' | 'hint'>> {
  // The environment speaks for the default profile; another one is known by its file alone.
  const env = profile === DEFAULT_PROFILE ? around.env : { ...around.env, GPHOTOS_REFRESH_TOKEN: undefined };
  try {
    const credentials = await loadCredentials({ env, configDir: around.folders.config, profile });
    const { scopes } = await withConnection(around, ({ endpoint }) => renewAccess(credentials, endpoint));
    const [missing] = scopes === undefined ? [] : missingPermissions(scopes);
    if (missing === undefined) return { state: 'signed-in', message: 'Signed in.', hint: '' };
    return { state: 'limited', message: `Signed in, but ${missing.without}.`, hint: TICK_EVERY_BOX };
  } catch (error) {
    if (error instanceof UserError) return { state: 'broken', message: error.message, hint: error.hint };
    if (!(error instanceof RemoteError)) throw error;
    const state = error.kind === 'signed-out' ? 'refused' : 'unreachable';
    return { state, message: error.message, hint: error.hint ?? '' };
  }
}
