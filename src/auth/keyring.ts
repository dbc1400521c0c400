import { createRequire } from 'node:module';
import { ExitCode, UserError } from '../support/user-error.js';

/** The part of @napi-rs/keyring that is used. */
interface KeyringModule {
  readonly AsyncEntry: new (
    service: string,
    user: string,
    options: { readonly linux: { readonly store: 'secret-service' } },
  ) => {
    getPassword(): Promise<string | undefined | null>;
    setPassword(password: string): Promise<void>;
    deletePassword(): Promise<boolean>;
  };
}

const SERVICE = 'gphotos-mount';
const PACKAGE = '@napi-rs/keyring';
/** Without this option the package may put secrets into kernel memory, where they do not survive a restart. */
const LASTING = { linux: { store: 'secret-service' } } as const;

const IN_A_FILE = 'gphotos-mount login --no-keyring keeps the sign-in in a file that only you can read';

/**
 * The refresh token of a profile whose sign-in is kept in the keyring of the desktop.
 * @throws UserError (signIn) where it cannot be had.
 */
export async function readFromKeyring(profile: string): Promise<string> {
  let found: string | undefined | null;
  try {
    found = await entry(profile).getPassword();
  } catch (error) {
    throw keyringError('The sign-in is kept in the keyring of the desktop', error);
  }
  if (found !== undefined && found !== null && found !== '') return found;
  throw new UserError(
    ExitCode.signIn,
    'The sign-in was kept in the keyring of the desktop, which does not hold it any more.',
    `Run: gphotos-mount login --keyring. Or: ${IN_A_FILE}.`,
  );
}

/** @throws UserError (signIn) where there is no keyring or it does not take the secret. */
export async function writeToKeyring(profile: string, refreshToken: string): Promise<void> {
  try {
    await entry(profile).setPassword(refreshToken);
  } catch (error) {
    throw keyringError('The sign-in is not kept in the keyring of the desktop', error);
  }
}

/**
 * Silent where there is nothing to delete.
 * @throws UserError (signIn) where the keyring keeps it.
 */
export async function deleteFromKeyring(profile: string): Promise<void> {
  try {
    await entry(profile).deletePassword();
  } catch (error) {
    throw keyringError('The sign-in is still in the keyring of the desktop', error);
  }
}

function entry(profile: string): InstanceType<KeyringModule['AsyncEntry']> {
  let keyring: KeyringModule;
  try {
    keyring = createRequire(import.meta.url)(PACKAGE) as KeyringModule;
  } catch (error) {
    throw isMissing(error) ? new Absent() : new Unloadable();
  }
  try {
    return new keyring.AsyncEntry(SERVICE, profile, LASTING);
  } catch {
    throw new NoService();
  }
}

/** Whether the package is not there at all; a module of its own that is missing means that it is installed wrongly. */
function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'MODULE_NOT_FOUND' && String(error).includes(`'${PACKAGE}'`);
}

class Absent extends Error {}
class Unloadable extends Error {}
class NoService extends Error {}

/** What the keyring itself says may quote anything, and is not repeated. */
function keyringError(what: string, error: unknown): UserError {
  const [why, hint] =
    error instanceof Absent
      ? [`the package ${PACKAGE}, which opens it, is not installed`, `Install it: npm install -g ${PACKAGE}`]
      : error instanceof Unloadable
        ? [
            `the package ${PACKAGE}, which opens it, was installed for another system or another Node`,
            `Install it again: npm install -g ${PACKAGE}`,
          ]
        : error instanceof NoService
          ? [
              'no keyring service answers here',
              'Run this inside the desktop session (ssh, cron and system services have none), ' +
                'with gnome-keyring, KWallet or KeePassXC running',
            ]
          : error instanceof Error && /locked|dismissed|prompt/i.test(error.message)
            ? [
                'the keyring is locked',
                'Unlock it (sign in to the desktop, or open its password program), then try again',
              ]
            : [
                'it refuses',
                'Look at the keyring with the password program of the desktop: it needs a default keyring',
              ];
  return new UserError(ExitCode.signIn, `${what}: ${why}.`, `${hint}. Or: ${IN_A_FILE}.`);
}
