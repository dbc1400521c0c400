import type { OAuthClient } from '../auth/client-file.js';
import { readRcloneRemote } from '../auth/rclone-config.js';
import { readRefreshToken } from '../auth/refresh-token-text.js';
import { renewAccess } from '../auth/token-exchange.js';
import { tokenPaths } from '../auth/token-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { checkTokenPlace, keepClient, type FoundClient } from './client-search.js';
import { judgeGrant, keepSignIn, takeUp } from './keep-sign-in.js';
import { clientFor, saySignedIn } from './login.js';
import { lookAtLibrary } from './look-at-library.js';
import { withConnection, type AccountSurroundings } from './surroundings.js';
import { userErrorFrom } from './user-error-from.js';

const HOW_TO_GIVE = 'Give the token alone on one line: gphotos-mount login --refresh-token < token.txt';

/** Signs in with a refresh token that another program got, after testing it. */
export async function loginWithToken(
  around: AccountSurroundings,
  options: {
    readonly clientFile: string | undefined;
    readonly keyring: boolean;
    readonly token: () => Promise<string>;
  },
): Promise<void> {
  await checkTokenPlace(tokenPaths(around.folders.config, around.profile)[0] ?? '');
  const found = await clientFor(around, options.clientFile, {
    isInteractive: false,
    nextLine: () => Promise.resolve(undefined),
  });
  const refreshToken = cleanToken(await options.token());
  await tryAndKeep(around, found, refreshToken, options.keyring);
}

/** Signs in with the client and token of a `google photos` remote of rclone. */
export async function loginFromRclone(
  around: AccountSurroundings,
  remote: string,
  options: { readonly keyring: boolean },
): Promise<void> {
  await checkTokenPlace(tokenPaths(around.folders.config, around.profile)[0] ?? '');
  const { client, refreshToken, file } = readRcloneRemote(remote, around.env, around.home);
  around.say(`OAuth client and token: from the remote ${remote} of ${file}`);
  await tryAndKeep(around, { client, where: file, text: clientText(client) }, refreshToken, options.keyring);
}

async function tryAndKeep(
  around: AccountSurroundings,
  found: FoundClient,
  refreshToken: string,
  keyring: boolean,
): Promise<void> {
  try {
    await withConnection(around, async ({ http, endpoint }) => {
      const answer = await renewAccess({ ...found.client, refreshToken }, endpoint);
      const granted = judgeGrant(answer, found.client);
      const look = await lookAtLibrary(answer, found.client, { http, env: around.env, clock: around.clock });
      const kept = answer.refreshToken ?? refreshToken;
      const where = await keepSignIn(around, found.client, { ...answer, refreshToken: kept }, keyring);
      await keepClient(around, found);
      saySignedIn(around, granted, look, where);
    });
  } catch (error) {
    throw userErrorFrom(error);
  }
  await takeUp(around);
}

function cleanToken(text: string): string {
  const found = readRefreshToken(text);
  if ('token' in found) return found.token;
  if (text.trim() === '') throw new UserError(ExitCode.usage, 'No refresh token came on standard input.', HOW_TO_GIVE);
  throw new UserError(
    ExitCode.usage,
    found.what === undefined
      ? 'What came on standard input is not a refresh token.'
      : `What came on standard input is ${found.what}, not a refresh token.`,
    found.hint ?? HOW_TO_GIVE,
  );
}

function clientText({ clientId, clientSecret }: OAuthClient): string {
  return `${JSON.stringify({ installed: { client_id: clientId, client_secret: clientSecret } }, undefined, 2)}\n`;
}
