import { askDaemon } from '../daemon/control-client.js';
import { notAnswering } from '../daemon/find-daemons.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { Command } from './command-line.js';
import type { CliContext } from './run-cli.js';
import { chosenDaemons } from './show-status.js';

const TIMEOUT_MS = 10_000;
/** A full pass over a million items takes days of quota. A person who waits for one may stop waiting with Ctrl-C. */
const PATIENCE_MS = 24 * 3_600_000;

/** Lets the daemon look for changes; with `wait` returns when it has, with what went wrong as an error. */
export async function syncNow(command: Command & { kind: 'sync' }, context: CliContext): Promise<ExitCode> {
  const { full, wait, acceptRemovals } = command;
  for (const { socketFile, status } of await chosenDaemons(command, context)) {
    const request = { command: 'sync', full, wait, acceptRemovals } as const;
    const reply = await askDaemon(socketFile, request, wait ? PATIENCE_MS : TIMEOUT_MS).catch(() => {
      throw notAnswering(status);
    });
    if (reply === undefined) {
      const hint = 'See: gphotos-mount status';
      throw new UserError(ExitCode.notRunning, `gphotos-mount on ${status.mountpoint} ended meanwhile.`, hint);
    }
    if (!reply.ok) throw new UserError(reply.exitCode, reply.message, reply.hint);
    context.stdout.write(`${status.mountpoint}: ${wait ? 'up to date' : 'looking for changes'}\n`);
  }
  return ExitCode.ok;
}
