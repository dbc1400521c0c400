import type { Argv } from 'yargs';
import { ExitCode, UserError } from '../support/user-error.js';
import { nearestName } from './nearest-name.js';
import type { GivenOptions } from './settings.js';

export const SERVICE_ACTIONS = ['install', 'uninstall', 'status'] as const;

export interface ServiceCommand {
  readonly kind: 'service';
  readonly action: (typeof SERVICE_ACTIONS)[number];
  /** Undefined: `~/photos`. */
  readonly mountpoint: string | undefined;
  readonly options: GivenOptions;
  /** A service of the machine, run as this user. */
  readonly user: string | undefined;
  readonly print: boolean;
}

type Given = Record<string, unknown>;

const HINT = 'See: gphotos-mount service --help';
/** As useradd(8) allows them. */
const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/;

const USAGE = `Start the mount with the machine, and again where it fails.

Usage:
  $0 service install [mountpoint] [options]
  $0 service install --print [mountpoint] [options]
  $0 service status|uninstall [--profile NAME]
  $0 service install [mountpoint] --system --user NAME   (as root)

The mount point is ~/photos where none is given, and is made where it is missing.`;

/** Adds `service`, which takes the options of a mount too. */
export function addServiceCommand(
  parser: Argv,
  mount: { readonly options: (builder: Argv) => Argv; readonly given: (given: Given) => GivenOptions },
  refuseUnknown: (given: Given) => void,
  found: (command: ServiceCommand) => void,
): Argv {
  return parser.command(
    'service <action> [mountpoint]',
    'start the mount with the machine: install, uninstall, status',
    (builder) =>
      mount
        .options(builder.usage(USAGE))
        .option('system', { type: 'boolean', describe: 'as a service of the machine; needs root and --user' })
        .option('user', { type: 'string', describe: 'with --system: the user that it runs as' })
        .option('print', { type: 'boolean', describe: 'print what would be installed, and change nothing' }),
    (given: Given) => {
      refuseUnknown(given);
      found(serviceCommand(given, mount.given(given)));
    },
  );
}

function serviceCommand(given: Given, options: GivenOptions): ServiceCommand {
  const action = SERVICE_ACTIONS.find((known) => known === given['action']);
  if (action === undefined) {
    const near = nearestName(String(given['action']), SERVICE_ACTIONS);
    throw wrong(
      `There is no command "service ${String(given['action'])}".`,
      near === undefined ? `There are: ${SERVICE_ACTIONS.join(', ')}.` : `Did you mean: gphotos-mount service ${near}`,
    );
  }
  const more = (Array.isArray(given['_']) ? given['_'].map(String) : []).slice(1);
  const named = typeof given['mountpoint'] === 'string' ? [given['mountpoint']] : [];
  const [mountpoint, extra] = [...named, ...more];
  const tooMany = action === 'install' ? extra : mountpoint;
  if (tooMany !== undefined)
    throw wrong(`"${tooMany}" is one word too many.`, `Put a path with spaces in quotes. ${HINT}`);
  const isSystem = given['system'] === true;
  const user = typeof given['user'] === 'string' ? given['user'] : undefined;
  if (isSystem && (user === undefined || !USER_NAME.test(user)))
    throw wrong('--system needs the name of a user with --user.', 'For example: --system --user alice');
  if (!isSystem && user !== undefined) throw wrong('--user goes with --system only.', HINT);
  if (given['print'] === true && action !== 'install') throw wrong('--print goes with install only.', HINT);
  if (options.foreground === true) throw wrong('A service is in the foreground anyway: leave --foreground out.', HINT);
  return {
    kind: 'service',
    action,
    mountpoint: mountpoint || undefined,
    options,
    user,
    print: given['print'] === true,
  };
}

function wrong(message: string, hint: string): UserError {
  return new UserError(ExitCode.usage, message, hint);
}
