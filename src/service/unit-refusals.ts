import { realpathSync } from 'node:fs';
import { findDaemons } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { managerArguments, systemctlCommand, unitFile, type ServiceDeps } from './unit-control.js';
import { unitName, unitOrigin } from './unit-text.js';

/** A daemon that has said nothing for this long does not answer. */
const ANSWER_MS = 3000;

/** As an option of a command that is shown. */
export const profileOption = (profile: string): string => (profile === 'default' ? '' : ` --profile ${profile}`);

/** What must not be overwritten or doubled. */
export async function refuseOthers(
  deps: ServiceDeps & { readonly mountpoint: string },
  text: string | undefined,
): Promise<void> {
  const { mountpoint, profile } = deps;
  const name = unitName(profile);
  const file = unitFile(deps);
  const origin = text === undefined ? undefined : unitOrigin(text);
  if (origin?.kind === 'foreign') throw foreignUnit(file);
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
      `Put the changes into a drop-in (${systemctlCommand(deps, 'edit')}), move the file away, then install again.`,
    );
  const { stdout } = await deps.run('systemctl', [
    ...managerArguments(deps),
    'show',
    '--property=FragmentPath',
    '--value',
    name,
  ]);
  const other = stdout.trim();
  if (other !== '' && other !== file && withoutLinks(other) !== withoutLinks(file)) throw foreignUnit(other);
  if (text !== undefined) return;
  const { running } = await findDaemons({ folders: baseFolders(deps.around), timeoutMs: ANSWER_MS });
  const manual = running.find(({ status }) => status.profile === profile);
  if (manual !== undefined)
    throw new UserError(
      ExitCode.busy,
      `The profile ${profile} is mounted on ${manual.status.mountpoint} already, without the service.`,
      `Unmount it first: gphotos-mount unmount ${shellQuoted(manual.status.mountpoint)}`,
    );
}

export function foreignUnit(file: string): UserError {
  return new UserError(
    ExitCode.config,
    `${file} was not written by gphotos-mount, and is left as it is.`,
    'Move it away if you do not need it, or take another profile with --profile.',
  );
}

export function notInstalled(deps: ServiceDeps): UserError {
  return new UserError(
    ExitCode.notRunning,
    `No service of gphotos-mount is installed for the profile ${deps.profile}.`,
    `Install one: gphotos-mount service install ~/photos${profileOption(deps.profile)}`,
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
