import { lstat } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether nothing at all has this name. Looks at no mount's contents. */
export async function isFresh(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
}

/** Where systemd looks for units that a user, or the administrator, installs. */
export function unitFolder(scope: 'user' | 'system', env: NodeJS.ProcessEnv, home: string): string {
  if (scope === 'system') return '/etc/systemd/system';
  const config = env['XDG_CONFIG_HOME'] ?? '';
  return join(config.startsWith('/') ? config : join(home, '.config'), 'systemd/user');
}

/**
 * Variables of the installing shell that the service needs to find the same files and hosts. None of them is a secret.
 */
const CARRIED =
  /^(?:XDG_(?:CONFIG|DATA|CACHE)_HOME|NODE_EXTRA_CA_CERTS|(?:HTTPS?|NO)_PROXY|(?:https?|no)_proxy|GPHOTOS_[A-Z_]+)$/;
const SECRET = /CLIENT_ID|SECRET|TOKEN$|PASSWORD|KEY/;

/** What of the environment goes into the unit. A unit can be read by others, so nothing that may hold a secret does. */
export function carriedEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const carried = Object.entries(env).filter(([name, value]) => value !== undefined && isCarried(name, value));
  return Object.fromEntries(carried) as Record<string, string>;
}

/** Whether a variable may stand where others can read it, and the mount uses it. */
export function isCarried(name: string, value: string): boolean {
  // The runtime folder is the session's, which the service outlives.
  if (name === 'GPHOTOS_RUNTIME_DIR') return false;
  return CARRIED.test(name) && !SECRET.test(name) && !value.includes('@');
}
