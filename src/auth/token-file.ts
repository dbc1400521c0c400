import { join } from 'node:path';
import { ExitCode, UserError } from '../support/user-error.js';
import { objectIn } from './json-object.js';
import { readPrivateFile, writePrivateFile } from './private-file.js';

/** The profile of those who never name one. */
export const DEFAULT_PROFILE = 'default';

export interface StoredToken {
  readonly path: string;
  readonly refreshToken: string;
}

/**
 * Where a profile's token may lie, the first that exists counting: `<config>/<profile>/token.json`, and for the default
 * profile `<config>/token.json` too. Other profiles do not fall back on it, or a mistyped name would show another account.
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
export async function readTokenFile(configDir: string, profile: string): Promise<StoredToken | undefined> {
  for (const path of tokenPaths(configDir, profile)) {
    const text = await readPrivateFile(path);
    if (text === undefined) continue;
    const refreshToken = objectIn(text)?.['refresh_token'];
    if (typeof refreshToken !== 'string' || refreshToken === '')
      throw new UserError(
        ExitCode.config,
        `${path} is damaged: it should hold {"refresh_token": "..."}.`,
        'Put the refresh token there again, or delete the file and sign in again.',
      );
    return { path, refreshToken };
  }
  return undefined;
}

/** Puts a refresh token in place of the one in the file; what else the file holds stays. */
export async function storeRefreshToken(path: string, refreshToken: string): Promise<void> {
  const before = objectIn((await readPrivateFile(path)) ?? '{}') ?? {};
  await writePrivateFile(path, `${JSON.stringify({ ...before, refresh_token: refreshToken }, undefined, 2)}\n`);
}
