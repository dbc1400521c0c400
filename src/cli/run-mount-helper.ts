import { constants, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { untilReleased } from '../daemon/await-release.js';
import { launchInBackground } from '../daemon/launch-background.js';
import { baseFolders, type Surroundings } from '../daemon/profile-paths.js';
import { isAutomount } from '../service/automount.js';
import { programRunner } from '../service/systemd.js';
import { becomeUser, findAccount, type UserAccount } from '../service/user-account.js';
import { commandClock } from '../support/clock.js';
import { withinDeadline } from '../support/deadline.js';
import { isJournal, journalLines } from '../support/journal.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { mountConfig } from './mount-config.js';
import { parseMountHelper, type MountHelperCall } from './mount-helper-arguments.js';
import { renderError } from './render-error.js';
import { mountedLine } from './run-mount.js';
import { mergeSettings } from './settings.js';

/** The user database may be on another machine. */
const ANSWER_MS = 10_000;
const LAUNCH_TIMEOUT_MS = 60_000;
/** systemd ends mount(8) after 90 s. Before that the daemon is ended, so that a boot goes on and nothing half done stays. */
const LONGEST_LAUNCH_MS = 75_000;
/** Whatever hangs before, this ends the helper. */
const LONGEST_MS = 85_000;

/** The whole of mount.gphotos; resolves with an exit code of mount(8), having said on stderr what went wrong. */
export async function runMountHelper(args: readonly string[], context: CliContext): Promise<number> {
  const late = (): Error =>
    new UserError(
      ExitCode.mount,
      `Mounting took longer than ${LONGEST_MS / 1000} s.`,
      'Mount it as the user to see why: gphotos-mount -f FOLDER',
    );
  const toJournal = isJournal(context.around.env);
  try {
    context.isShortLived();
    await withinDeadline(commandClock, LONGEST_MS, () => mount(args, context), late);
    return ExitCode.ok;
  } catch (error) {
    const text = renderError(error, 'mount.gphotos');
    context.stderr.write(toJournal ? journalLines('error', text) : text);
    return mountCode(error instanceof UserError ? error.exitCode : ExitCode.internal);
  }
}

/** mount(8) knows 1, 2, 4, 8 and 32 alone. */
export function mountCode(code: ExitCode): number {
  if (code === ExitCode.usage) return 1;
  return code < ExitCode.usage ? code : ExitCode.mount;
}

async function mount(args: readonly string[], context: CliContext): Promise<void> {
  const begun = performance.now();
  const call = parseMountHelper(args);
  const account = await accountOf(call, context);
  const environment = { ...loginEnvironment(account, context.around), ...call.environment };
  const { locate, state } = await context.mountTools();
  const mountpoint = await locate(call.directory);
  if (await isAutomount(mountpoint))
    throw new UserError(
      ExitCode.mount,
      `${mountpoint} is mounted on first use (x-systemd.automount), which gphotos-mount cannot do.`,
      'Leave x-systemd.automount out of /etc/fstab.',
    );
  // From here on nothing is done with more rights than the user has.
  becomeUser(account);
  replaceEnvironment(context.around.env, environment);
  const around = { ...context.around, home: account.home, uid: account.uid, temporaryFolder: '/tmp' };
  const folders = baseFolders(around);
  const settings = mergeSettings(call.options, around.env, join(folders.config, 'config.json'));
  const person = { uid: account.uid, gid: account.gid, umask: context.person.umask, currentFolder: '/' };
  const made = mountConfig(mountpoint, settings, folders, person, context.version, call.options);
  const config = { ...made, source: call.source };
  await checkReadable(account, [process.execPath, context.programFile]);
  if (call.isFake) return;
  // `umount` returns before the daemon has ended.
  const isMounted = async (path: string): Promise<boolean> => (await state(path)) !== 'free';
  await untilReleased(config.paths.dataDir, { isMounted, clock: commandClock });
  await launchInBackground({
    config,
    programFile: context.programFile,
    env: around.env,
    timeoutMs: LAUNCH_TIMEOUT_MS,
    longestMs: LONGEST_LAUNCH_MS - (performance.now() - begun),
  });
  if (call.isVerbose) context.stdout.write(mountedLine(config));
}

async function accountOf({ user, source }: MountHelperCall, { person, around }: CliContext): Promise<UserAccount> {
  if (user === '' && person.uid === 0)
    throw new UserError(ExitCode.usage, `"${source}" names no user.`, 'Write the line as: alice /mnt/photos gphotos …');
  const wanted = user === '' ? String(person.uid) : user;
  const account = await findAccount(programRunner(around.env, ANSWER_MS), wanted);
  if (account === undefined)
    throw new UserError(ExitCode.usage, `There is no user ${wanted}.`, 'Name a user of this machine.');
  if (person.uid !== 0 && person.uid !== account.uid)
    throw new UserError(ExitCode.usage, `Only root or ${account.name} may mount the photos of ${account.name}.`, '');
  return account;
}

/** The same environment for every caller: of the caller's variables only PATH, language and time zone are kept. */
function loginEnvironment({ name, uid, home, shell }: UserAccount, { env }: Surroundings): Record<string, string> {
  const kept = Object.entries(env).filter(([key]) => /^(?:PATH|TZ|LANG|LC_[A-Z]+)$/.test(key));
  const runtime = `/run/user/${uid}`;
  return {
    ...(Object.fromEntries(kept) as Record<string, string>),
    HOME: home,
    USER: name,
    LOGNAME: name,
    ...(shell === '' ? {} : { SHELL: shell }),
    ...(statSync(runtime, { throwIfNoEntry: false })?.uid === uid ? { XDG_RUNTIME_DIR: runtime } : {}),
  };
}

function replaceEnvironment(env: NodeJS.ProcessEnv, by: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(env)) Reflect.deleteProperty(env, name);
  Object.assign(env, by);
}

/** Node in root's home, for one, cannot be run by others. */
async function checkReadable({ name }: UserAccount, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await access(file, constants.R_OK).catch((cause: unknown) => {
      throw new UserError(
        ExitCode.system,
        `The user ${name} may not read ${file}.`,
        'Install Node and gphotos-mount where every user may read them, such as /usr/local.',
        cause,
      );
    });
  }
}
