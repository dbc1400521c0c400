import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { needAccount, type Source } from '../library/source.js';
import { readOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { CLIENT_FILE, parseClientFile, readClientFile, type OAuthClient } from './client-file.js';
import { readFromKeyring, writeToKeyring } from './keyring.js';
import { readRefreshToken } from './refresh-token-text.js';
import { parseTokenFile, readTokenFile, storeRefreshToken, tokenPaths, type StoredToken } from './token-file.js';

/** What is needed to get access tokens. All three are secrets to logs and messages. */
export interface Credentials extends OAuthClient {
  readonly refreshToken: string;
  /** Where a new refresh token is to be kept; absent where it came from elsewhere than a sign-in of ours. */
  readonly keptIn?: { readonly tokenFile: string; readonly inKeyring: boolean };
  /** Milliseconds since the epoch; where Google announced the end of the sign-in. */
  readonly endsAt?: number;
}

/** Nobody signed in with this profile: there is nothing that could be wrong with a sign-in. */
class NoSignIn extends UserError {}

export interface CredentialPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly configDir: string;
  readonly profile: string;
}

/**
 * Finds the credentials. The client: `GPHOTOS_CLIENT_ID` with `GPHOTOS_CLIENT_SECRET`, else the one that the sign-in
 * was made with, else a client file. The refresh token: `GPHOTOS_REFRESH_TOKEN`, else the profile's sign-in. Files are
 * looked for in systemd's `$CREDENTIALS_DIRECTORY` first, then in the config folder.
 * @throws UserError: signIn where something is missing, config where a file is wrong.
 */
export async function loadCredentials(places: CredentialPlaces): Promise<Credentials> {
  const { env } = places;
  const fromEnvironment = tokenFromEnvironment(env);
  const stored = fromEnvironment === '' ? await findToken(places) : undefined;
  const client = clientFromEnvironment(env) ?? stored?.client ?? (await findClient(places));
  if (client === undefined)
    throw new NoSignIn(
      ExitCode.signIn,
      'There is no OAuth client to sign in to Google with.',
      'Run: gphotos-mount login. It explains how to make an OAuth client of type "Desktop app". ' +
        `Or put its client_secret….json into ${places.configDir} (chmod 600), ` +
        'or set GPHOTOS_CLIENT_ID and GPHOTOS_CLIENT_SECRET.',
    );
  if (fromEnvironment !== '') return { ...client, refreshToken: fromEnvironment };
  if (stored === undefined)
    throw new NoSignIn(
      ExitCode.signIn,
      `Nobody is signed in (profile ${places.profile}).`,
      `Run: gphotos-mount login${places.profile === 'default' ? '' : ` --profile ${places.profile}`} ` +
        '(or set GPHOTOS_REFRESH_TOKEN, or put {"refresh_token": "..."} into ' +
        `${tokenPaths(places.configDir, places.profile)[0] ?? ''}).`,
    );
  return {
    ...client,
    refreshToken: stored.refreshToken,
    ...(stored.path === '' ? {} : { keptIn: { tokenFile: stored.path, inKeyring: stored.inKeyring } }),
    ...(stored.endsAt === undefined ? {} : { endsAt: stored.endsAt }),
  };
}

/** The sources that a profile has, and the sign-in where one of them needs it. */
export interface UsableSources {
  readonly sources: readonly Source[];
  readonly credentials: Credentials | undefined;
}

/**
 * Of the sources that a profile may have, those that it has. Without a sign-in these are the ones that need no account and hold
 * something (`hasItems`). `load` is not called where no source needs an account. Rejects as `load` does where nothing is left.
 */
export async function usableSources(
  sources: readonly Source[],
  load: () => Promise<Credentials>,
  hasItems: (source: Source) => boolean,
): Promise<UsableSources> {
  if (!needAccount(sources)) return { sources, credentials: undefined };
  try {
    return { sources, credentials: await load() };
  } catch (error) {
    if (!(error instanceof NoSignIn)) throw error;
    const others = sources.filter(({ needsAccount }) => !needsAccount);
    const filled = others.filter(hasItems);
    if (filled.length > 0) return { sources: filled, credentials: undefined };
    if (others.length === 0) throw error;
    throw new UserError(
      error.exitCode,
      `There is nothing to show yet: no Takeout export was added. ${error.message}`,
      `${TAKEOUT_ROAD}\n${ACCOUNT_ROAD} ${error.hint}`,
      error,
    );
  }
}

/** The two ways on for a person who has nothing yet, a line each. */
const TAKEOUT_ROAD =
  'Your whole library, without an account: export it at takeout.google.com. Then run: gphotos-mount takeout add ~/Downloads/takeout-*.zip';
const ACCOUNT_ROAD = 'Or, with an account, what your own OAuth client uploaded.';

/**
 * Stores a new refresh token from Google where the old one was stored: the keyring or the token file. A token from the
 * environment is not stored.
 */
export async function keepRefreshToken(
  { keptIn }: Pick<Credentials, 'keptIn'>,
  profile: string,
  refreshToken: string,
): Promise<void> {
  if (keptIn?.inKeyring === true) await writeToKeyring(profile, refreshToken);
  else if (keptIn !== undefined) await storeRefreshToken(keptIn.tokenFile, refreshToken);
}

/** The client of the environment or of a file, wherever one is looked for. */
export async function findClient(places: CredentialPlaces): Promise<OAuthClient | undefined> {
  const { env, configDir, profile } = places;
  return (
    clientFromEnvironment(env) ??
    (await clientFromSystemd(env)) ??
    (await readClientFile(join(configDir, profile))) ??
    (await readClientFile(configDir))
  );
}

/** The profile's sign-in, from systemd or the config folder. */
export async function findToken({ env, configDir, profile }: CredentialPlaces): Promise<StoredToken | undefined> {
  const folder = env['CREDENTIALS_DIRECTORY'] ?? '';
  const text = folder === '' ? undefined : await readHandedOver(join(folder, 'token.json'));
  // Nothing can be written back there, so its path is not kept.
  if (text !== undefined) return { ...parseTokenFile(join(folder, 'token.json'), text), path: '' };
  return readTokenFile(configDir, profile, readFromKeyring);
}

async function clientFromSystemd(env: CredentialPlaces['env']): Promise<OAuthClient | undefined> {
  const folder = env['CREDENTIALS_DIRECTORY'] ?? '';
  if (folder === '') return undefined;
  const names = (await readdir(folder).catch(() => [])).filter((name) => CLIENT_FILE.test(name)).sort();
  const [name] = names;
  const text = name === undefined ? undefined : await readHandedOver(join(folder, name));
  return name === undefined || text === undefined ? undefined : parseClientFile(join(folder, name), text);
}

/** systemd owns and protects the folder; its files may belong to root and be open to the group of the service. */
async function readHandedOver(path: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o007) !== 0)
      throw new UserError(
        ExitCode.config,
        `${path} holds a secret and can be read by everybody.`,
        'Let systemd make this folder: LoadCredential= in the unit.',
      );
    return readOwnFile(path, { what: 'a credential that was handed over', exitCode: ExitCode.config, owner: 'any' });
  } catch (error) {
    if (error instanceof UserError) throw error;
    return undefined;
  }
}

/**
 * Empty if the variable is not set. It may contain quotes, if another program than a shell read the variables from a
 * file.
 */
function tokenFromEnvironment(env: CredentialPlaces['env']): string {
  const text = env['GPHOTOS_REFRESH_TOKEN']?.trim() ?? '';
  if (text === '') return '';
  const found = readRefreshToken(text);
  if ('token' in found) return found.token;
  if (found.what === undefined) return text;
  throw new UserError(ExitCode.config, `GPHOTOS_REFRESH_TOKEN holds ${found.what}.`, found.hint ?? '');
}

function clientFromEnvironment(env: CredentialPlaces['env']): OAuthClient | undefined {
  const clientId = env['GPHOTOS_CLIENT_ID'] ?? '';
  const clientSecret = env['GPHOTOS_CLIENT_SECRET'] ?? '';
  if (clientId === '' && clientSecret === '') return undefined;
  if (clientId !== '' && clientSecret !== '') return { clientId, clientSecret };
  throw new UserError(
    ExitCode.config,
    `GPHOTOS_CLIENT_${clientId === '' ? 'SECRET' : 'ID'} is set, but GPHOTOS_CLIENT_${clientId === '' ? 'ID' : 'SECRET'} is not.`,
    'Set both, or neither to use the client file of the config folder.',
  );
}
