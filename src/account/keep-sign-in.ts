import type { OAuthClient } from '../auth/client-file.js';
import { deleteFromKeyring, writeToKeyring } from '../auth/keyring.js';
import { hasRemovedScope, missingPermissions, PERMISSIONS, TICK_EVERY_BOX, type Permission } from '../auth/scopes.js';
import { readSignInFacts, storeSignIn } from '../auth/token-file.js';
import type { TokenAnswer } from '../auth/token-exchange.js';
import { AUDIENCE_PAGE, inProject } from '../auth/console-pages.js';
import { askProfile, notAnswering } from '../daemon/find-daemons.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { AccountSurroundings } from './surroundings.js';

/** What a sign-in includes, as far as Google said. */
export interface Granted {
  readonly granted: readonly Permission[];
  readonly missing: readonly Permission[];
  readonly warnings: readonly string[];
}

const DAY_MS = 86_400_000;
const DAEMON_MS = 20_000;

/**
 * Compares the granted permissions with the requested ones. A partial grant is kept: only what needs a missing
 * permission does not work.
 * @throws UserError (signIn) if nothing was granted, so that there is nothing to keep.
 */
export function judgeGrant(
  { scopes, refreshTokenLifetimeMs }: TokenAnswer,
  { clientId }: Pick<OAuthClient, 'clientId'>,
): Granted {
  const missing = scopes === undefined ? [] : missingPermissions(scopes);
  if (missing.length === PERMISSIONS.length)
    throw hasRemovedScope(scopes ?? [])
      ? new UserError(
          ExitCode.signIn,
          'This sign-in was made for permissions that Google removed in March 2025, and opens nothing any more.',
          'Sign in again: gphotos-mount login',
        )
      : new UserError(ExitCode.signIn, 'No permission was granted on the consent page.', TICK_EVERY_BOX);
  const days = Math.max(1, Math.round((refreshTokenLifetimeMs ?? 0) / DAY_MS));
  return {
    granted: PERMISSIONS.filter((permission) => !missing.includes(permission)),
    missing,
    warnings:
      refreshTokenLifetimeMs === undefined
        ? []
        : [
            `This sign-in ends in ${days} ${days === 1 ? 'day' : 'days'}, because the consent screen of the Google Cloud project ` +
              `is in testing mode. Publish the app at ${inProject(AUDIENCE_PAGE, clientId)}, then sign in once more.`,
          ],
  };
}

/** Keeps the sign-in, in the keyring where asked for, else in a file; gives a sentence on where it is. */
export async function keepSignIn(
  { folders, profile, clock, say }: AccountSurroundings,
  client: OAuthClient,
  answer: TokenAnswer & { readonly refreshToken: string },
  inKeyring: boolean,
): Promise<string> {
  const before = await readSignInFacts(folders.config, profile).catch(() => undefined);
  if (inKeyring) await writeToKeyring(profile, answer.refreshToken);
  const madeAt = clock.now();
  const path = await storeSignIn(folders.config, profile, {
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    refreshToken: answer.refreshToken,
    scopes: answer.scopes,
    madeAt,
    endsAt: answer.refreshTokenLifetimeMs === undefined ? undefined : madeAt + answer.refreshTokenLifetimeMs,
    inKeyring,
  });
  // Only if there is something to delete: a locked keyring would ask the person to open it.
  if (!inKeyring && before?.inKeyring === true)
    await deleteFromKeyring(profile).catch((error: unknown) => {
      if (error instanceof UserError) say(`Note: the sign-in before this one stays in the keyring. ${error.message}`);
    });
  return inKeyring
    ? `Kept in the keyring of the desktop; what is no secret in ${path}`
    : `Kept in ${path}, which only you can read.`;
}

/** Makes a running daemon of the profile use the new sign-in, and says the next step. */
export async function takeUp({ folders, profile, say, env }: AccountSurroundings): Promise<void> {
  const answer = await askProfile({ folders, timeoutMs: DAEMON_MS }, profile, { command: 'reload-sign-in' });
  const fromEnvironment = (env['GPHOTOS_REFRESH_TOKEN'] ?? '') !== '';
  if (fromEnvironment)
    say('GPHOTOS_REFRESH_TOKEN is set here and goes before this sign-in: unset it to use the new one.');
  if (answer.kind === 'silent' || answer.kind === 'refused') {
    const { message, hint } = answer.kind === 'silent' ? notAnswering(answer.daemon) : answer.error;
    say(`Note: ${message} ${hint}`);
    return;
  }
  if (answer.kind === 'reply' && answer.reply.ok && 'status' in answer.reply) {
    const { signIn, mountpoint } = answer.reply.status;
    if (signIn.state === 'refused') say(`The running mount on ${mountpoint} still says: ${signIn.message ?? ''}`);
    else if (signIn.message !== null) say(`The running mount on ${mountpoint} shows only what it knows already.`);
    else say(`The running mount on ${mountpoint} goes on with the new sign-in.`);
    return;
  }
  const option = profile === 'default' ? '' : ` --profile ${shellQuoted(profile)}`;
  say(`Next: gphotos-mount${option} ~/photos`);
}
