import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { OAuthClient } from './client-file.js';
import { objectIn } from './json-object.js';
import { checkSecretFile, readPrivateFile, writePrivateFile } from './private-file.js';
import { readRefreshToken } from './refresh-token-text.js';
import { scopesIn } from './scopes.js';

/** The profile that is used if none is named. */
export const DEFAULT_PROFILE = 'default';

/** A sign-in as it is kept. */
export interface StoredToken {
  readonly path: string;
  readonly refreshToken: string;
  /** The client that it was made with, where it is known. */
  readonly client: OAuthClient | undefined;
  /** What was granted, where it is known. */
  readonly scopes: readonly string[] | undefined;
  /** Milliseconds since the epoch; where its end was announced. */
  readonly endsAt: number | undefined;
  /** Milliseconds since the epoch. */
  readonly madeAt: number | undefined;
  /** The secret lies in the keyring of the desktop, not in the file. */
  readonly inKeyring: boolean;
}

/** Reads secrets from the keyring of the desktop. */
export type KeyringReader = (profile: string) => Promise<string>;

/**
 * Where a profile's token may lie, the first that exists counting: `<config>/<profile>/token.json`, and for the default
 * profile `<config>/token.json` too. Other profiles do not fall back on it, or a mistyped name would show another
 * account.
 */
export function tokenPaths(configDir: string, profile: string): string[] {
  if (profile === '' || profile === '.' || profile === '..' || /[/\0]/.test(profile))
    throw new UserError(ExitCode.usage, 'This is not a name for a profile.', 'Use letters, digits and dashes.');
  const own = join(configDir, profile, 'token.json');
  return profile === DEFAULT_PROFILE ? [own, join(configDir, 'token.json')] : [own];
}

/**
 * Reads `{"refresh_token": "..."}`, other members being allowed; undefined where there is no file.
 * @throws UserError (config) where it is damaged, or open to others.
 */
export async function readTokenFile(
  configDir: string,
  profile: string,
  keyring: KeyringReader,
): Promise<StoredToken | undefined> {
  const found = await findTokenText(configDir, profile);
  if (found === undefined) return undefined;
  return parseTokenFile(found.path, found.text, isInKeyring(found.text) ? await keyring(profile) : undefined);
}

/** What is known of a profile's sign-in without its secret; undefined where there is none. */
export async function readSignInFacts(
  configDir: string,
  profile: string,
): Promise<{ readonly client: OAuthClient | undefined; readonly inKeyring: boolean } | undefined> {
  const found = await findTokenText(configDir, profile);
  return found === undefined ? undefined : { client: clientIn(found.text), inKeyring: isInKeyring(found.text) };
}

/** Path and text of the first token file that exists; undefined where there is none. */
async function findTokenText(
  configDir: string,
  profile: string,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const path of tokenPaths(configDir, profile)) {
    const text = await readPrivateFile(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

function isInKeyring(text: string): boolean {
  return objectIn(text)?.['keyring'] === true;
}

function clientIn(text: string): OAuthClient | undefined {
  const { client_id: clientId, client_secret: clientSecret } = objectIn(text) ?? {};
  const isThere = typeof clientId === 'string' && typeof clientSecret === 'string' && clientId !== '';
  return isThere ? { clientId, clientSecret } : undefined;
}

/** @throws UserError (config) where there is no refresh token in it. */
export function parseTokenFile(path: string, text: string, fromKeyring?: string): StoredToken {
  const json = objectIn(text) ?? {};
  const inKeyring = json['keyring'] === true;
  const refreshToken = inKeyring ? fromKeyring : json['refresh_token'];
  if (typeof refreshToken !== 'string' || refreshToken === '')
    throw new UserError(
      ExitCode.config,
      `${path} is damaged: it should hold {"refresh_token": "..."}.`,
      `Delete it (rm ${shellQuoted(path)}), then run: gphotos-mount login`,
    );
  const found = readRefreshToken(refreshToken);
  if (!('token' in found) && found.what !== undefined)
    throw new UserError(ExitCode.config, `The refresh token in ${path} is ${found.what}.`, found.hint ?? '');
  const { scope } = json;
  return {
    path,
    refreshToken: 'token' in found ? found.token : refreshToken,
    client: clientIn(text),
    scopes: typeof scope === 'string' ? scopesIn(scope) : undefined,
    endsAt: timeOf(json['refresh_token_expires_at']),
    madeAt: timeOf(json['obtained_at']),
    inKeyring,
  };
}

/** A sign-in to keep. Times in milliseconds since the epoch. */
export interface NewSignIn extends OAuthClient {
  readonly refreshToken: string;
  readonly scopes: readonly string[] | undefined;
  readonly madeAt: number;
  readonly endsAt: number | undefined;
  /** The refresh token was put into the keyring and stays out of the file. */
  readonly inKeyring: boolean;
}

/** Keeps a sign-in as the profile's only one, in one step, and gives the path. */
export async function storeSignIn(configDir: string, profile: string, signIn: NewSignIn): Promise<string> {
  const [path = '', ...older] = tokenPaths(configDir, profile);
  const content = {
    ...(signIn.inKeyring ? { keyring: true } : { refresh_token: signIn.refreshToken }),
    client_id: signIn.clientId,
    client_secret: signIn.clientSecret,
    ...(signIn.scopes === undefined ? {} : { scope: signIn.scopes.join(' ') }),
    obtained_at: new Date(signIn.madeAt).toISOString(),
    ...(signIn.endsAt === undefined ? {} : { refresh_token_expires_at: new Date(signIn.endsAt).toISOString() }),
  };
  await writePrivateFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
  for (const file of older) await rm(file, { force: true });
  return path;
}

/** Deletes the profile's sign-in wherever it lies; true where there was one. */
export async function deleteSignIn(configDir: string, profile: string): Promise<boolean> {
  let found = false;
  for (const path of tokenPaths(configDir, profile)) {
    checkSecretFile(path);
    try {
      await rm(path);
      found = true;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        throw new UserError(
          ExitCode.config,
          `${path} cannot be deleted (${String(code)}).`,
          `Delete it: rm ${shellQuoted(path)}`,
        );
    }
  }
  return found;
}

/** Puts a refresh token in place of the one in the file; what else the file holds stays. */
export async function storeRefreshToken(path: string, refreshToken: string): Promise<void> {
  const before = objectIn((await readPrivateFile(path)) ?? '{}') ?? {};
  await writePrivateFile(path, `${JSON.stringify({ ...before, refresh_token: refreshToken }, undefined, 2)}\n`);
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}
