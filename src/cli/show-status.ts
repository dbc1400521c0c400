import { resolve } from 'node:path';
import { runningDaemons, type RunningDaemon } from '../daemon/control-client.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { Command } from './command-line.js';
import { renderStatus } from './render-status.js';
import type { CliContext } from './run-cli.js';

const TIMEOUT_MS = 5000;

/** The daemons that a command means: that of the mount or profile named, or all. UserError `notRunning` where there is none. */
export async function chosenDaemons(
  named: { readonly mountpoint: string | undefined; readonly profile: string | undefined },
  context: CliContext,
): Promise<readonly [RunningDaemon, ...RunningDaemon[]]> {
  const mountpoint =
    named.mountpoint === undefined
      ? undefined
      : await (await context.mountTools()).locate(resolve(context.person.currentFolder, named.mountpoint));
  const all = await runningDaemons(baseFolders(context.around).runtime, TIMEOUT_MS);
  const [first, ...more] = all.filter(
    ({ status }) =>
      (mountpoint === undefined || status.mountpoint === mountpoint) &&
      (named.profile === undefined || status.profile === named.profile),
  );
  if (first !== undefined) return [first, ...more];
  const others = all.map(({ status }) => status.mountpoint).join(', ');
  throw new UserError(
    ExitCode.notRunning,
    mountpoint === undefined
      ? `No mount of gphotos-mount is running${named.profile === undefined ? '' : ` for the profile ${named.profile}`}.`
      : `No gphotos-mount is running on ${mountpoint}.`,
    others === '' ? 'Start one: gphotos-mount ~/photos' : `Running: ${others}`,
  );
}

/** Prints the status of the mount named, or of all; `notRunning` where there is none. */
export async function showStatus(command: Command & { kind: 'status' }, context: CliContext): Promise<ExitCode> {
  const chosen = (await chosenDaemons(command, context)).map(({ status }) => status);
  if (!command.json) {
    context.stdout.write(chosen.map((status) => renderStatus(status, context.now())).join('\n'));
    return ExitCode.ok;
  }
  if (chosen.length > 1) {
    throw new UserError(
      ExitCode.usage,
      'Several mounts are running, and --json prints one.',
      `Name one of: ${chosen.map((status) => status.mountpoint).join(', ')}`,
    );
  }
  context.stdout.write(`${JSON.stringify(chosen[0], null, 2)}\n`);
  return ExitCode.ok;
}
