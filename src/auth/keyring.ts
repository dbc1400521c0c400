import { createRequire } from 'node:module';
import { ExitCode, UserError } from '../support/user-error.js';

/** The part of @napi-rs/keyring that is used. */
interface KeyringModule {
  readonly AsyncEntry: new (
    service: string,
    user: string,
  ) => {
    getPassword(): Promise<string | undefined | null>;
    setPassword(password: string): Promise<void>;
    deletePassword(): Promise<boolean>;
  };
}

const SERVICE = 'gphotos-mount';
const PACKAGE = '@napi-rs/keyring';

/** The keyring of the desktop, where the optional package for it is installed. */
export function keyringIsInstalled(): boolean {
  return load() !== undefined;
}

/** The refresh token of a profile; undefined where there is none, or the keyring is locked or absent. */
export async function readFromKeyring(profile: string): Promise<string | undefined> {
  const keyring = load();
  if (keyring === undefined) return undefined;
  try {
    return (await new keyring.AsyncEntry(SERVICE, profile).getPassword()) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @throws UserError (system) where there is no keyring or it does not take the secret. */
export async function writeToKeyring(profile: string, refreshToken: string): Promise<void> {
  const keyring = load();
  if (keyring === undefined)
    throw new UserError(
      ExitCode.system,
      `The keyring cannot be used: the package ${PACKAGE} is not installed.`,
      `Install it beside gphotos-mount (npm install -g ${PACKAGE}), or sign in without --keyring.`,
    );
  try {
    await new keyring.AsyncEntry(SERVICE, profile).setPassword(refreshToken);
  } catch {
    throw new UserError(
      ExitCode.system,
      'The keyring of the desktop does not take the sign-in.',
      'Unlock it, or sign in without --keyring: the sign-in is then kept in a file that only you can read.',
    );
  }
}

/** Silent where there is nothing to delete. */
export async function deleteFromKeyring(profile: string): Promise<void> {
  const keyring = load();
  if (keyring === undefined) return;
  await new keyring.AsyncEntry(SERVICE, profile).deletePassword().catch(() => false);
}

function load(): KeyringModule | undefined {
  try {
    return createRequire(import.meta.url)(PACKAGE) as KeyringModule;
  } catch {
    return undefined;
  }
}
