import { join, resolve } from 'node:path';
import { askDaemon } from '../daemon/control-client.js';
import type { TakeoutOutcome } from '../daemon/answer-takeout.js';
import type { ControlRequest } from '../daemon/control-requests.js';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { DISK_TROUBLE } from '../daemon/takeout-link.js';
import { findDaemons, notAnswering } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { withProfileTakeouts, type ProfileTakeouts } from '../daemon/profile-takeouts.js';
import { commandClock } from '../support/clock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { ASK_MS, daemonOfProfile, refusalOfDaemon, type ProfileDaemon } from './daemon-of-profile.js';
import { mountConfig } from './mount-config.js';
import { examinedLines } from './render-takeout.js';
import { mergeSettings } from './settings.js';
import type { TakeoutAddRequest, TakeoutRemoveRequest, TakeoutRequest } from './takeout-arguments.js';
import { TakeoutProgress } from './takeout-progress.js';

type Examined = Omit<Extract<TakeoutOutcome, { action: 'add' }>, 'action'>;

/** Directories of many parts on a slow drive. */
const ADD_MS = 30 * 60_000;
const LOOK_MS = 200;
/** A request is one line of limited length. */
const PATHS_AT_ONCE = 100;

/** Adds exports to a profile, whether or not it is mounted. Ends with 65 if a part was refused. */
export async function addTakeout(request: TakeoutAddRequest, context: CliContext): Promise<ExitCode> {
  const config = configOf(request, context);
  const paths = request.paths.map((path) => resolve(context.person.currentFolder, path));
  const progress = new TakeoutProgress(context);
  const daemon = await daemonOfProfile(config, context);
  let fault: Error | undefined;
  const read = async (reading: Promise<void>): Promise<void> => {
    fault = await reading.then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
  };
  const examined =
    daemon === undefined
      ? await offline(config, context, async (takeouts) => {
          const done = await takeouts.add(paths);
          if (request.wait) await read(takeouts.read((reading) => progress.show(reading)));
          return done;
        })
      : await addThrough(daemon, paths);
  if (daemon !== undefined && request.wait) await read(untilRead(config, context, progress));
  progress.clear();
  const isRead = request.wait && fault === undefined;
  if (request.json) context.stdout.write(`${JSON.stringify(examined, null, 2)}\n`);
  else say(context, examinedLines(examined, { isMounted: daemon !== undefined, isRead }));
  // What was added stays added, and was told.
  if (fault !== undefined) throw fault;
  return examined.refused.length > 0 ? ExitCode.catalog : ExitCode.ok;
}

/** Takes an export out of a profile. The files of the export stay. */
export async function removeTakeout(request: TakeoutRemoveRequest, context: CliContext): Promise<ExitCode> {
  const config = configOf(request, context);
  const { exportName } = request;
  const daemon = await daemonOfProfile(config, context);
  if (daemon === undefined) await offline(config, context, (takeouts) => takeouts.remove(exportName));
  else await ask(daemon, { command: 'takeout', action: 'remove', exportName });
  say(context, [`removed ${exportName}; its files were not touched`]);
  return ExitCode.ok;
}

/** The daemon's configuration, of which only the profile and its places are used. */
export function configOf({ profile }: TakeoutRequest, context: CliContext): DaemonConfig {
  const folders = baseFolders(context.around);
  const given = profile === undefined ? {} : { profile };
  const settings = mergeSettings(given, context.around.env, join(folders.config, 'config.json'));
  return mountConfig('/', settings, folders, context.person, context.version);
}

/** Works on a profile without a daemon. Mounts of other profiles are known, so that no part inside one is read. */
export async function offline<T>(
  config: DaemonConfig,
  context: CliContext,
  work: (takeouts: ProfileTakeouts) => Promise<T>,
): Promise<T> {
  const { running } = await findDaemons({ folders: baseFolders(context.around), timeoutMs: ASK_MS });
  const ownMounts = running.map(({ status }) => status.mountpoint);
  return withProfileTakeouts(config, ownMounts, work);
}

async function addThrough(daemon: ProfileDaemon, paths: readonly string[]): Promise<Examined> {
  const all: Examined[] = [];
  for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) {
    const some = paths.slice(at, at + PATHS_AT_ONCE);
    const outcome = await ask(daemon, { command: 'takeout', action: 'add', paths: some });
    if (outcome.action === 'add') all.push(outcome);
  }
  return {
    parts: all.flatMap(({ parts }) => parts),
    refused: all.flatMap(({ refused }) => refused),
    repeated: all.flatMap(({ repeated }) => repeated),
  };
}

async function ask({ socketFile, status }: ProfileDaemon, request: ControlRequest): Promise<TakeoutOutcome> {
  const silent = { profile: status.profile, pid: status.pid, mountpoint: status.mountpoint };
  const reply = await askDaemon(socketFile, request, ADD_MS).catch(() => {
    throw notAnswering(silent);
  });
  if (reply !== undefined && 'takeout' in reply) return reply.takeout;
  throw refusalOfDaemon(reply);
}

/** Waits until all parts are read. Rejects with UserError where that cannot go on before a person has done something. */
export async function untilRead(config: DaemonConfig, context: CliContext, progress: TakeoutProgress): Promise<void> {
  for (;;) {
    const status = (await daemonOfProfile(config, context))?.status;
    const reading = status?.takeout.reading ?? null;
    if (reading === null) return;
    const full = status?.errors.find(({ code, resolvedAt }) => code === DISK_TROUBLE && resolvedAt === null);
    if (full !== undefined) throw new UserError(ExitCode.system, full.message, full.hint);
    progress.show(reading);
    await commandClock.sleep(LOOK_MS);
  }
}

function say(context: CliContext, lines: readonly string[]): void {
  for (const line of lines) context.stdout.write(`${line}\n`);
}
