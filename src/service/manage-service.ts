import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { askProfile, findDaemons } from '../daemon/find-daemons.js';
import { baseFolders, type Surroundings } from '../daemon/profile-paths.js';
import { statusSentence } from '../daemon/status-sentence.js';
import { commandClock, type Clock } from '../support/clock.js';
import { folderFault } from '../support/disk-fault.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { carriedEnvironment, unitFolder } from './service-places.js';
import { properties, type Answer, type RunProgram } from './systemd.js';
import { programsOf, unitName, unitOrigin, unitText } from './unit-text.js';
import type { Preparation } from './prepare-service.js';

export interface ServiceDeps {
  /** Of the user that the service runs as: home and uid are that user's. */
  readonly around: Surroundings;
  readonly run: RunProgram;
  readonly profile: string;
  /** The user of a service of the machine; undefined for a service of the user who installs it. */
  readonly user: string | undefined;
  /** Default: `/etc/systemd/system`, or the user's folder of units. */
  readonly folder?: string | undefined;
  readonly say: (line: string) => void;
  readonly clock?: Clock;
}

export interface InstallDeps extends ServiceDeps {
  /** Absolute. */
  readonly mountpoint: string;
  readonly options: readonly string[];
  readonly node: string;
  readonly program: string;
  /** Runs `prepareService` as the user of the service; resolves with what undoes it. */
  readonly prepare: (wanted: Preparation) => Promise<() => void>;
}

const ANSWER_MS = 3000;
const READY_MS = 60_000;
const LOOK_MS = 200;
const JOURNAL_LINES = 5;

/** The text that {@link installService} would write. */
export async function printedUnit(deps: InstallDeps): Promise<string> {
  const { mountpoint, options, node, program, user, around } = deps;
  const { code } = await deps.run('systemd-notify', ['--version']);
  const hasNotify = code === 0;
  const environment = carriedEnvironment(around.env);
  return unitText({ mountpoint, node: real(node), program: real(program), options, environment, user, hasNotify });
}

/** Installs, enables and starts the service; resolves when the mount works. Rejects with UserError, and undoes a first install then. */
export async function installService(deps: InstallDeps): Promise<void> {
  const { mountpoint, profile, say } = deps;
  const name = unitName(profile);
  const file = fileOf(deps);
  const managerEnv = await reachManager(deps);
  const before = existing(file);
  await refuseOthers(deps, before);
  const text = await printedUnit(deps);
  const environment = { ...managerEnv, ...carriedEnvironment(deps.around.env) };
  const isActive = await activeState(deps);
  const undoFolder = await deps.prepare({
    env: environment,
    configDir: baseFolders(deps.around).config,
    profile,
    mountpoint,
    hasCredentials: handsOverCredentials(file),
    isOwnMount: isActive !== 'inactive' && isActive !== 'failed' && before !== undefined,
  });
  const isChanged = before !== text;
  try {
    if (isChanged) writeUnit(file, text);
    await systemctl(deps, ['daemon-reload']);
    await systemctl(deps, ['reset-failed', name], { mayFail: true });
    await systemctl(deps, ['enable', name]);
    await start(deps, isChanged ? 'restart' : 'start');
    await untilReady(deps);
  } catch (error) {
    if (before === undefined) {
      await systemctl(deps, ['disable', '--now', name], { mayFail: true });
      rmSync(file, { force: true });
      await systemctl(deps, ['daemon-reload'], { mayFail: true });
      undoFolder();
    }
    throw error;
  }
  say(`${mountpoint} is mounted, by the service ${name}.`);
  say(`It is described in ${file}. Remove it with: gphotos-mount service uninstall${profileOption(profile)}`);
  await speakOfLinger(deps);
}

/** Stops the service and removes its unit. Catalog, cache, settings and the sign-in stay. */
export async function uninstallService(deps: ServiceDeps): Promise<void> {
  const name = unitName(deps.profile);
  const file = fileOf(deps);
  const text = existing(file);
  if (text === undefined) throw notInstalled(deps);
  const origin = unitOrigin(text);
  if (origin.kind === 'foreign') throw foreign(file);
  await reachManager(deps);
  await systemctl(deps, ['disable', '--now', name], { mayFail: true });
  if ((await activeState(deps)) === 'active')
    throw new UserError(ExitCode.system, `${name} does not stop.`, `See why: ${command(deps, 'status')}`);
  if (origin.kind === 'edited') {
    renameSync(file, `${file}.saved`);
    deps.say(`The unit was edited; it is kept as ${file}.saved`);
  } else rmSync(file);
  await systemctl(deps, ['daemon-reload']);
  await systemctl(deps, ['reset-failed', name], { mayFail: true });
  const kept = existsSync(`${file}.d`) ? ` Its drop-ins stay in ${file}.d.` : '';
  deps.say(`The service ${name} is removed; catalog, cache and sign-in stay.${kept}`);
}

/** Tells how the service is; resolves with whether it runs and its mount answers. */
export async function serviceStatus(deps: ServiceDeps): Promise<boolean> {
  const { say, profile, around } = deps;
  const name = unitName(profile);
  const file = fileOf(deps);
  const text = existing(file);
  if (text === undefined) throw notInstalled(deps);
  await reachManager(deps);
  const wanted = 'ActiveState,SubState,Result,UnitFileState,NRestarts,ExecMainStatus';
  const { stdout } = await deps.run('systemctl', [...scope(deps), 'show', '--no-pager', `--property=${wanted}`, name]);
  const shown = properties(stdout);
  const result =
    shown['Result'] === 'success' ? '' : `, ${shown['Result'] ?? ''} (exit code ${shown['ExecMainStatus'] ?? ''})`;
  say(
    `${name}: ${shown['ActiveState'] ?? 'unknown'} (${shown['SubState'] ?? ''}${result}), ${shown['UnitFileState'] ?? ''}`,
  );
  if (unitOrigin(text).kind === 'edited') say('  the unit was edited after it was installed');
  for (const missing of programsOf(text).filter((path) => !existsSync(path)))
    say(`  ${missing} is gone: run gphotos-mount service install again`);
  const answer = await askProfile({ folders: baseFolders(around), timeoutMs: ANSWER_MS }, profile, {
    command: 'status',
  });
  const status =
    answer.kind === 'reply' && answer.reply.ok && 'status' in answer.reply ? answer.reply.status : undefined;
  say(`  mount: ${status === undefined ? 'does not answer' : `${status.mountpoint}, ${statusSentence(status)}`}`);
  for (const line of (await journal(deps)).split('\n').filter((entry) => entry !== '')) say(`  ${line}`);
  return shown['ActiveState'] === 'active' && status !== undefined;
}

const scope = ({ user }: Pick<ServiceDeps, 'user'>): readonly string[] => (user === undefined ? ['--user'] : []);
const profileOption = (profile: string): string => (profile === 'default' ? '' : ` --profile ${profile}`);
const command = (deps: ServiceDeps, verb: string): string =>
  ['systemctl', ...scope(deps), verb, shellQuoted(unitName(deps.profile))].join(' ');

function fileOf({ around, user, profile, folder }: ServiceDeps): string {
  const units = folder ?? unitFolder(user === undefined ? 'user' : 'system', around.env, around.home);
  return join(units, unitName(profile));
}

function existing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The environment that the manager gives its services. */
async function reachManager(deps: ServiceDeps): Promise<NodeJS.ProcessEnv> {
  const { code, stdout, stderr } = await deps.run('systemctl', [...scope(deps), 'show-environment']);
  if (code === 0) return { ...properties(stdout), HOME: deps.around.home };
  const isMissing = code === undefined && stderr === '';
  throw new UserError(
    ExitCode.system,
    isMissing
      ? 'This machine has no systemd.'
      : `The service manager of systemd cannot be reached (${firstLine(stderr)}).`,
    deps.user === undefined && !isMissing
      ? 'Log in directly (by ssh or at the desktop, not by su or sudo), or as root install a service of the machine: gphotos-mount service install --system --user NAME'
      : 'Start the mount by other means: gphotos-mount -f MOUNTPOINT stays in the foreground.',
  );
}

/** What must not be overwritten or doubled. */
async function refuseOthers(deps: InstallDeps, text: string | undefined): Promise<void> {
  const { mountpoint, profile } = deps;
  const name = unitName(profile);
  const file = fileOf(deps);
  const origin = text === undefined ? undefined : unitOrigin(text);
  if (origin?.kind === 'foreign') throw foreign(file);
  if (origin?.mountpoint !== undefined && origin.mountpoint !== mountpoint)
    throw new UserError(
      ExitCode.busy,
      `The service of the profile ${profile} is installed already, for ${origin.mountpoint}.`,
      `Remove it first: gphotos-mount service uninstall${profileOption(profile)}; or take another profile with --profile.`,
    );
  if (origin?.kind === 'edited')
    throw new UserError(
      ExitCode.config,
      `${file} was edited after it was installed, and is not overwritten.`,
      `Put the changes into a drop-in (${command(deps, 'edit')}), move the file away, then install again.`,
    );
  const { stdout } = await deps.run('systemctl', [...scope(deps), 'show', '--property=FragmentPath', '--value', name]);
  const other = stdout.trim();
  if (other !== '' && other !== file && real(other) !== real(file)) throw foreign(other);
  if (text !== undefined) return;
  const { running } = await findDaemons({ folders: baseFolders(deps.around), timeoutMs: ANSWER_MS });
  const manual = running.find(({ status }) => status.profile === profile);
  if (manual !== undefined)
    throw new UserError(
      ExitCode.busy,
      `The profile ${profile} is mounted on ${manual.status.mountpoint} already, without the service.`,
      `Unmount it first: gphotos-mount unmount ${shellQuoted(manual.status.mountpoint)}`,
    );
}

function foreign(file: string): UserError {
  return new UserError(
    ExitCode.config,
    `${file} was not written by gphotos-mount, and is left as it is.`,
    'Move it away if you do not need it, or take another profile with --profile.',
  );
}

function notInstalled(deps: ServiceDeps): UserError {
  return new UserError(
    ExitCode.notRunning,
    `No service of gphotos-mount is installed for the profile ${deps.profile}.`,
    `Install one: gphotos-mount service install ~/photos${profileOption(deps.profile)}`,
  );
}

/** A drop-in of the unit that brings credentials, or names where they come from. */
function handsOverCredentials(file: string): boolean {
  const folder = `${file}.d`;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.conf')) : [];
  return names.some((name) =>
    /^(?:(?:Load|Set|Import)Credential|EnvironmentFile=|Environment=.*GPHOTOS_REFRESH_TOKEN)/m.test(
      existing(join(folder, name)) ?? '',
    ),
  );
}

function writeUnit(file: string, text: string): void {
  const fresh = `${file}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(fresh, text, { mode: 0o644 });
    renameSync(fresh, file);
  } catch (cause) {
    if (existsSync(fresh)) rmSync(fresh);
    const code = String((cause as NodeJS.ErrnoException).code);
    throw new UserError(
      ExitCode.system,
      folderFault(cause, dirname(file), file)?.message ?? `${file} cannot be written (${code}).`,
      'Make the folder writable; or see the unit with: gphotos-mount service install --print',
      cause,
    );
  }
}

async function systemctl(deps: ServiceDeps, args: readonly string[], { mayFail = false } = {}): Promise<Answer> {
  const answer = await deps.run('systemctl', [...scope(deps), ...args]);
  if (answer.code !== 0 && !mayFail)
    throw new UserError(
      ExitCode.system,
      `systemctl ${args.join(' ')} failed (${firstLine(answer.stderr)}).`,
      'Correct what it says, then install again.',
    );
  return answer;
}

async function activeState(deps: ServiceDeps): Promise<string> {
  const args = [...scope(deps), 'show', '--property=ActiveState', '--value', unitName(deps.profile)];
  return (await deps.run('systemctl', args)).stdout.trim();
}

/** systemctl returns when the unit says that it is ready, or has failed. */
async function start(deps: ServiceDeps, verb: 'start' | 'restart'): Promise<void> {
  const name = unitName(deps.profile);
  const { code } = await deps.run('systemctl', [...scope(deps), verb, name]);
  if (code === 0) return;
  const lines = (await journal(deps)).split('\n').filter((line) => line !== '');
  const shown = await deps.run('systemctl', [...scope(deps), 'show', '--property=ExecMainStatus', '--value', name]);
  const status = Number(shown.stdout.trim());
  const exitCode = Object.values(ExitCode).find((known) => known === status && known >= ExitCode.system);
  throw new UserError(
    exitCode ?? ExitCode.system,
    `The service ${name} does not start.`,
    lines.length === 0 ? `See why: ${command(deps, 'status')}` : `It says:\n  ${lines.join('\n  ')}`,
  );
}

async function untilReady(deps: InstallDeps): Promise<void> {
  const { clock = commandClock, around, profile } = deps;
  const giveUpAt = clock.now() + READY_MS;
  for (;;) {
    const search = { folders: baseFolders(around), timeoutMs: ANSWER_MS };
    const answer = await askProfile(search, profile, { command: 'status' });
    // As root, the socket of another user's daemon is not asked: systemd said that it is ready.
    if (answer.kind === 'refused') return;
    if (
      answer.kind === 'reply' &&
      answer.reply.ok &&
      'status' in answer.reply &&
      answer.reply.status.state !== 'starting'
    )
      return;
    if (deps.user !== undefined && (await activeState(deps)) === 'active') return;
    if (clock.now() >= giveUpAt)
      throw new UserError(ExitCode.system, 'The mount is not ready.', `See why: ${command(deps, 'status')}`);
    await clock.sleep(LOOK_MS);
  }
}

async function journal(deps: ServiceDeps): Promise<string> {
  const unit = deps.user === undefined ? '--user-unit' : '--unit';
  const args = [
    unit,
    unitName(deps.profile),
    '--lines',
    String(JOURNAL_LINES),
    '--no-pager',
    '--quiet',
    '--output=short',
  ];
  return (await deps.run('journalctl', args)).stdout;
}

async function speakOfLinger(deps: ServiceDeps): Promise<void> {
  if (deps.user !== undefined) return;
  const args = ['show-user', String(deps.around.uid), '--property=Linger', '--value'];
  const { stdout } = await deps.run('loginctl', args);
  const { stdout: user } = await deps.run('id', ['--user', '--name']);
  // loginctl does not know a user whom only the user's own manager keeps.
  const isOn = stdout.trim() === 'yes' || existsSync(`/var/lib/systemd/linger/${user.trim()}`);
  if (isOn) deps.say('It runs from boot on, also while you are not logged in (lingering is on).');
  else deps.say('It runs while you are logged in. To let it run from boot on: loginctl enable-linger');
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
