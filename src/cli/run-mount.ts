import { join } from 'node:path';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { isMissingInOwnFolder } from '../daemon/new-mount-point.js';
import { baseFolders, type BaseFolders } from '../daemon/profile-paths.js';
import { isJournal } from '../support/journal.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext, ForegroundHooks } from './cli-context.js';
import { mountConfig } from './mount-config.js';
import { ProgressLine } from './progress-line.js';
import { mergeSettings, type GivenOptions } from './settings.js';

export interface MountRequest {
  readonly mountpoint: string;
  readonly options: GivenOptions;
}

const LAUNCH_TIMEOUT_MS = 60_000;
/** A daemon that has said nothing for this long does not answer. */
const SILENCE_MS = 3_000;

/** Starts a mount, in the background or as this process. */
export async function runMount(request: MountRequest, context: CliContext): Promise<ExitCode> {
  const folders = baseFolders(context.around);
  const settings = mergeSettings(request.options, context.around.env, join(folders.config, 'config.json'));
  const made = mountConfig(request.mountpoint, settings, folders, context.person, context.version, request.options);
  // A word without a slash may be a command that was misspelt.
  const makesMountpoint = request.mountpoint.includes('/') && (await isMissingInOwnFolder(made.mountpoint));
  const config = { ...made, makesMountpoint };
  try {
    return await startMount(config, context);
  } catch (error) {
    throw await naming(error, config, folders);
  }
}

async function startMount(config: DaemonConfig, context: CliContext): Promise<ExitCode> {
  if (config.foreground) return context.runDaemon(config, foregroundHooks(config, context));
  const { launchInBackground } = await import('../daemon/launch-background.js');
  await launchInBackground({
    config,
    programFile: context.programFile,
    env: context.around.env,
    timeoutMs: LAUNCH_TIMEOUT_MS,
  });
  context.stdout.write(mountedLine(config));
  return ExitCode.ok;
}

/** The error of a start that a running daemon prevents, with what is known of that daemon. */
async function naming(error: unknown, config: DaemonConfig, folders: BaseFolders): Promise<unknown> {
  const isInTheWay =
    error instanceof UserError && (error.exitCode === ExitCode.mount || error.exitCode === ExitCode.busy);
  if (!isInTheWay) return error;
  const { findDaemons, notAnswering } = await import('../daemon/find-daemons.js');
  const { silent } = await findDaemons({ folders, timeoutMs: SILENCE_MS });
  const mute = silent.find(({ mountpoint, profile }) => mountpoint === config.mountpoint || profile === config.profile);
  if (mute === undefined) return error;
  const { message, hint } = notAnswering(mute);
  return new UserError(error.exitCode, `${error.message} ${message}`, hint, error);
}

function foregroundHooks(config: DaemonConfig, { stderr, around }: CliContext): ForegroundHooks {
  const toJournal = isJournal(around.env);
  const progress = new ProgressLine((text) => stderr.write(text));
  return {
    writeLog: (line) => progress.above(line),
    isJournal: toJournal,
    // The log says it too, and a journal has no person who would type the command.
    onReady: () => {
      if (!toJournal) progress.above(mountedLine(config));
    },
    // A journal or a file would fill with copies of the line.
    onProgress: stderr.isTTY ? (status) => progress.update(status) : undefined,
  };
}

export function mountedLine({
  mountpoint,
  makesMountpoint = false,
}: Pick<DaemonConfig, 'mountpoint' | 'makesMountpoint'>): string {
  const isNew = makesMountpoint ? ', a new folder' : '';
  return `mounted at ${mountpoint}${isNew} (unmount with: gphotos-mount unmount ${shellQuoted(mountpoint)})\n`;
}
