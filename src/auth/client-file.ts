import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';
import { readPrivateFile } from './private-file.js';
import { objectIn } from './json-object.js';

/**
 * What identifies this program to Google. Desktop clients have a secret that must be sent, though it is not one to
 * keep.
 */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Number of the Google Cloud project that a client belongs to: its id begins with it. */
export function projectOf(clientId: string): string | undefined {
  return /^(\d+)-[\w-]+\.apps\.googleusercontent\.com$/.exec(clientId)?.[1];
}

/** Names that the Google Cloud console gives to the files. */
export const CLIENT_FILE = /^client_secret.*\.json$/;

const HOW = 'Create an OAuth client of type "Desktop app" in the Google Cloud console and download its file.';

/**
 * Reads the one `client_secret*.json` of a folder, as the Google Cloud console gives it for desktop apps;
 * undefined where there is none.
 * @throws UserError (config) where there are several, or it is of another type, damaged, or open to others.
 */
export async function readClientFile(configDir: string): Promise<OAuthClient | undefined> {
  const names = (await fileNames(configDir)).filter((name) => CLIENT_FILE.test(name)).sort();
  const [name] = names;
  if (name === undefined) return undefined;
  if (names.length > 1)
    throw new UserError(
      ExitCode.config,
      `There are ${names.length} client files in ${configDir}: ${names.join(', ')}.`,
      'Keep the one that the sign-in was made with.',
    );
  const path = join(configDir, name);
  const text = await readPrivateFile(path);
  return text === undefined ? undefined : parseClientFile(path, text);
}

/** @throws UserError (config) where the text is not the file of a desktop client. `path` goes into the message. */
export function parseClientFile(path: string, text: string): OAuthClient {
  const json = objectIn(text);
  if (json === undefined) throw wrong(path, 'is not valid JSON; it may be cut off', 'Download it again.');
  if (json['type'] === 'service_account')
    throw wrong(path, 'belongs to a service account, which Google Photos does not work with', HOW);
  if ('web' in json) throw wrong(path, 'belongs to an OAuth client of type "Web application"', HOW);
  const installed = json['installed'];
  if (typeof installed !== 'object' || installed === null)
    throw wrong(path, 'is not the file of an OAuth client of type "Desktop app"', HOW);
  const { client_id: clientId, client_secret: clientSecret } = installed as Record<string, unknown>;
  if (typeof clientId !== 'string' || clientId === '' || typeof clientSecret !== 'string' || clientSecret === '')
    throw wrong(path, 'lacks the client id or the client secret', 'Download it again, or create a new client secret.');
  return { clientId, clientSecret };
}

async function fileNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new UserError(
      ExitCode.config,
      `The config folder ${folder} cannot be read (${String(code)}).`,
      'Look at its permissions, or name another one in GPHOTOS_CONFIG_DIR.',
    );
  }
}

function wrong(path: string, what: string, hint: string): UserError {
  return new UserError(ExitCode.config, `${path} ${what}.`, hint);
}
