import { askDaemon } from '../daemon/control-client.js';
import { notAnswering } from '../daemon/find-daemons.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { chosenDaemons, type Named } from './show-status.js';

const TIMEOUT_MS = 10_000;
/** A full pass over a million items takes days of quota. A person who waits for one may stop waiting with Ctrl-C. */
const PATIENCE_MS = 24 * 3_600_000;

export interface SyncRequest extends Named {
  /** Compare everything, which also removes what is gone. */
  readonly full: boolean;
  /** Return when that is done. */
  readonly wait: boolean;
  /** Remove what the last comparison held back. */
  readonly acceptRemovals: boolean;
}

/** Lets the daemon look for changes; with `wait` returns when it has, with what went wrong as an error. */
export async function syncNow(request: SyncRequest, context: CliContext): Promise<ExitCode> {
  const { full, wait, acceptRemovals } = request;
  for (const { socketFile, status } of await chosenDaemons(request, context)) {
    const asked = { command: 'sync', full, wait, acceptRemovals } as const;
    const reply = await askDaemon(socketFile, asked, wait ? PATIENCE_MS : TIMEOUT_MS).catch(() => {
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
