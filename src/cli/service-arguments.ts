import { usage, type Arguments } from './arguments.js';
import type { GivenOptions } from './settings.js';

export type ServiceAction = 'install' | 'uninstall' | 'status';

export interface ServiceRequest {
  readonly action: ServiceAction;
  /** Undefined: `~/photos`. */
  readonly mountpoint: string | undefined;
  readonly options: GivenOptions;
  /** A service of the machine, run as this user. */
  readonly user: string | undefined;
  readonly print: boolean;
}

const HINT = 'See: gphotos-mount service --help';
/** As useradd(8) allows them. */
const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?$/;

/** Reads what follows `service install`, `uninstall` or `status`. Throws UserError (usage) where it makes no sense. */
export function serviceRequest(
  action: ServiceAction,
  given: Arguments<'system' | 'user' | 'print'>,
  options: GivenOptions,
): ServiceRequest {
  const [mountpoint, extra] = given.words;
  const tooMany = action === 'install' ? extra : mountpoint;
  if (tooMany !== undefined)
    throw usage(`"${tooMany}" is one word too many.`, `Put a path with spaces in quotes. ${HINT}`);
  const isSystem = given.isSet('system');
  const user = given.text('user');
  if (isSystem && (user === undefined || !USER_NAME.test(user)))
    throw usage('--system needs the name of a user with --user.', 'For example: --system --user alice');
  if (!isSystem && user !== undefined) throw usage('--user goes with --system only.', HINT);
  if (options.foreground === true) throw usage('A service is in the foreground anyway: leave --foreground out.', HINT);
  return { action, mountpoint: mountpoint || undefined, options, user, print: given.isSet('print') };
}
