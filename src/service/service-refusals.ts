import { realpathSync } from 'node:fs';
import { findDaemons } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { ServiceDeps, ServiceDriver } from './service-driver.js';

/** A daemon that has said nothing for this long does not answer. */
const ANSWER_MS = 3000;

/** As an option of a command that is shown. */
export const profileOption = (profile: string): string => (profile === 'default' ? '' : ` --profile ${profile}`);

/** What must not be overwritten or doubled: `text` is what the service's file holds, undefined where there is none. */
export async function refuseOthers(
  driver: ServiceDriver,
  { profile, around }: ServiceDeps,
  mountpoint: string,
  text: string | undefined,
): Promise<void> {
  const { file } = driver;
  const origin = text === undefined ? undefined : driver.origin(text);
  if (origin?.kind === 'foreign') throw foreignFile(file);
  if (origin?.mountpoint !== undefined && origin.mountpoint !== mountpoint)
    throw new UserError(
      ExitCode.busy,
      `The service of the profile ${profile} is installed already, for ${origin.mountpoint}.`,
      `Remove it first: gphotos-mount service uninstall${profileOption(profile)}; or take another profile with --profile.`,
    );
  if (origin?.kind === 'edited')
    throw new UserError(
      ExitCode.config,
      `${file} was edited after it was installed, and is not overwritten.`,
      driver.howToEdit,
    );
  const other = await driver.takenFrom();
  if (other !== undefined && other !== file && withoutLinks(other) !== withoutLinks(file)) throw foreignFile(other);
  if (text !== undefined) return;
  const { running } = await findDaemons({ folders: baseFolders(around), timeoutMs: ANSWER_MS });
  const manual = running.find(({ status }) => status.profile === profile);
  if (manual !== undefined)
    throw new UserError(
      ExitCode.busy,
      `The profile ${profile} is mounted on ${manual.status.mountpoint} already, without the service.`,
      `Unmount it first: gphotos-mount unmount ${shellQuoted(manual.status.mountpoint)}`,
    );
}

export function foreignFile(file: string): UserError {
  return new UserError(
    ExitCode.config,
    `${file} was not written by gphotos-mount, and is left as it is.`,
    'Move it away if you do not need it, or take another profile with --profile.',
  );
}

export function notInstalled({ profile }: ServiceDeps): UserError {
  return new UserError(
    ExitCode.notRunning,
    `No service of gphotos-mount is installed for the profile ${profile}.`,
    `Install one: gphotos-mount service install ~/photos${profileOption(profile)}`,
  );
}

/** A path without links; as it stands where there is nothing. */
export function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
