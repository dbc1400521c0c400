import { CONNECTIONS_PAGE } from '../auth/console-pages.js';
import { deleteFromKeyring, readFromKeyring } from '../auth/keyring.js';
import { revoke } from '../auth/revoke.js';
import { deleteSignIn, readSignInFacts, readTokenFile } from '../auth/token-file.js';
import { askProfile, notAnswering } from '../daemon/find-daemons.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { withConnection, type AccountSurroundings } from './surroundings.js';
import { userErrorFrom } from './user-error-from.js';

const DAEMON_MS = 20_000;

/**
 * Revokes the sign-in at Google and deletes it here.
 * @throws UserError: signIn if there is none; network or google if it is deleted here and Google could not be reached.
 */
export async function logout(around: AccountSurroundings): Promise<void> {
  const { env, folders, profile, say } = around;
  const facts = await readSignInFacts(folders.config, profile).catch(() => undefined);
  // What cannot be read can still be deleted.
  const failure = await takeBack(around);
  const kept = facts?.inKeyring === true ? await failureOf(deleteFromKeyring(profile)) : undefined;
  const deleted = await deleteSignIn(folders.config, profile);
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
  const answer = await askProfile({ folders, timeoutMs: DAEMON_MS }, profile, { command: 'reload-sign-in' });
  if (answer.kind === 'silent') say(`Note: ${notAnswering(answer.daemon).message}`);
  if (answer.kind === 'refused') say(`Note: ${answer.error.message} ${answer.error.hint}`);
  if (answer.kind === 'reply' && answer.reply.ok && 'status' in answer.reply)
    say(`The mount on ${answer.reply.status.mountpoint} goes on with what is known and cached.`);
  if (kept !== undefined)
    say(`Note: ${kept.message} Delete it there by hand; Google no longer takes it once you took the access back.`);
  if (failure !== undefined)
    throw new UserError(failure.exitCode, failure.message, `Take the access back yourself at ${CONNECTIONS_PAGE}`);
}

/** Revokes the sign-in at Google. Returns the error if that failed. */
async function takeBack(around: AccountSurroundings): Promise<UserError | undefined> {
  const failure = await failureOf(tellGoogle(around));
  if (failure === undefined) return undefined;
  const { exitCode, message, hint } = failure;
  return new UserError(exitCode, `Google could not be told to take the access back. ${message}`, hint);
}

async function tellGoogle(around: AccountSurroundings): Promise<void> {
  const stored = await readTokenFile(around.folders.config, around.profile, readFromKeyring);
  if (stored === undefined) return;
  const done = await withConnection(around, ({ endpoint }) => revoke(stored.refreshToken, endpoint));
  around.say(done === 'done' ? 'Google took the access back.' : 'Google had ended the access already.');
}

async function failureOf(work: Promise<void>): Promise<UserError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    const shown = userErrorFrom(error);
    if (shown instanceof UserError) return shown;
    throw error;
  }
}
