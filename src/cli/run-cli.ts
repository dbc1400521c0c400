import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { DaemonConfig } from '../daemon/daemon-config.js';
import { baseFolders, type BaseFolders, type Surroundings } from '../daemon/profile-paths.js';
import type { StatusDocument } from '../daemon/status-document.js';
import type { MountTools } from '../daemon/unmount-any.js';
import { traceOf } from '../support/message-of.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { isJournal, journalLines } from '../support/journal.js';
import { withoutSecrets } from '../support/without-secrets.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { parseCommandLine, type Command } from './command-line.js';
import { mountConfig, type Person } from './mount-config.js';
import { isMountHelperCall, MOUNT_HELPER_ARGUMENT } from './mount-helper-arguments.js';
import { ProgressLine } from './progress-line.js';
import { mergeSettings } from './settings.js';

/** How a daemon in the foreground talks. */
export interface ForegroundHooks {
  readonly writeLog: (line: string) => void;
  readonly onReady: () => void;
  readonly isJournal: boolean;
  /** Called now and then until the first sync is done. */
  readonly onProgress: ((status: StatusDocument) => void) | undefined;
}

export interface CliContext {
  readonly args: readonly string[];
  readonly around: Surroundings;
  readonly person: Person;
  readonly version: string;
  /** The program's own entry file, to start the background process with. */
  readonly programFile: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown; readonly isTTY: boolean };
  readonly columns: number;
  readonly now: () => number;
  /** Called once it is clear that this process is not to become a daemon. */
  readonly isShortLived: () => void;
  readonly runDaemon: (config: DaemonConfig, hooks: ForegroundHooks) => Promise<ExitCode>;
  readonly mountTools: () => Promise<MountTools>;
}

const LAUNCH_TIMEOUT_MS = 60_000;
/** A daemon that has said nothing for this long does not answer. */
const SILENCE_MS = 3_000;
const UNMOUNT_TIMEOUT_MS = 20_000;

/** The whole program of a person at a terminal, or of mount(8); resolves with the exit code, having said on stderr what went wrong. */
export async function runCli(context: CliContext): Promise<number> {
  const [first, ...rest] = context.args;
  if (first === MOUNT_HELPER_ARGUMENT || isMountHelperCall(context.args)) {
    const { runMountHelper } = await import('./run-mount-helper.js');
    return runMountHelper(first === MOUNT_HELPER_ARGUMENT ? rest : context.args, context);
  }
  try {
    const command = await parseCommandLine(context.args, context.version, context.columns);
    if (command.kind !== 'mount' || command.options.foreground !== true) context.isShortLived();
    return await runCommand(command, context);
  } catch (error) {
    const text = renderError(error);
    context.stderr.write(isJournal(context.around.env) ? journalLines('error', text) : text);
    return error instanceof UserError ? error.exitCode : ExitCode.internal;
  }
}

async function runCommand(command: Command, context: CliContext): Promise<ExitCode> {
  switch (command.kind) {
    case 'print':
      context.stdout.write(`${command.text}\n`);
      return ExitCode.ok;
    case 'mount':
      return mount(command, context);
    case 'login':
    case 'logout':
    case 'accounts':
    case 'doctor': {
      const { runAccountCommand } = await import('./run-account-command.js');
      return runAccountCommand(command, context);
    }
    case 'status': {
      if (command.check === true) {
        const { checkStatus } = await import('./check-status.js');
        return checkStatus(command, context);
      }
      const { showStatus } = await import('./show-status.js');
      return showStatus(command, context);
    }
    case 'completion': {
      const { completionScript } = await import('./completions.js');
      context.stdout.write(completionScript(command.shell));
      return ExitCode.ok;
    }
    case 'service': {
      const { runServiceCommand } = await import('./run-service.js');
      return runServiceCommand(command, context);
    }
    case 'sync': {
      const { syncNow } = await import('./sync-now.js');
      return syncNow(command, context);
    }
    case 'cache': {
      const { runCacheCommand } = await import('./cache-command.js');
      return runCacheCommand(command, context);
    }
    case 'unmount': {
      const { unmountAny } = await import('../daemon/unmount-any.js');
      await unmountAny({
        mountpoint: absolute(command.mountpoint, context),
        folders: baseFolders(context.around),
        say: (line) => context.stderr.write(`${line}\n`),
        tools: context.mountTools,
        timeoutMs: UNMOUNT_TIMEOUT_MS,
        lazy: command.lazy,
        ifMounted: command.ifMounted === true,
      });
      return ExitCode.ok;
    }
  }
}

async function mount(command: Command & { kind: 'mount' }, context: CliContext): Promise<ExitCode> {
  const folders = baseFolders(context.around);
  const settings = mergeSettings(command.options, context.around.env, join(folders.config, 'config.json'));
  const config = mountConfig(command.mountpoint, settings, folders, context.person, context.version, command.options);
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

export function mountedLine({ mountpoint }: Pick<DaemonConfig, 'mountpoint'>): string {
  return `mounted at ${mountpoint} (unmount with: gphotos-mount unmount ${shellQuoted(mountpoint)})\n`;
}

function absolute(path: string, { person }: CliContext): string {
  return resolve(person.currentFolder, path);
}

/** What stderr says of an error; `program` is who says it. */
export function renderError(error: unknown, program = 'gphotos-mount'): string {
  if (error instanceof UserError) {
    return `${program}: ${error.message}\n${error.hint === '' ? '' : `  ${error.hint}\n`}`;
  }
  const text = withoutSecrets(traceOf(error));
  return `${program}: an internal error, please report it with these lines:\n${text}\n`;
}
