import { systemClock } from '../support/clock.js';
import { outcomeWithin } from '../support/deadline.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { RequestRow } from './control-protocol.js';

interface SyncFields {
  /** Make a full pass. */
  readonly full?: boolean;
  /** Accept held removals. */
  readonly acceptRemovals?: boolean;
  /** Answer when it is done, and with its error. */
  readonly wait?: boolean;
}

/** What is known at once is also said to a caller that does not wait. */
const AT_ONCE_MS = 300;

export const answerSync: RequestRow<SyncFields, { readonly synced: boolean }> = {
  parse: ({ full, acceptRemovals, wait }) => ({
    full: full === true,
    acceptRemovals: acceptRemovals === true,
    wait: wait === true,
  }),
  handle: async ({ full = false, acceptRemovals = false, wait = false }, { library }) => {
    const done = library().syncNow({ full, acceptRemovals });
    const soon = acceptRemovals ? outcomeWithin(systemClock, AT_ONCE_MS, () => done) : undefined;
    const trouble = await (wait ? done : soon);
    if (trouble === undefined) return { synced: wait };
    const exitCode = trouble.code === 'nothing-held' ? ExitCode.usage : ExitCode.syncFailed;
    throw new UserError(exitCode, trouble.message, trouble.hint);
  },
};
