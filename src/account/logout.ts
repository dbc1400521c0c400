import { CONNECTIONS_PAGE } from '../auth/console-pages.js';
import { deleteFromKeyring } from '../auth/keyring.js';
import { revoke } from '../auth/revoke.js';
import { readFromKeyring } from '../auth/keyring.js';
import { deleteSignIn, readTokenFile } from '../auth/token-file.js';
import { RemoteError } from '../library/remote-error.js';
import { askDaemon } from '../daemon/control-client.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { withConnection, type AccountSurroundings } from './surroundings.js';
import { exitCodeOf } from './user-error-from.js';

const DAEMON_MS = 20_000;

/**
 * Takes the sign-in back at Google and deletes it here.
 * @throws UserError: signIn where there is none; network or google where it is deleted here and Google could not be told.
 */
export async function logout(around: AccountSurroundings): Promise<void> {
  const { env, folders, profile, say } = around;
  let failure: RemoteError | undefined;
  // What cannot be read can still be deleted.
  const stored = await readTokenFile(folders.config, profile, readFromKeyring).catch(() => undefined);
  if (stored !== undefined) failure = await tellGoogle(around, stored.refreshToken);
  const deleted = await deleteSignIn(folders.config, profile);
  await deleteFromKeyring(profile);
  if (!deleted)
    throw new UserError(
      ExitCode.signIn,
      `Nobody is signed in (profile ${profile}).`,
      'gphotos-mount accounts lists who is.',
    );
  say(
    `Signed out (profile ${profile}): the sign-in is deleted here. The OAuth client's file stays for the next login.`,
  );
  if ((env['GPHOTOS_REFRESH_TOKEN'] ?? '') !== '')
    say('GPHOTOS_REFRESH_TOKEN is still set in this environment: unset it as well.');
  const { socketFile } = profilePaths(folders, profile);
  const reply = await askDaemon(socketFile, { command: 'reload-sign-in' }, DAEMON_MS).catch(() => undefined);
  if (reply?.ok === true && 'status' in reply)
    say(`The mount on ${reply.status.mountpoint} goes on with what is known and cached.`);
  if (failure !== undefined || stored === undefined)
    throw new UserError(
      failure === undefined ? ExitCode.config : exitCodeOf(failure),
      `Google could not be told to take the access back${failure === undefined ? ': the file was damaged' : ''}.`,
      `Take it back yourself at ${CONNECTIONS_PAGE}`,
    );
}

async function tellGoogle(around: AccountSurroundings, refreshToken: string): Promise<RemoteError | undefined> {
  try {
    const done = await withConnection(around, ({ endpoint }) => revoke(refreshToken, endpoint));
    around.say(done === 'done' ? 'Google took the access back.' : 'Google had ended the access already.');
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
}
