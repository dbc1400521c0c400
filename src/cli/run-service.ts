import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { Surroundings } from '../daemon/profile-paths.js';
import { baseFolders } from '../daemon/profile-paths.js';
import {
  installService,
  printedService,
  serviceStatus,
  uninstallService,
  type InstallDeps,
} from '../service/manage-service.js';
import { PREPARE_ARGUMENT, prepareService, type Preparation } from '../service/prepare-service.js';
import { programRunner } from '../service/systemd.js';
import { findAccount, type UserAccount } from '../service/user-account.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { CliContext } from './cli-context.js';
import { OPTION_NAMES } from './option-table.js';
import type { ServiceRequest } from './service-arguments.js';
import { mergeSettings, type GivenOptions } from './settings.js';

/** Runs `service install|uninstall|status`. Rejects with UserError. */
export async function runService(request: ServiceRequest, context: CliContext): Promise<ExitCode> {
  const { person } = context;
  const account = request.user === undefined ? undefined : await accountOf(request.user, context);
  const around = account === undefined ? withRuntimeFolder(context.around) : surroundingsOf(account, context.around);
  const settings = mergeSettings(request.options, around.env, join(baseFolders(around).config, 'config.json'));
  const profile = settings.profile ?? 'default';
  const deps: InstallDeps = {
    around,
    run: programRunner(around.env),
    profile,
    user: request.user,
    say: (line) => context.stdout.write(`${line}\n`),
    mountpoint: resolve(person.currentFolder, request.mountpoint ?? join(around.home, 'photos')),
    options: wordsOf({ ...request.options, ...(profile === 'default' ? {} : { profile }) }),
    node: process.execPath,
    program: context.programFile,
    logFile: settings['log-file'],
    prepare: (wanted) =>
      account === undefined ? prepareService(wanted) : prepareAs(account, wanted, context.programFile),
  };
  switch (request.action) {
    case 'install': {
      const located = (await context.mountTools()).locate;
      const mountpoint = await located(deps.mountpoint);
      if (request.print) context.stdout.write(await printedService({ ...deps, mountpoint }));
      else await installService({ ...deps, mountpoint });
      return ExitCode.ok;
    }
    case 'uninstall':
      await uninstallService(deps);
      return ExitCode.ok;
    case 'status':
      return (await serviceStatus(deps)) ? ExitCode.ok : ExitCode.notRunning;
  }
}

/** The options as a command line has them, in the order of the table. */
function wordsOf(options: GivenOptions): string[] {
  return OPTION_NAMES.flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    return [value === true ? `--${name}` : `--${name}=${value}`];
  });
}

/** Some logins have no variable for the runtime folder, although the user's manager runs there. */
function withRuntimeFolder(around: Surroundings): Surroundings {
  if ((around.env['XDG_RUNTIME_DIR'] ?? '') !== '') return around;
  return { ...around, env: { ...around.env, XDG_RUNTIME_DIR: `/run/user/${around.uid}` } };
}

function surroundingsOf({ uid, home }: UserAccount, around: Surroundings): Surroundings {
  // The folders of the administrator's shell are not those of the user.
  const kept = Object.entries(around.env).filter(([name]) => /^(?:PATH|LANG|GPHOTOS_.*|.*_proxy|.*_PROXY)$/.test(name));
  return { ...around, uid, home, env: { ...Object.fromEntries(kept), HOME: home } };
}

async function accountOf(name: string, { around, person }: CliContext): Promise<UserAccount> {
  const account = await findAccount(programRunner(around.env), name);
  if (account === undefined)
    throw new UserError(ExitCode.usage, `There is no user ${name}.`, 'Name a user of this machine with --user.');
  if (person.uid !== 0)
    throw new UserError(
      ExitCode.system,
      'Only root may install a service of the machine.',
      'Run it with sudo, or leave --system out for a service of your own.',
    );
  return account;
}

/** Looks at the user's files, and makes the mount point, with the user's rights. */
function prepareAs({ uid, gid, home }: UserAccount, wanted: Preparation, programFile: string): Promise<() => void> {
  const env = { PATH: process.env['PATH'], HOME: home };
  const options = { uid, gid, env, cwd: '/', timeout: 60_000 };
  return new Promise((done, reject) => {
    const child = execFile(process.execPath, [programFile, PREPARE_ARGUMENT], options, (error, stdout) => {
      try {
        const answer = JSON.parse(stdout) as { exitCode?: ExitCode; message: string; hint: string };
        if (answer.exitCode === undefined) done(() => undefined);
        else reject(new UserError(answer.exitCode, answer.message, answer.hint));
      } catch {
        reject(new UserError(ExitCode.system, 'The files of that user cannot be looked at.', error?.message ?? ''));
      }
    });
    child.stdin?.end(JSON.stringify(wanted));
  });
}
