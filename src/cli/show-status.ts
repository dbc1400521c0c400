import { resolve } from 'node:path';
import { findDaemons, notAnswering, type RunningDaemon, type SilentDaemon } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { renderStatus } from './render-status.js';

const TIMEOUT_MS = 5000;

export interface Named {
  readonly mountpoint: string | undefined;
  readonly profile: string | undefined;
}

/** The daemons that a command means, those that answer and those that do not. */
export interface Chosen {
  readonly running: readonly RunningDaemon[];
  readonly silent: readonly SilentDaemon[];
}

/** That of the mount or profile named, or all. UserError where there is none, or where it may not be asked. */
export async function chosen(named: Named, context: CliContext): Promise<Chosen> {
  const mountpoint =
    named.mountpoint === undefined
      ? undefined
      : await (await context.mountTools()).locate(resolve(context.person.currentFolder, named.mountpoint));
  const all = await findDaemons({ folders: baseFolders(context.around), timeoutMs: TIMEOUT_MS });
  const isMeant = (daemon: { readonly mountpoint: string | undefined; readonly profile: string }): boolean =>
    (mountpoint === undefined || daemon.mountpoint === mountpoint) &&
    (named.profile === undefined || daemon.profile === named.profile);
  const running = all.running.filter(({ status }) => isMeant(status));
  const silent = all.silent.filter(isMeant);
  if (running.length > 0 || silent.length > 0) return { running, silent };
  const [refusal] = all.refused;
  if (refusal !== undefined) throw refusal;
  const others = all.running.map(({ status }) => status.mountpoint).join(', ');
  throw new UserError(
    ExitCode.notRunning,
    mountpoint === undefined
      ? `No mount of gphotos-mount is running${named.profile === undefined ? '' : ` for the profile ${named.profile}`}.`
      : `No gphotos-mount is running on ${mountpoint}.`,
    others === '' ? 'Start one: gphotos-mount ~/photos' : `Running: ${others}`,
  );
}

/** As the person means them; UserError (notRunning) where one of them does not answer, or there is none. */
export async function chosenDaemons(
  named: Named,
  context: CliContext,
): Promise<readonly [RunningDaemon, ...RunningDaemon[]]> {
  const { running, silent } = await chosen(named, context);
  const [first, ...more] = running;
  if (first !== undefined && silent.length === 0) return [first, ...more];
  throw notAnswering(silent[0] ?? { profile: '', pid: undefined, mountpoint: undefined });
}

/** Prints the status of the mount named, or of all; `notRunning` where there is none, or one does not answer. */
export async function showStatus(request: Named & { readonly json: boolean }, context: CliContext): Promise<ExitCode> {
  const { running, silent } = await chosen(request, context);
  const documents = running.map(({ status }) => status);
  if (request.json && documents.length > 1) {
    throw new UserError(
      ExitCode.usage,
      'Several mounts are running, and --json prints one.',
      `Name one of: ${documents.map((status) => status.mountpoint).join(', ')}`,
    );
  }
  if (request.json && documents.length > 0) context.stdout.write(`${JSON.stringify(documents[0], null, 2)}\n`);
  if (!request.json) context.stdout.write(documents.map((status) => renderStatus(status, context.now())).join('\n'));
  const [mute] = silent;
  if (mute !== undefined) throw notAnswering(mute);
  return ExitCode.ok;
}
