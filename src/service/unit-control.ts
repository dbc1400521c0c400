import { join } from 'node:path';
import { shellQuoted } from '../support/shell-quoted.js';
import { ExitCode, UserError } from '../support/user-error.js';
import type { ServiceDeps } from './service-driver.js';
import { unitFolder } from './service-places.js';
import { properties, type Answer } from './systemd.js';
import { unitName } from './unit-text.js';

const JOURNAL_LINES = 5;

/** Arguments that name the manager. */
export const managerArguments = ({ user }: Pick<ServiceDeps, 'user'>): readonly string[] =>
  user === undefined ? ['--user'] : [];

/** A command of systemctl for this unit, as a person types it. */
export const systemctlCommand = (deps: ServiceDeps, verb: string): string =>
  ['systemctl', ...managerArguments(deps), verb, shellQuoted(unitName(deps.profile))].join(' ');

/** Where the unit is, or would be, installed. */
export function unitFile({ around, user, profile, folder }: ServiceDeps): string {
  const units = folder ?? unitFolder(user === undefined ? 'user' : 'system', around.env, around.home);
  return join(units, unitName(profile));
}

/** The environment that the manager gives its services. */
export async function reachManager(deps: ServiceDeps): Promise<NodeJS.ProcessEnv> {
  const { code, stdout, stderr } = await deps.run('systemctl', [...managerArguments(deps), 'show-environment']);
  if (code === 0) return { ...properties(stdout), HOME: deps.around.home };
  const isMissing = code === undefined && stderr === '';
  throw new UserError(
    ExitCode.system,
    isMissing
      ? 'This machine has no systemd.'
      : `The service manager of systemd cannot be reached (${firstLine(stderr)}).`,
    deps.user === undefined && !isMissing
      ? 'Log in directly (by ssh or at the desktop, not by su or sudo), or as root install a service of the machine: ' +
          'gphotos-mount service install --system --user NAME'
      : 'Start the mount by other means: gphotos-mount -f MOUNTPOINT stays in the foreground.',
  );
}

export async function systemctl(deps: ServiceDeps, args: readonly string[], { mayFail = false } = {}): Promise<Answer> {
  const answer = await deps.run('systemctl', [...managerArguments(deps), ...args]);
  if (answer.code !== 0 && !mayFail)
    throw new UserError(
      ExitCode.system,
      `systemctl ${args.join(' ')} failed (${firstLine(answer.stderr)}).`,
      'Correct what it says, then install again.',
    );
  return answer;
}

export async function activeState(deps: ServiceDeps): Promise<string> {
  const args = [...managerArguments(deps), 'show', '--property=ActiveState', '--value', unitName(deps.profile)];
  return (await deps.run('systemctl', args)).stdout.trim();
}

/** systemctl returns when the unit says that it is ready, or has failed. */
export async function startUnit(deps: ServiceDeps, verb: 'start' | 'restart'): Promise<void> {
  const name = unitName(deps.profile);
  const { code } = await deps.run('systemctl', [...managerArguments(deps), verb, name]);
  if (code === 0) return;
  const lines = await lastLines(deps);
  const shown = await deps.run('systemctl', [
    ...managerArguments(deps),
    'show',
    '--property=ExecMainStatus',
    '--value',
    name,
  ]);
  const status = Number(shown.stdout.trim());
  const exitCode = Object.values(ExitCode).find((known) => known === status && known >= ExitCode.system);
  throw new UserError(
    exitCode ?? ExitCode.system,
    `The service ${name} does not start.`,
    lines.length === 0 ? `See why: ${systemctlCommand(deps, 'status')}` : `It says:\n  ${lines.join('\n  ')}`,
  );
}

/** What systemd says of a service that used a second and more: it must not push out why the service failed. */
const CONSUMED = /: Consumed \S+ CPU time/;

/** The last lines of the service. */
export async function lastLines(deps: ServiceDeps): Promise<string[]> {
  const unit = deps.user === undefined ? '--user-unit' : '--unit';
  const args = [
    unit,
    unitName(deps.profile),
    '--lines',
    // One more, for what systemd says of the processor time.
    String(JOURNAL_LINES + 1),
    '--no-pager',
    '--quiet',
    '--output=short',
  ];
  const { stdout } = await deps.run('journalctl', args);
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !CONSUMED.test(line))
    .slice(-JOURNAL_LINES);
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
