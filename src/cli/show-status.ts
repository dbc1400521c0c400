import { resolve } from 'node:path';
import { runningDaemons } from '../daemon/control-client.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { Command } from './command-line.js';
import { renderStatus } from './render-status.js';
import type { CliContext } from './run-cli.js';

const TIMEOUT_MS = 5000;

/** Prints the status of the mount named, or of all; `notRunning` where there is none. */
export async function showStatus(command: Command & { kind: 'status' }, context: CliContext): Promise<ExitCode> {
  const mountpoint =
    command.mountpoint === undefined
      ? undefined
      : await (await context.mountTools()).locate(resolve(context.person.currentFolder, command.mountpoint));
  const all = (await runningDaemons(baseFolders(context.around).runtime, TIMEOUT_MS)).map(({ status }) => status);
  const chosen = all.filter(
    (status) =>
      (mountpoint === undefined || status.mountpoint === mountpoint) &&
      (command.profile === undefined || status.profile === command.profile),
  );
  const [first] = chosen;
  if (first === undefined) {
    const others = all.map((status) => status.mountpoint).join(', ');
    throw new UserError(
      ExitCode.notRunning,
      mountpoint === undefined
        ? `No mount of gphotos-mount is running${command.profile === undefined ? '' : ` for the profile ${command.profile}`}.`
        : `No gphotos-mount is running on ${mountpoint}.`,
      others === '' ? 'Start one: gphotos-mount ~/photos' : `Running: ${others}`,
    );
  }
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
  context.stdout.write(`${JSON.stringify(first, null, 2)}\n`);
  return ExitCode.ok;
}
