import { ExitCode } from '../support/user-error.js';
import type { ControlReply, ControlRequest } from './control-protocol.js';
import type { OpenLibrary } from './open-library.js';

/** Carries out `sync` of the control socket. With `wait` the answer comes when the sync is done, and has its error. */
export async function answerSync(
  { full = false, acceptRemovals = false, wait = false }: ControlRequest,
  library: Pick<OpenLibrary, 'syncNow'> | undefined,
): Promise<ControlReply> {
  if (library === undefined) {
    return {
      ok: false,
      message: 'The mount is only starting.',
      hint: 'Try again in a moment.',
      exitCode: ExitCode.busy,
    };
  }
  const done = library.syncNow({ full, acceptRemovals });
  // Known at once, so it is also said to a caller that does not wait.
  const trouble = wait ? await done : acceptRemovals ? await Promise.race([done, nextTurn()]) : undefined;
  if (trouble === undefined) return { ok: true, synced: wait };
  const exitCode = trouble.code === 'nothing-held' ? ExitCode.usage : ExitCode.syncFailed;
  return { ok: false, message: trouble.message, hint: trouble.hint, exitCode };
}

const nextTurn = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, 300, undefined));
