import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CLIENT_FILE, parseClientFile, type OAuthClient } from '../auth/client-file.js';
import { findClient } from '../auth/credentials.js';
import { readPrivateFile } from '../auth/private-file.js';
import { storeClientFile } from '../auth/store-client-file.js';
import { readSignInFacts } from '../auth/token-file.js';
import { decodeText } from '../support/decode-text.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { AccountSurroundings } from './surroundings.js';

const LARGEST = 64 * 1024;

/** A client, and where it was found in words. */
export interface FoundClient {
  readonly client: OAuthClient;
  readonly where: string;
  /** The file's text where it was outside of the config folder and is worth a copy there. */
  readonly text: string | undefined;
}

/**
 * Looks for the OAuth client: the file named, the environment, what the profile was signed in with before, the config
 * folder, and the newest `client_secret*.json` of ~/Downloads. Undefined where there is none.
 * @throws UserError where the one that counts is wrong.
 */
export async function searchClient(
  around: AccountSurroundings,
  named: string | undefined,
): Promise<FoundClient | undefined> {
  if (named !== undefined) return fromFile(resolve(around.currentFolder, expandHome(named, around.home)));
  const { env, folders, profile } = around;
  const places = { env, configDir: folders.config, profile };
  const fromEnvironment = (env['GPHOTOS_CLIENT_ID'] ?? '') !== '';
  if (!fromEnvironment) {
    const before = await readSignInFacts(folders.config, profile).catch(() => undefined);
    if (before?.client !== undefined)
      return { client: before.client, where: 'the sign-in that is replaced', text: undefined };
  }
  const known = await findClient(places);
  if (known !== undefined)
    return { client: known, where: fromEnvironment ? 'GPHOTOS_CLIENT_ID' : folders.config, text: undefined };
  const downloaded = await newestDownload(join(around.home, 'Downloads'));
  return downloaded === undefined ? undefined : fromFile(downloaded);
}

/** Keeps a client file that lies elsewhere, because the Google Cloud console gives it out only once. */
export async function keepClient(around: AccountSurroundings, { text }: FoundClient): Promise<void> {
  if (text !== undefined) await storeClientFile(join(around.folders.config, around.profile), text);
}

/** Throws now what would be refused at the end, before anything is asked of a person. */
export async function checkTokenPlace(path: string): Promise<void> {
  await readPrivateFile(path);
}

async function fromFile(path: string): Promise<FoundClient> {
  const text = await readDownloaded(path);
  return { client: parseClientFile(path, text), where: path, text };
}

/** A downloaded file is open to others as browsers make it; what counts is the copy that is kept. */
async function readDownloaded(path: string): Promise<string> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UserError(
      ExitCode.config,
      code === 'ENOENT' ? `There is no file ${path}.` : `${path} cannot be read (${code}).`,
      'Name the client_secret….json that the Google Cloud console let you download.',
    );
  }
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > LARGEST)
      throw new UserError(
        ExitCode.config,
        `${path} is not the file of an OAuth client.`,
        'Name the client_secret….json that the Google Cloud console let you download.',
      );
    return decodeText(await file.readFile());
  } finally {
    await file.close();
  }
}

async function newestDownload(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => CLIENT_FILE.test(basename(name)));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      return {
        path,
        time: await stat(path).then(
          (facts) => facts.mtimeMs,
          () => 0,
        ),
      };
    }),
  );
  return files.sort((a, b) => b.time - a.time)[0]?.path;
}

function expandHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path;
}
