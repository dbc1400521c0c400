import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { askProfile, type ProfileAnswer } from '../daemon/find-daemons.js';
import { baseFolders, profilePaths } from '../daemon/profile-paths.js';
import type { StatusDocument } from '../daemon/status-document.js';
import { statusSentence } from '../daemon/status-sentence.js';
import { commandClock } from '../support/clock.js';
import { folderFault } from '../support/disk-fault.js';
import { replaceFileSync } from '../support/replace-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { Launchd } from './launchd.js';
import type { Preparation } from './prepare-service.js';
import type { ServiceDeps, ServiceDriver } from './service-driver.js';
import { carriedEnvironment } from './service-places.js';
import { foreignFile, notInstalled, profileOption, refuseOthers, withoutLinks } from './service-refusals.js';
import { SystemdUnit } from './systemd-unit.js';

export interface InstallDeps extends ServiceDeps {
  /** Absolute. */
  readonly mountpoint: string;
  readonly options: readonly string[];
  readonly node: string;
  readonly program: string;
  /** Where settings want the log; undefined: the usual place. */
  readonly logFile?: string | undefined;
  /** Runs `prepareService` as the user of the service; resolves with what undoes it. */
  readonly prepare: (wanted: Preparation) => Promise<() => void>;
}

const ANSWER_MS = 3000;
const READY_MS = 60_000;
const LOOK_MS = 200;

/** The one place that knows which manager a system has. */
function driverOf(deps: ServiceDeps): ServiceDriver {
  return deps.around.platform === 'darwin' ? new Launchd(deps) : new SystemdUnit(deps);
}

/** The text that {@link installService} would write. */
export function printedService(deps: InstallDeps): Promise<string> {
  return describe(driverOf(deps), deps);
}

function describe(driver: ServiceDriver, deps: InstallDeps): Promise<string> {
  return driver.describe({
    mountpoint: driver.spelled(deps.mountpoint),
    node: withoutLinks(deps.node),
    program: withoutLinks(deps.program),
    options: deps.options,
    environment: carriedEnvironment(deps.around.env),
    logFile: deps.logFile,
  });
}

/**
 * Installs, enables and starts the service; resolves when the mount works. Rejects with UserError, and undoes a first
 * install then.
 */
export async function installService(deps: InstallDeps): Promise<void> {
  const { profile, say } = deps;
  const driver = driverOf(deps);
  const { name, file } = driver;
  const mountpoint = driver.spelled(deps.mountpoint);
  const managerEnv = await driver.reach();
  const before = readText(file);
  await refuseOthers(driver, deps, mountpoint, before);
  const text = await describe(driver, deps);
  const undoFolders = await deps.prepare({
    env: { ...managerEnv, ...carriedEnvironment(deps.around.env) },
    configDir: baseFolders(deps.around).config,
    profile,
    mountpoint,
    logFolder: driver.logFolder,
    dataDir: profilePaths(baseFolders(deps.around), profile).dataDir,
    hasCredentials: driver.handsOverCredentials(),
    isOwnMount: (await driver.isRunning()) && before !== undefined,
  });
  const isChanged = before !== text;
  try {
    if (isChanged) writeDescription(file, text);
    await driver.start(isChanged);
    await untilReady(driver, deps, mountpoint);
  } catch (error) {
    if (before === undefined) {
      await driver.stop(text).catch(() => undefined);
      rmSync(file, { force: true });
      await driver.forget().catch(() => undefined);
      undoFolders();
    }
    throw error;
  }
  say(`${mountpoint} is mounted, by the service ${name}.`);
  say(`It is described in ${file}. Remove it with: gphotos-mount service uninstall${profileOption(profile)}`);
  say(await driver.advice());
}

/** Stops the service and removes its file. Catalog, cache, settings and the sign-in stay. */
export async function uninstallService(deps: ServiceDeps): Promise<void> {
  const driver = driverOf(deps);
  const { name, file, kind } = driver;
  const text = readText(file);
  if (text === undefined) throw notInstalled(deps);
  const origin = driver.origin(text);
  if (origin.kind === 'foreign') throw foreignFile(file);
  await driver.reach();
  await driver.stop(text);
  if (origin.kind === 'edited') {
    renameSync(file, `${file}.saved`);
    deps.say(`The ${kind} was edited; it is kept as ${file}.saved`);
  } else rmSync(file);
  await driver.forget();
  deps.say(`The service ${name} is removed; catalog, cache and sign-in stay.${driver.kept()}`);
}

/** Prints the state of the service. Resolves with whether it runs and its mount answers. */
export async function serviceStatus(deps: ServiceDeps): Promise<boolean> {
  const { say, profile, around } = deps;
  const driver = driverOf(deps);
  const text = readText(driver.file);
  if (text === undefined) throw notInstalled(deps);
  await driver.reach();
  const { words, isRunning, lines } = await driver.state(text);
  say(`${driver.name}: ${words}`);
  if (driver.origin(text).kind === 'edited') say(`  the ${driver.kind} was edited after it was installed`);
  for (const missing of driver.programsIn(text).filter((path) => !existsSync(path)))
    say(`  ${missing} is gone: run gphotos-mount service install again`);
  const search = { folders: baseFolders(around), timeoutMs: ANSWER_MS };
  const answer = await askProfile(search, profile, { command: 'status' });
  const status = statusIn(answer);
  const origin = driver.origin(text);
  const mountpoint = origin.kind === 'foreign' ? undefined : origin.mountpoint;
  // As root, the daemon of another user is not asked.
  const isThere =
    status !== undefined ||
    (answer.kind === 'refused' && mountpoint !== undefined && (await driver.saysReady(mountpoint)));
  if (status !== undefined) say(`  mount: ${status.mountpoint}, ${statusSentence(status)}`);
  else say(`  mount: ${isThere ? `${mountpoint}, mounted; its user may ask for more` : 'does not answer'}`);
  for (const line of lines) say(`  ${line}`);
  return isRunning && isThere;
}

function statusIn(answer: ProfileAnswer): StatusDocument | undefined {
  return answer.kind === 'reply' && answer.reply.ok && 'status' in answer.reply ? answer.reply.status : undefined;
}

async function untilReady(driver: ServiceDriver, deps: InstallDeps, mountpoint: string): Promise<void> {
  const { clock = commandClock, around, profile } = deps;
  const giveUpAt = clock.now() + READY_MS;
  for (;;) {
    const search = { folders: baseFolders(around), timeoutMs: ANSWER_MS };
    const answer = await askProfile(search, profile, { command: 'status' });
    const state = statusIn(answer)?.state;
    if (state !== undefined && state !== 'starting') return;
    // As root, the socket of another user's daemon is not asked.
    const isAnothers = answer.kind === 'refused' || deps.user !== undefined;
    if (isAnothers && (await driver.saysReady(mountpoint))) return;
    const failure = await driver.failure();
    if (failure !== undefined) throw failure;
    if (clock.now() >= giveUpAt)
      throw new UserError(ExitCode.system, 'The mount is not ready.', `See why: ${driver.seeWhy}`);
    await clock.sleep(LOOK_MS);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function writeDescription(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    replaceFileSync(file, text, { mode: 0o644, temporary: `${file}.new` });
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code);
    throw new UserError(
      ExitCode.system,
      folderFault(cause, dirname(file), file)?.message ?? `${file} cannot be written (${code}).`,
      'Make the folder writable; or see what would be written with: gphotos-mount service install --print',
      cause,
    );
  }
}
