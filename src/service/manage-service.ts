import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { askProfile } from '../daemon/find-daemons.js';
import { baseFolders } from '../daemon/profile-paths.js';
import { statusSentence } from '../daemon/status-sentence.js';
import { commandClock } from '../support/clock.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { carriedEnvironment } from './service-places.js';
import { properties } from './systemd.js';
import {
  activeState,
  lastLines,
  managerArguments,
  reachManager,
  readText,
  startUnit,
  systemctl,
  systemctlCommand,
  unitFile,
  type ServiceDeps,
} from './unit-control.js';
import { foreignUnit, notInstalled, profileOption, refuseOthers, withoutLinks } from './unit-refusals.js';
import { unitName, unitOrigin, unitText } from './unit-text.js';
import type { Preparation } from './prepare-service.js';

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

/** The text that {@link installService} would write. */
export async function printedUnit(deps: InstallDeps): Promise<string> {
  const { mountpoint, options, node, program, user, around } = deps;
  const { code } = await deps.run('systemd-notify', ['--version']);
  const hasNotify = code === 0;
  const environment = carriedEnvironment(around.env);
  return unitText({
    mountpoint,
    node: withoutLinks(node),
    program: withoutLinks(program),
    options,
    environment,
    user,
    hasNotify,
  });
}

/** Installs, enables and starts the service; resolves when the mount works. Rejects with UserError, and undoes a first install then. */
export async function installService(deps: InstallDeps): Promise<void> {
  const { mountpoint, profile, say } = deps;
  const name = unitName(profile);
  const file = unitFile(deps);
  const managerEnv = await reachManager(deps);
  const before = readText(file);
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
    await startUnit(deps, isChanged ? 'restart' : 'start');
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
  const file = unitFile(deps);
  const text = readText(file);
  if (text === undefined) throw notInstalled(deps);
  const origin = unitOrigin(text);
  if (origin.kind === 'foreign') throw foreignUnit(file);
  await reachManager(deps);
  await systemctl(deps, ['disable', '--now', name], { mayFail: true });
  if ((await activeState(deps)) === 'active')
    throw new UserError(ExitCode.system, `${name} does not stop.`, `See why: ${systemctlCommand(deps, 'status')}`);
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
  const file = unitFile(deps);
  const text = readText(file);
  if (text === undefined) throw notInstalled(deps);
  await reachManager(deps);
  const wanted = 'ActiveState,SubState,Result,UnitFileState,NRestarts,ExecMainStatus';
  const { stdout } = await deps.run('systemctl', [
    ...managerArguments(deps),
    'show',
    '--no-pager',
    `--property=${wanted}`,
    name,
  ]);
  const shown = properties(stdout);
  const result =
    shown['Result'] === 'success' ? '' : `, ${shown['Result'] ?? ''} (exit code ${shown['ExecMainStatus'] ?? ''})`;
  say(
    `${name}: ${shown['ActiveState'] ?? 'unknown'} (${shown['SubState'] ?? ''}${result}), ${shown['UnitFileState'] ?? ''}`,
  );
  if (unitOrigin(text).kind === 'edited') say('  the unit was edited after it was installed');
  for (const missing of programsIn(text).filter((path) => !existsSync(path)))
    say(`  ${missing} is gone: run gphotos-mount service install again`);
  const answer = await askProfile({ folders: baseFolders(around), timeoutMs: ANSWER_MS }, profile, {
    command: 'status',
  });
  const status =
    answer.kind === 'reply' && answer.reply.ok && 'status' in answer.reply ? answer.reply.status : undefined;
  say(`  mount: ${status === undefined ? 'does not answer' : `${status.mountpoint}, ${statusSentence(status)}`}`);
  for (const line of (await lastLines(deps)).split('\n').filter((entry) => entry !== '')) say(`  ${line}`);
  return shown['ActiveState'] === 'active' && status !== undefined;
}

/** A drop-in of the unit that brings credentials, or names where they come from. */
function handsOverCredentials(file: string): boolean {
  const folder = `${file}.d`;
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.conf')) : [];
  return names.some((name) =>
    /^(?:(?:Load|Set|Import)Credential|EnvironmentFile=|Environment=.*GPHOTOS_REFRESH_TOKEN)/m.test(
      readText(join(folder, name)) ?? '',
    ),
  );
}

function writeUnit(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, text, { mode: 0o644 });
    renameSync(`${file}.new`, file);
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code);
    throw new UserError(
      ExitCode.system,
      `${file} cannot be written (${code}).`,
      'Make the folder writable; or see the unit with: gphotos-mount service install --print',
      cause,
    );
  }
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
      throw new UserError(ExitCode.system, 'The mount is not ready.', `See why: ${systemctlCommand(deps, 'status')}`);
    await clock.sleep(LOOK_MS);
  }
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

function programsIn(text: string): string[] {
  const line = /^ExecStart=(\/\S+) (\/\S+)/m.exec(text);
  return line === null ? [] : line.slice(1, 3).map((word) => word.replaceAll('%%', '%').replaceAll('$$', '$'));
}
