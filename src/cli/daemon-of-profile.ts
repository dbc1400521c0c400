import type { ControlReply } from '../daemon/control-requests.js';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { askProfile, notAnswering, type SilentDaemon } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import type { StatusDocument } from '../daemon/status-document.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';

/** How long a daemon may take to say that it is there. */
export const ASK_MS = 5000;

export interface ProfileDaemon {
  readonly socketFile: string;
  readonly status: StatusDocument;
}

/** The daemon of the profile; undefined where none runs. `silent`: what to do with one that does not answer; default: an error. */
export async function daemonOfProfile<Silent = never>(
  config: DaemonConfig,
  context: CliContext,
  silent: (daemon: SilentDaemon) => Silent = (daemon) => {
    throw notAnswering(daemon);
  },
): Promise<ProfileDaemon | Silent | undefined> {
  const search = { folders: baseFolders(context.around), timeoutMs: ASK_MS };
  const answer = await askProfile(search, config.profile, { command: 'status' });
  switch (answer.kind) {
    case 'none':
      return undefined;
    case 'refused':
      throw answer.error;
    case 'silent':
      return silent(answer.daemon);
    case 'reply':
      if (answer.reply.ok && 'status' in answer.reply)
        return { socketFile: answer.socketFile, status: answer.reply.status };
      throw refusalOfDaemon(answer.reply);
  }
}

/** Why a daemon did not do what it was asked for. */
export function refusalOfDaemon(reply: ControlReply | undefined): UserError {
  if (reply !== undefined && !reply.ok) return new UserError(reply.exitCode, reply.message, reply.hint);
  return new UserError(
    ExitCode.notRunning,
    'The mount ended meanwhile, or is of an older version.',
    'Mount again with this version, and try again.',
  );
}
