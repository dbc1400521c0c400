import { ExitCode, UserError } from '../support/user-error.js';
import { readClientFile, type OAuthClient } from './client-file.js';
import { readTokenFile, tokenPaths } from './token-file.js';

/** What is needed to get access tokens. All three are secrets to logs and messages. */
export interface Credentials extends OAuthClient {
  readonly refreshToken: string;
  /** Where a new refresh token is to be kept; absent where it came from the environment. */
  readonly tokenFile?: string;
}

export interface CredentialPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly configDir: string;
  readonly profile: string;
}

/**
 * Finds the credentials: `GPHOTOS_CLIENT_ID` with `GPHOTOS_CLIENT_SECRET`, else the client file of the config folder;
 * `GPHOTOS_REFRESH_TOKEN`, else the profile's token file.
 * @throws UserError: signIn where something is missing, config where a file is wrong.
 */
export async function loadCredentials(places: CredentialPlaces): Promise<Credentials> {
  const client = clientFromEnvironment(places.env) ?? (await readClientFile(places.configDir));
  if (client === undefined)
    throw new UserError(
      ExitCode.signIn,
      'There is no OAuth client to sign in to Google with.',
      `Put the client_secret….json of an OAuth client of type "Desktop app" into ${places.configDir} (chmod 600), or set GPHOTOS_CLIENT_ID and GPHOTOS_CLIENT_SECRET.`,
    );
  const fromEnvironment = places.env['GPHOTOS_REFRESH_TOKEN'] ?? '';
  if (fromEnvironment !== '') return { ...client, refreshToken: fromEnvironment };
  const stored = await readTokenFile(places.configDir, places.profile);
  if (stored === undefined)
    throw new UserError(
      ExitCode.signIn,
      `Nobody is signed in (profile ${places.profile}).`,
      `Put {"refresh_token": "..."} into ${tokenPaths(places.configDir, places.profile)[0] ?? ''} (chmod 600), or set GPHOTOS_REFRESH_TOKEN.`,
    );
  return { ...client, refreshToken: stored.refreshToken, tokenFile: stored.path };
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
