import { isJournal, journalLines } from '../support/journal.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { parseCommandLine } from './command-line.js';
import { isMountHelperCall, MOUNT_HELPER_ARGUMENT } from './mount-helper-arguments.js';
import { renderError } from './render-error.js';

/** The whole program of a person at a terminal, or of mount(8); resolves with the exit code, having said on stderr what went wrong. */
export async function runCli(context: CliContext): Promise<number> {
  const [first, ...rest] = context.args;
  if (first === MOUNT_HELPER_ARGUMENT || isMountHelperCall(context.args)) {
    const { runMountHelper } = await import('./run-mount-helper.js');
    return runMountHelper(first === MOUNT_HELPER_ARGUMENT ? rest : context.args, context);
  }
  try {
    const { becomesDaemon, run } = await parseCommandLine(context.args, context.version, context.columns);
    if (!becomesDaemon) context.isShortLived();
    return await run(context);
  } catch (error) {
    const text = renderError(error);
    context.stderr.write(isJournal(context.around.env) ? journalLines('error', text) : text);
    return error instanceof UserError ? error.exitCode : ExitCode.internal;
  }
}
