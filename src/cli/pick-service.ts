import { join } from 'node:path';
import type { PickAsk, PickOutcome, PickTarget } from '../daemon/pick-requests.js';
import { askDaemon } from '../daemon/control-client.js';
import type { ControlRequest } from '../daemon/control-requests.js';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { notAnswering } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { daemonOfProfile, refusalOfDaemon, type ProfileDaemon } from './daemon-of-profile.js';
import { mountConfig } from './mount-config.js';
import type { PickCommon } from './pick-arguments.js';
import { mergeSettings } from './settings.js';

/** What answers about picking: the daemon of the profile, or this process in its stead. */
export interface PickService {
  /** Where it is a daemon, the folder that it is mounted on: it goes on when the command ends. */
  readonly mountpoint: string | undefined;
  ask(request: PickAsk): Promise<PickOutcome>;
}

/** Beginning a session asks Google; forgetting waits for the tree and the disk. */
const ANSWER_MS = 60_000;

/** The daemon's configuration, of which only the profile, its places and its sign-in are used. */
export function pickConfig({ options }: PickCommon, context: CliContext): DaemonConfig {
  const folders = baseFolders(context.around);
  const settings = mergeSettings({ ...options }, context.around.env, join(folders.config, 'config.json'));
  return mountConfig('/', settings, folders, context.person, context.version);
}

/** The profile is in use by a command that has no socket to be asked by. */
export interface BusyProfile {
  readonly kind: 'busy';
  readonly error: UserError;
}

/** The daemon of the profile; undefined where none runs. */
export async function daemonService(
  config: DaemonConfig,
  context: CliContext,
): Promise<PickService | BusyProfile | undefined> {
  const found = await daemonOfProfile(config, context, (daemon): BusyProfile => {
    const error = notAnswering(daemon);
    if (error.exitCode === ExitCode.busy) return { kind: 'busy', error };
    throw error;
  });
  return found === undefined || 'error' in found ? found : overSocket(found);
}

function overSocket({ socketFile, status: { profile, pid, mountpoint } }: ProfileDaemon): PickService {
  return {
    mountpoint,
    ask: async (asked) => {
      const request: ControlRequest = { command: 'pick', ...asked };
      const reply = await askDaemon(socketFile, request, ANSWER_MS).catch(() => {
        throw notAnswering({ profile, pid, mountpoint });
      });
      if (reply !== undefined && 'pick' in reply) return reply.pick;
      throw refusalOfDaemon(reply);
    },
  };
}

/** Works in this process, where no daemon runs. */
export async function inThisProcess<T>(
  config: DaemonConfig,
  context: CliContext,
  work: (service: PickService) => Promise<T>,
): Promise<T> {
  const [{ withProfilePicks }, { forgetById }, { asUserError }] = await Promise.all([
    import('../daemon/profile-picks.js'),
    import('../daemon/forget-picked.js'),
    import('../daemon/pick-errors.js'),
  ]);
  return withProfilePicks(config, context.around.env, (keeper) =>
    work({
      mountpoint: undefined,
      ask: async (request): Promise<PickOutcome> => {
        switch (request.action) {
          case 'begin':
            return { action: 'begin', ...(await asUserError(keeper.create(request))) };
          case 'look':
            return { action: 'look', session: keeper.look(request.id) };
          case 'list':
          case 'resume':
            if (request.action === 'resume') await keeper.resume();
            return { action: request.action, ...keeper.status(), addresses: keeper.addresses() };
          case 'cancel':
            await keeper.cancel(request.id);
            return { action: 'cancel' };
          case 'forget':
            return { action: 'forget', items: await forgetById(withoutPath(request.target), keeper) };
        }
      },
    }),
  );
}

function withoutPath(target: PickTarget): Exclude<PickTarget, { readonly path: string }> {
  if (!('path' in target)) return target;
  throw new UserError(
    ExitCode.notRunning,
    'A path means something only while the folder is mounted.',
    'Mount it, or give the id of the item, or --session ID.',
  );
}
