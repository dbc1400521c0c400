import { isAbsolute, join } from 'node:path';
import { readOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { OAuthClient } from './client-file.js';
import { objectIn } from './json-object.js';

export interface RcloneRemote {
  readonly client: OAuthClient;
  readonly refreshToken: string;
  readonly file: string;
}

const INSTEAD = 'Sign in without it: gphotos-mount login';

/**
 * Reads a remote of the type `google photos` from rclone's configuration: `$RCLONE_CONFIG`,
 * `~/.config/rclone/rclone.conf` or `~/.rclone.conf`.
 * @throws UserError (config) where there is none that can be used.
 */
export function readRcloneRemote(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): RcloneRemote {
  const { file, text } = readConfig(env, home);
  if (/^\s*RCLONE_ENCRYPT_V\d/m.test(text))
    throw wrong(
      `${file} is encrypted.`,
      'Give the token by hand: rclone config show REMOTE shows it; then gphotos-mount login --refresh-token',
    );
  const sections = parseSections(text);
  const section = sections.get(name.replace(/:$/, ''));
  if (section === undefined) {
    const fitting = [...sections].filter(([, keys]) => keys.get('type') === 'google photos').map(([key]) => key);
    throw wrong(
      `There is no such remote in ${file}.`,
      fitting.length === 0 ? `It has none of the type "google photos". ${INSTEAD}` : `There are: ${fitting.join(', ')}`,
    );
  }
  if (section.get('type') !== 'google photos')
    throw wrong('This remote of rclone is not of the type "google photos".', INSTEAD);
  const clientId = section.get('client_id') ?? '';
  const clientSecret = section.get('client_secret') ?? '';
  if (clientId === '' || clientSecret === '')
    throw wrong("This remote was signed in with rclone's own OAuth client, which belongs to rclone.", INSTEAD);
  const refreshToken = objectIn(section.get('token') ?? '')?.['refresh_token'];
  if (typeof refreshToken !== 'string' || refreshToken === '')
    throw wrong('This remote of rclone is not signed in.', `Run: rclone config reconnect ${name}: -- or ${INSTEAD}`);
  return { client: { clientId, clientSecret }, refreshToken, file };
}

function readConfig(env: Readonly<Record<string, string | undefined>>, home: string): { file: string; text: string } {
  const named = env['RCLONE_CONFIG'] ?? '';
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  const usual = [join(isAbsolute(xdg) ? xdg : join(home, '.config'), 'rclone/rclone.conf'), join(home, '.rclone.conf')];
  for (const file of named === '' ? usual : [named]) {
    try {
      const text = readOwnFile(file, {
        what: "rclone's configuration",
        exitCode: ExitCode.config,
        owner: 'any',
        hint: INSTEAD,
      });
      if (text !== undefined) return { file, text };
    } catch (error) {
      if (error instanceof UserError) throw error;
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      throw wrong(`${file} cannot be read (${String(code)}).`, INSTEAD);
    }
  }
  throw wrong('There is no configuration of rclone here.', 'Name it in RCLONE_CONFIG, or sign in: gphotos-mount login');
}

/** rclone's ini form: `[name]`, `key = value`, comments with `#` or `;`. */
function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) {
      current = new Map();
      sections.set(header, current);
      continue;
    }
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) current.set(key, value);
  }
  return sections;
}

function wrong(message: string, hint: string): UserError {
  return new UserError(ExitCode.config, message, hint);
}
